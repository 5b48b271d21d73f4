//! What a statement is for, as errors and spans tell it.

use crate::error::Error;

/// What a statement is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose {
    /// Like `insert`.
    pub(crate) operation: &'static str,
    /// The table.
    pub(crate) table: &'static str,
}

impl Purpose {
    /// The error of a statement that failed.
    pub(crate) fn failed(self, source: tokio_postgres::Error, in_transaction: bool) -> Error {
        Error::Database { operation: self.operation, table: self.table, in_transaction, source: source.into() }
    }
}
