//! What is dangerous in one statement, before it is known where the statement stands.

pub(crate) const REWRITES: &str =
    "keeps everybody from reading and writing (ACCESS EXCLUSIVE lock) while it rewrites the table";
pub(crate) const READS: &str =
    "keeps everybody from reading and writing (ACCESS EXCLUSIVE lock) while it reads the whole table";

/// What makes a statement harmless that looks dangerous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unless {
    /// A validated constraint shows that this column holds no NULL, or one of those `given` does, which the migrations
    /// validate before.
    NeverNull {
        /// The column.
        column: String,
        /// The names of constraints.
        given: Vec<String>,
    },
    /// The column has a type that the new one only widens.
    Widens {
        /// The column.
        column: String,
        /// The new type, as written.
        to: String,
    },
}

/// What one statement does that is dangerous.
pub(crate) struct Danger {
    pub(crate) why: String,
    pub(crate) safe_form: String,
    pub(crate) unless: Option<Unless>,
}

impl Danger {
    pub(crate) fn new(why: impl Into<String>, safe_form: impl Into<String>) -> Self {
        Self { why: why.into(), safe_form: safe_form.into(), unless: None }
    }
}

/// The calls that add a constraint and validate it under a lock that stops nobody, without the end of the last: it may be a
/// chain. `table` is called so in a migration.
pub(crate) fn validated_later(table: &str, constraint: &str, definition: &str) -> String {
    format!(
        "m.alter_table({table:?}).add_constraint({constraint:?}, {:?}).await?; m.commit().await?; \
         m.alter_table({table:?}).validate_constraint({constraint:?})",
        format!("{definition} NOT VALID"),
    )
}
