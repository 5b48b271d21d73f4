//! Reading the ledger, whichever shape it has: the rows that planning needs.

use std::collections::BTreeSet;

use tokio_postgres::Row;

use crate::ident::Ident;
use crate::migrate::error::MigrateError;
use crate::migrate::ledger::shape::LedgerVersion;
use crate::migrate::migration::entry::MigrationEntry;
use crate::migrate::record::Recorded;
use crate::migrate::session::MigratorSession;

/// One migration of the ledger.
#[derive(Debug, Clone)]
pub(crate) struct Applied {
    pub(crate) module: String,
    pub(crate) id: String,
    pub(crate) checksum: String,
    /// When it finished; for an unfinished one, when it began.
    pub(crate) at: String,
    /// How far it has come, if it is unfinished.
    pub(crate) unfinished: Option<Unfinished>,
    /// The migrations of its module that it replaces, if it is a squash.
    pub(crate) replaces: Vec<String>,
}

impl Applied {
    /// Returns the row of `migration`, finished a moment ago.
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

/// How far an unfinished migration has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Unfinished {
    /// The statements it consisted of when it last ran.
    pub(crate) operations: Vec<String>,
    /// The number of statements that are done.
    pub(crate) done: usize,
    /// Whether the next statement was begun, outside a transaction.
    pub(crate) begun: bool,
    /// How far the next statement has come, if it is a backfill.
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// How far a backfill has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// The key of the last visited row, as text.
    pub(crate) after: Vec<String>,
    /// The number of visited rows.
    pub(crate) rows: i64,
    /// The number of changed rows.
    pub(crate) changed: i64,
}

/// The columns that every reader takes.
const COLUMNS: &str = "
    module_name,
    migration_id,
    checksum,
    coalesce(finished_at, started_at)::text AS at,
    schema_name,
    coalesce(stands_for, '{}') AS replaces";

/// The columns about an unfinished migration, which ledgers of the first shape lack.
const PROGRESS: &str = "
    finished_at IS NULL AS is_unfinished,
    CASE WHEN finished_at IS NULL
        THEN ARRAY(SELECT pg_catalog.jsonb_array_elements_text(operations))
    END AS operations,
    coalesce((progress->>'done')::int, 0) AS done,
    coalesce((progress->>'begun')::boolean, false) AS begun,
    CASE WHEN progress ? 'backfill'
        THEN ARRAY(SELECT pg_catalog.jsonb_array_elements_text(progress#>'{backfill,after}'))
    END AS after,
    (progress#>>'{backfill,rows}')::bigint AS rows,
    (progress#>>'{backfill,changed}')::bigint AS changed";

/// Returns the ledger of `schema` as a FROM item whose column `stands_for` lists what a squash replaces. An early ledger has
/// no column `replaces`: then the name means the NULL beside the ledger.
pub(crate) fn from_item(schema: &Ident) -> String {
    format!(
        "(SELECT NULL::text[] AS replaces) lacks
        CROSS JOIN LATERAL (SELECT own.*, replaces AS stands_for FROM {schema}.schemata_migrations own) ledger"
    )
}

fn select(schema: &Ident, columns: &str) -> String {
    let ledger = from_item(schema);
    format!("SELECT {COLUMNS}, {columns} FROM {ledger} ORDER BY finished_at, module_name, migration_id")
}

/// Reads the ledger, in one round trip, in the order in which migrations finished.
///
/// # Errors
/// [`MigrateError::LedgerOfAnother`] if the schema was renamed, or its ledger copied: no row would count, and everything
/// would run again.
pub(crate) async fn read(
    session: MigratorSession<'_>,
    schema: &Ident,
    shape: LedgerVersion,
) -> Result<Vec<Applied>, MigrateError> {
    let columns = if shape == LedgerVersion::First { "false AS is_unfinished" } else { PROGRESS };
    let rows = session.query("reading the ledger", &select(schema, columns), &[]).await;
    let rows = rows.map_err(|error| error.of_ledger(schema, "read"))?;
    Ok(of_schema(schema, &rows)?.into_iter().map(|row| applied(row, progress)).collect())
}

/// Returns the query that lists a ledger of any shape; [`listed`] decodes its rows.
pub(crate) fn list(schema: &Ident) -> String {
    select(schema, "finished_at IS NULL AS is_unfinished")
}

/// Decodes the rows of [`list`], without how far unfinished migrations have come.
///
/// # Errors
/// As [`read`].
pub(crate) fn listed(schema: &Ident, rows: &[Row]) -> Result<Vec<Applied>, MigrateError> {
    Ok(of_schema(schema, rows)?.into_iter().map(|row| applied(row, |_| Unfinished::default())).collect())
}

/// Returns the rows that are about `schema`.
fn of_schema<'r>(schema: &Ident, rows: &'r [Row]) -> Result<Vec<&'r Row>, MigrateError> {
    let name = |row: &Row| row.get::<_, String>("schema_name");
    let (own, others): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| name(row) == schema.as_str());
    if own.is_empty() && !others.is_empty() {
        let found: BTreeSet<String> = others.into_iter().map(name).collect();
        return Err(MigrateError::LedgerOfAnother { schema: schema.clone(), found: found.into_iter().collect() });
    }
    Ok(own)
}

fn applied(row: &Row, progress: impl Fn(&Row) -> Unfinished) -> Applied {
    Applied {
        module: row.get("module_name"),
        id: row.get("migration_id"),
        checksum: row.get("checksum"),
        at: row.get("at"),
        unfinished: row.get::<_, bool>("is_unfinished").then(|| progress(row)),
        replaces: row.get("replaces"),
    }
}

fn progress(row: &Row) -> Unfinished {
    let number = |column: &str| row.get::<_, Option<i64>>(column).unwrap_or(0);
    let after: Option<Vec<String>> = row.get("after");
    Unfinished {
        operations: row.get("operations"),
        done: count(row.get("done")),
        begun: row.get("begun"),
        checkpoint: after.map(|after| Checkpoint { after, rows: number("rows"), changed: number("changed") }),
    }
}

/// Returns a count as the ledger stores it.
pub(crate) fn count(number: i32) -> usize {
    usize::try_from(number).unwrap_or(0)
}
