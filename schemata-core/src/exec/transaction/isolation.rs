//! What a transaction is to be: its isolation, and whether it writes.

use std::fmt::Write;

/// How much of other transactions' work one sees (PostgreSQL manual, section 13.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isolation {
    /// Each statement sees what was committed before it began: PostgreSQL's default.
    ReadCommitted,
    /// All statements see what was committed before the first; writing what others changed meanwhile fails with 40001.
    RepeatableRead,
    /// As if the transactions ran one after another; what cannot be put in an order fails with 40001.
    Serializable,
}

/// What BEGIN says.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TransactionMode {
    pub(crate) isolation: Option<Isolation>,
    pub(crate) read_only: bool,
    pub(crate) deferrable: bool,
}

impl TransactionMode {
    /// `BEGIN …`, and settings for this transaction alone, in milliseconds.
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
