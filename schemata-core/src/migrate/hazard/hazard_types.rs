//! The hazards of a statement as its text alone shows them, before the database is asked about its tables.

use crate::qualified_name::QualifiedName;

/// The lock and work of a statement that rewrites its table.
pub(crate) const REWRITES: &str = "blocks all reads and writes (ACCESS EXCLUSIVE lock) while it rewrites the table";
/// The lock and work of a statement that reads its whole table.
pub(crate) const READS: &str = "blocks all reads and writes (ACCESS EXCLUSIVE lock) while it reads the whole table";

/// The work of a statement that builds the index of a constraint.
pub(crate) const INDEX_BUILT: &str =
    "its index is built under a lock that blocks all reads and writes (ACCESS EXCLUSIVE)";

/// A condition of the live table that makes a statement harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Exemption {
    /// The column is known to hold no NULL: by a validated constraint of the live table, or by one of `constraints`,
    /// which the migrations validate before.
    NeverNull {
        /// The column.
        column: String,
        /// The names of the constraints.
        constraints: Vec<String>,
    },
    /// The column is generated when it is read, so it has no values that a new expression would change.
    Virtual {
        /// The column.
        column: String,
    },
    /// The new type only widens the column's current type.
    Widens {
        /// The column.
        column: String,
        /// The new type, as written.
        to: String,
    },
}

/// Something dangerous that a statement does.
pub(crate) struct StatementHazard {
    pub(crate) why: String,
    pub(crate) safe_form: String,
    pub(crate) exemption: Option<Exemption>,
}

impl StatementHazard {
    pub(crate) fn new(why: impl Into<String>, safe_form: impl Into<String>) -> Self {
        Self { why: why.into(), safe_form: safe_form.into(), exemption: None }
    }
}

/// A hazard with the table or index that it concerns.
pub(crate) struct TableHazard {
    pub(crate) table: QualifiedName,
    /// Whether the statement leaves partitions alone.
    pub(crate) only: bool,
    pub(crate) hazard: StatementHazard,
}

impl TableHazard {
    pub(crate) fn new(table: QualifiedName, only: bool, why: impl Into<String>, safe_form: impl Into<String>) -> Self {
        Self { table, only, hazard: StatementHazard::new(why, safe_form) }
    }
}

/// Returns the calls that add a constraint and validate it under a lock that blocks neither reads nor writes. The last call
/// has no end, so that a chain can follow. `table` is the table's name in a migration.
pub(crate) fn validated_later(table: &str, constraint: &str, definition: &str) -> String {
    format!(
        "m.alter_table({table:?}).add_constraint({constraint:?}, {:?}).await?; m.commit().await?; \
         m.alter_table({table:?}).validate_constraint({constraint:?})",
        format!("{definition} NOT VALID"),
    )
}
