//! The facts of an [`Error`]: operation, table, column, constraint, and PostgreSQL's own report.

use tokio_postgres::error::DbError;

use crate::error::driver_error::DriverError;
use crate::error::error::Error;
use crate::error::kind::ErrorKind;

impl Error {
    /// Returns the operation that failed, for example `insert` or `commit`.
    pub fn operation(&self) -> Option<&'static str> {
        match self {
            Self::Database { operation, .. }
            | Self::Unsendable { operation, .. }
            | Self::Skipped { operation, .. }
            | Self::Unconditional { operation, .. } => Some(operation),
            Self::Transaction { step, .. } => Some(step),
            _ => None,
        }
    }

    /// Returns the table of the model whose operation failed. [`Error::table`] may be another one, which a trigger wrote to.
    pub fn model_table(&self) -> Option<&'static str> {
        match self {
            Self::Database { table, .. }
            | Self::Unsendable { table, .. }
            | Self::Skipped { table, .. }
            | Self::NotFound { table }
            | Self::NothingToSet { table }
            | Self::Stale { table }
            | Self::Removed { table }
            | Self::Unmatched { table }
            | Self::Unconditional { table, .. }
            | Self::Encode { table, .. } => Some(table),
            Self::Invalid(violations) => Some(violations.table),
            _ => None,
        }
    }

    /// Returns the driver's own error, for what the other methods leave out: hint, position, severity, or a lost socket.
    ///
    /// ```
    /// # use schemata::{Error, tokio_postgres};
    /// fn hint(error: &Error) -> Option<&str> {
    ///     error.driver_error()?.as_db_error()?.hint()
    /// }
    /// ```
    ///
    /// # Hazards
    /// Its `Display`, its `Debug` and its source may hold values of the row. Keep them out of logs and of answers to
    /// clients. The [`source`](std::error::Error::source) of this error holds none.
    pub fn driver_error(&self) -> Option<&tokio_postgres::Error> {
        self.driver().map(DriverError::get_ref)
    }

    fn driver(&self) -> Option<&DriverError> {
        match self {
            Self::Database { source, .. } | Self::Transaction { source, .. } | Self::Decode { source, .. } => {
                Some(source)
            }
            Self::Connect { source, .. } => source.downcast_ref(),
            _ => None,
        }
    }

    /// Returns PostgreSQL's report, if PostgreSQL refused the statement.
    pub(crate) fn db_error(&self) -> Option<&DbError> {
        self.driver().and_then(DriverError::db_error)
    }

    /// Returns the SQLSTATE, if PostgreSQL refused the statement: five characters, such as `23505`.
    /// [`kind`](Error::kind) groups them by what a caller can do.
    pub fn sqlstate(&self) -> Option<&str> {
        self.db_error().map(|error| error.code().code())
    }

    /// Returns the constraint that was violated.
    pub fn constraint(&self) -> Option<&str> {
        self.db_error().and_then(DbError::constraint)
    }

    /// Returns the table that PostgreSQL names, or else that of the model.
    pub fn table(&self) -> Option<&str> {
        self.db_error().and_then(DbError::table).or(self.model_table())
    }

    /// Returns the column, if PostgreSQL, decoding or encoding names one.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Decode { column, .. } | Self::ColumnCount { column, .. } | Self::ColumnName { found: column, .. } => {
                Some(column)
            }
            Self::Encode { column, .. } => Some(column),
            _ => self.db_error().and_then(DbError::column),
        }
    }

    /// Returns PostgreSQL's detail, for example `Key (email)=(ada@example.com) already exists.`
    ///
    /// # Hazards
    /// It holds values; for a violated check, the whole row. Keep it out of logs and of answers to clients.
    pub fn detail(&self) -> Option<&str> {
        self.db_error().and_then(DbError::detail)
    }

    /// Returns whether a unique constraint or index was violated (23505).
    pub fn is_unique_violation(&self) -> bool {
        self.kind() == ErrorKind::UniqueViolation
    }

    /// Returns whether a foreign key was violated (23503, 23001).
    pub fn is_foreign_key_violation(&self) -> bool {
        self.kind() == ErrorKind::ForeignKeyViolation
    }
}
