//! Writing the ledger: what a migration did, in the transaction that did it, if there is one.

use std::time::Duration;

use tokio_postgres::types::Type;

use crate::ident::Ident;
use crate::migrate::ledger::read::Checkpoint;
use crate::migrate::ledger::shape::LedgerVersion;
use crate::migrate::migration::entry::MigrationEntry;
use crate::migrate::migration::operation::Operation;
use crate::migrate::record::Recorded;
use crate::migrate::session::{MigratorSession, StatementError, TypedValue};

/// The row of a migration that is about to be committed.
pub(crate) struct LedgerRow<'a> {
    pub(crate) migration: &'a Recorded,
    pub(crate) operations: &'a [Operation],
    pub(crate) application: &'a str,
    /// When its transaction began, as the server printed it.
    pub(crate) transaction: &'a str,
    /// Why the ledger has the row although the migration did not run.
    pub(crate) note: Option<&'a str>,
    /// False if the migration is about to run step by step.
    pub(crate) finished: bool,
}

impl LedgerRow<'_> {
    /// Passwords are masked, since many people read the ledger.
    fn statements(&self) -> Vec<String> {
        self.operations.iter().map(Operation::shown).collect()
    }

    /// Returns each reason once; `None` if there is none.
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

/// The name of a ledger's INSERT and UPDATE in messages.
const INSERT: &str = "INSERT INTO schemata_migrations";
const UPDATE: &str = "UPDATE schemata_migrations";

/// Inserts the `row`. Returns false if the transaction it should belong to has ended.
pub(crate) async fn insert(
    session: MigratorSession<'_>,
    schema: &Ident,
    row: &LedgerRow<'_>,
) -> Result<bool, StatementError> {
    let sql = format!(
        "INSERT INTO {schema}.schemata_migrations (
            schema_name, module_name, migration_id, checksum, operations, started_at, finished_at, duration, application,
            note, allowed, progress, replaces
        )
        SELECT
            $1, $2, $3, $4,
            pg_catalog.to_jsonb($5),
            pg_catalog.transaction_timestamp(),
            CASE WHEN $10 THEN pg_catalog.clock_timestamp() END,
            CASE WHEN $10 THEN pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp() ELSE '0' END,
            $6, $8, $9,
            CASE WHEN NOT $10 THEN pg_catalog.jsonb_build_object('done', 0, 'of', pg_catalog.cardinality($5)) END,
            nullif($11, '{{}}')
        WHERE pg_catalog.transaction_timestamp() = $7::text::timestamptz"
    );
    let entry = row.migration.entry;
    let values: [TypedValue<'_>; 11] = [
        (&schema.as_str(), Type::TEXT),
        (&entry.module, Type::TEXT),
        (&entry.id, Type::TEXT),
        (&row.migration.checksum, Type::TEXT),
        (&row.statements(), Type::TEXT_ARRAY),
        (&row.application, Type::TEXT),
        (&row.transaction, Type::TEXT),
        (&row.note, Type::TEXT),
        (&row.allowed(), Type::TEXT_ARRAY),
        (&row.finished, Type::BOOL),
        (&entry.replaces, Type::TEXT_ARRAY),
    ];
    Ok(session.execute(INSERT, &sql, &values).await? == 1)
}

/// How far a migration has come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress<'a> {
    /// The number of steps that are done.
    pub(crate) done: usize,
    /// The number of steps.
    pub(crate) of: usize,
    /// Whether the next step is begun, outside a transaction.
    pub(crate) begun: bool,
    /// How far the next step has come, if it is a backfill.
    pub(crate) checkpoint: Option<Checkpoint>,
    /// How long it ran since the ledger was last written.
    pub(crate) took: Duration,
    /// When the transaction that did it began, if one did.
    pub(crate) transaction: Option<&'a str>,
}

/// Records how far a migration has come, and when all steps are done, that it is finished. Returns false if the row is gone,
/// or the transaction it should belong to has ended.
pub(crate) async fn advance(
    session: MigratorSession<'_>,
    schema: &Ident,
    entry: &MigrationEntry,
    progress: &Progress<'_>,
) -> Result<bool, StatementError> {
    let sql = format!(
        "UPDATE {schema}.schemata_migrations
        SET
            progress = pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
                'done', $4,
                'of', $5,
                'begun', nullif($6, false),
                'backfill', CASE WHEN $7 IS NOT NULL
                    THEN pg_catalog.jsonb_build_object('after', pg_catalog.to_jsonb($7), 'rows', $8, 'changed', $9)
                END
            )),
            duration = coalesce(duration, '0') + $10 * interval '1 microsecond',
            finished_at = CASE WHEN $4 = $5 THEN pg_catalog.clock_timestamp() END
        WHERE schema_name = $1
            AND module_name = $2
            AND migration_id = $3
            AND finished_at IS NULL
            AND ($11 IS NULL OR pg_catalog.transaction_timestamp() = $11::text::timestamptz)"
    );
    let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let Checkpoint { after, rows, changed } = progress.checkpoint.clone().unwrap_or_default();
    let after = progress.checkpoint.is_some().then_some(after);
    let took = i64::try_from(progress.took.as_micros()).unwrap_or(i64::MAX);
    let values: [TypedValue<'_>; 11] = [
        (&schema.as_str(), Type::TEXT),
        (&entry.module, Type::TEXT),
        (&entry.id, Type::TEXT),
        (&number(progress.done), Type::INT4),
        (&number(progress.of), Type::INT4),
        (&progress.begun, Type::BOOL),
        (&after, Type::TEXT_ARRAY),
        (&rows, Type::INT8),
        (&changed, Type::INT8),
        (&took, Type::INT8),
        (&progress.transaction, Type::TEXT),
    ];
    Ok(session.execute(UPDATE, &sql, &values).await? == 1)
}

/// Gives an unfinished migration the operations, the checksum and the reasons it has now. What it has done stays done;
/// `begun` says whether the next step still counts as begun.
pub(crate) async fn refresh(
    session: MigratorSession<'_>,
    schema: &Ident,
    row: &LedgerRow<'_>,
    begun: bool,
) -> Result<bool, StatementError> {
    let sql = format!(
        "UPDATE {schema}.schemata_migrations
        SET
            checksum = $4,
            operations = pg_catalog.to_jsonb($5),
            allowed = $6,
            progress = CASE WHEN $7 THEN progress ELSE progress - 'begun' END
                || pg_catalog.jsonb_build_object('of', pg_catalog.cardinality($5))
        WHERE schema_name = $1 AND module_name = $2 AND migration_id = $3 AND finished_at IS NULL"
    );
    let entry = row.migration.entry;
    let values: [TypedValue<'_>; 7] = [
        (&schema.as_str(), Type::TEXT),
        (&entry.module, Type::TEXT),
        (&entry.id, Type::TEXT),
        (&row.migration.checksum, Type::TEXT),
        (&row.statements(), Type::TEXT_ARRAY),
        (&row.allowed(), Type::TEXT_ARRAY),
        (&begun, Type::BOOL),
    ];
    Ok(session.execute(UPDATE, &sql, &values).await? == 1)
}

/// Gives `migration` the checksum it has now, and if it is unfinished, its `operations`. Returns false if the ledger, which
/// has this `shape`, does not list it.
pub(crate) async fn repair(
    session: MigratorSession<'_>,
    schema: &Ident,
    shape: LedgerVersion,
    migration: &Recorded,
    operations: &[Operation],
    reason: &str,
) -> Result<bool, StatementError> {
    // A ledger without the column lists no squash.
    let replaces = if shape == LedgerVersion::Current { "replaces = nullif($7, '{}')," } else { "" };
    let sql = format!(
        "UPDATE {schema}.schemata_migrations
        SET
            {replaces}
            checksum = $4,
            operations = CASE WHEN finished_at IS NULL THEN pg_catalog.to_jsonb($6) ELSE operations END,
            note = pg_catalog.concat_ws(
                E'\\n',
                note,
                pg_catalog.format('repaired %s by %s, was %s: %s', pg_catalog.now(), session_user, checksum, $5)
            )
        WHERE schema_name = $1 AND module_name = $2 AND migration_id = $3"
    );
    let entry = migration.entry;
    let statements: Vec<String> = operations.iter().map(Operation::shown).collect();
    let values: [TypedValue<'_>; 7] = [
        (&schema.as_str(), Type::TEXT),
        (&entry.module, Type::TEXT),
        (&entry.id, Type::TEXT),
        (&migration.checksum, Type::TEXT),
        (&reason, Type::TEXT),
        (&statements, Type::TEXT_ARRAY),
        (&entry.replaces, Type::TEXT_ARRAY),
    ];
    let used = if shape == LedgerVersion::Current { &values[..] } else { &values[..6] };
    Ok(session.execute(UPDATE, &sql, used).await? == 1)
}
