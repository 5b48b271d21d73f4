//! Measures the memory of a stream: reads five million rows, and prints the time and the growth of the process.
//!
//! `cargo run --release -p schemata-tests --example stream_memory [rows]`

#![expect(clippy::print_stdout, reason = "a program that reports")]

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use schemata::prelude::*;
use schemata_tests::catalog::connect;

/// A row of a view, so that no rows have to be stored first.
#[derive(Debug, TableModel)]
#[table(name = "numbers")]
struct Number {
    #[column(primary_key)]
    id: i64,
    name: String,
    at: Option<DateTime<Utc>>,
}

/// Returns this process's peak memory in MiB.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux says");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux counts");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
}

#[tokio::main]
async fn main() {
    let rows: i64 = std::env::args().nth(1).map_or(5_000_000, |rows| rows.parse().expect("a number of rows"));
    let database = schemata_tests::fresh_database().await;
    let view = format!(
        "CREATE VIEW numbers AS SELECT id, 'customer number ' || id AS name, now() AS at
         FROM (SELECT generate_series(1::bigint, {rows}) AS id) AS series"
    );
    connect(database.url()).await.batch_execute(&view).await.expect("creates the view");
    let db = Db::connect(database.url()).await.expect("connects");
    let before = peak();
    let start = Instant::now();
    let mut numbers = Number::select().stream(&db).await.expect("opens");
    let (mut read, mut sum, mut letters) = (0_i64, 0_i64, 0_usize);
    while let Some(number) = numbers.try_next().await.expect("reads") {
        read += 1;
        sum += number.id;
        letters += number.name.len() + usize::from(number.at.is_some());
        if read == 1 {
            // The stream is not read for a while: the rows must wait on the server, not in this process.
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!((read, sum), (rows, rows * (rows + 1) / 2), "every row came");
    println!("{read} rows, {letters} letters in {seconds:.2} s");
    println!("peak memory of the process: {before:.1} MiB before, {:.1} MiB after", peak());
    assert!(peak() < 64.0, "a stream holds a bounded number of rows");
}
