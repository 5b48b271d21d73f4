//! Errors of migrations that run step by step and can only be corrected in their code.

/// A migration that cannot run step by step as it is written, or in this database.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StepwiseError {
    /// The migration reads data, and has steps that take transactions of their own.
    #[error(
        "migration {id} reads data and has steps that cannot share its transaction: the data could have changed when \
         they run; put the reading into a separate migration"
    )]
    Reads {
        /// The migration's id.
        id: &'static str,
    },
    /// A commit has nothing to commit, or nothing comes after it.
    #[error("migration {id} {why}; remove it")]
    IdleCommit {
        /// The migration's id.
        id: &'static str,
        /// The position of the commit, in words.
        why: &'static str,
    },
    /// Another valid index has the name already.
    #[error("index {name} exists already, with another definition: {found}; drop it, or choose another name")]
    OtherIndex {
        /// The index.
        name: String,
        /// The definition of the index that exists.
        found: String,
    },
    /// A table has no key that identifies each of its rows.
    #[error("table {table} has no primary key and no unique index on columns that are NOT NULL: a backfill needs one")]
    NoKey {
        /// The table.
        table: String,
    },
    /// A backfill would change the key in whose order it visits the rows.
    #[error("a backfill of {table} cannot change {column}: it visits the rows in the order of that column")]
    ChangesKey {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The migration's row is no longer in the ledger as the run left it.
    #[error("the ledger's row of migration {id} was changed by someone else while it ran")]
    RowGone {
        /// The migration's id.
        id: &'static str,
    },
}
