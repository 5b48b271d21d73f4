//! What a statement is for, as errors and spans tell it.

use tokio_postgres::error::SqlState;

use crate::error::{DriverError, Error, TooLarge, Unsendable};
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
    pub(crate) fn failed(self, failed: impl Into<StatementFailure>, in_transaction: bool) -> Error {
        let (Self { operation, table }, StatementFailure { source, sent }) = (self, failed.into());
        if std::error::Error::source(&source).is_some_and(<dyn std::error::Error>::is::<Unsent>) {
            let unsent = source.into_source().and_then(|source| source.downcast::<Unsent>().ok());
            let unsent = unsent.expect("the source was found to be one");
            return Error::Encode { table, column: unsent.column, source: unsent.source };
        }
        let source = DriverError::from(source);
        match std::error::Error::source(source.get_ref()).and_then(|cause| cause.downcast_ref::<TooLarge>()) {
            Some(large) => Error::Unsendable { operation, table, source: (*large).into() },
            None => Error::Database { operation, table, in_transaction, sent, source },
        }
    }

    /// Returns the error of a statement that the protocol cannot carry.
    pub(crate) fn unsendable(self, source: Unsendable) -> Error {
        Error::Unsendable { operation: self.operation, table: self.table, source }
    }
}

/// Why a statement failed, and whether it may have been sent.
pub(crate) struct StatementFailure {
    pub(crate) source: tokio_postgres::Error,
    /// Whether the statement may have been sent.
    pub(crate) sent: bool,
}

impl StatementFailure {
    /// The failure of a statement while it was prepared.
    pub(crate) fn before(source: tokio_postgres::Error) -> Self {
        Self { source, sent: false }
    }
}

/// A failure counts as one after sending unless it is known to be one before.
impl From<tokio_postgres::Error> for StatementFailure {
    fn from(source: tokio_postgres::Error) -> Self {
        Self { source, sent: true }
    }
}

/// Whether a statement may have failed because it was prepared for types that columns no longer have: an expression does
/// not fit its column, a type cannot be cast or is gone, or a value comes in another binary form. A fault in the statement
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
