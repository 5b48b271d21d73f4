//! The kinds of errors, by which a caller decides what to do, and how each error is classified.

use tokio_postgres::error::{DbError, SqlState};

use crate::error::driver_error::{DriverError, Fault};
use crate::error::error::Error;

/// The kind of a failure. Kinds follow what a caller can do about them, so several SQLSTATEs may share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A unique constraint or index is violated (23505).
    UniqueViolation,
    /// A foreign key is violated (23503, 23001).
    ForeignKeyViolation,
    /// A check constraint is violated (23514).
    CheckViolation,
    /// NULL in a column that is NOT NULL (23502).
    NotNullViolation,
    /// An exclusion constraint is violated (23P01).
    ExclusionViolation,
    /// Text that is too long for its column (22001).
    TooLong,
    /// A number or time out of its column's range (22003, 22008).
    OutOfRange,
    /// Any other value that its type cannot hold (class 22).
    InvalidValue,
    /// A serialization failure among concurrent transactions (40001). Retry the whole transaction.
    Serialization,
    /// A deadlock (40P01). Retry the whole transaction.
    Deadlock,
    /// A lock was not available, with `NOWAIT` or within `lock_timeout` (55P03).
    LockNotAvailable,
    /// The statement exceeded `statement_timeout` or was cancelled (57014).
    Cancelled,
    /// The pool had no free connection in time, or the server ended an idle transaction (25P03) or a long one (25P04).
    Timeout,
    /// The server cannot be reached, or the connection was lost before anything could have been written.
    Connection,
    /// The write may or may not have been committed: the connection was lost, or the server reports 40003. The library never
    /// retries it; read the data first.
    OutcomeUnknown,
    /// The role lacks the privilege (42501), or may not connect (class 28).
    NoPrivilege,
    /// A table, column, function or schema does not exist, for example because a migration is pending (42P01, 42703, …).
    UndefinedObject,
    /// SQL with an error in syntax or types (the other errors of class 42).
    Syntax,
    /// A write in a read-only transaction or on a standby (25006).
    ReadOnly,
    /// An earlier statement failed, so the transaction can only be rolled back (25P02).
    TransactionAborted,
    /// A migration changed the columns or types of a statement that was prepared before. Retry the whole transaction.
    StaleStatement,
    /// The server is out of connections, memory or disk (class 53).
    Resources,
    /// The statement exceeds a limit of PostgreSQL: its length, its nesting, its number of columns (class 54).
    TooComplex,
    /// The protocol's messages cannot carry the statement: too many parameters, values that are too large, a NUL in its text, or
    /// conditions nested too deeply. Nothing was sent.
    Unsendable,
    /// PostgreSQL refused a message because server and client disagree about the state of the session (08P01, 42P05), usually
    /// because a pooler shares it. The statement did not run.
    Protocol,
    /// `RAISE EXCEPTION` in a function or trigger (P0001).
    Raised,
    /// A row has a value that its Rust type cannot hold.
    Decode,
    /// No row has the key.
    NotFound,
    /// A trigger, a rule or a policy of the table prevented the write of a row without an error of PostgreSQL.
    Skipped,
    /// Values break rules of their columns or of the model; nothing was sent.
    Invalid,
    /// The row has changed since it was read. Read it again.
    Stale,
    /// An upsert conflicts with a removed row.
    Removed,
    /// The call itself is wrong, for example an update that sets nothing, or a handle of a transaction that has ended.
    Usage,
    /// The URL or a setting is wrong.
    Configuration,
    /// None of the above.
    Other,
}

impl Error {
    /// Returns the kind of the failure.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Url { .. }
            | Self::UnsupportedUrl { .. }
            | Self::Certificate { .. }
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
            Self::Decode { .. } | Self::ColumnCount { .. } => ErrorKind::Decode,
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

    /// Returns whether the same work may succeed if it is repeated from its beginning, and cannot take effect twice. True for
    /// serialization failures, deadlocks, statements that a migration made stale, connections lost before they could write,
    /// servers without a free connection, and writes that a read-only server refused, since the next call may reach a server
    /// that takes writes. False for a write in a transaction that the caller declared read only. Inside a transaction, repeat
    /// the whole transaction.
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::Serialization | ErrorKind::Deadlock | ErrorKind::StaleStatement | ErrorKind::Connection => true,
            ErrorKind::ReadOnly => !matches!(self, Self::Database { read_only: true, .. }),
            ErrorKind::Resources => matches!(self, Self::Connect { .. }),
            _ => false,
        }
    }
}

/// Returns whether an operation writes nothing, so that it can be repeated after a lost connection. Raw SQL may write.
fn is_read(operation: &str) -> bool {
    matches!(operation, "select" | "count" | "exists" | "aggregate" | "load" | "page" | "stream")
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

/// Returns whether PostgreSQL reports a stale prepared statement: the types of its result have changed, it no longer exists, or
/// a type of it no longer exists.
fn is_stale(db: &DbError) -> bool {
    match db.code().code() {
        "0A000" => db.routine() == Some("RevalidateCachedQuery"),
        "26000" => true,
        "XX000" => db.message().starts_with("cache lookup failed for type"),
        _ => false,
    }
}
