//! [`check`]: a test that models and migrations agree.

use crate::migrate::{MigrationSet, Migrator};
use crate::schema::Table;
use crate::testing::database::TestDatabase;
use crate::testing::error::TestError;

/// Replays every migration that is linked into the test program on an empty database, and compares the result with `models`.
///
/// ```no_run
/// # use schemata::{tables, testing::{TestError, check}};
/// # async fn models_and_migrations_agree() -> Result<(), TestError> {
/// check(&tables![]).await // #[tokio::test]
/// # }
/// ```
///
/// # Errors
/// [`TestError::Models`] or [`TestError::Squash`] with each difference; the other variants if the replay fails.
pub async fn check(models: &[&'static Table]) -> Result<(), TestError> {
    check_set(MigrationSet::linked()?, models).await
}

/// Does the same as [`check`] with these migrations.
///
/// # Errors
/// As for [`check`].
pub async fn check_set(migrations: MigrationSet, models: &[&'static Table]) -> Result<(), TestError> {
    check_with(&Migrator::new(migrations), models).await
}

/// Does the same as [`check`] with the migrations of this migrator, its schema, and the objects that it [leaves to the
/// database](Migrator::unmanaged).
///
/// # Errors
/// As for [`check`].
pub async fn check_with(migrator: &Migrator, models: &[&'static Table]) -> Result<(), TestError> {
    let database = TestDatabase::create().await?;
    let report = migrator.check(database.url(), models).await?;
    if !report.models.is_empty() {
        return Err(TestError::Models(report.models));
    }
    match report.squashes.into_iter().next() {
        None => Ok(()),
        Some(squash) => Err(TestError::Squash { id: squash.id, differences: squash.differences }),
    }
}

/// Replays the migrations of this migrator on an empty database, and checks every query of [`query!`](crate::query!) that is linked
/// into the test program: see [`Migrator::check_queries`].
///
/// # Errors
/// [`TestError::Queries`] with every wrong query; the other variants if the replay fails.
pub async fn check_queries(migrator: &Migrator) -> Result<(), TestError> {
    let database = TestDatabase::create().await?;
    let wrong = migrator.check_queries(database.url()).await?;
    if wrong.is_empty() { Ok(()) } else { Err(TestError::Queries(wrong)) }
}
