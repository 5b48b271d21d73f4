//! The tutorial's models, as an application writes them.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemata::TableModel;
use schemata::model::Audit;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, TableModel)]
pub struct Customer {
    #[column(primary_key, default_sql = "gen_random_uuid()")]
    pub id: Uuid,
    #[column(sql_type = "varchar(255)", unique)]
    pub email: String,
    #[column(sql_type = "varchar(200)")]
    pub full_name: String,
    #[column(sql_type = "varchar(50)")]
    pub phone: Option<String>,
    #[column(flatten)]
    pub audit: Audit,
}

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

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(unique(order_id, sku))]
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
