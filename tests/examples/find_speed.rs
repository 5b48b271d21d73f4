//! What one read by key costs: `cargo run --release -p schemata-tests --example find_speed`.

#![expect(clippy::print_stdout, reason = "a program that reports")]

use std::time::Instant;

use schemata::migrate::Migrator;
use schemata::model::Write;
use schemata::{Db, TableModel};
use schemata_tests::shop::{self, INITIAL, first::Customer};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    const CALLS: u32 = 5_000;
    let database = schemata_tests::fresh_database().await;
    Migrator::new(shop::set(&[INITIAL])).run(database.url()).await.expect("applies");
    let db = Db::connect(database.url()).await.expect("connects");
    let row = Customer::insert().email("a").full_name("N").exec(&db).await.expect("inserts");
    let mut best = f64::MAX;
    for _ in 0..7 {
        let started = Instant::now();
        for _ in 0..CALLS {
            Customer::find(&db, row.id).await.expect("reads");
        }
        best = best.min(started.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS));
    }
    println!("find by key: {best:.1} µs");
}
