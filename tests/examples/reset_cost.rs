//! Measures what resetting the session after raw SQL costs, interleaved with the same calls without a reset: `cargo run
//! --release -p schemata-tests --example reset_cost`.
//!
//! Prints microseconds per call, medians of the passes. The ratios are reliable, the absolute numbers are not.

use std::time::Instant;

use schemata::{Db, Executor, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::warehouse::{Shelf, warehouse};

const CALLS: u32 = 500;
const WAYS: [&str; 5] =
    ["driver, SELECT 1", "find, 1 connection", "raw, 1 connection", "find, 16 connections", "raw, 16 connections"];

async fn pass(way: usize, one: &Db, many: &Db, client: &tokio_postgres::Client) -> f64 {
    let statement = client.prepare("SELECT 1").await.expect("prepares");
    let start = Instant::now();
    for _ in 0..CALLS {
        let db = if way < 3 { one } else { many };
        match way {
            0 => drop(client.query(&statement, &[]).await.expect("reads")),
            1 | 3 => drop(Shelf::find(db, (1, "x".to_owned())).await.expect("reads")),
            _ => drop(db.query_as::<(i32,)>("SELECT 1", &[]).fetch().await.expect("reads")),
        }
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS)
}

#[tokio::main]
async fn main() {
    let (database, many) = warehouse().await;
    let one = Db::builder(database.url()).max_connections(1).connect().await.expect("connects");
    let client = connect(database.url()).await;
    let mut times = vec![Vec::new(); WAYS.len()];
    for _ in 0..21 {
        for (way, times) in times.iter_mut().enumerate() {
            times.push(pass(way, &one, &many, &client).await);
        }
    }
    for (way, times) in times.iter_mut().enumerate() {
        times.sort_by(f64::total_cmp);
        println!("{:<22} {:>8.1} us per call", WAYS[way], times[times.len() / 2]);
    }
}
