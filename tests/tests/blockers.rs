//! The sessions that block a migration are reported while it waits, and in the error if it gives up; afterwards it can
//! continue.

use std::time::Duration;

use schemata::migrate::{Blocker, Event, MigrateError, MigrationEntry, Migrator};
use schemata::testing::TestDatabase;
use schemata_tests::catalog::connect;
use schemata_tests::{fresh_database, migration, shop};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_postgres::Client;

fn orders() -> MigrationEntry {
    migration!("0001", |m| {
        m.execute("CREATE TABLE orders (id int PRIMARY KEY, status text); INSERT INTO orders VALUES (1)").await?;
    })
}

fn column() -> MigrationEntry {
    migration!("0002", |m| {
        m.execute("CREATE TABLE before_it (a int)").await?;
        m.alter_table("orders").add_column("note", "text").await?;
    })
}

fn backfill() -> MigrationEntry {
    migration!("0003", |m| {
        m.execute("CREATE TABLE first (a int)").await?;
        m.backfill("orders").set("status = 'pending'").await?;
    })
}

fn index() -> MigrationEntry {
    migration!("0004", |m| {
        m.create_index("orders_status_idx", "orders (status)").concurrently().await?;
    })
}

/// A migrator that waits `timeout` for a lock, and the events that it reports.
fn telling(entries: &[MigrationEntry], timeout: Duration) -> (Migrator, UnboundedReceiver<Event>) {
    let (tell, told) = unbounded_channel();
    let migrator = Migrator::new(shop::set(entries)).lock_timeout(timeout).observe(move |event| {
        // The receiver is dropped once the test has what it needs.
        let _ = tell.send(event.clone());
    });
    (migrator, told)
}

/// A database with orders, and a session of the application's in a transaction that began a second ago.
async fn held(lock: &str) -> (TestDatabase, Client, i32) {
    let database = fresh_database().await;
    Migrator::new(shop::set(&[orders()])).run(database.url()).await.expect("applies");
    let holder = connect(database.url()).await;
    holder.batch_execute("SET application_name = 'the shop'; BEGIN; SELECT pg_sleep(1.1)").await.expect("begins");
    holder.simple_query(lock).await.expect("locks");
    let pid = holder.query_one("SELECT pg_backend_pid()", &[]).await.expect("one row").get(0);
    holder.simple_query("  \n  SELECT 'latest'\n  -- of two lines").await.expect("reads");
    (database, holder, pid)
}

fn is_holder(blockers: &[Blocker], holder: i32) {
    let [one] = blockers else { panic!("{blockers:?}") };
    assert_eq!(
        (one.pid, one.application.as_str(), one.query.as_deref()),
        (holder, "the shop", Some("SELECT 'latest'"))
    );
    assert!(one.age.is_some_and(|age| age >= 1), "{one:?}");
}

#[tokio::test]
async fn the_holder_of_a_lock_is_reported_and_the_migration_continues_after_it() {
    let (database, holder, pid) = held("LOCK TABLE orders IN ACCESS SHARE MODE").await;
    let (migrator, mut told) = telling(&[orders(), column()], Duration::from_millis(800));
    let url = database.url().to_owned();
    let run = tokio::spawn(async move { migrator.run(&url).await });
    let mut blocked = false;
    let retried = loop {
        match told.recv().await.expect("it goes on") {
            Event::Blocked { id, blockers } => {
                assert_eq!(id, "0002");
                is_holder(&blockers, pid);
                blocked = true;
            }
            Event::Retrying { id, blockers, .. } if blocked => break (id, blockers),
            _ => {}
        }
    };
    assert_eq!(retried.0, "0002");
    is_holder(&retried.1, pid);
    holder.batch_execute("COMMIT").await.expect("unlocks");
    assert_eq!(run.await.expect("no panic").expect("applies").applied, ["0002"]);
}

#[tokio::test]
async fn the_error_names_the_holder_of_the_lock() {
    let (database, holder, pid) = held("LOCK TABLE orders IN SHARE MODE").await;
    let (migrator, mut told) = telling(&[orders(), column(), backfill()], Duration::from_millis(300));
    let give_up = async {
        // The pauses between the attempts are skipped from here on; until then the second connection has been made.
        while !matches!(told.recv().await, Some(Event::Retrying { blockers, .. }) if !blockers.is_empty()) {}
        tokio::time::pause();
        while let Some(event) = told.recv().await {
            if matches!(event, Event::Retrying { attempts: 9, .. }) {
                break;
            }
        }
    };
    let (outcome, ()) = tokio::join!(migrator.run(database.url()), give_up);
    tokio::time::resume();
    let error = outcome.expect_err("locked");
    let MigrateError::Failed { id: "0002", blockers, .. } = &error else { panic!("{error:?}") };
    is_holder(blockers, pid);
    let text = error.to_string();
    assert!(
        text.starts_with("migration 0002 failed and was rolled back, at: ALTER TABLE \"public\".\"orders\""),
        "{text}"
    );
    let who = format!(", blocked by \"the shop\" (pid {pid}, in a transaction for ");
    assert!(text.contains(&who) && text.contains(" s, latest query: SELECT 'latest'); nothing was changed"), "{text}");

    holder.batch_execute("COMMIT").await.expect("unlocks");
    let made = connect(database.url()).await.query_one("SELECT to_regclass('before_it') IS NULL", &[]).await;
    assert!(made.expect("one row").get::<_, bool>(0), "rolled back");
}

#[tokio::test]
async fn a_step_that_gave_up_says_who_held_the_lock_and_what_is_done_stays() {
    let (database, holder, pid) = held("LOCK TABLE orders IN SHARE MODE").await;
    let set = [orders(), backfill()];
    let (migrator, mut told) = telling(&set, Duration::from_millis(300));
    let give_up = async {
        while !matches!(told.recv().await, Some(Event::Retrying { blockers, .. }) if !blockers.is_empty()) {}
        tokio::time::pause();
        while !matches!(told.recv().await, None | Some(Event::Retrying { attempts: 9, .. })) {}
    };
    let (outcome, ()) = tokio::join!(migrator.run(database.url()), give_up);
    tokio::time::resume();
    let error = outcome.expect_err("locked");
    let MigrateError::Stopped { done: 1, of: 2, blockers, .. } = &error else { panic!("{error:?}") };
    is_holder(blockers, pid);
    assert!(error.to_string().contains(&format!("blocked by \"the shop\" (pid {pid}, ")), "{error}");
    holder.batch_execute("COMMIT").await.expect("unlocks");
    assert_eq!(migrator.run(database.url()).await.expect("it continues").applied, ["0003"]);
}

#[tokio::test]
async fn a_concurrent_index_waits_past_the_lock_timeout_and_says_for_whom() {
    let (database, holder, pid) = held("UPDATE orders SET status = 'paid'").await;
    let impatient =
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lock_timeout = %L', current_database(), '40ms'); END $$";
    connect(database.url()).await.batch_execute(impatient).await.expect("for sessions to come");
    let (migrator, mut told) = telling(&[orders(), index()], Duration::from_millis(40));
    let url = database.url().to_owned();
    let run = tokio::spawn(async move { migrator.run(&url).await });
    loop {
        match told.recv().await.expect("it goes on") {
            Event::Blocked { blockers, .. } => break is_holder(&blockers, pid),
            Event::Retrying { .. } => panic!("it waits as long as it takes"),
            _ => {}
        }
    }
    holder.batch_execute("COMMIT").await.expect("ends");
    assert_eq!(run.await.expect("no panic").expect("applies").applied, ["0004"]);
    assert!(!matches!(told.recv().await, Some(Event::Retrying { .. })));
}

/// Returns once another session waits for `b`, or no other session is left.
const UNTIL_SOMEBODY_WAITS: &str = "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM go) AND NOT EXISTS (SELECT FROM pg_locks \
     WHERE relation = 'b'::regclass AND NOT granted) LOOP PERFORM pg_sleep(0.01); END LOOP; END $$";

/// Locks `b`, then `a` once the session that holds `a` waits for `b`, or no other session is left.
fn crossing() -> MigrationEntry {
    migration!("0001", |m| {
        m.alter_table("b").add_column("new", "int").await?;
        m.execute(UNTIL_SOMEBODY_WAITS).await?;
        m.alter_table("a").add_column("new", "int").await?;
    })
}

/// The same after a commit.
fn crossing_later() -> MigrationEntry {
    migration!("0001", |m| {
        m.execute("CREATE TABLE once (a int); INSERT INTO once VALUES (1)").await?;
        m.commit().await?;
        m.alter_table("b").add_column("new", "int").await?;
        m.execute(UNTIL_SOMEBODY_WAITS).await?;
        m.alter_table("a").add_column("new", "int").await?;
    })
}

#[tokio::test]
async fn a_deadlock_is_tried_again() {
    is_tried_again(crossing(), false).await;
}

#[tokio::test]
async fn a_deadlock_behind_a_commit_is_tried_again_from_there() {
    is_tried_again(crossing_later(), true).await;
}

async fn is_tried_again(crossing: MigrationEntry, once: bool) {
    let database = fresh_database().await;
    let holder = connect(database.url()).await;
    holder
        .batch_execute("CREATE TABLE a (x int); CREATE TABLE b (x int); CREATE TABLE go (x int)")
        .await
        .expect("creates");
    // The migration detects the deadlock first, and gives way.
    holder.batch_execute("SET deadlock_timeout = '5min'; BEGIN; LOCK TABLE a").await.expect("locks");
    let (migrator, mut told) = telling(&[crossing], Duration::from_secs(60));
    let url = database.url().to_owned();
    let run = tokio::spawn(async move { migrator.run(&url).await });
    let waiting = "SELECT 1 FROM pg_locks WHERE relation = 'b'::regclass AND mode = 'AccessExclusiveLock' AND granted";
    let watcher = connect(database.url()).await;
    while watcher.query(waiting, &[]).await.expect("reads").is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    holder.batch_execute("SELECT * FROM b; INSERT INTO go VALUES (1); COMMIT").await.expect("the migration gave way");
    assert_eq!(run.await.expect("no panic").expect("applies").applied, ["0001"]);
    let mut retries = 0;
    while let Some(event) = told.recv().await {
        retries += u32::from(matches!(event, Event::Retrying { .. }));
    }
    assert_eq!(retries, 1);
    if once {
        let rows = watcher.query_one("SELECT count(*) FROM once", &[]).await.expect("one row");
        assert_eq!(rows.get::<_, i64>(0), 1, "what was committed is not done again");
    }
}

fn shared() -> MigrationEntry {
    migration!("0002", |m| {
        m.execute("CREATE SCHEMA IF NOT EXISTS shared").await?;
    })
}

#[tokio::test]
async fn a_schema_that_someone_else_creates_at_the_same_time_is_no_failure() {
    let (database, holder, _) = held("CREATE SCHEMA shared").await;
    let (migrator, mut told) = telling(&[orders(), shared()], Duration::from_secs(10));
    let url = database.url().to_owned();
    let run = tokio::spawn(async move { migrator.run(&url).await });
    while !matches!(told.recv().await.expect("it waits"), Event::Blocked { .. }) {}
    holder.batch_execute("COMMIT").await.expect("commits");
    let repeats = async { while !matches!(told.recv().await.expect("it repeats"), Event::Retrying { .. }) {} };
    tokio::time::timeout(Duration::from_secs(10), repeats)
        .await
        .expect("PostgreSQL refuses the first attempt with 23505");
    assert_eq!(run.await.expect("no panic").expect("applies").applied, ["0002"]);
}

#[tokio::test]
async fn a_duplicate_row_fails_at_once() {
    let database = fresh_database().await;
    let duplicate = migration!("0002", |m| {
        m.execute("INSERT INTO orders VALUES (1)").await?;
    });
    let (migrator, mut told) = telling(&[orders(), duplicate], Duration::from_secs(1));
    let error = migrator.run(database.url()).await.expect_err("the row is there");
    assert!(matches!(error, MigrateError::Failed { id: "0002", .. }), "{error:?}");
    drop(migrator);
    while let Some(event) = told.recv().await {
        assert!(!matches!(event, Event::Retrying { .. }), "another attempt would fail alike");
    }
}
