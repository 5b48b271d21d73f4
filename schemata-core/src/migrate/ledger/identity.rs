//! Detects whether the ledger is still the one that existed when a transaction began: a migration may drop, rename or empty
//! it.

use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use crate::ident::Ident;
use crate::migrate::session::{MigratorSession, StatementError};

/// A ledger's table, its number of columns and its number of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LedgerIdentity {
    table: Option<u32>,
    columns: i64,
    rows: i64,
}

/// The errors of PostgreSQL for a table that does not exist.
const GONE: [SqlState; 2] = [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME];

impl LedgerIdentity {
    /// Reads the identity of the ledger of `schema`.
    pub(crate) async fn read(session: MigratorSession<'_>, schema: &Ident) -> Result<Self, StatementError> {
        let table = format!("{schema}.schemata_migrations");
        let sql = format!(
            "SELECT
                ledger.oid,
                (
                    SELECT pg_catalog.count(*)
                    FROM pg_catalog.pg_attribute a
                    WHERE a.attrelid = ledger.oid AND a.attnum > 0 AND NOT a.attisdropped
                ) AS columns,
                (SELECT pg_catalog.count(*) FROM {table}) AS rows
            FROM (SELECT pg_catalog.to_regclass($1)::pg_catalog.oid AS oid) AS ledger"
        );
        let row = session.query_opt("looking at the ledger", &sql, &[(&table, Type::TEXT)]).await?;
        let row = row.expect("a SELECT from one row yields one row");
        Ok(Self { table: row.get("oid"), columns: row.get("columns"), rows: row.get("rows") })
    }

    /// Returns whether the ledger of `schema` is the same table with the same number of rows.
    pub(crate) async fn is_same(&self, session: MigratorSession<'_>, schema: &Ident) -> Result<bool, StatementError> {
        match Self::read(session, schema).await {
            Ok(now) => Ok(now == *self),
            Err(error) if error.source.code().is_some_and(|code| GONE.contains(code)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
