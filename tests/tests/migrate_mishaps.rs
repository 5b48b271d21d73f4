//! A migrator on a server whose clock jumps, and beside another version of its program.

use schemata::migrate::{MigrateError, Migration, MigrationEntry, MigrationResult, Migrator, Report};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, INITIAL, STATUS, entry};

#[tokio::test]
async fn a_clock_that_was_set_back_changes_nothing() {
    let database = fresh_database().await;
    let migrate = async |entries: &[MigrationEntry]| Migrator::new(shop::set(entries)).run(database.url()).await;
    migrate(&[INITIAL]).await.expect("applies");
    // As if it had been applied by a server whose clock was ten years ahead.
    let ahead = "UPDATE schemata_migrations SET started_at = now() + '10 years', finished_at = now() + '10 years'";
    connect(database.url()).await.batch_execute(ahead).await.expect("updates");
    assert_eq!(migrate(&[INITIAL, STATUS]).await.expect("applies").applied, ["0002_add_order_status"]);
    assert!(migrate(&[INITIAL, STATUS]).await.expect("nothing to do").applied.is_empty());
}

async fn takes_its_time(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("SELECT pg_sleep(0.2)").await
}

#[tokio::test]
async fn of_two_versions_that_migrate_at_once_each_migration_runs_once() {
    const LAST: MigrationEntry = entry("0003_later", |m| Box::pin(takes_its_time(m)));
    let database = fresh_database().await;
    let run = |entries: &'static [MigrationEntry]| {
        let url = database.url().to_owned();
        tokio::spawn(async move { Migrator::new(shop::set(entries)).run(&url).await })
    };
    let mut runs = Vec::new();
    for _ in 0..4 {
        runs.push((false, run(&[INITIAL, STATUS])));
        runs.push((true, run(&[INITIAL, STATUS, LAST])));
    }
    let mut applied = Vec::new();
    for (newer, run) in runs {
        match run.await.expect("no panic") {
            Ok(Report { applied: own, .. }) => applied.extend(own),
            // The newer version ran first; the older one takes its last migration for one that is not linked.
            Err(MigrateError::Unlinked { ids, .. }) if !newer => assert_eq!(ids, ["shop:0003_later"]),
            Err(error) => panic!("{error}"),
        }
    }
    applied.sort();
    assert_eq!(applied, ["0001_initial_catalog", "0002_add_order_status", "0003_later"]);
}
