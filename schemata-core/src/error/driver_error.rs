//! The driver's error with a text that is safe to log: it leaves out what PostgreSQL reports about rows and values.

use std::fmt;

use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::error::unsendable::TooLarge;

/// The source of an [`Error`](crate::Error) from PostgreSQL or the connection. Neither its text nor its `Debug` holds
/// values, which PostgreSQL includes in `DETAIL` and in messages of class 22 and about JSON paths.
/// [`Error::driver_error`](crate::Error::driver_error) returns the driver's own error, with the whole report.
pub struct DriverError(tokio_postgres::Error);

impl DriverError {
    /// Returns the driver's own error.
    pub(crate) fn get_ref(&self) -> &tokio_postgres::Error {
        &self.0
    }

    /// Returns PostgreSQL's report, if PostgreSQL refused the statement.
    pub(crate) fn db_error(&self) -> Option<&DbError> {
        self.0.as_db_error()
    }

    /// Returns whether the connection is lost: PostgreSQL closes it after a fatal error, and the driver closes it after
    /// a message that it does not understand.
    pub(crate) fn is_lost(&self) -> bool {
        match self.db_error() {
            Some(db) => matches!(db.parsed_severity(), Some(Severity::Fatal | Severity::Panic)),
            None => matches!(Fault::of(&self.0), Fault::Connection),
        }
    }

    /// Returns the SQLSTATE, if PostgreSQL refused the statement.
    pub(crate) fn sqlstate(&self) -> Option<&SqlState> {
        self.db_error().map(DbError::code)
    }
}

/// Faults that the driver reports without an error of PostgreSQL. The driver does not expose its own list, so they are
/// recognised by their text.
pub(crate) enum Fault {
    /// A value cannot be written in the binary format of its type.
    Value,
    /// A message would be too large, or text in it contains a NUL.
    Message,
    /// A value cannot be read.
    Reading,
    /// The number of values differs from the number of parameters.
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
            // Class 22 is data exceptions, whose message quotes the value.
            Some(db) if db.code().code().starts_with("22") => {
                write!(f, "PostgreSQL refused a value (SQLSTATE {})", db.code().code())
            }
            // A JSON path is a value, which the message quotes.
            Some(db) if db.routine() == Some("jsonpath_yyerror") => {
                write!(f, "a JSON path is not valid (SQLSTATE {})", db.code().code())
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
            // The source would print the detail.
            Some(_) => None,
            None => std::error::Error::source(&self.0),
        }
    }
}
