//! What a statement is for, as errors and spans tell it.

use tokio_postgres::error::SqlState;

use crate::error::Error;
use crate::param::Unsent;

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
        if std::error::Error::source(&source).is_some_and(<dyn std::error::Error>::is::<Unsent>) {
            let unsent = source.into_source().and_then(|source| source.downcast::<Unsent>().ok());
            let unsent = unsent.expect("the source was found to be one");
            return Error::Encode { table: self.table, column: unsent.column, source: unsent.source };
        }
        Error::Database { operation: self.operation, table: self.table, in_transaction, source: source.into() }
    }
}

/// Whether a statement may have failed because it was prepared for types that columns no longer have: an expression does
/// not fit its column, a type cannot be cast or is gone, or COPY brings another binary form. A fault in the statement
/// itself looks the same, so this is worth one more attempt, and no more.
pub(crate) fn has_old_types(error: &Error) -> bool {
    let states = [
        &SqlState::DATATYPE_MISMATCH,
        &SqlState::CANNOT_COERCE,
        &SqlState::UNDEFINED_OBJECT,
        &SqlState::INVALID_BINARY_REPRESENTATION,
    ];
    error.sqlstate().is_some_and(|state| states.contains(&state))
}
