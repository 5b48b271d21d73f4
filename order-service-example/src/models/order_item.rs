//! The lines of an order.

use rust_decimal::Decimal;
use schemata::prelude::*;
use uuid::Uuid;

use crate::models::Order;

/// A quantity of one article at one price. An order names each article once.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "order_items", unique(order_id, sku))]
pub struct OrderItem {
    #[column(primary_key, default_sql = "gen_random_uuid()")]
    pub id: Uuid,
    #[column(references = Order::id, on_delete = cascade)]
    pub order_id: Uuid,
    #[column(sql_type = "varchar(64)")]
    pub sku: String,
    #[column(default = 1)]
    pub quantity: i32,
    #[column(sql_type = "numeric(12,2)")]
    pub unit_price: Decimal,
    #[column(flatten)]
    pub audit: Audit,
}
