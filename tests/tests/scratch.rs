//! Scratch databases are dropped with the work they were made for, and never hide why it failed.

use std::time::Duration;

use schemata::migrate::{MigrationEntry, Migrator};
use schemata_tests::catalog::connect;
use schemata_tests::{fresh_database, migration, shop};

/// Keeps the database it runs in from being dropped, and fails in the next migration.
fn keeps_its_database() -> [MigrationEntry; 2] {
    [
        migration!("1", |m| {
            m.execute(
                "DO $$ BEGIN EXECUTE pg_catalog.format('ALTER DATABASE %I IS_TEMPLATE true', pg_catalog.current_database()); \
                 END $$",
            )
            .await?;
        }),
        migration!("2", |m| {
            m.execute("SELECT 1 / 0").await?;
        }),
    ]
}

/// The scratch databases beside the database of `client`.
async fn scratch_databases(client: &schemata::tokio_postgres::Client) -> Vec<String> {
    let sql = "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, \
               'schemata_scratch_' || substr(md5(current_database()), 1, 8) || '_')";
    client.query(sql, &[]).await.expect("reads").iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_database_that_cannot_be_dropped_does_not_hide_the_error() {
    let database = fresh_database().await;
    let failed = Migrator::new(shop::set(&keeps_its_database())).check(database.url(), &[]).await;
    let client = connect(database.url()).await;
    let left = scratch_databases(&client).await;
    for name in &left {
        client.batch_execute(&format!("ALTER DATABASE \"{name}\" IS_TEMPLATE false")).await.expect("alters");
        client.batch_execute(&format!("DROP DATABASE \"{name}\" WITH (FORCE)")).await.expect("drops");
    }
    assert_eq!(left.len(), 1, "the drop was refused");
    let error = format!("{:?}", failed.expect_err("the second migration fails"));
    assert!(error.contains("division by zero"), "{error}");
}

#[tokio::test]
async fn a_check_that_is_given_up_leaves_no_database() {
    let database = fresh_database().await;
    let waits = migration!("1", |m| {
        m.execute("SELECT pg_sleep(60)").await?;
    });
    let client = connect(database.url()).await;
    let migrator = Migrator::new(shop::set(&[waits]));
    let check = tokio::time::timeout(Duration::from_secs(3), migrator.check(database.url(), &[]));
    assert!(check.await.is_err(), "it was given up");
    let mut left = scratch_databases(&client).await;
    for _ in 0..100 {
        if left.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        left = scratch_databases(&client).await;
    }
    assert!(left.is_empty(), "left: {left:?}");
}

/// Grants that the server's databases share.
async fn shared(m: &mut schemata::migrate::Migration<'_>) -> schemata::migrate::MigrationResult {
    let (group, member) = shared_roles();
    m.execute(&format!("CREATE TABLE grants (a int); GRANT {group} TO {member}; COMMENT ON ROLE {group} IS 'shared'"))
        .await?;
    m.execute(&format!("GRANT SELECT ON grants TO {member}")).await?;
    Ok(())
}

fn shared_roles() -> (String, String) {
    let process = std::process::id();
    (format!("schemata_test_group_{process}"), format!("schemata_test_member_{process}"))
}

#[tokio::test]
async fn a_replay_changes_nothing_that_databases_share() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let (group, member) = shared_roles();
    client.batch_execute(&format!("CREATE ROLE {group}; CREATE ROLE {member}")).await.expect("creates");
    let last = migration!("2", |m| {
        m.execute("ALTER TABLE grants ADD b int").await?;
    });
    let migrator = Migrator::new(shop::set(&[shop::entry("1", |m| Box::pin(shared(m))), last]));
    let state = format!(
        "SELECT pg_has_role('{member}', '{group}', 'MEMBER'),
                shobj_description('{group}'::regrole, 'pg_authid') IS NOT NULL"
    );
    let checked = migrator.check(database.url(), &[]).await;
    let squash = migrator.squash(database.url(), "squashed", None).await;
    let replayed = client.query_one(&state, &[]).await.expect("reads");
    let ran = migrator.run(database.url()).await;
    let after = client.query_one(&state, &[]).await.expect("reads");
    let clean_up = format!("DROP TABLE grants; DROP ROLE {member}, {group}");
    client.batch_execute(&clean_up).await.expect("cleans up");
    checked.expect("checks");
    ran.expect("applies");
    assert_eq!((replayed.get(0), replayed.get(1)), (false, false));
    assert_eq!((after.get(0), after.get(1)), (true, true));
    let undecided = squash.expect("squashes").undecided;
    assert_eq!(undecided.iter().filter(|why| why.contains("reaches beyond the database")).count(), 2, "{undecided:?}");
}
