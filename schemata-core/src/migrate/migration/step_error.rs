//! The result of a migration function and of its steps, and `StepError`, the library's own reasons for a failed step.

use std::error::Error;
use std::fmt;

use crate::ident::IdentError;
use crate::sql::ddl::DdlError;
use crate::sql::fragment_error::FragmentError;

/// The result of a migration function and of each of its steps. `?` converts any error. The migrator wraps it with the
/// migration and the statement that failed ([`MigrateError::Failed`](crate::migrate::MigrateError::Failed)). If
/// PostgreSQL refused a statement, the error's source is the driver's error.
pub type MigrationResult<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// The place of a statement in a file of SQL.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StatementPlace {
    pub(crate) path: &'static str,
    /// The line, counted from 1.
    pub(crate) line: usize,
}

impl fmt::Display for StatementPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}", self.path, self.line)
    }
}

/// Why a step of a migration could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StepError {
    /// PostgreSQL refused a statement.
    #[error("PostgreSQL refused a statement")]
    Refused {
        /// The statement.
        statement: String,
        /// The driver's error.
        #[source]
        source: tokio_postgres::Error,
    },
    /// A step of a file failed.
    #[error("{place}")]
    At {
        /// Where the step is.
        place: StatementPlace,
        /// The step's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A file of SQL holds something that cannot run.
    #[error("{place}: {message}")]
    File {
        /// Where it is.
        place: StatementPlace,
        /// What is wrong, and what to write.
        message: String,
    },
    /// The step reads, and the migration is only being recorded.
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
    /// A step that a person has to decide on. Until then, the migration does not run.
    #[error("undecided: {what}")]
    Undecided {
        /// What the step would do, and what would be lost.
        what: String,
    },
    /// PostgreSQL runs the statement only outside transactions.
    #[error("`{statement}` cannot run in a transaction; write `{instead}`")]
    OutsideTransaction {
        /// The statement.
        statement: String,
        /// The call to write instead.
        instead: &'static str,
    },
    /// A step that cannot share a transaction comes after the migration read data.
    #[error(
        "`{statement}` cannot share a transaction with what was read before it; put the reading into a migration of its own"
    )]
    AfterRead {
        /// The statement.
        statement: String,
    },
    /// The definition of an index does not begin with a table and its columns.
    #[error("an index needs its table and its columns, like `orders (placed_at)`; found `{definition}`")]
    IndexDefinition {
        /// The given definition.
        definition: String,
    },
    /// A piece of SQL is more than one piece of its kind.
    #[error(transparent)]
    Fragment(#[from] FragmentError),
    /// A model uses a feature that this server lacks.
    #[error("{feature} on table {table} needs PostgreSQL {needs} or newer; the server is PostgreSQL {major}")]
    ServerTooOld {
        /// The feature, like `nulls_not_distinct`.
        feature: &'static str,
        /// The table.
        table: &'static str,
        /// The first major version that has it.
        needs: i32,
        /// The server's major version.
        major: i32,
    },
    /// The tables cannot be created together.
    #[error(transparent)]
    Ddl(#[from] DdlError),
    /// A name that cannot be an identifier.
    #[error(transparent)]
    Ident(#[from] IdentError),
}
