//! What an [`Error`] tells: the operation, the table, the column, the constraint, and what PostgreSQL said.

use tokio_postgres::error::{DbError, SqlState};

use crate::error::driver::DriverError;
use crate::error::error::Error;
use crate::error::kind::ErrorKind;

impl Error {
    /// What was attempted, like `insert` or `commit`.
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

    /// The table of the model whose operation failed. [`Error::table`] may be another: the one a trigger wrote to.
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

    /// The driver's error.
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

    /// What PostgreSQL said, where the statement reached it.
    ///
    /// # Hazards
    /// Its text and its detail may hold values. See [`Error::detail`].
    pub fn db_error(&self) -> Option<&DbError> {
        self.driver_error().and_then(DriverError::db_error)
    }

    /// The SQLSTATE, where the statement reached PostgreSQL.
    pub fn sqlstate(&self) -> Option<&SqlState> {
        self.db_error().map(DbError::code)
    }

    /// The constraint that was violated.
    pub fn constraint(&self) -> Option<&str> {
        self.db_error().and_then(DbError::constraint)
    }

    /// The table PostgreSQL blames; else the model's.
    pub fn table(&self) -> Option<&str> {
        self.db_error().and_then(DbError::table).or(self.model_table())
    }

    /// The column at fault, where PostgreSQL or the decoding names one.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Decode { column, .. } | Self::ColumnCount { column, .. } => Some(column),
            Self::Encode { column, .. } => Some(column),
            _ => self.db_error().and_then(DbError::column),
        }
    }

    /// PostgreSQL's detail, like `Key (email)=(ada@example.com) already exists.`
    ///
    /// # Hazards
    /// It holds values, for a violated check the whole row. Do not log it, and do not hand it to strangers.
    pub fn detail(&self) -> Option<&str> {
        self.db_error().and_then(DbError::detail)
    }

    /// Whether a unique constraint or index stood against it (23505).
    pub fn is_unique_violation(&self) -> bool {
        self.kind() == ErrorKind::UniqueViolation
    }

    /// Whether a foreign key stood against it (23503).
    pub fn is_foreign_key_violation(&self) -> bool {
        self.kind() == ErrorKind::ForeignKeyViolation
    }
}
