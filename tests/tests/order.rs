//! Late migrations, and databases that another branch has migrated.

use std::sync::{Arc, Mutex};

use schemata::migrate::{Event, MigrateError, MigrationEntry, MigrationState, Migrator, OutOfOrder};
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, entry};

const fn nothing(id: &'static str) -> MigrationEntry {
    entry(id, |m| {
        Box::pin(async move {
            m.execute("SELECT 1").await?;
            Ok(())
        })
    })
}

fn migrator(ids: &[&'static str]) -> Migrator {
    Migrator::new(shop::set(&ids.iter().map(|id| nothing(id)).collect::<Vec<_>>()))
}

#[tokio::test]
async fn a_late_migration_runs_with_a_note_or_is_refused() {
    let database = fresh_database().await;
    migrator(&["1_a", "10_c"]).run(database.url()).await.expect("applies");
    let all = || migrator(&["1_a", "2_b", "10_c", "11_d"]);
    let refused = all().out_of_order(OutOfOrder::Error).run(database.url()).await.expect_err("2_b is late");
    assert!(matches!(&refused, MigrateError::OutOfOrder { late } if late.len() == 1), "{refused:?}");
    assert!(refused.to_string().contains("2_b before 10_c; give them ids that sort last"), "{refused}");

    let status = all().status(database.url()).await.expect("reads");
    assert_eq!(status[1].state, MigrationState::Late { after: "10_c".to_owned() });
    assert_eq!(status[3].state, MigrationState::Pending);
    let planned = all().plan(database.url()).await.expect("plans");
    assert_eq!(planned.iter().map(|one| one.late.as_deref()).collect::<Vec<_>>(), [Some("10_c"), None]);

    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let observed = all().observe(move |event| {
        if let Event::Late { id, after } = event {
            ear.lock().expect("no panic").push(format!("{id} after {after}"));
        }
    });
    assert_eq!(observed.run(database.url()).await.expect("runs").applied, ["2_b", "11_d"]);
    assert_eq!(*heard.lock().expect("no panic"), ["2_b after 10_c"]);
    all().out_of_order(OutOfOrder::Error).run(database.url()).await.expect("nothing is late any more");
}

#[tokio::test]
async fn two_branches_are_distinguished_from_an_unlinked_crate() {
    let database = fresh_database().await;
    migrator(&["1_a", "2_theirs"]).run(database.url()).await.expect("applies");
    let error = migrator(&["1_a", "2_ours"]).run(database.url()).await.expect_err("another branch");
    assert!(error.to_string().contains("only the database has 2_theirs, only the program has 2_ours"), "{error}");
    let error = migrator(&["1_a", "2_zours"]).run(database.url()).await.expect_err("another branch");
    assert!(matches!(error, MigrateError::Diverged { .. }), "{error:?}");
    let error = migrator(&["1_a", "3_later"]).run(database.url()).await.expect_err("its 2 is missing");
    assert!(matches!(error, MigrateError::Unlinked { .. }), "{error:?}");
    let error = migrator(&["1_a"]).run(database.url()).await.expect_err("not linked");
    assert!(matches!(error, MigrateError::Unlinked { .. }), "{error:?}");
}
