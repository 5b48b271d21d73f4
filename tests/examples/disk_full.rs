//! Runs a migration that fills the disk, on a small file system that `disk-full.sh` mounts.
//!
//! `cargo run -p schemata-tests --example disk_full -- DIRECTORY`

use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;
use std::sync::OnceLock;

use schemata::migrate::{MigrateError, Migration, MigrationResult, MigrationSet, Migrator};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::shop::entry;

/// How many rows the second migration writes: too many at first, then few.
static ROWS: OnceLock<i32> = OnceLock::new();

async fn small(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE TABLE small (id int); INSERT INTO small VALUES (1)").await
}

async fn large(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE TABLE large (id int, filler text) TABLESPACE small_disk").await?;
    // Reading data makes the migration dynamic: its checksum covers the first statement, whatever the number of rows.
    let rows = *ROWS.get().unwrap_or(&10_000_000);
    m.client()?
        .execute("INSERT INTO large SELECT n, repeat('x', 500) FROM generate_series(1, $1::int4) n", &[&rows])
        .await?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let directory = std::env::args().nth(1).expect("a directory on a small file system");
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let data: String = client.query_one("SHOW data_directory", &[]).await.expect("a superuser").get(0);
    let owner = Path::new(&data).metadata().expect("it is there");
    chown(&directory, Some(owner.uid()), Some(owner.gid())).expect("may give it away");
    client.batch_execute(&format!("CREATE TABLESPACE small_disk LOCATION '{directory}'")).await.expect("empty");

    let entries = [entry("1_small", |m| Box::pin(small(m))), entry("2_large", |m| Box::pin(large(m)))];
    let migrator = Migrator::new(MigrationSet::new(entries).expect("two names"));
    let error = migrator.run(database.url()).await.expect_err("the disk is too small");
    let MigrateError::Failed { id, applied, source, .. } = &error else { panic!("{error}") };
    let refusal = source.downcast_ref::<tokio_postgres::Error>().and_then(tokio_postgres::Error::as_db_error);
    let refusal = refusal.unwrap_or_else(|| panic!("{source}"));
    println!("{id}: {} (SQLSTATE {})", refusal.message(), refusal.code().code());
    assert_eq!(
        (*id, refusal.code().code(), applied.as_slice()),
        ("2_large", "53100", ["1_small".to_owned()].as_slice())
    );

    let left = "SELECT (SELECT count(*) FROM schemata_migrations), to_regclass('large') IS NULL, \
                (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')";
    let row = client.query_one(left, &[]).await.expect("the server lives");
    assert_eq!((row.get::<_, i64>(0), row.get::<_, bool>(1), row.get::<_, i64>(2)), (1, true, 0));

    let _ = ROWS.set(10);
    let report = migrator.run(database.url()).await.expect("there is room for ten rows");
    assert_eq!(report.applied, ["2_large"]);
    client.batch_execute("DROP TABLE large").await.expect("it was made");
    client.batch_execute("DROP TABLESPACE small_disk").await.expect("it is empty");
    println!("the ledger was right, no lock was left, and the next run continued");
}
