//! The shapes a ledger can have: the current one, and earlier ones, which are upgraded in place.

use crate::ident::Ident;
use crate::migrate::error::MigrateError;
use crate::migrate::session::Probe;

/// The columns that every version of the ledger has, as the probe reports them.
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

/// The columns of the second version, which also made `finished_at` nullable.
const STEP_COLUMNS: [(&str, &str); 3] = [("progress", "jsonb"), ("duration", "interval"), ("allowed", "text[]")];

/// The column of the current version.
const SQUASH_COLUMN: (&str, &str) = ("replaces", "text[]");

/// The version of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LedgerVersion {
    /// The first: every row is of a finished migration.
    First,
    /// The second: has unfinished migrations, and no squashes.
    Steps,
    /// The current one.
    Current,
}

/// Returns the statement that creates the ledger of `schema`.
pub(crate) fn create(schema: &Ident) -> String {
    format!(
        "CREATE TABLE {schema}.schemata_migrations (
            schema_name text NOT NULL,
            module_name text NOT NULL,
            migration_id text NOT NULL,
            checksum text NOT NULL,
            operations jsonb NOT NULL,
            started_at timestamptz NOT NULL,
            finished_at timestamptz,
            applied_by text NOT NULL DEFAULT session_user,
            application text NOT NULL,
            note text,
            progress jsonb,
            duration interval,
            allowed text[],
            replaces text[],
            CONSTRAINT schemata_migrations_pkey PRIMARY KEY (schema_name, module_name, migration_id)
        )"
    )
}

/// Returns the statements that turn a ledger of an earlier shape into the current one. They keep all it lists.
pub(crate) fn upgrade(schema: &Ident) -> [String; 2] {
    [
        format!(
            "ALTER TABLE {schema}.schemata_migrations
                ADD COLUMN IF NOT EXISTS progress jsonb,
                ADD COLUMN IF NOT EXISTS duration interval,
                ADD COLUMN IF NOT EXISTS allowed text[],
                ADD COLUMN IF NOT EXISTS replaces text[],
                ALTER COLUMN finished_at DROP NOT NULL"
        ),
        format!("UPDATE {schema}.schemata_migrations SET duration = finished_at - started_at WHERE duration IS NULL"),
    ]
}

impl LedgerVersion {
    /// Returns the shape of a relation called `schemata_migrations`, or `None` if there is none.
    ///
    /// # Errors
    /// [`MigrateError::LedgerShape`] if it is something else than a ledger; [`MigrateError::LedgerName`] if there is only one
    /// of the former name.
    pub(crate) fn of(schema: &Ident, probe: &Probe) -> Result<Option<Self>, MigrateError> {
        let Some((kind, columns)) = &probe.ledger else {
            return if probe.has_former_ledger {
                Err(MigrateError::LedgerName { schema: schema.clone() })
            } else {
                Ok(None)
            };
        };
        Self::of_relation(schema, kind, columns).map(Some)
    }

    /// As [`LedgerVersion::of`], for a relation of this kind with these columns.
    pub(crate) fn of_relation(schema: &Ident, kind: &str, columns: &[String]) -> Result<Self, MigrateError> {
        let other = |found| Err(MigrateError::LedgerShape { schema: schema.clone(), found });
        if kind != "r" && kind != "p" {
            return other("it is not a table".to_owned());
        }
        let has = |(name, sql_type): (&str, &str)| columns.contains(&format!("{name} {sql_type}"));
        if let Some((name, sql_type)) = COLUMNS.into_iter().find(|column| !has(*column)) {
            return other(format!("it has no column `{name} {sql_type}`, but {}", columns.join(", ")));
        }
        Ok(match (STEP_COLUMNS.into_iter().all(has), has(SQUASH_COLUMN)) {
            (false, _) => Self::First,
            (true, false) => Self::Steps,
            (true, true) => Self::Current,
        })
    }
}
