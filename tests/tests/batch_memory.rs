//! The memory that a batch takes does not grow with the number of its rows. The only test of its program, since it measures the
//! process.
#![cfg(target_os = "linux")]

use schemata::{Error, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;

#[derive(TableModel)]
#[table(name = "lines")]
struct Line {
    #[column(primary_key)]
    id: i32,
    text: String,
}

/// The most memory that the process has had so far, in MiB.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux counts");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") / 1024
}

/// So many rows of about a kilobyte each.
fn lines(count: i32) -> impl Iterator<Item = impl schemata::model::Insertable<Model = Line>> + Clone {
    (0..count).map(|id| Line::insert().id(id).text("x".repeat(1000)))
}

#[tokio::test]
async fn a_batch_keeps_some_megabytes_however_many_rows_it_has() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    client.batch_execute("CREATE TABLE lines (id int PRIMARY KEY, text text NOT NULL)").await.expect("creates");
    let db = schemata::Db::connect(database.url()).await.expect("connects");
    Line::insert_many(lines(10_000)).exec(&db).await.expect("inserts");
    client.batch_execute("TRUNCATE lines").await.expect("empties");

    let before = peak();
    assert_eq!(Line::insert_many(lines(60_000)).exec(&db).await.expect("inserts"), 60_000);
    let grown = peak() - before;
    assert!(grown < 20, "by COPY, 60 MB of rows took {grown} MiB more than 10 MB");
    client.batch_execute("TRUNCATE lines").await.expect("empties");
    let written = db.transaction(|tx| async move { Line::insert_many(lines(60_000)).exec(&tx).await });
    assert_eq!(written.await.map_err(|error: Error| error).expect("inserts"), 60_000);
    let grown = peak() - before;
    assert!(grown < 20, "in a transaction, 60 MB of rows took {grown} MiB more than 10 MB");
    assert_eq!(Line::get(&db, 59_999).await.expect("is there").text.len(), 1_000);
}
