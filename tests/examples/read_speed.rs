//! Measures reads: rows of a table, levels of relations and a deep page, compared with the driver alone.
//!
//! `cargo run --release -p schemata-tests --example read_speed`: medians, comparable only within one run.

#![expect(clippy::print_stdout, reason = "a program that reports")]

use std::time::{Duration, Instant};

use schemata::prelude::*;
use schemata_tests::catalog::connect;
use schemata_tests::library::{Author, Book, Chapter, library};
use tokio_postgres::Client;

const FILL: &str = "
    INSERT INTO authors (id, name) SELECT n, 'author ' || n FROM generate_series(1, 10000) n;
    INSERT INTO books (author_id, title, pages, tags)
        SELECT n % 100 + 1, 'book ' || n, n, '{}' FROM generate_series(1, 1000) n;
    INSERT INTO chapters (book_id, number, heading)
        SELECT id, n, 'chapter' FROM books, generate_series(1, 10) n;
    CREATE INDEX ON books (author_id);
    CREATE INDEX ON authors (born, id);
    ANALYZE";

/// Runs `work` until the times are stable; returns the median.
async fn median<F: Future<Output = usize>>(name: &str, rows: usize, mut work: impl FnMut() -> F) {
    let mut times = Vec::new();
    let start = Instant::now();
    while times.len() < 10 || start.elapsed() < Duration::from_secs(2) {
        let before = Instant::now();
        assert_eq!(work().await, rows, "{name}");
        times.push(before.elapsed());
    }
    times.sort();
    println!("{name:45} {:>10.1} µs", times[times.len() / 2].as_secs_f64() * 1e6);
}

async fn driver(client: &Client) -> usize {
    let rows = client.query("SELECT id, name, born, mentor_id FROM authors", &[]).await.expect("reads");
    let decoded =
        rows.iter().map(|row| Author { id: row.get(0), name: row.get(1), born: row.get(2), mentor_id: row.get(3) });
    decoded.collect::<Vec<_>>().len()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (database, db) = library().await;
    let client = connect(database.url()).await;
    client.batch_execute(FILL).await.expect("fills");
    let db = &db;
    median("10,000 rows, driver alone, Vec<Row> first", 10_000, || driver(&client)).await;
    median("10,000 rows, fetch", 10_000, || async { Author::select().fetch(db).await.expect("reads").len() }).await;
    median("10,000 rows, stream", 10_000, || async {
        let (mut rows, mut read) = (Author::select().stream(db).await.expect("opens"), 0);
        while rows.try_next().await.expect("reads").is_some() {
            read += 1;
        }
        read
    })
    .await;
    median("100 × 10 × 10, three levels", 10_000, || async {
        let authors = Author::select().filter(Author::id.le(100)).fetch(db).await.expect("reads");
        let books = Book::AUTHOR_ID_FKEY.children_of(&authors).fetch(db).await.expect("loads");
        Chapter::BOOK_ID_FKEY.children_of(books.rows()).fetch(db).await.expect("loads").rows().len()
    })
    .await;
    median("100 authors, three books of each", 300, || async {
        let authors = Author::select().filter(Author::id.le(100)).fetch(db).await.expect("reads");
        let books = Book::AUTHOR_ID_FKEY.children_of(&authors).order_by(Book::pages.desc()).limit_each(3);
        books.fetch(db).await.expect("loads").rows().len()
    })
    .await;
    let ordered = || Author::select().order_by(Author::id.asc());
    let deep = ordered().page(9_900).fetch(db).await.expect("reads").next;
    median("25 rows, first page", 25, || async { ordered().page(25).fetch(db).await.expect("reads").rows.len() }).await;
    median("25 rows, page after 9,900", 25, || async {
        ordered().page(25).after_opt(deep.clone()).fetch(db).await.expect("reads").rows.len()
    })
    .await;
    median("25 rows, offset of 9,900", 25, || async {
        ordered().offset(9_900).limit(25).fetch(db).await.expect("reads").len()
    })
    .await;
}
