//! Why a migration that runs step by step could not go on.

use crate::migrate::report::{Blocker, blocked_by};
use crate::migrate::error::text::needed_by;

/// Why a migration that runs step by step stopped. The steps it has done stay done, and the ledger says how many.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepwiseError {
    /// A step failed.
    #[error(
        "migration {id} stopped after {done} of {of} steps{}{}{}; the next run carries on there",
        statement.as_ref().map_or(String::new(), |sql| format!(", at: {sql}")),
        needed_by(&**source),
        blocked_by(blockers)
    )]
    Stopped {
        /// The migration.
        id: &'static str,
        /// The steps that are done.
        done: usize,
        /// All of them.
        of: usize,
        /// The statement that PostgreSQL refused.
        statement: Option<String>,
        /// The migrations this run applied before it.
        applied: Vec<String>,
        /// Who was in its way to the end, where it could not get a lock.
        blockers: Vec<Blocker>,
        /// What went wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A step that is done, or half done, is another one now.
    #[error(
        "migration {id} is unfinished, and its step {step} has run already, as: {ran}; undo the edit (now: {now}), or accept \
         it with `migrate repair`; steps that have not run may change"
    )]
    Edited {
        /// The migration.
        id: &'static str,
        /// The step, counted from 1.
        step: usize,
        /// What ran.
        ran: String,
        /// What stands there now.
        now: String,
    },
    /// The migration reads data, and has steps that take transactions of their own.
    #[error(
        "migration {id} reads data and has steps that cannot share its transaction: what was read would no longer hold when \
         they run; put the reading into a migration of its own"
    )]
    Reads {
        /// The migration.
        id: &'static str,
    },
    /// A commit that commits nothing, or that nothing comes after.
    #[error("migration {id} {why}; remove it")]
    IdleCommit {
        /// The migration.
        id: &'static str,
        /// Where it stands.
        why: &'static str,
    },
    /// There is a valid index of that name already, and it is another one.
    #[error("there is an index {name} already, and it is another one: {found}; drop it, or choose another name")]
    OtherIndex {
        /// The index.
        name: String,
        /// Its definition.
        found: String,
    },
    /// The rows of a table cannot be told apart.
    #[error("table {table} has no primary key and no unique index on columns that are NOT NULL: a backfill needs one")]
    NoKey {
        /// The table.
        table: String,
    },
    /// A backfill would change the key by which it keeps its place.
    #[error("a backfill of {table} cannot change {column}: it goes through the table by that column")]
    ChangesKey {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The migration's row is no longer in the ledger as the run left it.
    #[error("the ledger's row of migration {id} was changed by someone else while it ran")]
    RowGone {
        /// The migration.
        id: &'static str,
    },
}
