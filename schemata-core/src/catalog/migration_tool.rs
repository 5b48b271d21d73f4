//! `MigrationTool`: other tools for migrations, known by the tables in which they record what they applied.

use std::collections::BTreeSet;
use std::fmt;

/// A tool whose record of applied migrations is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MigrationTool {
    /// sqlx: `_sqlx_migrations`.
    Sqlx,
    /// diesel: `__diesel_schema_migrations`.
    Diesel,
    /// refinery: `refinery_schema_history`.
    Refinery,
    /// Rails: `schema_migrations` beside `ar_internal_metadata`.
    Rails,
    /// dbmate: `schema_migrations` with a column `version` of text.
    Dbmate,
    /// golang-migrate: `schema_migrations` with `version` and `dirty`.
    GolangMigrate,
    /// Ecto: `schema_migrations` with `version` and `inserted_at`.
    Ecto,
    /// Flyway: `flyway_schema_history`.
    Flyway,
    /// Django: `django_migrations`.
    Django,
    /// Alembic: `alembic_version`.
    Alembic,
}

/// The tables of the tools: a tool, the table, and columns that it has.
const TABLES: [(MigrationTool, &str, &[&str]); 11] = [
    (MigrationTool::Sqlx, "_sqlx_migrations", &["version", "description", "success", "checksum"]),
    (MigrationTool::Diesel, "__diesel_schema_migrations", &["version", "run_on"]),
    (MigrationTool::Refinery, "refinery_schema_history", &["version", "name", "applied_on", "checksum"]),
    (MigrationTool::Flyway, "flyway_schema_history", &["installed_rank", "version", "script", "checksum", "success"]),
    (MigrationTool::Django, "django_migrations", &["app", "name", "applied"]),
    (MigrationTool::Alembic, "alembic_version", &["version_num"]),
    (MigrationTool::GolangMigrate, "schema_migrations", &["version", "dirty"]),
    (MigrationTool::Ecto, "schema_migrations", &["version", "inserted_at"]),
    (MigrationTool::Dbmate, "schema_migrations", &["version"]),
    // Without the table beside it, the ledger of Rails is that of dbmate.
    (MigrationTool::Rails, "ar_internal_metadata", &["key", "value"]),
    (MigrationTool::Flyway, "schema_version", &["installed_rank", "version", "script", "checksum", "success"]),
];

impl MigrationTool {
    /// Every tool, in the order of their declaration.
    pub const ALL: [Self; 10] = [
        Self::Sqlx,
        Self::Diesel,
        Self::Refinery,
        Self::Rails,
        Self::Dbmate,
        Self::GolangMigrate,
        Self::Ecto,
        Self::Flyway,
        Self::Django,
        Self::Alembic,
    ];

    /// Returns the tool's name, as `--from` takes it: `sqlx`, `golang-migrate`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlx => "sqlx",
            Self::Diesel => "diesel",
            Self::Refinery => "refinery",
            Self::Rails => "rails",
            Self::Dbmate => "dbmate",
            Self::GolangMigrate => "golang-migrate",
            Self::Ecto => "ecto",
            Self::Flyway => "flyway",
            Self::Django => "django",
            Self::Alembic => "alembic",
        }
    }

    /// Returns the tool that a table with these columns belongs to.
    pub(crate) fn of_table(table: &str, columns: &BTreeSet<&str>) -> Option<Self> {
        let is_own = |of: &&(Self, &str, &[&str])| of.1 == table && of.2.iter().all(|column| columns.contains(column));
        let found = TABLES.iter().find(is_own)?.0;
        // The ledger of dbmate has one column; a table of a program may have more.
        (found != Self::Dbmate || columns.len() == 1).then_some(found)
    }

    /// Returns the names of the tables that tools keep.
    pub(crate) fn tables() -> Vec<&'static str> {
        TABLES.iter().map(|(_, table, _)| *table).collect()
    }
}

impl fmt::Display for MigrationTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_of_tools_are_told_apart() {
        let of = |table: &str, columns: &[&str]| MigrationTool::of_table(table, &columns.iter().copied().collect());
        assert_eq!(of("schema_migrations", &["version"]), Some(MigrationTool::Dbmate));
        assert_eq!(of("schema_migrations", &["version", "dirty"]), Some(MigrationTool::GolangMigrate));
        assert_eq!(of("schema_migrations", &["version", "inserted_at"]), Some(MigrationTool::Ecto));
        assert_eq!(of("schema_migrations", &["version", "of_ours"]), None);
        assert_eq!(of("alembic_version", &["id"]), None);
        let names: Vec<&str> = MigrationTool::ALL.iter().map(|tool| tool.name()).collect();
        assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len());
    }
}
