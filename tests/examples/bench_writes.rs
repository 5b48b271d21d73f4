//! Compares the ways to write many rows, interleaved: `cargo run --release -p schemata-tests --example bench_writes`.
//!
//! Prints microseconds per row, medians of the passes. The ratios are reliable, the absolute numbers are not.

use std::time::Instant;

use schemata::{Db, TableModel};
use schemata_tests::warehouse::{Shelf, warehouse};
use tokio_postgres::types::ToSql;

const SIZES: [usize; 4] = [100, 1_000, 5_000, 10_000];
const WAYS: [&str; 8] = [
    "raw UNNEST",
    "in a transaction",
    "insert_many",
    "with RETURNING",
    "upsert new",
    "upsert old",
    "update_many",
    "delete_many",
];

fn rows(count: usize) -> impl Iterator<Item = i32> {
    0..i32::try_from(count).expect("small")
}

fn new(n: i32) -> impl schemata::model::Insertable<Model = Shelf> {
    Shelf::insert().aisle(n).level("x").amount(n).label("label")
}

async fn raw(client: &tokio_postgres::Client, count: usize) {
    let sql = "INSERT INTO shelves (aisle, level, amount, label) SELECT * FROM UNNEST($1::int4[], $2::text[], $3::int4[], $4::text[])";
    let statement = client.prepare(sql).await.expect("prepares");
    let numbers: Vec<i32> = rows(count).collect();
    let (levels, labels) = (vec!["x"; count], vec!["label"; count]);
    let params: [&(dyn ToSql + Sync); 4] = [&numbers, &levels, &numbers, &labels];
    client.execute(&statement, &params).await.expect("inserts");
}

/// Returns the time of one pass; the table is empty before and after.
async fn pass(db: &Db, client: &tokio_postgres::Client, way: usize, count: usize) -> f64 {
    if way >= 5 {
        Shelf::insert_many(rows(count).map(new)).exec(db).await.expect("inserts");
    }
    let key = |n| (n, "x".to_owned());
    let start = Instant::now();
    match way {
        0 => raw(client, count).await,
        // As arrays, whatever the number of rows.
        1 => {
            let work = |tx| async move { Shelf::insert_many(rows(count).map(new)).exec(&tx).await };
            db.transaction(work).await.expect("inserts");
        }
        // From 5,000 rows on, by COPY.
        2 => drop(Shelf::insert_many(rows(count).map(new)).exec(db).await.expect("inserts")),
        3 => drop(Shelf::insert_many(rows(count).map(new)).fetch(db).await.expect("inserts")),
        4 | 5 => drop(
            Shelf::upsert_many(rows(count).map(new), Shelf::primary_key())
                .update_given()
                .exec(db)
                .await
                .expect("upserts"),
        ),
        6 => drop(
            Shelf::update_many(rows(count).map(|n| Shelf::update(key(n)).amount(7))).exec(db).await.expect("updates"),
        ),
        _ => drop(Shelf::delete_many(rows(count).map(key)).exec(db).await.expect("deletes")),
    }
    let spent = start.elapsed().as_secs_f64();
    client.batch_execute("TRUNCATE shelves").await.expect("empties");
    spent * 1e6 / f64::from(u32::try_from(count).expect("small"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (database, db) = warehouse().await;
    let client = schemata_tests::catalog::connect(database.url()).await;
    for size in SIZES {
        let passes = if size > 1_000 { 9 } else { 25 };
        let mut times = vec![Vec::new(); WAYS.len()];
        for _ in 0..passes {
            for (way, times) in times.iter_mut().enumerate() {
                times.push(pass(&db, &client, way, size).await);
            }
        }
        for (way, times) in times.iter_mut().enumerate() {
            times.sort_by(f64::total_cmp);
            println!("{size:>6} {:<16} {:>8.2} us per row", WAYS[way], times[times.len() / 2]);
        }
    }
}
