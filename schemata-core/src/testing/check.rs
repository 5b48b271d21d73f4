//! [`check`]: a test that models and migrations agree.

use std::fmt::Write as _;

use crate::catalog::Difference;
use crate::migrate::{MigrateError, MigrationSet, Migrator};
use crate::prove::WrongQuery;
use crate::schema::Table;
use crate::testing::database::TestDatabase;
use crate::testing::error::TestDatabaseError;

/// The reasons why [`check`] failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// There is no database for the check.
    #[error(transparent)]
    Database(#[from] TestDatabaseError),
    /// The migrations cannot be replayed.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The migrations do not lead to the models.
    #[error("the migrations do not lead to the models; write a migration, or undo the change:\n{}", lines(.0))]
    Apart(Vec<Difference>),
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
}

/// Returns one line per difference.
fn lines(differences: &[Difference]) -> String {
    differences.iter().fold(String::new(), |mut text, difference| {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "- {difference}");
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

/// Replays every migration that is linked into the test program on an empty database, and compares the result with `models`.
///
/// ```no_run
/// # use schemata::{tables, testing::{CheckError, check}};
/// # async fn models_and_migrations_agree() -> Result<(), CheckError> {
/// check(&tables![]).await // #[tokio::test]
/// # }
/// ```
///
/// # Errors
/// [`CheckError::Apart`] or [`CheckError::Squash`] with each difference; the other variants if the replay fails.
pub async fn check(models: &[&'static Table]) -> Result<(), CheckError> {
    check_set(MigrationSet::linked()?, models).await
}

/// Does the same as [`check`] with these migrations.
///
/// # Errors
/// As for [`check`].
pub async fn check_set(migrations: MigrationSet, models: &[&'static Table]) -> Result<(), CheckError> {
    check_with(&Migrator::new(migrations), models).await
}

/// Does the same as [`check`] with the migrations of this migrator, its schema, and the objects that it [leaves to the
/// database](Migrator::unmanaged).
///
/// # Errors
/// As for [`check`].
pub async fn check_with(migrator: &Migrator, models: &[&'static Table]) -> Result<(), CheckError> {
    let database = TestDatabase::create().await?;
    let report = migrator.check(database.url(), models).await?;
    if !report.models.is_empty() {
        return Err(CheckError::Apart(report.models));
    }
    match report.squashes.into_iter().next() {
        None => Ok(()),
        Some(squash) => Err(CheckError::Squash { id: squash.id, differences: squash.differences }),
    }
}

/// Replays the migrations of this migrator on an empty database, and checks every query of [`query!`](crate::query!) that is linked
/// into the test program: see [`Migrator::check_queries`].
///
/// # Errors
/// [`CheckError::Queries`] with every wrong query; the other variants if the replay fails.
pub async fn check_queries(migrator: &Migrator) -> Result<(), CheckError> {
    let database = TestDatabase::create().await?;
    let wrong = migrator.check_queries(database.url()).await?;
    if wrong.is_empty() { Ok(()) } else { Err(CheckError::Queries(wrong)) }
}
