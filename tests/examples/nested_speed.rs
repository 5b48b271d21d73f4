//! Measures nested loads: a statement per level, compared with the children as JSON in one statement; and siblings on two
//! connections, compared with both on the connection of a transaction.
//!
//! `cargo run --release -p schemata-tests --example nested_speed`: medians, comparable only within one run.

#![expect(clippy::print_stdout, reason = "a program that reports")]

use std::time::{Duration, Instant};

use schemata::prelude::*;
use schemata_tests::catalog::connect;
use schemata_tests::library::{Author, Book, Chapter, library};
use serde::Deserialize;
use tokio_postgres::{Client, Statement};

const FILL: &str = "
    INSERT INTO authors (id, name) SELECT n, 'author ' || n FROM generate_series(1, 100) n;
    INSERT INTO books (author_id, title, pages, tags)
        SELECT n % 100 + 1, 'book ' || n, n, '{}' FROM generate_series(1, 1000) n;
    INSERT INTO chapters (book_id, number, heading)
        SELECT id, n, 'chapter' FROM books, generate_series(1, 10) n;
    CREATE INDEX ON books (author_id);
    ANALYZE";

/// The same rows in one statement, in the most compact JSON.
const AS_JSON: &str = r"
    SELECT a.id, a.name, a.born, a.mentor_id, (
        SELECT json_agg(json_build_array(b.id, b.author_id, b.title, b.genre, b.pages, b.first_pages, b.rating, b.tags, (
            SELECT json_agg(json_build_array(c.book_id, c.number, c.heading)) FROM chapters AS c WHERE c.book_id = b.id
        )))::text
        FROM books AS b WHERE b.author_id = a.id AND b.deactivated_at IS NULL
    )
    FROM authors AS a";

/// The second and third level, as a load sends them.
const BOOKS: &str = "
    SELECT keys.owner, keys.owners, found.* FROM
        (SELECT given.k1, min(given.owner) AS owner, CASE WHEN count(*) > 1 THEN array_agg(given.owner) END AS owners
         FROM unnest((SELECT array_agg(id) FROM authors)) WITH ORDINALITY AS given (k1, owner) GROUP BY given.k1) AS keys
    CROSS JOIN LATERAL (SELECT * FROM books AS s1 WHERE s1.author_id = keys.k1 AND s1.deactivated_at IS NULL) AS found";
const CHAPTERS: &str = "
    SELECT keys.owner, keys.owners, found.* FROM
        (SELECT given.k1, min(given.owner) AS owner, CASE WHEN count(*) > 1 THEN array_agg(given.owner) END AS owners
         FROM unnest((SELECT array_agg(id) FROM books)) WITH ORDINALITY AS given (k1, owner) GROUP BY given.k1) AS keys
    CROSS JOIN LATERAL (SELECT * FROM chapters AS s1 WHERE s1.book_id = keys.k1) AS found";

/// A book as an array; the text of the keys is not even parsed.
#[derive(Deserialize)]
#[expect(dead_code, reason = "read to be measured")]
struct JsonBook(String, i32, String, Option<String>, i32, Option<i32>, Option<f64>, Vec<String>, Vec<JsonChapter>);

/// A chapter as an array.
#[derive(Deserialize)]
#[expect(dead_code, reason = "read to be measured")]
struct JsonChapter(String, i32, String);

/// Runs `work` until the times are stable; returns the median.
async fn median<F: Future<Output = usize>>(name: &str, rows: usize, mut work: impl FnMut() -> F) -> f64 {
    let mut times = Vec::new();
    let start = Instant::now();
    while times.len() < 10 || start.elapsed() < Duration::from_secs(3) {
        let before = Instant::now();
        assert_eq!(work().await, rows, "{name}");
        times.push(before.elapsed());
    }
    times.sort();
    let median = times[times.len() / 2].as_secs_f64() * 1e6;
    println!("{name:55} {median:>10.1} µs");
    median
}

/// The time that the server itself needs for a statement, in microseconds: the median of 31 runs.
async fn on_the_server(client: &Client, sql: &str) -> f64 {
    let explain = format!("EXPLAIN (ANALYZE, TIMING OFF) {sql}");
    let mut times = Vec::new();
    for _ in 0..31 {
        let rows = client.query(&explain, &[]).await.expect("explains");
        let time =
            rows.iter().find_map(|row| row.get::<_, String>(0).strip_prefix("Execution Time: ")?[..5].parse().ok());
        times.push(time.unwrap_or(f64::NAN) * 1e3);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

async fn as_json(client: &Client, statement: &Statement) -> usize {
    let rows = client.query(statement, &[]).await.expect("reads");
    let authors = rows.iter().map(|row| {
        let books: Vec<JsonBook> = serde_json::from_str(row.get(4)).expect("books");
        (Author { id: row.get(0), name: row.get(1), born: row.get(2), mentor_id: row.get(3) }, books)
    });
    authors.map(|(_, books)| books.iter().map(|book| book.8.len()).sum::<usize>()).sum()
}

async fn by_level(on: &impl Executor) -> usize {
    let nested = Book::AUTHOR_ID_FKEY.each().with(Chapter::BOOK_ID_FKEY.each());
    let authors = Author::select().with(nested).fetch(on).await.expect("loads");
    authors.iter().flat_map(|(_, books)| books).map(|(_, chapters)| chapters.len()).sum()
}

async fn siblings(on: &impl Executor, authors: u64) -> usize {
    let both = (Book::AUTHOR_ID_FKEY.each(), Book::AUTHOR_ID_FKEY.each().count());
    Author::select().limit(authors).with(both).fetch(on).await.expect("loads").len()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (database, db) = library().await;
    let client = connect(database.url()).await;
    client.batch_execute(FILL).await.expect("fills");
    let statement = client.prepare(AS_JSON).await.expect("prepares");
    let levels = median("100 × 10 × 10, a statement per level", 10_000, || by_level(&db)).await;
    let json = median("100 × 10 × 10, JSON in one statement, by hand", 10_000, || as_json(&client, &statement)).await;
    println!("JSON takes {:.2} × the time", json / levels);
    let mut by_level = on_the_server(&client, "SELECT a.id, a.name, a.born, a.mentor_id FROM authors AS a").await;
    by_level += on_the_server(&client, BOOKS).await + on_the_server(&client, CHAPTERS).await;
    let json = on_the_server(&client, AS_JSON).await;
    println!("on the server alone: {by_level:.0} µs by level, {json:.0} µs as JSON, {:.2} ×", json / by_level);
    for authors in [10, 100] {
        let rows = usize::try_from(authors).expect("small");
        median(&format!("{authors} authors, two siblings, two connections"), rows, || siblings(&db, authors)).await;
        let one = db.transaction(|tx| async move {
            let name = format!("{authors} authors, two siblings, one connection");
            median(&name, rows, || siblings(&tx, authors)).await;
            Ok::<_, schemata::Error>(())
        });
        one.await.expect("reads");
    }
}
