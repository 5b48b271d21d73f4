//! Reading the ledger, whichever shape it has.

use std::collections::BTreeSet;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use crate::ident::Ident;
use crate::migrate::migration::entry::MigrationEntry;
use crate::migrate::error::MigrateError;
use crate::migrate::ledger::shape::Shape;
use crate::migrate::record::Recorded;
use crate::sql::secret::redacted;

/// One migration of the ledger.
#[derive(Debug, Clone)]
pub(crate) struct Applied {
    pub(crate) module: String,
    pub(crate) id: String,
    pub(crate) checksum: String,
    /// When it was finished; where it is not, when it began.
    pub(crate) at: String,
    /// How far it came, where it is not finished.
    pub(crate) unfinished: Option<Unfinished>,
    /// The migrations of its module that it stands for, where it is a squash.
    pub(crate) replaces: Vec<String>,
}

impl Applied {
    /// `migration`, finished a moment ago.
    pub(crate) fn now(migration: &Recorded) -> Self {
        let MigrationEntry { module, id, replaces, .. } = migration.entry;
        Self {
            module: module.to_owned(),
            id: id.to_owned(),
            checksum: migration.checksum.clone(),
            at: String::new(),
            unfinished: None,
            replaces: replaces.iter().map(|id| (*id).to_owned()).collect(),
        }
    }
}

/// How far a migration came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Unfinished {
    /// The statements it consisted of when it last ran.
    pub(crate) operations: Vec<String>,
    /// How many of them are done.
    pub(crate) done: usize,
    /// Whether the next one was begun, outside a transaction.
    pub(crate) begun: bool,
    /// How far the next one came, if it is a backfill.
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// How far a backfill came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// The last key it went past, as text.
    pub(crate) after: Vec<String>,
    /// Rows it went past.
    pub(crate) rows: i64,
    /// Rows it changed.
    pub(crate) changed: i64,
}

/// How far a migration came that runs step by step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Steps {
    /// The steps that are done.
    pub done: usize,
    /// All of them.
    pub of: usize,
    /// Rows that a backfill went past, where one is under way.
    pub rows: Option<i64>,
}

/// The progress of a migration that is not finished, in pieces: done, begun, after, rows, changed.
const PROGRESS: &str = "coalesce((progress->>'done')::int, 0), coalesce((progress->>'begun')::boolean, false), \
     CASE WHEN progress ? 'backfill' \
     THEN ARRAY(SELECT pg_catalog.jsonb_array_elements_text(progress#>'{backfill,after}')) END, \
     (progress#>>'{backfill,rows}')::bigint, (progress#>>'{backfill,changed}')::bigint";

/// The ledger of `schema` as a table whose column `stands_for` is what a squash replaces. An early ledger has no column
/// `replaces`: then the name means the one outside.
pub(crate) fn table(schema: &Ident) -> String {
    format!(
        "(SELECT NULL::text[] AS replaces) lacks CROSS JOIN LATERAL \
         (SELECT own.*, replaces AS stands_for FROM {schema}.schema_migrations own) ledger"
    )
}

/// What is read of every ledger.
const LISTED: &str = "module_name, migration_id, checksum, coalesce(finished_at, started_at)::text, schema_name, coalesce(stands_for, '{}')";

/// Reads the ledger, in one round trip, in the order in which migrations were finished.
///
/// # Errors
/// [`MigrateError::LedgerOfAnother`] where the schema was renamed, or its ledger copied: nothing of it would count, and
/// everything would run again.
pub(crate) async fn read(client: &Client, schema: &Ident, shape: Shape) -> Result<Vec<Applied>, MigrateError> {
    let further = match shape {
        Shape::First => String::new(),
        Shape::Steps | Shape::Current => format!(
            ", finished_at IS NULL, CASE WHEN finished_at IS NULL \
             THEN ARRAY(SELECT pg_catalog.jsonb_array_elements_text(operations)) END, {PROGRESS}"
        ),
    };
    let sql =
        format!("SELECT {LISTED}{further} FROM {} ORDER BY finished_at, module_name, migration_id", table(schema));
    let rows = client.query_typed(&sql, &[]).await.map_err(not_read(schema))?;
    Ok(own(schema, &rows)?.into_iter().map(|row| applied(row, shape)).collect())
}

/// The query that lists a ledger of any shape; [`listed`] understands its rows.
pub(crate) fn list(schema: &Ident) -> String {
    format!(
        "SELECT {LISTED}, finished_at IS NULL FROM {} ORDER BY finished_at, module_name, migration_id",
        table(schema)
    )
}

/// What the ledger of `schema` lists, without how far an unfinished migration came.
///
/// # Errors
/// As [`read`].
pub(crate) fn listed(schema: &Ident, rows: &[Row]) -> Result<Vec<Applied>, MigrateError> {
    let begun = |row: &Row| row.get::<_, bool>(6).then(Unfinished::default);
    let listed = |row: &Row| Applied { unfinished: begun(row), ..applied(row, Shape::First) };
    Ok(own(schema, rows)?.into_iter().map(listed).collect())
}

/// The rows that are about `schema`.
fn own<'r>(schema: &Ident, rows: &'r [Row]) -> Result<Vec<&'r Row>, MigrateError> {
    let (ours, others): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.get::<_, &str>(4) == schema.as_str());
    if ours.is_empty() && !others.is_empty() {
        let found: BTreeSet<String> = others.iter().map(|row| row.get(4)).collect();
        return Err(MigrateError::LedgerOfAnother { schema: schema.clone(), found: found.into_iter().collect() });
    }
    Ok(ours)
}

fn applied(row: &Row, shape: Shape) -> Applied {
    let unfinished = shape != Shape::First && row.get(6);
    Applied {
        module: row.get(0),
        id: row.get(1),
        checksum: row.get(2),
        at: row.get(3),
        unfinished: unfinished.then(|| Unfinished {
            operations: row.get(7),
            done: count(row.get(8)),
            begun: row.get(9),
            checkpoint: row.get::<_, Option<Vec<String>>>(10).map(|after| Checkpoint {
                after,
                rows: row.get::<_, Option<i64>>(11).unwrap_or(0),
                changed: row.get::<_, Option<i64>>(12).unwrap_or(0),
            }),
        }),
        replaces: row.get(5),
    }
}

fn count(number: i32) -> usize {
    usize::try_from(number).unwrap_or(0)
}

fn not_read(schema: &Ident) -> impl FnOnce(tokio_postgres::Error) -> MigrateError {
    move |source| MigrateError::Ledger { schema: schema.clone(), step: "read", source }
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
    /// The statements that ran; of an unfinished one, those that will run, too.
    pub statements: Vec<String>,
    /// When it was finished, by the server's clock; where it is not, when it began.
    pub at: String,
    /// Whether it is finished.
    pub finished: bool,
    /// How long it took, in milliseconds; where it was resumed, without the time between.
    pub took_ms: i64,
    /// The role that ran it.
    pub by: String,
    /// The application that ran it.
    pub application: String,
    /// Why its entry was written or changed by hand.
    pub note: Option<String>,
    /// How far it came, where it runs step by step.
    pub steps: Option<Steps>,
    /// The reasons it gave for dangerous steps.
    pub allowed: Vec<String>,
    /// The migrations of its module that it stands for, where it is a squash.
    pub replaces: Vec<String>,
}

/// What is remembered of the migrations called `id`.
pub(crate) async fn past(client: &Client, schema: &Ident, shape: Shape, id: &str) -> Result<Vec<Past>, MigrateError> {
    let (duration, further) = match shape {
        Shape::First => ("finished_at - started_at", "NULL::text[], NULL::int, NULL::int, NULL::bigint"),
        Shape::Steps | Shape::Current => (
            "coalesce(duration, '0')",
            "allowed, (progress->>'done')::int, (progress->>'of')::int, (progress#>>'{backfill,rows}')::bigint",
        ),
    };
    let sql = format!(
        "SELECT module_name, migration_id, checksum, ARRAY(SELECT pg_catalog.jsonb_array_elements_text(operations)), \
         coalesce(finished_at, started_at)::text, finished_at IS NOT NULL, \
         (extract(epoch FROM {duration}) * 1000)::bigint, applied_by, application, note, {further}, coalesce(stands_for, '{{}}') \
         FROM {} WHERE schema_name = $1 AND $2 IN (migration_id, module_name || ':' || migration_id) \
         ORDER BY finished_at",
        table(schema)
    );
    let rows = client
        .query_typed(&sql, &[(&schema.as_str(), Type::TEXT), (&id, Type::TEXT)])
        .await
        .map_err(not_read(schema))?;
    let past = |row: &Row| Past {
        module: row.get(0),
        id: row.get(1),
        checksum: row.get(2),
        statements: row.get::<_, Vec<String>>(3).iter().map(|text| redacted(text).into_owned()).collect(),
        at: row.get(4),
        finished: row.get(5),
        took_ms: row.get(6),
        by: row.get(7),
        application: row.get(8),
        note: row.get(9),
        allowed: row.get::<_, Option<Vec<String>>>(10).unwrap_or_default(),
        steps: row.get::<_, Option<i32>>(12).map(|of| Steps {
            done: count(row.get::<_, Option<i32>>(11).unwrap_or(0)),
            of: count(of),
            rows: row.get(13),
        }),
        replaces: row.get(14),
    };
    Ok(rows.iter().map(past).collect())
}
