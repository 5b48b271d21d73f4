//! The migrator's connection is lost at each of its messages in turn: the ledger agrees with the database, no lock is
//! left, and the next run continues without doing anything twice.
//!
//! `CUTS=1 cargo test -p schemata-tests --test cuts` takes every message; otherwise it is one in three.

use std::time::Duration;

use schemata::migrate::{MigrationEntry, MigrationState, Migrator};
use schemata::testing::TestDatabase;
use schemata_tests::catalog::{connect, describe, one};
use schemata_tests::wire::{Cut, CuttingProxy};
use schemata_tests::{fresh_database, migration, shop};
use tokio_postgres::Client;

const ROWS: i64 = 10;

fn orders() -> MigrationEntry {
    migration!("0001", |m| {
        m.execute(
            "CREATE TYPE kind AS ENUM ('a'); CREATE TABLE ran (step int); \
             CREATE TABLE customers (id int PRIMARY KEY); INSERT INTO customers VALUES (1); \
             CREATE TABLE orders (id int PRIMARY KEY, customer_id int, times int NOT NULL DEFAULT 0); \
             INSERT INTO orders SELECT n, 1 FROM generate_series(1, 10) n",
        )
        .await?;
    })
}

/// Every kind of step.
fn steps() -> MigrationEntry {
    migration!("0002", |m| {
        m.execute("INSERT INTO ran VALUES (0)").await?;
        m.alter_table("orders")
            .add_constraint("orders_customer_id_fkey", "FOREIGN KEY (customer_id) REFERENCES customers NOT VALID")
            .await?;
        m.commit().await?;
        m.alter_table("orders").validate_constraint("orders_customer_id_fkey").await?;
        m.execute("INSERT INTO ran VALUES (4)").await?;
        m.add_enum_value("kind", "b").await?;
        m.create_index("orders_times_idx", "orders (times)").concurrently().await?;
        m.backfill("orders").set("times = times + 1").batch(4).await?;
        m.create_index("orders_id_key", "orders (id)").unique().concurrently().await?;
        m.alter_table("orders").add_constraint("orders_id_key", "UNIQUE USING INDEX orders_id_key").await?;
        m.drop_index("orders_times_idx").concurrently().await?;
        m.execute("INSERT INTO ran VALUES (11)").await?;
    })
}

const STEPS: usize = 12;

fn migrator() -> Migrator {
    Migrator::new(shop::set(&[orders(), steps()]))
}

/// A database to which the first migration was applied.
async fn prepared() -> (TestDatabase, Client) {
    let database = fresh_database().await;
    migrator().to("0001").run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    (database, client)
}

/// Waits until the migrator's sessions are gone, then compares the ledger with the tables.
async fn the_ledger_tells_the_truth(client: &Client, url: &str) -> usize {
    let there =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'schemata' AND datname = current_database()";
    while one::<i64>(client, there).await > 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let locks = "SELECT count(*) FROM pg_locks WHERE (locktype = 'advisory' OR relation >= 16384) \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(one::<i64>(client, locks).await, 0, "no lock is left");
    let done = match migrator().status(url).await.expect("reads")[1].state {
        MigrationState::Pending => 0,
        MigrationState::Unfinished { done, of: STEPS } => done,
        MigrationState::Applied { .. } => STEPS,
        ref other => panic!("{other:?}"),
    };
    let step = |at: usize| done > at;
    let ran: Vec<i32> = [0, 4, 11].into_iter().filter(|at| step(usize::try_from(*at).expect("small"))).collect();
    assert_eq!(one::<Vec<i32>>(client, "SELECT array(SELECT step FROM ran ORDER BY step)").await, ran, "{done} done");
    let foreign = "SELECT array(SELECT convalidated FROM pg_constraint WHERE conname = 'orders_customer_id_fkey')";
    let expected: &[bool] = if step(3) {
        &[true]
    } else if step(1) {
        &[false]
    } else {
        &[]
    };
    assert_eq!(one::<Vec<bool>>(client, foreign).await, expected, "{done} done");
    let labels = "SELECT count(*) FROM pg_enum WHERE enumlabel = 'b'";
    assert_eq!(one::<i64>(client, labels).await, i64::from(step(5)), "{done} done");
    let rows = "SELECT coalesce((progress#>>'{backfill,rows}')::bigint, 0) FROM schemata_migrations ORDER BY migration_id DESC LIMIT 1";
    let filled = if step(7) { ROWS } else { one::<i64>(client, rows).await };
    let changed = "SELECT array[count(*) FILTER (WHERE times = 1), count(*) FILTER (WHERE times > 0)] FROM orders";
    assert_eq!(one::<Vec<i64>>(client, changed).await, [filled, filled], "{done} done: each row once");
    done
}

/// Cuts the messages of a run one after another in this way, beginning at `first`; returns about how many there were.
async fn every_message(first: usize, cut: Cut) -> usize {
    let stride = std::env::var("CUTS").ok().and_then(|stride| stride.parse().ok()).unwrap_or(3);
    let (whole, client) = prepared().await;
    migrator().run(whole.url()).await.expect("applies");
    let goal = describe(&client, "public").await;
    let mut seen = std::collections::BTreeSet::new();
    for at in (if stride == 1 { 1 } else { first }..).step_by(stride) {
        let (database, client) = prepared().await;
        let proxy = CuttingProxy::to(database.url(), at, cut).await;
        let outcome = tokio::time::timeout(Duration::from_secs(60), migrator().run(proxy.url())).await;
        let outcome = outcome.unwrap_or_else(|_| panic!("message {at}: it hangs"));
        seen.insert(the_ledger_tells_the_truth(&client, database.url()).await);
        let cut_off = proxy.has_cut();
        assert!(cut_off || outcome.is_ok(), "message {at}: {outcome:?}");
        migrator().run(database.url()).await.unwrap_or_else(|error| panic!("message {at}: {error:?}"));
        assert_eq!(the_ledger_tells_the_truth(&client, database.url()).await, STEPS);
        assert_eq!(describe(&client, "public").await, goal, "message {at}");
        if !cut_off {
            assert!(seen.len() > 7, "stopped after so many steps: {seen:?}");
            return at;
        }
    }
    unreachable!("a run ends")
}

#[tokio::test]
async fn a_backend_that_is_terminated_before_any_of_its_messages() {
    let messages = every_message(1, Cut::Terminated).await;
    assert!(messages > 60, "{messages}");
}

#[tokio::test]
async fn a_connection_that_breaks_before_any_answer() {
    let messages = every_message(2, Cut::AnswerLost).await;
    assert!(messages > 60, "{messages}");
}
