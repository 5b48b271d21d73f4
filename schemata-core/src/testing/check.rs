//! One line in a test suite that fails when models and migrations have come apart.

use std::fmt;

use crate::catalog::Difference;
use crate::migrate::{MigrateError, MigrationSet, Migrator};
use crate::prove::UnequalSquash;
use crate::schema::Table;
use crate::testing::{TestDatabase, TestDatabaseError};

/// Why [`check`] failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// There is no database to check on.
    #[error(transparent)]
    Database(#[from] TestDatabaseError),
    /// The migrations cannot be replayed.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The migrations do not lead to the models.
    #[error("the migrations do not lead to the models; write a migration, or undo the change:\n{0}")]
    Apart(Differences),
    /// A squash differs from the migrations it replaces, and those are still in the program.
    #[error("{id} differs from the migrations it replaces; change it:\n{differences}")]
    Squash {
        /// The squash.
        id: String,
        /// Where the two part.
        differences: Differences,
    },
}

/// What differs, a line each.
#[derive(Debug, Clone)]
pub struct Differences(pub Vec<Difference>);

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for difference in &self.0 {
            writeln!(f, "- {difference}")?;
        }
        Ok(())
    }
}

/// Replays every migration linked into the test program on an empty database, and compares what comes of it with `models`.
///
/// ```no_run
/// # use schemata::{tables, testing::{CheckError, check}};
/// # async fn models_and_migrations_agree() -> Result<(), CheckError> {
/// check(&tables![]).await // #[tokio::test]
/// # }
/// ```
///
/// # Errors
/// [`CheckError::Apart`] or [`CheckError::Squash`] with each difference; the other variants where the replay itself fails.
pub async fn check(models: &[&'static Table]) -> Result<(), CheckError> {
    check_set(MigrationSet::linked()?, models).await
}

/// As [`check`], with these migrations.
///
/// # Errors
/// As [`check`].
pub async fn check_set(migrations: MigrationSet, models: &[&'static Table]) -> Result<(), CheckError> {
    check_with(&Migrator::new(migrations), models).await
}

/// Does the same as [`check`] for this migrator: its migrations, its schema, and what it [leaves to the
/// database](Migrator::unmanaged).
///
/// # Errors
/// As for [`check`].
pub async fn check_with(migrator: &Migrator, models: &[&'static Table]) -> Result<(), CheckError> {
    let database = TestDatabase::create().await?;
    let report = migrator.check(database.url(), models).await?;
    if !report.models.is_empty() {
        return Err(CheckError::Apart(Differences(report.models)));
    }
    match report.squashes.into_iter().next() {
        None => Ok(()),
        Some(UnequalSquash { id, differences }) => {
            Err(CheckError::Squash { id, differences: Differences(differences) })
        }
    }
}
