//! What the ledger records, and how it is corrected by hand.

use schemata::migrate::{MigrateError, Migration, MigrationResult, Migrator};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, INITIAL, STATUS, entry};
use schemata_tests::tutorial::{Customer, Order, OrderItem};

fn migrator() -> Migrator {
    Migrator::new(shop::set(&[INITIAL, STATUS])).application("shop 2")
}

#[tokio::test]
async fn remembers_what_ran() {
    let database = fresh_database().await;
    assert!(migrator().history(database.url(), "0001_initial_catalog").await.expect("reads").is_empty());
    migrator().run(database.url()).await.expect("applies");
    for id in ["0002_add_order_status", "shop:0002_add_order_status"] {
        let past = migrator().history(database.url(), id).await.expect("reads");
        assert_eq!(past.len(), 1);
        assert!(past[0].statements[0].starts_with("ALTER TABLE \"public\".\"orders\" ADD COLUMN \"status\""));
        assert_eq!((past[0].application.as_str(), past[0].note.as_deref()), ("shop 2", None));
    }
}

#[tokio::test]
async fn a_database_with_tables_already_is_adopted() {
    let (made, adopted) = (fresh_database().await, fresh_database().await);
    migrator().run(made.url()).await.expect("applies");
    // The tables were created in another way, up to 0001.
    let ddl = migrator().to("0001_initial_catalog").plan(adopted.url()).await.expect("plans");
    connect(adopted.url()).await.batch_execute(&ddl[0].statements.join(";")).await.expect("creates");

    let marked = migrator().to("0001_initial_catalog").baseline(adopted.url()).await.expect("marks");
    assert_eq!(marked.applied, ["0001_initial_catalog"]);
    assert_eq!(migrator().run(adopted.url()).await.expect("goes on").applied, ["0002_add_order_status"]);
    let past = migrator().history(adopted.url(), "0001_initial_catalog").await.expect("reads");
    assert_eq!(past[0].note.as_deref(), Some("baseline: marked as applied, not run"));
    let models = schemata::tables![Customer, Order, OrderItem];
    assert!(migrator().check(adopted.url(), &models).await.expect("checks").is_clean());
}

async fn edited(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("SELECT 'something else'").await?;
    Ok(())
}

#[tokio::test]
async fn an_edit_is_accepted_with_a_reason_only() {
    let database = fresh_database().await;
    migrator().run(database.url()).await.expect("applies");
    let changed = || Migrator::new(shop::set(&[INITIAL, entry("0002_add_order_status", |m| Box::pin(edited(m)))]));
    assert!(matches!(changed().run(database.url()).await, Err(MigrateError::Edited { .. })));
    changed().repair(database.url(), "0002_add_order_status", "it was a typo").await.expect("repairs");
    assert!(changed().run(database.url()).await.expect("up to date").applied.is_empty());
    assert!(matches!(migrator().run(database.url()).await, Err(MigrateError::Edited { .. })));
    let past = changed().history(database.url(), "0002_add_order_status").await.expect("reads");
    let note = past[0].note.as_deref().expect("a note");
    assert!(note.starts_with("repaired ") && note.ends_with(": it was a typo"), "{note}");
    let unknown = changed().repair(database.url(), "0009", "x").await.expect_err("unknown");
    assert!(matches!(unknown, MigrateError::UnknownTarget { .. }));
    let fresh = fresh_database().await;
    let early = changed().repair(fresh.url(), "0002_add_order_status", "x").await.expect_err("it never ran");
    assert_eq!(
        early.to_string(),
        "migration \"0002_add_order_status\" is not applied to schema \"public\", so there is nothing to repair: `status` shows \
         what is"
    );
}
