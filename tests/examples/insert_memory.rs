//! Measures a batch whose rows come from an iterator: inserts a million rows by `insert_many` and by a COPY written by hand, in
//! turns, and prints the times and how much each lets the process grow.
//!
//! `cargo run --release -p schemata-tests --example insert_memory [rows]`

#![expect(clippy::print_stdout, reason = "a program that reports")]

use std::pin::pin;
use std::time::Instant;

use schemata::prelude::*;
use schemata_tests::catalog::connect;
use tokio_postgres::Client;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::Type;

#[derive(Debug, TableModel)]
#[table(name = "customers")]
#[expect(dead_code, reason = "rows are only written")]
struct Customer {
    #[column(primary_key)]
    id: i64,
    name: String,
    visits: i32,
}

/// Returns this process's memory in MiB, at its peak since the last call.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux says");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux counts");
    let peak = line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0;
    std::fs::write("/proc/self/clear_refs", "5").expect("Linux forgets the peak");
    peak
}

async fn by_hand(client: &Client, rows: i64) {
    let sink = client.copy_in("COPY customers (id, name, visits) FROM STDIN (FORMAT binary)").await.expect("begins");
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &[Type::INT8, Type::TEXT, Type::INT4]));
    for id in 0..rows {
        writer.as_mut().write(&[&id, &format!("customer {id}"), &7_i32]).await.expect("writes");
    }
    writer.finish().await.expect("inserts");
}

async fn with_library(db: &Db, rows: i64) {
    let rows = (0..rows).map(|id| Customer::insert().id(id).name(format!("customer {id}")).visits(7));
    Customer::insert_many(rows).exec(db).await.expect("inserts");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let rows: i64 = std::env::args().nth(1).map_or(1_000_000, |rows| rows.parse().expect("a number of rows"));
    let database = schemata_tests::fresh_database().await;
    let client = connect(database.url()).await;
    let table = "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL, visits int NOT NULL)";
    client.batch_execute(table).await.expect("creates");
    let db = Db::connect(database.url()).await.expect("connects");
    with_library(&db, 10).await;
    for _ in 0..3 {
        for library in [false, true] {
            client.batch_execute("TRUNCATE customers; CHECKPOINT").await.expect("empties");
            peak();
            let before = peak();
            let start = Instant::now();
            if library {
                with_library(&db, rows).await;
            } else {
                by_hand(&client, rows).await;
            }
            let seconds = start.elapsed().as_secs_f64();
            let who = if library { "library" } else { "by hand" };
            println!("{who}: {rows} rows in {seconds:.2} s, {:.1} MiB more memory", peak() - before);
        }
    }
}
