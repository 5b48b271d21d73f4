//! Errors of work on a scratch database. The live database was not touched.

/// An attempt on a scratch database that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScratchError {
    /// The migrations could not be replayed on an empty scratch database.
    #[error(
        "the migrations cannot be replayed on an empty scratch database, and your database was not touched; do they need \
         an extension or a role that was made by hand?"
    )]
    Replay {
        /// The error on the scratch database.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A pending migration fails on tables of the live database's shape.
    #[error(
        "a pending migration fails on this database: it was tried on a scratch database of the same shape, and yours was not \
         touched"
    )]
    Pending {
        /// The error on the scratch database.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The models' tables could not be created on the scratch database after the migrations had run there.
    #[error(
        "the models' tables cannot be created beside the objects of the migrations, at: {statement}; do they use a type, a function \
         or an extension that no migration creates?"
    )]
    Models {
        /// The first line of the statement that PostgreSQL refused.
        statement: String,
        /// The driver's error.
        #[source]
        source: tokio_postgres::Error,
    },
}
