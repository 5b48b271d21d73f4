//! Everything that the ledger records about the migrations of one id.

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::ident::Ident;
use crate::migrate::error::MigrateError;
use crate::migrate::ledger::read::{count, from_item};
use crate::migrate::ledger::shape::LedgerVersion;
use crate::migrate::session::{MigratorSession, TypedValue};
use crate::sql::secret::redacted;

/// The ledger's record of one migration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryEntry {
    /// The migration's module.
    pub module: String,
    /// The migration's id.
    pub id: String,
    /// The checksum it was applied with.
    pub checksum: String,
    /// The statements that ran; for an unfinished migration, also those that will run.
    pub statements: Vec<String>,
    /// When it finished, by the server's clock; for an unfinished migration, when it began.
    pub at: String,
    /// Whether it is finished.
    pub finished: bool,
    /// How long it ran, in milliseconds, without the time between interrupted runs.
    pub took_ms: i64,
    /// The role that ran it.
    pub by: String,
    /// The application that ran it.
    pub application: String,
    /// Why its row was written or changed by hand.
    pub note: Option<String>,
    /// How far it has come, if it runs step by step.
    pub steps: Option<StepProgress>,
    /// The reasons it gave for dangerous steps.
    pub allowed: Vec<String>,
    /// The migrations of its module that it replaces, if it is a squash.
    pub replaces: Vec<String>,
}

/// How far a migration that runs step by step has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepProgress {
    /// The number of steps that are done.
    pub done: usize,
    /// The number of steps.
    pub of: usize,
    /// The number of rows that a backfill under way has visited.
    pub rows: Option<i64>,
}

/// Reads the rows of the migrations called `id` (or `module:id`), in the order in which they finished.
pub(crate) async fn history(
    session: MigratorSession<'_>,
    schema: &Ident,
    shape: LedgerVersion,
    id: &str,
) -> Result<Vec<HistoryEntry>, MigrateError> {
    let (duration, progress) = match shape {
        LedgerVersion::First => (
            "finished_at - started_at",
            "NULL::text[] AS allowed, NULL::int AS done, NULL::int AS of, NULL::bigint AS rows",
        ),
        LedgerVersion::Steps | LedgerVersion::Current => (
            "coalesce(duration, '0')",
            "allowed, (progress->>'done')::int AS done, (progress->>'of')::int AS of, \
             (progress#>>'{backfill,rows}')::bigint AS rows",
        ),
    };
    let ledger = from_item(schema);
    let sql = format!(
        "SELECT
            module_name,
            migration_id,
            checksum,
            ARRAY(SELECT pg_catalog.jsonb_array_elements_text(operations)) AS statements,
            coalesce(finished_at, started_at)::text AS at,
            finished_at IS NOT NULL AS finished,
            (extract(epoch FROM {duration}) * 1000)::bigint AS took_ms,
            applied_by,
            application,
            note,
            {progress},
            coalesce(stands_for, '{{}}') AS replaces
        FROM {ledger}
        WHERE schema_name = $1 AND $2 IN (migration_id, module_name || ':' || migration_id)
        ORDER BY finished_at"
    );
    let values: [TypedValue<'_>; 2] = [(&schema.as_str(), Type::TEXT), (&id, Type::TEXT)];
    let rows = session.query("reading the ledger", &sql, &values).await;
    let rows = rows.map_err(|error| error.of_ledger(schema, "read"))?;
    Ok(rows.iter().map(decode).collect())
}

fn decode(row: &Row) -> HistoryEntry {
    let statements: Vec<String> = row.get("statements");
    HistoryEntry {
        module: row.get("module_name"),
        id: row.get("migration_id"),
        checksum: row.get("checksum"),
        statements: statements.iter().map(|text| redacted(text).into_owned()).collect(),
        at: row.get("at"),
        finished: row.get("finished"),
        took_ms: row.get("took_ms"),
        by: row.get("applied_by"),
        application: row.get("application"),
        note: row.get("note"),
        allowed: row.get::<_, Option<Vec<String>>>("allowed").unwrap_or_default(),
        steps: row.get::<_, Option<i32>>("of").map(|of| StepProgress {
            done: count(row.get::<_, Option<i32>>("done").unwrap_or(0)),
            of: count(of),
            rows: row.get("rows"),
        }),
        replaces: row.get("replaces"),
    }
}
