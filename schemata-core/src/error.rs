//! What can go wrong between a model and its database.

use tokio_postgres::error::{DbError, SqlState};

use crate::ident::IdentError;
use crate::violation::Violations;

/// The result of every call that reaches for the database.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed. The driver's error is the source; bound values never appear.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not a PostgreSQL URL. The text itself is left out: it may hold a password.
    #[error("the database URL cannot be read; it should look like postgres://user:password@host:5432/database")]
    Url {
        /// What the driver objects to.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The URL asks for something this build cannot do.
    #[error("the database URL asks for {setting}, which is not supported yet: {instead}")]
    UnsupportedUrl {
        /// The setting, like `sslmode=require`.
        setting: &'static str,
        /// What to write.
        instead: &'static str,
    },
    /// No connection could be had.
    #[error("cannot connect to PostgreSQL at {server}")]
    Connect {
        /// Host and port, without credentials.
        server: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// PostgreSQL, or the connection to it, refused a statement.
    #[error("{operation} on {table} failed")]
    Database {
        /// What was attempted, like `insert`.
        operation: &'static str,
        /// The table.
        table: &'static str,
        /// The driver's error, with SQLSTATE and detail.
        #[source]
        source: tokio_postgres::Error,
    },
    /// A transaction could not be begun, committed or rolled back.
    #[error("the transaction's {step} failed")]
    Transaction {
        /// `begin`, `commit` or `rollback`.
        step: &'static str,
        /// The driver's error.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The pool gave no connection.
    #[error("no connection to PostgreSQL could be had from the pool")]
    Pool {
        /// Why: all in use for too long, or the server is gone.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A handle of a transaction was used after its end.
    #[error("this transaction has ended; use the handle inside the work it was made for")]
    TransactionEnded,
    /// A row came back that its Rust type cannot hold.
    #[error("column {column} of a row cannot be read")]
    Decode {
        /// The column's name in the result, or its position where it has none.
        column: String,
        /// What the type objects to.
        #[source]
        source: tokio_postgres::Error,
    },
    /// No row has the key.
    #[error("no row of {table} has this key")]
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
    /// A name that cannot be an identifier.
    #[error(transparent)]
    Ident(#[from] IdentError),
}

impl Error {
    /// What PostgreSQL said, where the statement reached it.
    pub fn db_error(&self) -> Option<&DbError> {
        match self {
            Self::Url { source }
            | Self::Database { source, .. }
            | Self::Transaction { source, .. }
            | Self::Decode { source, .. } => source.as_db_error(),
            _ => None,
        }
    }

    /// The SQLSTATE, where the statement reached PostgreSQL.
    pub fn sqlstate(&self) -> Option<&SqlState> {
        self.db_error().map(DbError::code)
    }

    /// The constraint that was violated.
    pub fn constraint(&self) -> Option<&str> {
        self.db_error().and_then(DbError::constraint)
    }

    /// Whether a unique constraint or index stood against it (23505).
    pub fn is_unique_violation(&self) -> bool {
        self.sqlstate() == Some(&SqlState::UNIQUE_VIOLATION)
    }

    /// Whether a foreign key stood against it (23503).
    pub fn is_foreign_key_violation(&self) -> bool {
        self.sqlstate() == Some(&SqlState::FOREIGN_KEY_VIOLATION)
    }
}
