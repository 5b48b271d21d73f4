//! The ledger, `schema_migrations` in the migrated schema: what ran, with its checksum and its statements.

use std::collections::BTreeSet;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use crate::ident::Ident;
use crate::migrate::error::MigrateError;
use crate::migrate::operation::Operation;
use crate::migrate::record::Recorded;
use crate::migrate::session::Probe;

/// The columns every version of the ledger has, as the probe reports them.
const COLUMNS: [(&str, &str); 10] = [
    ("schema_name", "text"),
    ("module_name", "text"),
    ("migration_id", "text"),
    ("checksum", "text"),
    ("operations", "jsonb"),
    ("started_at", "timestamp with time zone"),
    ("finished_at", "timestamp with time zone"),
    ("applied_by", "text"),
    ("application", "text"),
    ("note", "text"),
];

/// One applied migration.
#[derive(Debug, Clone)]
pub(crate) struct Applied {
    pub(crate) module: String,
    pub(crate) id: String,
    pub(crate) checksum: String,
    pub(crate) at: String,
}

/// Creates the ledger of `schema`.
pub(crate) fn create(schema: &Ident) -> String {
    format!(
        "CREATE TABLE {schema}.schema_migrations (\n  \
         schema_name text NOT NULL,\n  module_name text NOT NULL,\n  migration_id text NOT NULL,\n  \
         checksum text NOT NULL,\n  operations jsonb NOT NULL,\n  started_at timestamptz NOT NULL,\n  \
         finished_at timestamptz NOT NULL,\n  applied_by text NOT NULL DEFAULT session_user,\n  application text NOT NULL,\n  note text,\n  \
         CONSTRAINT schema_migrations_pkey PRIMARY KEY (schema_name, module_name, migration_id)\n)"
    )
}

/// Whether there is a ledger; something else under its name is refused.
pub(crate) fn exists(schema: &Ident, probe: &Probe) -> Result<bool, MigrateError> {
    let Some((kind, columns)) = &probe.ledger else { return Ok(false) };
    is_ours(schema, kind, columns).map(|()| true)
}

/// Refuses what is called like the ledger and is something else.
pub(crate) fn is_ours(schema: &Ident, kind: &str, columns: &[String]) -> Result<(), MigrateError> {
    let shape = |found| Err(MigrateError::LedgerShape { schema: schema.clone(), found });
    if kind != "r" && kind != "p" {
        return shape("it is not a table".to_owned());
    }
    for (name, sql_type) in COLUMNS {
        if !columns.contains(&format!("{name} {sql_type}")) {
            return shape(format!("it has no column `{name} {sql_type}`, but {}", columns.join(", ")));
        }
    }
    Ok(())
}

/// Reads the ledger, in one round trip.
///
/// # Errors
/// As [`applied`].
pub(crate) async fn read(client: &Client, schema: &Ident) -> Result<Vec<Applied>, MigrateError> {
    let rows = client.query_typed(&select(schema), &[]).await.map_err(|source| MigrateError::Ledger {
        schema: schema.clone(),
        step: "read",
        source,
    })?;
    applied(schema, &rows)
}

/// The query that reads the ledger of `schema`; [`applied`] understands its rows.
pub(crate) fn select(schema: &Ident) -> String {
    format!(
        "SELECT module_name, migration_id, checksum, finished_at::text, schema_name \
         FROM {schema}.schema_migrations ORDER BY finished_at, module_name, migration_id"
    )
}

/// What the ledger of `schema` lists.
///
/// # Errors
/// [`MigrateError::LedgerOfAnother`] where the schema was renamed, or its ledger copied: nothing of it would count, and
/// everything would run again.
pub(crate) fn applied(schema: &Ident, rows: &[Row]) -> Result<Vec<Applied>, MigrateError> {
    let (ours, others): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.get::<_, &str>(4) == schema.as_str());
    if ours.is_empty() && !others.is_empty() {
        let found: BTreeSet<String> = others.iter().map(|row| row.get(4)).collect();
        return Err(MigrateError::LedgerOfAnother { schema: schema.clone(), found: found.into_iter().collect() });
    }
    let applied = |row: &Row| Applied { module: row.get(0), id: row.get(1), checksum: row.get(2), at: row.get(3) };
    Ok(ours.into_iter().map(applied).collect())
}

/// What is written about a migration that is about to be committed.
pub(crate) struct Entry<'a> {
    pub(crate) module: &'a str,
    pub(crate) id: &'a str,
    pub(crate) checksum: &'a str,
    pub(crate) operations: &'a [Operation],
    pub(crate) application: &'a str,
    /// When its transaction began, as the server put it.
    pub(crate) transaction: &'a str,
    /// Why it stands there, where it did not simply run.
    pub(crate) note: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// `migration`, having done `operations`.
    pub(crate) fn of(
        migration: &'a Recorded,
        operations: &'a [Operation],
        application: &'a str,
        transaction: &'a str,
    ) -> Self {
        let (module, id) = (migration.entry.module, migration.entry.id);
        Self { module, id, checksum: &migration.checksum, operations, application, transaction, note: None }
    }
}

/// What the ledger remembers of one migration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Past {
    /// Its module.
    pub module: String,
    /// Its id.
    pub id: String,
    /// The checksum it was applied with.
    pub checksum: String,
    /// The statements that ran.
    pub statements: Vec<String>,
    /// When it was committed, by the server's clock.
    pub at: String,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
    /// The role that ran it.
    pub by: String,
    /// The application that ran it.
    pub application: String,
    /// Why its entry was written or changed by hand.
    pub note: Option<String>,
}

/// Writes `entry`; false when the transaction it should belong to has ended.
pub(crate) async fn write(client: &Client, schema: &Ident, entry: &Entry<'_>) -> Result<bool, tokio_postgres::Error> {
    let sql = format!(
        "INSERT INTO {schema}.schema_migrations \
         (schema_name, module_name, migration_id, checksum, operations, started_at, finished_at, application, note) \
         SELECT $1, $2, $3, $4, pg_catalog.to_jsonb($5), pg_catalog.transaction_timestamp(), \
         pg_catalog.clock_timestamp(), $6, $8 WHERE pg_catalog.transaction_timestamp() = $7::text::timestamptz"
    );
    let operations: Vec<&str> = entry.operations.iter().map(AsRef::as_ref).collect();
    let written = client
        .execute_typed(
            &sql,
            &[
                (&schema.as_str(), Type::TEXT),
                (&entry.module, Type::TEXT),
                (&entry.id, Type::TEXT),
                (&entry.checksum, Type::TEXT),
                (&operations, Type::TEXT_ARRAY),
                (&entry.application, Type::TEXT),
                (&entry.transaction, Type::TEXT),
                (&entry.note, Type::TEXT),
            ],
        )
        .await?;
    Ok(written == 1)
}

/// What is remembered of the migrations called `id`.
pub(crate) async fn past(client: &Client, schema: &Ident, id: &str) -> Result<Vec<Past>, MigrateError> {
    let sql = format!(
        "SELECT module_name, migration_id, checksum, ARRAY(SELECT pg_catalog.jsonb_array_elements_text(operations)), \
         finished_at::text, (extract(epoch FROM finished_at - started_at) * 1000)::bigint, applied_by, application, note \
         FROM {schema}.schema_migrations WHERE schema_name = $1 AND $2 IN (migration_id, module_name || ':' || migration_id) \
         ORDER BY finished_at"
    );
    let rows = client
        .query_typed(&sql, &[(&schema.as_str(), Type::TEXT), (&id, Type::TEXT)])
        .await
        .map_err(|source| MigrateError::Ledger { schema: schema.clone(), step: "read", source })?;
    let past = |row: &Row| Past {
        module: row.get(0),
        id: row.get(1),
        checksum: row.get(2),
        statements: row.get(3),
        at: row.get(4),
        took_ms: row.get(5),
        by: row.get(6),
        application: row.get(7),
        note: row.get(8),
    };
    Ok(rows.iter().map(past).collect())
}

/// Vouches for `migration` as it is now; false when the ledger does not list it.
pub(crate) async fn repair(
    client: &Client,
    schema: &Ident,
    migration: &Recorded,
    reason: &str,
) -> Result<bool, tokio_postgres::Error> {
    let sql = format!(
        "UPDATE {schema}.schema_migrations SET checksum = $4, note = pg_catalog.concat_ws(E'\\n', note, \
         pg_catalog.format('repaired %s by %s, was %s: %s', pg_catalog.now(), session_user, checksum, $5)) \
         WHERE schema_name = $1 AND module_name = $2 AND migration_id = $3"
    );
    let entry = migration.entry;
    let changed = client
        .execute_typed(
            &sql,
            &[
                (&schema.as_str(), Type::TEXT),
                (&entry.module, Type::TEXT),
                (&entry.id, Type::TEXT),
                (&migration.checksum, Type::TEXT),
                (&reason, Type::TEXT),
            ],
        )
        .await?;
    Ok(changed == 1)
}
