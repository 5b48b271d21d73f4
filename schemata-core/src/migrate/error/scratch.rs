//! Why something could not be tried on a scratch database: the live one was not touched.

/// Why something could not be tried on a scratch database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScratchError {
    /// The migrations could not be replayed on a scratch database.
    #[error(
        "the migrations cannot be replayed on an empty scratch database, and your database was not touched; do they need \
         an extension or a role that was made by hand?"
    )]
    Replay {
        /// What went wrong there.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A pending migration fails where the tables are as they are in the database.
    #[error(
        "a pending migration fails on this database: it was tried on a scratch database of the same shape, and yours was not \
         touched"
    )]
    Pending {
        /// What went wrong there.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The models' tables could not be created on the scratch database, where the migrations have run.
    #[error(
        "the models' tables cannot be created beside what the migrations make, at: {statement}; do they use a type, a function \
         or an extension that no migration makes?"
    )]
    Models {
        /// The statement that PostgreSQL refused, its first line.
        statement: String,
        /// What it said.
        #[source]
        source: tokio_postgres::Error,
    },
}
