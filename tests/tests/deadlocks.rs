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
    Shelf::upsert_many(rows, Shelf::primary_key()).update_given().exec(&db).await
}

/// Every `nth` row sets a label too, so that each batch takes two statements, and locks its rows in an order of its own.
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
