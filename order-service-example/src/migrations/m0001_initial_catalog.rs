//! Customers, orders and their items.

use schemata::prelude::*;

/// The models as they were the day this was written. They are created here, and read nowhere.
#[allow(dead_code)]
mod frozen {
    use chrono::{DateTime, Utc};
    use rust_decimal::Decimal;
    use schemata::prelude::*;
    use uuid::Uuid;

    #[derive(TableModel)]
    #[table(name = "customers")]
    pub(super) struct Customer {
        #[column(primary_key, default_sql = "gen_random_uuid()")]
        id: Uuid,
        #[column(sql_type = "varchar(255)", unique)]
        email: String,
        #[column(sql_type = "varchar(200)")]
        full_name: String,
        #[column(sql_type = "varchar(50)")]
        phone: Option<String>,
        #[column(flatten)]
        audit: Audit,
    }

    #[derive(TableModel)]
    #[table(name = "orders")]
    pub(super) struct Order {
        #[column(primary_key, default_sql = "gen_random_uuid()")]
        id: Uuid,
        #[column(references = Customer::id, on_delete = cascade)]
        customer_id: Uuid,
        #[column(sql_type = "varchar(20)", unique)]
        order_number: String,
        #[column(sql_type = "numeric(12,2)", default = 0)]
        order_total: Decimal,
        #[column(default_sql = "now()")]
        placed_at: DateTime<Utc>,
        #[column(flatten)]
        audit: Audit,
    }

    #[derive(TableModel)]
    #[table(name = "order_items", unique(order_id, sku))]
    pub(super) struct OrderItem {
        #[column(primary_key, default_sql = "gen_random_uuid()")]
        id: Uuid,
        #[column(references = Order::id, on_delete = cascade)]
        order_id: Uuid,
        #[column(sql_type = "varchar(64)")]
        sku: String,
        #[column(default = 1)]
        quantity: i32,
        #[column(sql_type = "numeric(12,2)")]
        unit_price: Decimal,
        #[column(flatten)]
        audit: Audit,
    }
}

#[migration("0001_initial_catalog")]
async fn initial_catalog(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![frozen::Customer, frozen::Order, frozen::OrderItem]).await
}
