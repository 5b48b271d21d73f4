//! Errors of migrations that run step by step.

use crate::migrate::error::postgres::failure;
use crate::migrate::report::Blocker;

/// A migration that runs step by step and could not start or continue. The steps it has done stay done, and the ledger
/// records how many.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepwiseError {
    /// A step failed.
    #[error(
        "migration {id} stopped after {done} of {of} steps{}; the next run continues there",
        failure(statement.as_deref(), &**source, blockers)
    )]
    Stopped {
        /// The migration's id.
        id: &'static str,
        /// The number of steps that are done.
        done: usize,
        /// The number of steps.
        of: usize,
        /// The statement that PostgreSQL refused.
        statement: Option<String>,
        /// The migrations that this run applied before it.
        applied: Vec<String>,
        /// The sessions that blocked the last attempt, if it could not get a lock.
        blockers: Vec<Blocker>,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A step that is done, or half done, was edited.
    #[error(
        "migration {id} is unfinished, and its step {step} has run already, as: {ran}; undo the edit (now: {now}), or accept \
         it with `migrate repair`; steps that have not run may change"
    )]
    Edited {
        /// The migration's id.
        id: &'static str,
        /// The step, counted from 1.
        step: usize,
        /// The statement that ran.
        ran: String,
        /// The statement that the migration has there now.
        now: String,
    },
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
