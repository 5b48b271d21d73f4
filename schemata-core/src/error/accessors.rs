//! The facts of an [`Error`]: operation, table, column, constraint, and PostgreSQL's own report.

use tokio_postgres::error::{DbError, SqlState};

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

    /// Returns the driver's error.
    ///
    /// # Hazards
    /// See [`DriverError::get_ref`].
    pub fn driver_error(&self) -> Option<&DriverError> {
        match self {
            Self::Database { source, .. } | Self::Transaction { source, .. } | Self::Decode { source, .. } => {
                Some(source)
            }
            Self::Connect { source, .. } => source.downcast_ref(),
            _ => None,
        }
    }

    /// Returns PostgreSQL's report, if PostgreSQL refused the statement.
    ///
    /// # Hazards
    /// Its message and its detail may hold values. See [`Error::detail`].
    pub fn db_error(&self) -> Option<&DbError> {
        self.driver_error().and_then(DriverError::db_error)
    }

    /// Returns the SQLSTATE, if PostgreSQL refused the statement.
    pub fn sqlstate(&self) -> Option<&SqlState> {
        self.db_error().map(DbError::code)
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
