//! [`Error`]: every failure of a call, with all that PostgreSQL tells of it.

use crate::cursor::CursorError;
use crate::error::driver::DriverError;
use crate::error::kind::ErrorKind;
use crate::error::unsendable::Unsendable;
use crate::ident::IdentError;
use crate::violation::Violations;

/// The result of every call that reaches for the database.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed. The driver's error is the source. Neither text shows bound values: a [`detail`](Error::detail)
/// has to be asked for.
///
/// ```
/// # use schemata::{Error, ErrorKind};
/// fn status(error: &Error) -> u16 {
///     match error.kind() {
///         ErrorKind::NotFound => 404,
///         ErrorKind::UniqueViolation | ErrorKind::ForeignKeyViolation | ErrorKind::Stale => 409,
///         ErrorKind::Invalid | ErrorKind::OutOfRange | ErrorKind::CheckViolation => 422,
///         ErrorKind::Timeout | ErrorKind::Connection => 503,
///         _ => 500,
///     }
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not a PostgreSQL URL. The text itself is left out: it may hold a password.
    #[error(
        "the database URL cannot be read: {reason}; it should look like postgres://user:password@host:5432/database"
    )]
    Url {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The URL asks for something this build cannot do.
    #[error("the database URL asks for {setting}: {instead}")]
    UnsupportedUrl {
        /// The setting, like `sslmode=allow`.
        setting: &'static str,
        /// What to write.
        instead: &'static str,
    },
    /// The certificates that the URL names cannot be used.
    #[error("the certificates of {setting} cannot be used")]
    Certificate {
        /// `sslrootcert`, `sslcert` or `sslkey`.
        setting: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No connection could be made.
    #[error("cannot connect to PostgreSQL at {server}")]
    Connect {
        /// Host and port, without credentials.
        server: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A connection pooler gives each transaction another session of the server, but a session of its own was asked for.
    /// Nothing was done.
    #[error("a connection pooler is in front of PostgreSQL at {server}: {found}; {instead}")]
    Pooler {
        /// Host and port, without credentials.
        server: String,
        /// How it was noticed.
        found: &'static str,
        /// What to write.
        instead: &'static str,
    },
    /// PostgreSQL, or the connection to it, refused a statement.
    #[error("{operation} on {table} failed")]
    Database {
        /// What was attempted, like `insert`.
        operation: &'static str,
        /// The table.
        table: &'static str,
        /// Whether a transaction was open, so that nothing is written unless it is committed.
        in_transaction: bool,
        /// Whether the statement may have been sent. If not, it did not run.
        sent: bool,
        /// The driver's error.
        #[source]
        source: DriverError,
    },
    /// A statement that the protocol cannot carry. Nothing was sent.
    #[error("{operation} on {table} cannot be sent")]
    Unsendable {
        /// What was attempted, like `insert`.
        operation: &'static str,
        /// The table.
        table: &'static str,
        /// Why.
        #[source]
        source: Unsendable,
    },
    /// PostgreSQL accepted the statement and wrote nothing, although the row is not missing: a trigger returned NULL, or a
    /// rule or a policy prevented the write.
    #[error("the {operation} on {table} wrote nothing: a trigger, a rule or a policy of the table skipped the row")]
    Skipped {
        /// What was attempted, like `insert`.
        operation: &'static str,
        /// The table.
        table: &'static str,
    },
    /// A transaction could not be begun, committed or rolled back.
    #[error("the transaction's {step} failed")]
    Transaction {
        /// `begin`, `commit`, `savepoint` or `release`.
        step: &'static str,
        /// Whether the step may have been sent. If not, the transaction is not committed.
        sent: bool,
        /// The driver's error.
        #[source]
        source: DriverError,
    },
    /// The pool gave no connection.
    #[error("no connection to PostgreSQL could be had from the pool")]
    Pool {
        /// Whether all connections were in use for too long; else the server cannot be reached.
        exhausted: bool,
        /// Why: all in use for too long, or the server is gone.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A handle of a transaction was used after its end.
    #[error("this transaction has ended; use the handle inside the work it was made for")]
    TransactionEnded,
    /// A handle was used while a transaction nested in it is under way.
    #[error("a nested transaction is under way; use its handle, or wait for its end")]
    TransactionNested,
    /// Raw SQL that begins or ends a transaction, which only the handle may do.
    #[error("a statement that begins or ends a transaction; use `transaction`, and return an error to roll back")]
    TransactionControl,
    /// Raw SQL that changes the session behind a pooler, where other clients share the session.
    #[error(
        "a statement that changes the session; behind a pooler another client would meet it: use SET LOCAL in a transaction"
    )]
    SessionState,
    /// Raw SQL that sends or receives rows by the COPY protocol.
    #[error(
        "raw SQL cannot COPY to or from the client; insert with `insert_many`, read with `stream`, or use the COPY of a driver's \
         client of your own"
    )]
    RawCopy,
    /// A row came back that its Rust type cannot hold.
    #[error("column {column} of a row cannot be read")]
    Decode {
        /// The column's name in the result, or its position where it has none.
        column: String,
        /// What the type objects to.
        #[source]
        source: DriverError,
    },
    /// A row has more or fewer columns than its Rust type takes.
    #[error(
        "the rows have {returned} columns, and {expected} are read; column {column} is the first without a partner"
    )]
    ColumnCount {
        /// How many the rows have.
        returned: usize,
        /// How many the type takes.
        expected: usize,
        /// The first column too many, or the position of the first one missing.
        column: String,
    },
    /// There is no such row.
    #[error("no row of {table} was found")]
    NotFound {
        /// The table.
        table: &'static str,
    },
    /// An update that sets no column.
    #[error("the update of {table} sets no column")]
    NothingToSet {
        /// The table.
        table: &'static str,
    },
    /// Values break rules of their columns or of the model; nothing was sent.
    #[error("values for {} are not valid: {}", .0.table, .0)]
    Invalid(Violations),
    /// The row was changed by someone else since the version that the write expects.
    #[error("the row of {table} has changed since it was read")]
    Stale {
        /// The table.
        table: &'static str,
    },
    /// An upsert met a removed row, and was not told what that means.
    #[error("a removed row of {table} has this key; say `revive_removed` or `keep_removed`")]
    Removed {
        /// The table.
        table: &'static str,
    },
    /// The rows that a batch wrote cannot be told apart, so their order is not known. Nothing was written.
    #[error(
        "the rows of {table} come back with keys other than those given, from a trigger or from a sequence that does \
         not ascend, so the batch cannot be put in order; nothing was written: use `exec`, or write the rows one by one"
    )]
    Unmatched {
        /// The table.
        table: &'static str,
    },
    /// A condition that holds for every row, where `all_rows` was not said.
    #[error("the {operation} on {table} names no condition; say `all_rows` to mean every row")]
    Unconditional {
        /// Like `delete`.
        operation: &'static str,
        /// The table.
        table: &'static str,
    },
    /// A value cannot be written in the format of its column's type.
    #[error("a value for {table}.{column} cannot be sent")]
    Encode {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What the type objects to.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A page cursor that does not belong here.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// A name that cannot be an identifier.
    #[error(transparent)]
    Ident(#[from] IdentError),
}

impl Error {
    /// What kind of failure it is.
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

    /// Returns whether the same work may succeed when it is repeated from its beginning, and cannot take effect twice. True
    /// for a serialization failure, a deadlock, a statement that a migration made stale, a connection lost before it could
    /// write, a server that has no connection left, and a write that a read-only server refused, since the next call may
    /// reach a server that takes writes. Inside a transaction, repeat the whole transaction. A transaction that is declared
    /// read-only refuses a write each time, although this returns true.
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::Serialization
            | ErrorKind::Deadlock
            | ErrorKind::StaleStatement
            | ErrorKind::Connection
            | ErrorKind::ReadOnly => true,
            ErrorKind::Resources => matches!(self, Self::Connect { .. }),
            _ => false,
        }
    }
}

/// Operations that write nothing, so that a lost connection lost nothing. Raw SQL is none of them: it can do anything.
fn is_read(operation: &str) -> bool {
    matches!(operation, "select" | "count" | "exists" | "aggregate" | "load" | "page" | "stream")
}
