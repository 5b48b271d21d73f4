//! Two batches over the same rows in opposite order: they wait for each other without a deadlock.

use std::time::Duration;

use schemata::{Db, ErrorKind, Result, TableModel};
use schemata_tests::catalog::{connect, one};
use schemata_tests::warehouse::{Shelf, warehouse};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

const ROWS: i32 = 300;

fn aisles(forwards: bool) -> Vec<i32> {
    if forwards { (0..ROWS).collect() } else { (0..ROWS).rev().collect() }
}

async fn update(db: Db, forwards: bool, amount: i32) -> Result<u64> {
    let updates = aisles(forwards).into_iter().map(|n| Shelf::update((n, "x".to_owned())).amount(amount));
    Shelf::update_many(updates).exec(&db).await
}

async fn upsert(db: Db, forwards: bool, amount: i32) -> Result<u64> {
    let rows = aisles(forwards).into_iter().map(|n| Shelf::insert().aisle(n).level("x").amount(amount));
    Shelf::upsert_many(rows, Shelf::primary_key()).update_given().exec(&db).await
}

/// Every `nth` row sets a label too, so that each batch takes two statements, and visits the rows in another order.
async fn mixed(db: Db, nth: i32, upserts: bool) -> Result<u64> {
    if upserts {
        let rows = (0..ROWS).map(|n| {
            let row = Shelf::insert_from(Shelf::insert().aisle(n).level("x").amount(nth));
            if n % nth == 1 { row.label("l") } else { row }
        });
        return Shelf::upsert_many(rows, Shelf::primary_key()).update_given().exec(&db).await;
    }
    let updates = (0..ROWS).map(|n| {
        let update = Shelf::update((n, "x".to_owned())).amount(nth);
        if n % nth == 1 { update.label("l") } else { update }
    });
    Shelf::update_many(updates).exec(&db).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_of_several_statements_get_by_each_other() {
    let (_database, db) = warehouse().await;
    upsert(db.clone(), true, 0).await.expect("fills");
    for round in 0..60 {
        let upserts = round % 2 == 0;
        let batch = |nth| tokio::spawn(mixed(db.clone(), nth, upserts));
        let (one, two) = tokio::join!(batch(2), batch(3));
        for outcome in [one.expect("no panic"), two.expect("no panic")] {
            assert_eq!(outcome.expect("writes"), u64::try_from(ROWS).expect("positive"), "round {round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_in_opposite_order_never_deadlock() {
    let (_database, db) = warehouse().await;
    upsert(db.clone(), true, 0).await.expect("fills");
    for round in 0..200 {
        let (one, two) = if round % 2 == 0 {
            tokio::join!(tokio::spawn(update(db.clone(), true, round)), tokio::spawn(update(db.clone(), false, -round)))
        } else {
            tokio::join!(tokio::spawn(upsert(db.clone(), true, round)), tokio::spawn(upsert(db.clone(), false, -round)))
        };
        for outcome in [one.expect("no panic"), two.expect("no panic")] {
            let kind = outcome.as_ref().err().map(schemata::Error::kind);
            assert_ne!(kind, Some(ErrorKind::Deadlock), "round {round}");
            assert_eq!(outcome.expect("writes"), u64::try_from(ROWS).expect("positive"), "round {round}");
        }
    }
}

/// The rows 0 to 4, of which 1 and 3 also set a label, so that the batch is two statements.
async fn five(db: Db, upserts: bool) -> Result<u64> {
    if upserts {
        let rows = (0..5).map(|n| {
            let row = Shelf::insert_from(Shelf::insert().aisle(n).level("x").amount(9));
            if n % 2 == 1 { row.label("l") } else { row }
        });
        return Shelf::upsert_many(rows, Shelf::primary_key()).update_given().exec(&db).await;
    }
    let updates = (0..5).map(|n| {
        let update = Shelf::update((n, "x".to_owned())).amount(9);
        if n % 2 == 1 { update.label("l") } else { update }
    });
    Shelf::update_many(updates).exec(&db).await
}

/// Returns whether another session has locked the row.
async fn is_locked(client: &Client, aisle: i32) -> bool {
    let sql = "SELECT 1 FROM shelves WHERE aisle = $1 FOR UPDATE NOWAIT";
    match client.query(sql, &[&aisle]).await {
        Ok(rows) => {
            assert_eq!(rows.len(), 1);
            false
        }
        Err(error) => {
            assert_eq!(error.code(), Some(&SqlState::LOCK_NOT_AVAILABLE), "{error:?}");
            true
        }
    }
}

/// While another session holds row 2, a batch has locked the rows before it and none after it, whichever statement
/// changes them.
#[tokio::test]
async fn a_batch_of_several_statements_locks_its_rows_in_key_order_before_it_changes_any() {
    let (database, db) = warehouse().await;
    upsert(db.clone(), true, 0).await.expect("fills");
    let (holder, observer) = (connect(database.url()).await, connect(database.url()).await);
    let own: i32 = one(&holder, "SELECT pg_backend_pid()").await;
    for upserts in [false, true] {
        holder.batch_execute("BEGIN; SELECT 1 FROM shelves WHERE aisle = 2 FOR UPDATE").await.expect("locks");
        let batch = tokio::spawn(five(db.clone(), upserts));
        let blocked = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE {own} = ANY (pg_blocking_pids(pid)) AND datname = current_database()"
        );
        let waits = async {
            while one::<i64>(&observer, &blocked).await == 0 {
                assert!(!batch.is_finished(), "it waits for row 2");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waits).await.expect("it waits for row 2");
        let mut locked = Vec::new();
        for aisle in [0, 1, 3, 4] {
            locked.extend(is_locked(&observer, aisle).await.then_some(aisle));
        }
        holder.batch_execute("ROLLBACK").await.expect("unlocks");
        assert_eq!(locked, [0, 1], "upserts: {upserts}");
        assert_eq!(batch.await.expect("no panic").expect("writes"), 5);
        let written =
            "SELECT count(*) FROM shelves WHERE amount = 9 AND (label IS NOT DISTINCT FROM 'l') = (aisle % 2 = 1)";
        assert_eq!(one::<i64>(&observer, written).await, 5);
        holder.batch_execute("UPDATE shelves SET amount = 0, label = NULL").await.expect("resets");
    }
}

/// A batch that is sent while it is read keeps what it has sent, up to some megabytes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_ends_to_resolve_a_deadlock_is_repeated() {
    const COPIED: i32 = 20_000;
    let (database, db) = warehouse().await;
    let (mut other, watching) = (connect(database.url()).await, connect(database.url()).await);
    // The other one has more patience, so that PostgreSQL ends the COPY.
    other.batch_execute("SET deadlock_timeout = '1min'").await.expect("is a superuser");
    let other = other.transaction().await.expect("begins");
    let last = format!("INSERT INTO shelves (aisle, level, amount, label) VALUES ({}, 'x', 0, '')", COPIED - 1);
    other.batch_execute(&last).await.expect("inserts the last row");
    let rows = (0..COPIED).map(|n| Shelf::insert().aisle(n).level("x").amount(1));
    let copying = tokio::spawn(async move { Shelf::insert_many(rows).exec(&db).await });
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                 AND query LIKE 'COPY%'";
    while one::<i64>(&watching, waits).await == 0 {
        assert!(!copying.is_finished(), "it waits for the last row");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // PostgreSQL grants the lock while it ends the COPY, so that the repetition waits for it.
    other
        .batch_execute("LOCK TABLE shelves IN SHARE ROW EXCLUSIVE MODE")
        .await
        .expect("has the table once the COPY has ended");
    other.rollback().await.expect("rolls back");
    assert_eq!(copying.await.expect("no panic").expect("is repeated"), u64::try_from(COPIED).expect("positive"));
}
