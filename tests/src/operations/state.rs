//! The database that operations work on: its initial rows, the stored state, and a query with one right answer.

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::schema::Table;
use schemata::testing::TestDatabase;
use schemata::{Db, TableModel, tables};
use tokio_postgres::Client;

use crate::catalog::one;
use crate::library::{Author, Book, Chapter, Note};
use crate::shop;
use crate::warehouse::{Article, Event, Shelf};

/// The tables.
pub const MODELS: [&Table; 7] = tables![Article, Event, Shelf, Author, Book, Chapter, Note];

async fn create(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(MODELS).await
}

/// A database with the tables.
///
/// # Panics
/// When it cannot be made.
pub async fn database() -> TestDatabase {
    let database = crate::fresh_database().await;
    let set = shop::set(&[shop::entry("1", |m| Box::pin(create(m)))]);
    Migrator::new(set).run(database.url()).await.expect("creates the tables");
    database
}

/// Restores the rows that every operation begins with.
///
/// # Panics
/// When that takes longer than a minute, because a lock is still held.
pub async fn reset(client: &Client) {
    let sql = "SET lock_timeout = '60s'; SET synchronous_commit = off;
        DELETE FROM articles; DELETE FROM events; DELETE FROM shelves;
        DELETE FROM notes; DELETE FROM chapters; DELETE FROM books; DELETE FROM authors;
        INSERT INTO articles (sku, name, email, stock, created_by, deactivated_at)
            SELECT 'a' || n, 'article' || n, 'e' || n, n, 'seed', CASE WHEN n > 4 THEN now() END FROM generate_series(1, 5) n;
        INSERT INTO events (source, number, note) SELECT 's', n, 'note' || n FROM generate_series(1, 3) n;
        INSERT INTO shelves (aisle, level, amount) SELECT n, 'top', n * 10 FROM generate_series(1, 5) n;
        INSERT INTO authors (id, name, mentor_id) VALUES (1, 'Ada', NULL), (2, 'Bob', 1), (3, 'Cyd', 1);
        INSERT INTO books (id, author_id, title, pages, tags)
            SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, 1 + n % 2, 'book' || n, n * 100, '{}'
            FROM generate_series(1, 4) n;
        INSERT INTO chapters (book_id, number, heading) SELECT id, n, title || '.' || n FROM books, generate_series(1, 2) n;";
    client.batch_execute(sql).await.expect("no lock is left");
}

/// Returns everything that is stored, as text that can be compared: without times and generated keys.
pub async fn stored(client: &Client) -> String {
    let sql = "SELECT concat_ws(E'\\n',
        (SELECT string_agg(format('article %s %s %s %s %s %s %s %s %s %s %s', sku, name, email, price, stock, tags, origin,
                                  created_by, updated_by, deactivated_at IS NULL, version), E'\\n' ORDER BY sku) FROM articles),
        (SELECT string_agg(format('event %s %s %s %s', source, number, note, readings), E'\\n' ORDER BY source, number) FROM events),
        (SELECT string_agg(format('shelf %s %s %s %s', aisle, level, amount, label), E'\\n' ORDER BY aisle, level) FROM shelves),
        (SELECT string_agg(format('author %s %s %s', id, name, mentor_id), E'\\n' ORDER BY id) FROM authors),
        (SELECT string_agg(format('book %s %s %s %s', author_id, title, pages, tags), E'\\n' ORDER BY title) FROM books),
        (SELECT string_agg(format('chapter %s %s', number, heading), E'\\n' ORDER BY heading) FROM chapters))";
    one(client, sql).await
}

/// The right answer to [`probe`].
pub const PROBE: &str = "Some(\"Ada\")";

/// Reads a row that no operation changes.
///
/// # Errors
/// As for the read.
pub async fn probe(db: &Db) -> schemata::Result<String> {
    Ok(format!("{:?}", Author::find(db, 1).await?.map(|author| author.name)))
}
