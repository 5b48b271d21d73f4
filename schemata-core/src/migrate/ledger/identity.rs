//! Detects whether the ledger is still the one that existed when a transaction began: a migration may drop, rename or empty
//! it.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use crate::ident::Ident;

/// A ledger's table, its columns and its number of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    table: Option<u32>,
    columns: i64,
    rows: i64,
}

impl Identity {
    /// Reads the identity of the ledger of `schema`.
    pub(crate) async fn read(client: &Client, schema: &Ident) -> Result<Self, tokio_postgres::Error> {
        let table = format!("{schema}.schema_migrations");
        let sql = format!(
            "SELECT t.oid, (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.oid \
             AND a.attnum > 0 AND NOT a.attisdropped), (SELECT pg_catalog.count(*) FROM {table}) \
             FROM (SELECT pg_catalog.to_regclass($1)::pg_catalog.oid AS oid) AS t"
        );
        let rows = client.query_typed(&sql, &[(&table, Type::TEXT)]).await?;
        let row = rows.first().expect("a SELECT from one row yields one row");
        Ok(Self { table: row.get(0), columns: row.get(1), rows: row.get(2) })
    }

    /// Returns whether the ledger of `schema` is the same table with the same number of rows.
    pub(crate) async fn is_same(&self, client: &Client, schema: &Ident) -> Result<bool, tokio_postgres::Error> {
        match Self::read(client, schema).await {
            Ok(now) => Ok(now == *self),
            Err(error) if error.code().is_some_and(|code| GONE.contains(code)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The errors of PostgreSQL for a table that does not exist.
const GONE: [SqlState; 2] = [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME];
