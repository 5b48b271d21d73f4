//! The ledger, `schema_migrations` in the migrated schema: what ran, with its checksum and its statements.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::ident::Ident;
use crate::migrate::error::MigrateError;
use crate::migrate::session::Probe;

/// The columns every version of the ledger has, as the probe reports them.
const COLUMNS: [(&str, &str); 9] = [
    ("schema_name", "text"),
    ("module_name", "text"),
    ("migration_id", "text"),
    ("checksum", "text"),
    ("operations", "jsonb"),
    ("started_at", "timestamp with time zone"),
    ("finished_at", "timestamp with time zone"),
    ("applied_by", "text"),
    ("application", "text"),
];

/// One applied migration.
#[derive(Debug, Clone)]
pub(crate) struct Applied {
    pub(crate) module: String,
    pub(crate) id: String,
    pub(crate) checksum: String,
    pub(crate) at: String,
}

/// What the ledger says, and which server process said it.
pub(crate) struct Ledger {
    pub(crate) applied: Vec<Applied>,
    pub(crate) backend: Option<i32>,
}

/// Creates the ledger of `schema`.
pub(crate) fn create(schema: &Ident) -> String {
    format!(
        "CREATE TABLE {schema}.schema_migrations (\n  \
         schema_name text NOT NULL,\n  module_name text NOT NULL,\n  migration_id text NOT NULL,\n  \
         checksum text NOT NULL,\n  operations jsonb NOT NULL,\n  started_at timestamptz NOT NULL,\n  \
         finished_at timestamptz NOT NULL,\n  applied_by text NOT NULL DEFAULT session_user,\n  application text NOT NULL,\n  \
         CONSTRAINT schema_migrations_pkey PRIMARY KEY (schema_name, module_name, migration_id)\n)"
    )
}

/// Whether there is a ledger; something else under its name is refused.
pub(crate) fn exists(schema: &Ident, probe: &Probe) -> Result<bool, MigrateError> {
    let Some((kind, columns)) = &probe.ledger else { return Ok(false) };
    let shape = |found| Err(MigrateError::LedgerShape { schema: schema.clone(), found });
    if kind != "r" && kind != "p" {
        return shape("it is not a table".to_owned());
    }
    for (name, sql_type) in COLUMNS {
        if !columns.contains(&format!("{name} {sql_type}")) {
            return shape(format!("it has no column `{name} {sql_type}`, but {}", columns.join(", ")));
        }
    }
    Ok(true)
}

/// Reads the ledger, in one round trip.
pub(crate) async fn read(client: &Client, schema: &Ident) -> Result<Ledger, MigrateError> {
    let sql = format!(
        "SELECT module_name, migration_id, checksum, finished_at::text, pg_catalog.pg_backend_pid() \
         FROM {schema}.schema_migrations WHERE schema_name = $1 ORDER BY finished_at, module_name, migration_id"
    );
    let rows = client
        .query_typed(&sql, &[(&schema.as_str(), Type::TEXT)])
        .await
        .map_err(|source| MigrateError::Ledger { schema: schema.clone(), step: "read", source })?;
    let backend = rows.first().map(|row| row.get(4));
    let applied = rows
        .iter()
        .map(|row| Applied { module: row.get(0), id: row.get(1), checksum: row.get(2), at: row.get(3) })
        .collect();
    Ok(Ledger { applied, backend })
}

/// What is written about a migration that is about to be committed.
pub(crate) struct Entry<'a> {
    pub(crate) module: &'a str,
    pub(crate) id: &'a str,
    pub(crate) checksum: &'a str,
    pub(crate) operations: &'a [String],
    pub(crate) application: &'a str,
    /// When its transaction began, as the server put it.
    pub(crate) transaction: &'a str,
}

/// Writes `entry`; false when the transaction it should belong to has ended.
pub(crate) async fn write(client: &Client, schema: &Ident, entry: &Entry<'_>) -> Result<bool, tokio_postgres::Error> {
    let sql = format!(
        "INSERT INTO {schema}.schema_migrations \
         (schema_name, module_name, migration_id, checksum, operations, started_at, finished_at, application) \
         SELECT $1, $2, $3, $4, pg_catalog.to_jsonb($5), pg_catalog.transaction_timestamp(), \
         pg_catalog.clock_timestamp(), $6 WHERE pg_catalog.transaction_timestamp() = $7::text::timestamptz"
    );
    let written = client
        .execute_typed(
            &sql,
            &[
                (&schema.as_str(), Type::TEXT),
                (&entry.module, Type::TEXT),
                (&entry.id, Type::TEXT),
                (&entry.checksum, Type::TEXT),
                (&entry.operations, Type::TEXT_ARRAY),
                (&entry.application, Type::TEXT),
                (&entry.transaction, Type::TEXT),
            ],
        )
        .await?;
    Ok(written == 1)
}
