//! Orders and their status.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemata::prelude::*;
use uuid::Uuid;

use crate::models::Customer;

/// An order of one customer.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "orders")]
pub struct Order {
    #[column(primary_key, default_sql = "gen_random_uuid()")]
    pub id: Uuid,
    #[column(references = Customer::id, on_delete = cascade)]
    pub customer_id: Uuid,
    #[column(sql_type = "varchar(20)", unique)]
    pub order_number: String,
    #[column(sql_type = "numeric(12,2)", default = 0)]
    pub order_total: Decimal,
    #[column(default_sql = "now()")]
    pub placed_at: DateTime<Utc>,
    #[column(sql_type = "varchar(20)", default = "pending")]
    pub status: String,
    pub shipped_at: Option<DateTime<Utc>>,
    #[column(flatten)]
    pub audit: Audit,
}
