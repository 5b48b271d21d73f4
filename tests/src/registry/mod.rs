//! A registry of packages: the models of an application with owners of two kinds, versions, daily downloads, tokens,
//! notifications and jobs. `fill` has its random rows, `compare` compares queries with SQL written by hand.

mod case;
mod compare;
mod fill;
mod packages;
mod people;

use schemata::migrate::{Migration, MigrationEntry, MigrationResult, MigrationSet, Migrator};
use schemata::tables;
use schemata::testing::TestDatabase;

pub use case::{Case, Values, Work};
pub use compare::{Flat, Take};
pub use fill::{day, fill, instant};
pub use packages::{Category, Dependency, Download, Keyword, Package, PackageCategory, PackageKeyword, Release};
pub use people::{Follow, Job, Notification, Owner, Quota, TEAM, Team, Token, USER, User};

async fn all(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![
        User,
        Team,
        Package,
        Release,
        Owner,
        Dependency,
        Download,
        Category,
        PackageCategory,
        Keyword,
        PackageKeyword,
        Token,
        Follow,
        Notification,
        Job,
        Quota
    ])
    .await
}

/// A registry with the same random rows in every run, and the pool to it.
///
/// # Panics
/// When it cannot be made.
pub async fn filled_registry() -> (TestDatabase, schemata::Db) {
    let database = registry().await;
    let db = schemata::Db::connect(database.url()).await.expect("connects");
    fill(&db, &mut crate::dice::Dice::new(1)).await.expect("fills the registry");
    (database, db)
}

/// A registry without rows.
///
/// # Panics
/// When it cannot be made.
pub async fn registry() -> TestDatabase {
    let database = crate::fresh_database().await;
    let entry = MigrationEntry::new("registry", "0001", |m| Box::pin(all(m)), file!(), line!());
    let set = MigrationSet::new([entry]).expect("one migration");
    Migrator::new(set).run(database.url()).await.expect("creates the tables");
    database
}
