//! What kind of failure it is: what a caller decides by.

use tokio_postgres::error::{DbError, SqlState};

use crate::error::driver::{DriverError, Fault};

/// What kind of failure it is. Kinds are named after what a caller can do about them, not after SQLSTATEs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A unique constraint or index (23505).
    UniqueViolation,
    /// A foreign key (23503, 23001).
    ForeignKeyViolation,
    /// A check constraint (23514).
    CheckViolation,
    /// NULL where there must be a value (23502).
    NotNullViolation,
    /// An exclusion constraint (23P01).
    ExclusionViolation,
    /// A text longer than its column (22001).
    TooLong,
    /// A number or time outside its column's range (22003, 22008).
    OutOfRange,
    /// Another value that its type cannot hold (class 22).
    InvalidValue,
    /// Concurrent transactions could not be put in an order (40001). Retry the whole transaction.
    Serialization,
    /// Two transactions waited for each other (40P01). Retry the whole transaction.
    Deadlock,
    /// A lock was not free: `NOWAIT`, or `lock_timeout` (55P03).
    LockNotAvailable,
    /// `statement_timeout`, or someone cancelled the statement (57014).
    Cancelled,
    /// The pool had no free connection in time, or the server ended an idle transaction (25P03) or a long one (25P04).
    Timeout,
    /// The server cannot be reached, or the connection was lost before anything could have been written.
    Connection,
    /// The connection was lost, or the server says it cannot tell (40003), where the write may have been committed.
    /// Never retried for you: look first.
    OutcomeUnknown,
    /// The role may not do this (42501), or may not connect (class 28).
    NoPrivilege,
    /// A table, column, function or schema that is not there: is a migration pending? (42P01, 42703, …)
    UndefinedObject,
    /// SQL that PostgreSQL cannot read or type (other errors of class 42).
    Syntax,
    /// A write in a read-only transaction or on a standby (25006).
    ReadOnly,
    /// An earlier statement failed, so the transaction can only be rolled back (25P02).
    TransactionAborted,
    /// A migration changed what a statement under way in this transaction returns. Retry the whole transaction.
    StaleStatement,
    /// The server is out of connections, memory or disk (class 53).
    Resources,
    /// The statement exceeds a limit of PostgreSQL's: too long, too deeply nested, too many columns (class 54).
    TooComplex,
    /// The statement does not fit into the protocol's messages: too many parameters, values that are too large, a NUL in its
    /// text, or conditions nested too deeply. Nothing was sent.
    Unsendable,
    /// PostgreSQL refused a message because server and client disagree about what came before it (08P01, 42P05), mostly
    /// because a pooler shares the session. The statement did not run.
    Protocol,
    /// `RAISE EXCEPTION` in a function or trigger (P0001).
    Raised,
    /// A row that its Rust type cannot hold.
    Decode,
    /// No row has the key.
    NotFound,
    /// A trigger, a rule or a policy of the table prevented the write of a row. PostgreSQL reported no error.
    Skipped,
    /// Values break rules of their columns or of the model; nothing was sent.
    Invalid,
    /// The row was changed by someone else since it was read: read it again.
    Stale,
    /// An upsert met a removed row.
    Removed,
    /// The call itself is wrong: an update that sets nothing, a handle of a transaction that has ended.
    Usage,
    /// The URL or a setting is wrong.
    Configuration,
    /// Something else.
    Other,
}

impl ErrorKind {
    /// The kind of a driver's error, whatever was under way.
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

    /// The kind of an error while connecting.
    pub(crate) fn of_connecting(error: &DriverError) -> Self {
        match error.sqlstate().and_then(|state| state.code().get(..2)) {
            // PostgreSQL uses these classes when it refuses a start-up setting: the URL's `options`.
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

/// Whether PostgreSQL says that a prepared statement no longer fits the schema it was prepared for: its result changed,
/// it is gone, or a type it was prepared with is.
fn is_stale(db: &DbError) -> bool {
    match db.code().code() {
        "0A000" => db.routine() == Some("RevalidateCachedQuery"),
        "26000" => true,
        "XX000" => db.message().starts_with("cache lookup failed for type"),
        _ => false,
    }
}
