//! The driver's error, fit for a log: what PostgreSQL says of rows and values is left out of its text.

use std::fmt;

use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::error::unsendable::TooLarge;

/// An error of the driver. Its text, `Debug` included, names no value: PostgreSQL puts whole rows into `DETAIL`, and
/// values into the messages of class 22 and of a bad JSON path. All of it are in [`DriverError::get_ref`].
pub struct DriverError(tokio_postgres::Error);

impl DriverError {
    /// The driver's own error.
    ///
    /// # Hazards
    /// Its `Display`, its `Debug` and its source hold values of the row at hand. Keep them out of logs and answers.
    pub fn get_ref(&self) -> &tokio_postgres::Error {
        &self.0
    }

    /// What PostgreSQL said, if it was PostgreSQL that refused.
    ///
    /// # Hazards
    /// As [`DriverError::get_ref`]: `detail()`, `message()` and the whole text may hold values.
    pub fn db_error(&self) -> Option<&DbError> {
        self.0.as_db_error()
    }

    /// Returns whether the connection is lost: PostgreSQL closes it after a fatal error, and the driver gives up at a
    /// message that it does not understand.
    pub(crate) fn is_lost(&self) -> bool {
        match self.db_error() {
            Some(db) => matches!(db.parsed_severity(), Some(Severity::Fatal | Severity::Panic)),
            None => matches!(Fault::of(&self.0), Fault::Connection),
        }
    }

    /// The SQLSTATE, if it was PostgreSQL that refused.
    pub fn sqlstate(&self) -> Option<&SqlState> {
        self.db_error().map(DbError::code)
    }
}

/// Faults that the driver reports without an error of PostgreSQL. The driver does not expose its own list of them, so they
/// are recognised by their text.
pub(crate) enum Fault {
    /// A value cannot be written in the binary format of its type.
    Value,
    /// A message would be too large, or a text in it holds a NUL.
    Message,
    /// A value cannot be read.
    Reading,
    /// More or fewer values than the statement has parameters.
    Count,
    /// Any other fault concerns the connection, and leaves its state uncertain.
    Connection,
}

impl Fault {
    pub(crate) fn of(error: &tokio_postgres::Error) -> Self {
        let text = error.to_string();
        let begins = |words: &[&str]| words.iter().any(|words| text.starts_with(words));
        match std::error::Error::source(error) {
            Some(cause) if cause.is::<TooLarge>() => Self::Message,
            _ if begins(&["error serializing parameter"]) => Self::Value,
            _ if begins(&["error encoding message"]) => Self::Message,
            _ if begins(&["error deserializing column", "invalid column"]) => Self::Reading,
            _ if begins(&["expected "]) => Self::Count,
            _ => Self::Connection,
        }
    }
}

impl From<tokio_postgres::Error> for DriverError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.db_error() {
            // Class 22, data exceptions: the message quotes the value.
            Some(db) if db.code().code().starts_with("22") => {
                write!(f, "a value is refused (SQLSTATE {})", db.code().code())
            }
            // The path is a value, and the message quotes it.
            Some(db) if db.routine() == Some("jsonpath_yyerror") => {
                write!(f, "a JSON path cannot be read (SQLSTATE {})", db.code().code())
            }
            Some(db) => write!(f, "{} (SQLSTATE {})", db.message(), db.code().code()),
            None => self.0.fmt(f),
        }
    }
}

impl fmt::Debug for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.db_error() {
            Some(db) => f
                .debug_struct("DriverError")
                .field("sqlstate", &db.code().code())
                .field("constraint", &db.constraint())
                .field("text", &self.to_string())
                .finish_non_exhaustive(),
            None => f.debug_tuple("DriverError").field(&self.0).finish(),
        }
    }
}

impl std::error::Error for DriverError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.db_error() {
            // Printing a chain of causes must not print the detail.
            Some(_) => None,
            None => std::error::Error::source(&self.0),
        }
    }
}
