//! Writing the ledger: what was done, in the transaction that did it, where there is one.

use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};

use crate::ident::Ident;
use crate::migrate::migration::entry::MigrationEntry;
use crate::migrate::ledger::read::Checkpoint;
use crate::migrate::ledger::shape::Shape;
use crate::migrate::migration::operation::Operation;
use crate::migrate::record::Recorded;

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
    /// What it stands for, where it is a squash.
    pub(crate) replaces: &'a [&'static str],
}

impl<'a> Entry<'a> {
    /// `migration`, having done `operations`.
    pub(crate) fn of(
        migration: &'a Recorded,
        operations: &'a [Operation],
        application: &'a str,
        transaction: &'a str,
    ) -> Self {
        let MigrationEntry { module, id, replaces, .. } = migration.entry;
        Self { module, id, checksum: &migration.checksum, operations, application, transaction, note: None, replaces }
    }
}

impl Entry<'_> {
    /// Passwords are masked, since many people read the ledger.
    fn statements(&self) -> Vec<String> {
        self.operations.iter().map(Operation::shown).collect()
    }

    /// Each reason once; `None` where there is none.
    fn allowed(&self) -> Option<Vec<&str>> {
        let mut reasons: Vec<&str> = Vec::new();
        for reason in self.operations.iter().filter_map(|operation| operation.allowed.as_deref()) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        (!reasons.is_empty()).then_some(reasons)
    }
}

/// Writes the `entry` of a finished migration; false when the transaction it should belong to has ended.
pub(crate) async fn write(client: &Client, schema: &Ident, entry: &Entry<'_>) -> Result<bool, tokio_postgres::Error> {
    insert(client, schema, entry, true).await
}

/// Writes the `entry` of a migration that is about to run step by step; false when the transaction has ended.
pub(crate) async fn begin(client: &Client, schema: &Ident, entry: &Entry<'_>) -> Result<bool, tokio_postgres::Error> {
    insert(client, schema, entry, false).await
}

async fn insert(
    client: &Client,
    schema: &Ident,
    entry: &Entry<'_>,
    finished: bool,
) -> Result<bool, tokio_postgres::Error> {
    let sql = format!(
        "INSERT INTO {schema}.schema_migrations \
         (schema_name, module_name, migration_id, checksum, operations, started_at, finished_at, duration, application, note, \
         allowed, progress, replaces) \
         SELECT $1, $2, $3, $4, pg_catalog.to_jsonb($5), pg_catalog.transaction_timestamp(), \
         CASE WHEN $10 THEN pg_catalog.clock_timestamp() END, \
         CASE WHEN $10 THEN pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp() ELSE '0' END, $6, $8, $9, \
         CASE WHEN NOT $10 THEN pg_catalog.jsonb_build_object('done', 0, 'of', pg_catalog.cardinality($5)) END, \
         nullif($11, '{{}}') WHERE pg_catalog.transaction_timestamp() = $7::text::timestamptz"
    );
    let values: [(&(dyn ToSql + Sync), Type); 11] = [
        (&schema.as_str(), Type::TEXT),
        (&entry.module, Type::TEXT),
        (&entry.id, Type::TEXT),
        (&entry.checksum, Type::TEXT),
        (&entry.statements(), Type::TEXT_ARRAY),
        (&entry.application, Type::TEXT),
        (&entry.transaction, Type::TEXT),
        (&entry.note, Type::TEXT),
        (&entry.allowed(), Type::TEXT_ARRAY),
        (&finished, Type::BOOL),
        (&entry.replaces, Type::TEXT_ARRAY),
    ];
    Ok(client.execute_typed(&sql, &values).await? == 1)
}

/// Whose row it is.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) schema: &'a Ident,
    pub(crate) module: &'a str,
    pub(crate) id: &'a str,
}

/// How far a migration has come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Advance<'a> {
    /// The steps that are done.
    pub(crate) done: usize,
    /// All of them.
    pub(crate) of: usize,
    /// Whether the next one is begun, outside a transaction.
    pub(crate) begun: bool,
    /// How far the next one came, if it is a backfill.
    pub(crate) checkpoint: Option<Checkpoint>,
    /// How long it worked since the last time.
    pub(crate) took: Duration,
    /// When the transaction began that did it, if one did.
    pub(crate) transaction: Option<&'a str>,
}

/// Takes note of how far a migration has come, and whether that is its end; false when the row is gone, or the transaction
/// it should belong to has ended.
pub(crate) async fn advance(
    client: &Client,
    row: Row<'_>,
    advance: &Advance<'_>,
) -> Result<bool, tokio_postgres::Error> {
    let sql = format!(
        "UPDATE {}.schema_migrations SET progress = pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(\
         'done', $4, 'of', $5, 'begun', nullif($6, false), 'backfill', CASE WHEN $7 IS NOT NULL THEN \
         pg_catalog.jsonb_build_object('after', pg_catalog.to_jsonb($7), 'rows', $8, 'changed', $9) END)), \
         duration = coalesce(duration, '0') + $10 * interval '1 microsecond', \
         finished_at = CASE WHEN $4 = $5 THEN pg_catalog.clock_timestamp() END \
         WHERE schema_name = $1 AND module_name = $2 AND migration_id = $3 AND finished_at IS NULL \
         AND ($11 IS NULL OR pg_catalog.transaction_timestamp() = $11::text::timestamptz)",
        row.schema
    );
    let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let Checkpoint { after, rows, changed } = advance.checkpoint.clone().unwrap_or_default();
    let after = advance.checkpoint.is_some().then_some(after);
    let took = i64::try_from(advance.took.as_micros()).unwrap_or(i64::MAX);
    let values: [(&(dyn ToSql + Sync), Type); 11] = [
        (&row.schema.as_str(), Type::TEXT),
        (&row.module, Type::TEXT),
        (&row.id, Type::TEXT),
        (&number(advance.done), Type::INT4),
        (&number(advance.of), Type::INT4),
        (&advance.begun, Type::BOOL),
        (&after, Type::TEXT_ARRAY),
        (&rows, Type::INT8),
        (&changed, Type::INT8),
        (&took, Type::INT8),
        (&advance.transaction, Type::TEXT),
    ];
    Ok(client.execute_typed(&sql, &values).await? == 1)
}

/// Gives an unfinished migration the operations, the checksum and the reasons it has now; what it has done stays done,
/// and `begun` says whether that goes for the next one's beginning.
pub(crate) async fn refresh(
    client: &Client,
    schema: &Ident,
    entry: &Entry<'_>,
    begun: bool,
) -> Result<bool, tokio_postgres::Error> {
    let sql = format!(
        "UPDATE {schema}.schema_migrations SET checksum = $4, operations = pg_catalog.to_jsonb($5), allowed = $6, \
         progress = CASE WHEN $7 THEN progress ELSE progress - 'begun' END \
         || pg_catalog.jsonb_build_object('of', pg_catalog.cardinality($5)) \
         WHERE schema_name = $1 AND module_name = $2 AND migration_id = $3 AND finished_at IS NULL"
    );
    let values: [(&(dyn ToSql + Sync), Type); 7] = [
        (&schema.as_str(), Type::TEXT),
        (&entry.module, Type::TEXT),
        (&entry.id, Type::TEXT),
        (&entry.checksum, Type::TEXT),
        (&entry.statements(), Type::TEXT_ARRAY),
        (&entry.allowed(), Type::TEXT_ARRAY),
        (&begun, Type::BOOL),
    ];
    Ok(client.execute_typed(&sql, &values).await? == 1)
}

/// Vouches for `migration`, and where it is unfinished for its `operations`, as they are now; false when the ledger, which has
/// this `shape`, does not list it.
pub(crate) async fn repair(
    client: &Client,
    schema: &Ident,
    shape: Shape,
    migration: &Recorded,
    operations: &[Operation],
    reason: &str,
) -> Result<bool, tokio_postgres::Error> {
    // No ledger without the column lists a squash.
    let replaces = if shape == Shape::Current { "replaces = nullif($7, '{}')," } else { "" };
    let sql = format!(
        "UPDATE {schema}.schema_migrations SET {replaces} checksum = $4, operations = CASE WHEN finished_at IS NULL \
         THEN pg_catalog.to_jsonb($6) ELSE operations END, note = pg_catalog.concat_ws(E'\\n', note, \
         pg_catalog.format('repaired %s by %s, was %s: %s', pg_catalog.now(), session_user, checksum, $5)) \
         WHERE schema_name = $1 AND module_name = $2 AND migration_id = $3"
    );
    let entry = migration.entry;
    let statements: Vec<String> = operations.iter().map(Operation::shown).collect();
    let values: [(&(dyn ToSql + Sync), Type); 7] = [
        (&schema.as_str(), Type::TEXT),
        (&entry.module, Type::TEXT),
        (&entry.id, Type::TEXT),
        (&migration.checksum, Type::TEXT),
        (&reason, Type::TEXT),
        (&statements, Type::TEXT_ARRAY),
        (&entry.replaces, Type::TEXT_ARRAY),
    ];
    let used = if shape == Shape::Current { &values[..] } else { &values[..6] };
    Ok(client.execute_typed(&sql, used).await? == 1)
}
