//! The tutorial's migrations as a separate set.

use schemata::migrate::{Migration, MigrationEntry, MigrationFn, MigrationResult, MigrationSet, Migrator};
use schemata::tables;

/// The models as they were at 0001.
pub mod first {
    use chrono::{DateTime, Utc};
    use rust_decimal::Decimal;
    use schemata::prelude::*;
    use uuid::Uuid;

    /// A customer.
    #[derive(Debug, Clone, PartialEq, TableModel)]
    #[table(name = "customers")]
    pub struct Customer {
        /// The key.
        #[column(primary_key, default_sql = "gen_random_uuid()")]
        pub id: Uuid,
        /// The e-mail address.
        #[column(sql_type = "varchar(255)", unique)]
        pub email: String,
        /// The name.
        #[column(sql_type = "varchar(200)")]
        pub full_name: String,
        /// The phone number.
        #[column(sql_type = "varchar(50)")]
        pub phone: Option<String>,
        /// Audit columns.
        #[column(flatten)]
        pub audit: Audit,
    }

    /// An order, before it had a status.
    #[derive(Debug, Clone, PartialEq, TableModel)]
    #[table(name = "orders")]
    pub struct Order {
        /// The key.
        #[column(primary_key, default_sql = "gen_random_uuid()")]
        pub id: Uuid,
        /// The customer.
        #[column(references = Customer::id, on_delete = cascade)]
        pub customer_id: Uuid,
        /// Its name.
        #[column(sql_type = "varchar(20)", unique)]
        pub order_number: String,
        /// The total.
        #[column(sql_type = "numeric(12,2)", default = 0)]
        pub order_total: Decimal,
        /// The time.
        #[column(default_sql = "now()")]
        pub placed_at: DateTime<Utc>,
        /// Audit columns.
        #[column(flatten)]
        pub audit: Audit,
    }

    /// A line of an order.
    #[derive(Debug, Clone, PartialEq, TableModel)]
    #[table(name = "order_items", unique(order_id, sku))]
    pub struct OrderItem {
        /// The key.
        #[column(primary_key, default_sql = "gen_random_uuid()")]
        pub id: Uuid,
        /// The order.
        #[column(references = Order::id, on_delete = cascade)]
        pub order_id: Uuid,
        /// The content.
        #[column(sql_type = "varchar(64)")]
        pub sku: String,
        /// The quantity.
        #[column(default = 1)]
        pub quantity: i32,
        /// The price.
        #[column(sql_type = "numeric(12,2)")]
        pub unit_price: Decimal,
        /// Audit columns.
        #[column(flatten)]
        pub audit: Audit,
    }
}

async fn initial_catalog(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![first::Customer, first::Order, first::OrderItem]).await
}

async fn add_order_status(m: &mut Migration<'_>) -> MigrationResult {
    m.alter_table("orders")
        .add_column("status", "varchar(20) NOT NULL DEFAULT 'pending'")
        .add_column("shipped_at", "timestamptz")
        .await
}

/// A migration of module `shop`.
pub const fn entry(id: &'static str, run: MigrationFn) -> MigrationEntry {
    MigrationEntry::new("shop", id, run, file!(), line!())
}

/// 0001.
pub const INITIAL: MigrationEntry = entry("0001_initial_catalog", |m| Box::pin(initial_catalog(m)));
/// 0002.
pub const STATUS: MigrationEntry = entry("0002_add_order_status", |m| Box::pin(add_order_status(m)));

/// A migrator of these migrations.
///
/// # Panics
/// When two share an id.
pub fn migrator(entries: &[MigrationEntry]) -> Migrator {
    Migrator::new(set(entries))
}

/// A set of these migrations.
///
/// # Panics
/// When two share an id.
pub fn set(entries: &[MigrationEntry]) -> MigrationSet {
    MigrationSet::new(entries.iter().copied()).expect("distinct ids")
}
