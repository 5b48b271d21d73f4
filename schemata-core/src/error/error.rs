//! [`Error`]: every failure of a call that reaches for the database.

use crate::cursor::CursorError;
use crate::error::driver_error::DriverError;
use crate::error::unsendable::Unsendable;
use crate::ident::IdentError;
use crate::violation::Violations;

/// The result of a call that reaches for the database.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed. The driver's error, if there is one, is the source. Neither text shows bound values; only the
/// [`detail`](Error::detail) of PostgreSQL does. Decide by [`kind`](Error::kind) and [`is_retryable`](Error::is_retryable).
///
/// Reads, writes and transactions return this error. Others have errors of their own:
/// [`MigrateError`](crate::migrate::MigrateError) the migrator, [`VerifyError`](crate::prove::VerifyError)
/// [`Db::verify`](crate::Db::verify), [`TenantsError`](crate::tenants::TenantsError) migrations of many schemas, and
/// with the feature `dev`, `GenerateError` what writes migrations and models, `EmbeddedError` the private server,
/// `TestError` what tests call. A part of several of them are [`IdentError`] and [`CursorError`].
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
    /// The text is not a PostgreSQL URL. It is not quoted, since it may hold a password.
    #[error("the database URL is not valid: {reason}; it should look like postgres://user:password@host:5432/database")]
    Url {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The URL asks for something that this build does not support.
    #[error("the database URL asks for {setting}: {instead}")]
    UnsupportedUrl {
        /// The setting, for example `sslmode=allow`.
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
    /// The application has no database: `DATABASE_URL` is not set, and there is no private server. `cli::App::database`
    /// returns it.
    #[error(transparent)]
    NoDatabase(Box<dyn std::error::Error + Send + Sync>),
    /// No connection to the server could be made.
    #[error("cannot connect to PostgreSQL at {server}")]
    Connect {
        /// Host and port, without credentials.
        server: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A connection pooler assigns server sessions per transaction, but the connection needs a session of its own.
    /// Nothing was done.
    #[error("a connection pooler is in front of PostgreSQL at {server}: {found}; {instead}")]
    Pooler {
        /// Host and port, without credentials.
        server: String,
        /// How the pooler was detected.
        found: &'static str,
        /// What to write.
        instead: &'static str,
    },
    /// PostgreSQL refused a statement, or the connection failed.
    #[error("{operation} on {table} failed")]
    Database {
        /// The operation, for example `insert`.
        operation: &'static str,
        /// The table.
        table: &'static str,
        /// Whether a transaction was open, so that nothing is written unless it is committed.
        in_transaction: bool,
        /// Whether the caller declared that transaction read only.
        read_only: bool,
        /// Whether the statement may have been sent. If not, it did not run.
        sent: bool,
        /// The driver's error.
        #[source]
        source: DriverError,
    },
    /// The protocol cannot carry the statement. Nothing was sent.
    #[error("{operation} on {table} cannot be sent")]
    Unsendable {
        /// The operation, for example `insert`.
        operation: &'static str,
        /// The table.
        table: &'static str,
        /// Why.
        #[source]
        source: Unsendable,
    },
    /// PostgreSQL accepted the statement but wrote nothing, although the row exists: a trigger returned NULL, or a rule
    /// or a policy prevented the write.
    #[error("the {operation} on {table} wrote nothing: a trigger, a rule or a policy of the table skipped the row")]
    Skipped {
        /// The operation, for example `insert`.
        operation: &'static str,
        /// The table.
        table: &'static str,
    },
    /// A transaction could not be begun, committed or rolled back.
    #[error("the {step} of the transaction failed")]
    Transaction {
        /// `begin`, `commit`, `savepoint` or `release`.
        step: &'static str,
        /// Whether the step may have been sent. If not, the transaction is not committed.
        sent: bool,
        /// The driver's error.
        #[source]
        source: DriverError,
    },
    /// The pool had no connection in time.
    #[error("the pool has no connection to PostgreSQL")]
    Pool {
        /// Whether all connections were in use for too long; otherwise, connecting took too long.
        exhausted: bool,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A handle of a transaction was used after the end of the transaction.
    #[error("the transaction has ended; use its handle only inside the work that receives it")]
    TransactionEnded,
    /// A handle was used while a transaction nested in it was open.
    #[error("a nested transaction is open; use its handle, or wait for its end")]
    TransactionNested,
    /// Raw SQL would begin or end a transaction, which only `transaction` may do.
    #[error("raw SQL cannot begin or end a transaction; use `transaction`, and return an error to roll back")]
    TransactionControl,
    /// Raw SQL would change the session behind a pooler, where other clients share the session.
    #[error(
        "raw SQL cannot change the session behind a pooler, where other clients share it; use SET LOCAL in a transaction"
    )]
    SessionState,
    /// Raw SQL would send or receive rows by the COPY protocol.
    #[error(
        "raw SQL cannot COPY to or from the client; insert with `insert_many`, read with `stream`, or use COPY on a \
         `tokio_postgres::Client` of your own"
    )]
    RawCopy,
    /// A row has a value that its Rust type cannot hold.
    #[error("column {column} of a row cannot be read")]
    Decode {
        /// The column's name in the result, or its position if it has none.
        column: String,
        /// Why.
        #[source]
        source: DriverError,
    },
    /// A row has more or fewer columns than its Rust type.
    #[error("the rows have {returned} columns, but {expected} are read; the first unmatched column is {column}")]
    ColumnCount {
        /// The number of columns of the rows.
        returned: usize,
        /// The number of columns of the type.
        expected: usize,
        /// The first surplus column, or the position of the first missing one.
        column: String,
    },
    /// A column has another name than the field that it is read into.
    #[error(
        "column {found} is in the place of the field {expected}; list the columns in the order of the fields, or name it AS \"{expected}\""
    )]
    ColumnName {
        /// The name of the field.
        expected: &'static str,
        /// The name of the column.
        found: String,
    },
    /// No row has the key, or satisfies the condition.
    #[error("no row of {table} was found")]
    NotFound {
        /// The table.
        table: &'static str,
    },
    /// The update sets no column.
    #[error("the update of {table} sets no column")]
    NothingToSet {
        /// The table.
        table: &'static str,
    },
    /// Values break rules of their columns or of the model; nothing was stored.
    #[error("values for {} are not valid: {}", .0.table, .0)]
    Invalid(Violations),
    /// The row no longer has the version that the write expects.
    #[error("the row of {table} has changed since it was read")]
    Stale {
        /// The table.
        table: &'static str,
    },
    /// An upsert conflicts with a removed row, and does not state what to do with it.
    #[error("a removed row of {table} has this key; call `revive_removed` or `keep_removed`")]
    Removed {
        /// The table.
        table: &'static str,
    },
    /// The rows of a batch cannot be matched with those that PostgreSQL returned, so their order is unknown. Nothing
    /// was written.
    #[error(
        "PostgreSQL returned rows of {table} with other keys than those given, because of a trigger or a sequence that does \
         not ascend, so their order is unknown; nothing was written: use `exec`, or write the rows one by one"
    )]
    Unmatched {
        /// The table.
        table: &'static str,
    },
    /// The condition holds for every row, but the call does not use `all_rows`.
    #[error("the {operation} on {table} has no condition; use `all_rows` for every row")]
    Unconditional {
        /// For example `delete`.
        operation: &'static str,
        /// The table.
        table: &'static str,
    },
    /// A value cannot be encoded as its column's type.
    #[error("a value for {table}.{column} cannot be sent")]
    Encode {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A page cursor is not valid for this query.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// A name is not a valid identifier.
    #[error(transparent)]
    Ident(#[from] IdentError),
}
