//! Two batches over the same rows in opposite order: they wait for each other, and never lock each other out.

use schemata::{Db, ErrorKind, Result, TableModel};
use schemata_tests::warehouse::{Shelf, warehouse};

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
    Shelf::upsert_many(rows, Shelf::primary_key()).exec(&db).await
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
