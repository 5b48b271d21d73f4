//! A small schema for checked SQL: an enum, an array, a domain, a self reference.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::prelude::*;
use schemata::{Db, Ident};

use crate::shop::{entry, set};

/// The state of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PgEnum)]
#[column(name = "order_state")]
pub enum State {
    Pending,
    Shipped,
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "customers")]
pub struct Customer {
    #[column(primary_key)]
    pub id: i64,
    #[column(unique)]
    pub email: String,
    pub phone: Option<String>,
    #[column(sql_type = "text[]", default_sql = "'{}'")]
    pub tags: Vec<String>,
    #[column(references = Customer::id)]
    pub invited_by: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "orders")]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = Customer::id)]
    pub customer_id: i64,
    #[column(unique)]
    pub number: String,
    #[column(sql_type = "numeric(12,2)")]
    pub total: Decimal,
    #[column(default = "pending")]
    pub status: State,
    #[column(default_sql = "now()")]
    pub placed_at: DateTime<Utc>,
}

async fn tables(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Customer, Order]).await?;
    m.execute("CREATE DOMAIN postcode AS text CHECK (VALUE ~ '^[0-9]{5}$')").await?;
    m.execute("CREATE TABLE addresses (customer_id bigint NOT NULL, code postcode NOT NULL)").await?;
    m.execute(
        "CREATE FUNCTION leave_mark(value text) RETURNS text LANGUAGE sql AS
         $$ SELECT pg_catalog.set_config('stall.mark', value, false) $$",
    )
    .await?;
    Ok(())
}

/// The migrator of this schema.
pub fn migrator() -> Migrator {
    Migrator::new(set(&[entry("0001_stall", |m| Box::pin(tables(m)))]))
}

/// Migrates schemas of a database, and returns a handle on each.
///
/// # Panics
/// When that fails.
pub async fn handles<const N: usize>(url: &str, schemas: [&str; N]) -> [Db; N] {
    let db = Db::connect(url).await.expect("connects");
    for schema in schemas {
        let schema = Ident::new(schema).expect("a name");
        migrator().schema(schema).run(url).await.expect("applies");
    }
    schemas.map(|schema| db.in_schema(schema).expect("a name"))
}
