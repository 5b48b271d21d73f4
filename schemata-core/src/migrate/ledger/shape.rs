//! What the ledger looks like: today's, and those before, which are upgraded in place.

use crate::ident::Ident;
use crate::migrate::error::MigrateError;
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

/// The columns that came later. They came together, and `finished_at` became nullable with them.
const LATER: [(&str, &str); 3] = [("progress", "jsonb"), ("duration", "interval"), ("allowed", "text[]")];

/// The column that came last.
const LAST: (&str, &str) = ("replaces", "text[]");

/// Which version of the ledger is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The first: every row is of a finished migration.
    First,
    /// The one that knows migrations which run step by step, and no squashes.
    Steps,
    /// Today's.
    Current,
}

/// Creates the ledger of `schema`.
pub(crate) fn create(schema: &Ident) -> String {
    format!(
        "CREATE TABLE {schema}.schema_migrations (\n  \
         schema_name text NOT NULL,\n  module_name text NOT NULL,\n  migration_id text NOT NULL,\n  \
         checksum text NOT NULL,\n  operations jsonb NOT NULL,\n  started_at timestamptz NOT NULL,\n  \
         finished_at timestamptz,\n  applied_by text NOT NULL DEFAULT session_user,\n  application text NOT NULL,\n  note text,\n  \
         progress jsonb,\n  duration interval,\n  allowed text[],\n  replaces text[],\n  \
         CONSTRAINT schema_migrations_pkey PRIMARY KEY (schema_name, module_name, migration_id)\n)"
    )
}

/// Turns a ledger of an earlier shape into today's. What it knows stays.
pub(crate) fn upgrade(schema: &Ident) -> [String; 2] {
    [
        format!(
            "ALTER TABLE {schema}.schema_migrations ADD COLUMN IF NOT EXISTS progress jsonb, \
             ADD COLUMN IF NOT EXISTS duration interval, ADD COLUMN IF NOT EXISTS allowed text[], \
             ADD COLUMN IF NOT EXISTS replaces text[], \
             ALTER COLUMN finished_at DROP NOT NULL"
        ),
        format!("UPDATE {schema}.schema_migrations SET duration = finished_at - started_at WHERE duration IS NULL"),
    ]
}

/// Which ledger there is; something else under its name is refused.
pub(crate) fn shape(schema: &Ident, probe: &Probe) -> Result<Option<Shape>, MigrateError> {
    let Some((kind, columns)) = &probe.ledger else { return Ok(None) };
    ours(schema, kind, columns).map(Some)
}

/// The shape of a table called like the ledger.
pub(crate) fn ours(schema: &Ident, kind: &str, columns: &[String]) -> Result<Shape, MigrateError> {
    let shape = |found| Err(MigrateError::LedgerShape { schema: schema.clone(), found });
    if kind != "r" && kind != "p" {
        return shape("it is not a table".to_owned());
    }
    let has = |(name, sql_type): (&str, &str)| columns.contains(&format!("{name} {sql_type}"));
    if let Some((name, sql_type)) = COLUMNS.into_iter().find(|column| !has(*column)) {
        return shape(format!("it has no column `{name} {sql_type}`, but {}", columns.join(", ")));
    }
    Ok(match (LATER.into_iter().all(has), has(LAST)) {
        (false, _) => Shape::First,
        (true, false) => Shape::Steps,
        (true, true) => Shape::Current,
    })
}
