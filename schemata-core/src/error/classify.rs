//! Classifies errors: the kind of each, from its SQLSTATE, the moment of the failure and whether the statement reads,
//! and whether it is worth a retry. `docs/guide/errors.md` has the tables.

use tokio_postgres::error::{DbError, SqlState};

use crate::error::driver_error::{DriverError, Fault};
use crate::error::error::Error;
use crate::error::kind::ErrorKind;

impl Error {
    /// Returns the kind of the failure.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Url { .. }
            | Self::UnsupportedUrl { .. }
            | Self::Certificate { .. }
            | Self::NoDatabase(_)
            | Self::Pooler { .. }
            | Self::Ident(_) => ErrorKind::Configuration,
            Self::Connect { source, .. } => {
                source.downcast_ref().map_or(ErrorKind::Connection, ErrorKind::of_connecting)
            }
            Self::Pool { exhausted: false, .. } => ErrorKind::Connection,
            Self::Pool { exhausted: true, .. } => ErrorKind::Timeout,
            Self::Database { operation, in_transaction, sent, source, .. } => match ErrorKind::of(source) {
                ErrorKind::Connection if *sent && source.is_lost() && !in_transaction && !is_read(operation) => {
                    ErrorKind::OutcomeUnknown
                }
                kind => kind,
            },
            Self::Transaction { step, sent, source } => match ErrorKind::of(source) {
                ErrorKind::Connection if *sent && source.is_lost() && *step == "commit" => ErrorKind::OutcomeUnknown,
                kind => kind,
            },
            Self::Unsendable { .. } => ErrorKind::Unsendable,
            Self::Skipped { .. } => ErrorKind::Skipped,
            Self::Decode { .. } | Self::ColumnCount { .. } | Self::ColumnName { .. } => ErrorKind::Decode,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Stale { .. } => ErrorKind::Stale,
            Self::Removed { .. } => ErrorKind::Removed,
            Self::Encode { .. } => ErrorKind::InvalidValue,
            Self::TransactionEnded
            | Self::TransactionNested
            | Self::TransactionControl
            | Self::SessionState
            | Self::RawCopy
            | Self::Cursor(_)
            | Self::NothingToSet { .. }
            | Self::Unmatched { .. }
            | Self::Unconditional { .. } => ErrorKind::Usage,
        }
    }

    /// Returns whether the same work may succeed if it is repeated from its beginning, and cannot take effect twice.
    /// True for serialization failures, deadlocks, statements that a migration made stale, connections lost before they
    /// could write, servers without a free connection, and writes that a read-only server refused, since the next call
    /// may reach a server that takes writes. False for a write in a transaction that the caller declared read only.
    /// Inside a transaction, repeat the whole transaction.
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::Serialization | ErrorKind::Deadlock | ErrorKind::StaleStatement | ErrorKind::Connection => true,
            ErrorKind::ReadOnly => !matches!(self, Self::Database { read_only: true, .. }),
            ErrorKind::Resources => matches!(self, Self::Connect { .. }),
            _ => false,
        }
    }
}

/// Returns whether an operation writes nothing, so that it can be repeated after a lost connection. Raw SQL may write, and a
/// query that runs code of the application is called `query`, as raw SQL is.
fn is_read(operation: &str) -> bool {
    matches!(operation, "select" | "count" | "exists" | "stream")
}

impl ErrorKind {
    /// Returns the kind of a driver's error, regardless of the operation.
    pub(crate) fn of(error: &DriverError) -> Self {
        let Some(db) = error.db_error() else { return Self::of_fault(&Fault::of(error.get_ref())) };
        match Self::of_sqlstate(db.code().code()) {
            _ if is_stale(db) => Self::StaleStatement,
            // The parser reports its own limit with the code of a syntax error.
            Self::Syntax if db.message().starts_with("memory exhausted") => Self::TooComplex,
            // PgBouncer uses 08P01 for all its errors, and then closes the connection.
            Self::Other | Self::Protocol if error.is_lost() => Self::Connection,
            kind => kind,
        }
    }

    /// Returns the kind of an error while connecting.
    pub(crate) fn of_connecting(error: &DriverError) -> Self {
        match error.sqlstate().and_then(|state| state.code().get(..2)) {
            // PostgreSQL uses these classes when it refuses a start-up setting, from `options` of the URL.
            Some("22" | "42") if error.sqlstate() != Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Self::Configuration,
            Some(_) => match Self::of(error) {
                Self::Protocol => Self::Connection,
                kind => kind,
            },
            None => Self::Connection,
        }
    }

    fn of_fault(fault: &Fault) -> Self {
        match fault {
            Fault::Value => Self::InvalidValue,
            Fault::Message => Self::Unsendable,
            Fault::Reading => Self::Decode,
            Fault::Count => Self::Usage,
            Fault::Connection => Self::Connection,
        }
    }

    fn of_sqlstate(code: &str) -> Self {
        match code {
            "23505" => Self::UniqueViolation,
            "23503" | "23001" => Self::ForeignKeyViolation,
            "23514" => Self::CheckViolation,
            "23502" => Self::NotNullViolation,
            "23P01" => Self::ExclusionViolation,
            "22001" => Self::TooLong,
            "22003" | "22008" => Self::OutOfRange,
            "40001" => Self::Serialization,
            "40P01" => Self::Deadlock,
            "40003" | "08007" => Self::OutcomeUnknown,
            "08P01" | "42P05" => Self::Protocol,
            "55P03" => Self::LockNotAvailable,
            "57014" => Self::Cancelled,
            "25P03" | "25P04" => Self::Timeout,
            "57P01" | "57P02" | "57P03" | "57P04" | "57P05" => Self::Connection,
            "42501" => Self::NoPrivilege,
            "42P01" | "42703" | "42883" | "42704" | "3F000" | "3D000" => Self::UndefinedObject,
            "25006" => Self::ReadOnly,
            "25P02" => Self::TransactionAborted,
            "P0001" => Self::Raised,
            _ => match code.get(..2) {
                Some("08") => Self::Connection,
                Some("22") => Self::InvalidValue,
                Some("28") => Self::NoPrivilege,
                Some("42") => Self::Syntax,
                Some("53") => Self::Resources,
                Some("54") => Self::TooComplex,
                _ => Self::Other,
            },
        }
    }
}

/// Returns whether PostgreSQL reports a stale prepared statement: the types of its result have changed, it no longer
/// exists, or a type of it no longer exists.
fn is_stale(db: &DbError) -> bool {
    match db.code().code() {
        "0A000" => db.routine() == Some("RevalidateCachedQuery"),
        "26000" => true,
        "XX000" => db.message().starts_with("cache lookup failed for type"),
        _ => false,
    }
}
