//! The context of a statement's error: its operation and table, whether it was sent, and the transaction around it.

use tokio_postgres::error::SqlState;

use crate::error::{DriverError, Error, TooLarge, Unsendable};
use crate::param::Unsent;

/// The operation and the table that a statement belongs to, as errors and spans name them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose {
    /// For example `insert`.
    pub(crate) operation: &'static str,
    pub(crate) table: &'static str,
}

/// The transaction in which a statement runs, as far as it is known: nothing is known of the caller's own client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransactionAccess {
    /// There is no transaction, or none that is known.
    NoTransaction,
    ReadWrite,
    /// The caller declared the transaction read only.
    ReadOnly,
}

/// Why a statement failed.
pub(crate) enum StatementFailure {
    /// The driver or the server failed. The statement may have been `sent`.
    Failed { source: tokio_postgres::Error, sent: bool },
    /// The protocol cannot carry its text. Nothing was sent.
    Unsendable(Unsendable),
}

impl Purpose {
    /// Returns whether it is that of a query.
    pub(crate) fn reads(self) -> bool {
        matches!(self.operation, "select" | "count" | "exists")
    }

    /// Returns the error of a statement that failed.
    pub(crate) fn error(self, failure: impl Into<StatementFailure>, access: TransactionAccess) -> Error {
        let Self { operation, table } = self;
        let (source, sent) = match failure.into() {
            StatementFailure::Failed { source, sent } => (source, sent),
            StatementFailure::Unsendable(reason) => return self.unsendable(reason),
        };
        if std::error::Error::source(&source).is_some_and(<dyn std::error::Error>::is::<Unsent>) {
            let unsent = source.into_source().and_then(|source| source.downcast::<Unsent>().ok());
            let unsent = unsent.expect("the source was found to be one");
            return Error::Encode { table, column: unsent.column, source: unsent.source };
        }
        let source = DriverError::from(source);
        if std::error::Error::source(source.get_ref()).is_some_and(<dyn std::error::Error>::is::<TooLarge>) {
            return self.unsendable(Unsendable::Values);
        }
        let (in_transaction, read_only) =
            (access != TransactionAccess::NoTransaction, access == TransactionAccess::ReadOnly);
        Error::Database { operation, table, in_transaction, read_only, sent, source }
    }

    /// Returns the error of a statement that the protocol cannot carry.
    pub(crate) fn unsendable(self, source: Unsendable) -> Error {
        Error::Unsendable { operation: self.operation, table: self.table, source }
    }
}

impl StatementFailure {
    /// Returns the failure of a statement before it was sent, for example while it was prepared.
    pub(crate) fn before_sending(source: tokio_postgres::Error) -> Self {
        Self::Failed { source, sent: false }
    }
}

/// Unless it is known otherwise, the statement may have been sent.
impl From<tokio_postgres::Error> for StatementFailure {
    fn from(source: tokio_postgres::Error) -> Self {
        Self::Failed { source, sent: true }
    }
}

/// Returns whether a statement may have failed because it was prepared for types that its columns no longer have: an
/// expression does not fit its column, a type cannot be cast or is gone, or a value has another binary form. An error in the
/// statement itself looks the same, so this justifies one more attempt and no more.
pub(crate) fn may_have_old_types(error: &Error) -> bool {
    let states = [
        SqlState::DATATYPE_MISMATCH,
        SqlState::CANNOT_COERCE,
        SqlState::UNDEFINED_OBJECT,
        SqlState::INVALID_BINARY_REPRESENTATION,
    ];
    error.sqlstate().is_some_and(|state| states.iter().any(|known| known.code() == state))
}

/// Returns whether there is no such operator or function: for a parameter of an old type, there may be none.
pub(crate) fn has_no_operator(error: &Error) -> bool {
    error.sqlstate() == Some(SqlState::UNDEFINED_FUNCTION.code())
}
