//! What comes of a step of a migration, and why it could not be done.

use std::error::Error;

use crate::ident::IdentError;
use crate::sql::ddl::DdlError;
use crate::sql::fragment::FragmentError;

/// What a migration function and each of its steps return. Any error serves; `?` converts it.
pub type MigrationResult = Result<(), Box<dyn Error + Send + Sync>>;

/// Why a step of a migration could not be done. Return it with `?`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// PostgreSQL refused a statement.
    #[error("PostgreSQL refused a statement")]
    Refused {
        /// The statement.
        statement: String,
        /// What it said.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The step reads, and the migration is only being recorded. Pass it on: the migrator knows.
    #[error("this step needs the database, and the migration is only being recorded")]
    Recording,
    /// A statement would begin or end a transaction.
    #[error(
        "a migration runs in one transaction already; remove `{statement}`, or write `m.commit().await?` where what is done so \
         far is to be committed"
    )]
    TransactionControl {
        /// The statement.
        statement: String,
    },
    /// A step that a person has to decide on. The migration runs nowhere until then.
    #[error("undecided: {what}")]
    Undecided {
        /// What would happen, and what would be lost.
        what: String,
    },
    /// A statement that PostgreSQL runs outside transactions only.
    #[error("`{statement}` cannot run in a transaction; write `{instead}`")]
    OutsideTransaction {
        /// The statement.
        statement: String,
        /// What to write.
        instead: &'static str,
    },
    /// A step that cannot share a transaction, after the migration read data.
    #[error(
        "`{statement}` cannot share a transaction with what was read before it; put the reading into a migration of its own"
    )]
    AfterRead {
        /// The statement.
        statement: String,
    },
    /// What an index is made of cannot be read.
    #[error("an index needs its table and its columns, like `orders (placed_at)`; found `{definition}`")]
    IndexDefinition {
        /// What was given.
        definition: String,
    },
    /// A piece of SQL is more than one piece of its kind.
    #[error(transparent)]
    Fragment(#[from] FragmentError),
    /// A model uses what this server does not have.
    #[error("{feature} on table {table} needs PostgreSQL {needs} or newer; the server is PostgreSQL {major}")]
    ServerTooOld {
        /// Like `nulls_not_distinct`.
        feature: &'static str,
        /// The table.
        table: &'static str,
        /// The first version that has it.
        needs: i32,
        /// The server's version.
        major: i32,
    },
    /// The tables cannot be created together.
    #[error(transparent)]
    Ddl(#[from] DdlError),
    /// A name that cannot be an identifier.
    #[error(transparent)]
    Ident(#[from] IdentError),
}
