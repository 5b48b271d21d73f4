//! [`TestError`]: the error of everything in `testing`.

use std::fmt::Write as _;

use crate::catalog::Difference;
use crate::embedded::EmbeddedError;
use crate::migrate::MigrateError;
use crate::prove::WrongQuery;

/// Why a test has no database, or why models, migrations and program disagree. The message says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestError {
    /// There is no private server.
    #[error("cannot start a private server for tests")]
    Embedded(#[from] EmbeddedError),
    /// The server of `TEST_DATABASE_URL` cannot be used. No other server is tried.
    #[error("cannot use the server of TEST_DATABASE_URL; unset it to use a private one")]
    Unreachable {
        /// The cause, without the URL, which may hold a password.
        source: Box<crate::Error>,
    },
    /// A statement about a test database failed.
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
    /// The migrations cannot be replayed, or contradict each other.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The migrations do not lead to the models.
    #[error("the migrations do not lead to the models; write a migration, or undo the change:\n{}", lines(.0))]
    Models(Vec<Difference>),
    /// Queries of the program do not do what their functions say.
    #[error("{}", queries(.0))]
    Queries(Vec<WrongQuery>),
    /// A squash differs from the migrations it replaces, which are still in the program.
    #[error("{id} differs from the migrations it replaces; change it:\n{}", lines(differences))]
    Squash {
        /// The squash.
        id: String,
        /// The differences between the two schemas.
        differences: Vec<Difference>,
    },
    /// Migrations in the sources are not part of the program.
    #[error("migrations are written, but not part of this program:\n{}", unlinked(.0))]
    Unlinked(Vec<UnlinkedMigration>),
    /// The sources of the package cannot be searched.
    #[error(transparent)]
    Sources(Box<dyn std::error::Error + Send + Sync>),
}

/// A migration that is in the sources and not in the program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnlinkedMigration {
    /// Its id.
    pub id: String,
    /// Its file, relative to the package of the test.
    pub file: String,
    /// Its line in the file.
    pub line: u32,
    /// What to write.
    pub remedy: String,
}

/// Returns one line per difference.
fn lines(differences: &[Difference]) -> String {
    differences.iter().fold(String::new(), |mut text, difference| {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "- {difference}");
        text
    })
}

/// Returns one line per migration.
fn unlinked(migrations: &[UnlinkedMigration]) -> String {
    migrations.iter().fold(String::new(), |mut text, UnlinkedMigration { id, file, line, remedy }| {
        let _ = writeln!(text, "- {id} ({file}, line {line}): {remedy}");
        text
    })
}

/// Returns the wrong queries, each with what to write.
fn queries(wrong: &[WrongQuery]) -> String {
    let count = wrong.len();
    let mut text = format!("{count} {} wrong:", if count == 1 { "query is" } else { "queries are" });
    for query in wrong {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "\n{query}");
    }
    text
}
