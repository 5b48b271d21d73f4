//! The characteristics of a transaction: isolation level, access mode, and the text of BEGIN.

use std::fmt::Write;

/// The isolation level of a transaction: which changes of other transactions it sees (PostgreSQL manual, section 13.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isolation {
    /// Each statement sees what was committed before the statement began. PostgreSQL's default.
    ReadCommitted,
    /// All statements see what was committed before the first one. Writing a row that another transaction has changed
    /// meanwhile fails with 40001.
    RepeatableRead,
    /// The result is that of running the transactions one after another; a transaction that cannot be put in such an order
    /// fails with 40001.
    Serializable,
}

/// The characteristics that BEGIN sets.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TransactionMode {
    pub(crate) isolation: Option<Isolation>,
    pub(crate) read_only: bool,
    pub(crate) deferrable: bool,
}

impl TransactionMode {
    /// Returns `BEGIN …`, followed by `SET LOCAL` for each of `settings`, in milliseconds.
    pub(crate) fn begin(self, settings: &[(&'static str, u128)]) -> String {
        let mut text = String::from("BEGIN");
        text.push_str(match self.isolation {
            None => "",
            Some(Isolation::ReadCommitted) => " ISOLATION LEVEL READ COMMITTED",
            Some(Isolation::RepeatableRead) => " ISOLATION LEVEL REPEATABLE READ",
            Some(Isolation::Serializable) => " ISOLATION LEVEL SERIALIZABLE",
        });
        if self.read_only {
            text.push_str(" READ ONLY");
        }
        if self.deferrable {
            text.push_str(" DEFERRABLE");
        }
        for (name, limit) in settings {
            let _ = write!(text, "; SET LOCAL {name} = {limit}");
        }
        text
    }
}
