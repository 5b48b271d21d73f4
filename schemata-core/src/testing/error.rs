//! [`TestDatabaseError`]: why there is no test database.

use crate::embedded::EmbeddedError;

/// The reasons why there is no test database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestDatabaseError {
    /// There is no private server.
    #[error("cannot start a private server for tests")]
    Embedded(#[from] EmbeddedError),
    /// The server of `TEST_DATABASE_URL` cannot be used. No other server is tried.
    #[error("cannot use the server of TEST_DATABASE_URL; unset it to use a private one")]
    Unreachable {
        /// The cause, without the URL, which may hold a password.
        source: Box<crate::Error>,
    },
    /// A statement failed.
    #[error("cannot {action} database {database}")]
    Statement {
        /// The operation.
        action: &'static str,
        /// The database.
        database: String,
        /// The server's error.
        source: tokio_postgres::Error,
    },
    /// The function that fills a template failed, and the template was dropped.
    #[error("cannot fill template database {database}")]
    Setup {
        /// The template.
        database: String,
        /// The function's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The thread or task that talks to the server ended early.
    #[error("a background task ended early")]
    Task,
}
