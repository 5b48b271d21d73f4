//! Measures what a call costs the client, compared with the same call written by hand with tokio-postgres, which keeps
//! prepared statements and decodes rows by position as they arrive.
//!
//! `cargo run --release -p schemata-tests --example client_cost` times both alternately, and prints medians and their
//! ratio. Given the names of a call and a contender, it makes only that call, several times;
//! `benches/instructions/run.py` counts the instructions of those calls.

#![expect(clippy::print_stdout, reason = "a program that reports")]

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Instant;

use futures_util::TryStreamExt;
use schemata::prelude::*;
use schemata_tests::catalog::connect;
use schemata_tests::library::{Author, Book, Chapter, library};
use tokio::runtime::Runtime;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row, Statement};

/// The calls, each with how often it is made when instructions are counted.
const CALLS: [(&str, usize); 10] = [
    ("find", 200),
    ("read 10,000", 3),
    ("insert", 200),
    ("update", 200),
    ("insert 1,000", 3),
    ("transaction", 200),
    ("joined read", 200),
    ("insert 10,000", 3),
    ("update 1,000", 3),
    ("upsert 1,000", 3),
];
const PASSES: usize = 15;
const ROWS: i32 = 10_000;

/// Chapters of one book.
const CHAPTERS: &str = "
    INSERT INTO books (author_id, title, pages, tags) VALUES (1, 'a title of twenty-four', 100, '{}');
    INSERT INTO chapters (book_id, number, heading) SELECT id, n, 'chapter ' || n FROM books, generate_series(1, 100) n";

/// The page of chapters with the titles of their books and the names of their authors, as the library writes it.
const JOINED: &str = r#"
    SELECT "chapters"."heading", "books"."title", "authors"."name"
    FROM "public"."chapters" AS "chapters"
    JOIN "public"."books" AS "books" ON ("chapters"."book_id" = "books"."id" AND "books"."deactivated_at" IS NULL)
    JOIN "public"."authors" AS "authors" ON "books"."author_id" = "authors"."id"
    WHERE ("books"."pages" > $1 AND "authors"."id" = $2)
    ORDER BY "chapters"."number" LIMIT $3"#;

const UPDATE_MANY: &str = "
    UPDATE authors SET name = u.name FROM UNNEST($1::int4[], $2::text[]) AS u (id, name) WHERE authors.id = u.id";

const UPSERT_MANY: &str = "
    INSERT INTO authors (id, name, born) SELECT * FROM UNNEST($1::int4[], $2::text[], $3::date[])
    ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, born = EXCLUDED.born";

/// The statements of the hand-written calls, prepared once.
struct Held {
    client: Client,
    find: Statement,
    all: Statement,
    insert: Statement,
    update: Statement,
    copy: String,
    joined: Statement,
    update_many: Statement,
    upsert_many: Statement,
}

impl Held {
    async fn new(client: Client) -> Self {
        let columns = "id, name, born, mentor_id";
        let prepare = |sql: String| {
            let client = &client;
            async move { client.prepare(&sql).await.expect("prepares") }
        };
        let find = prepare(format!("SELECT {columns} FROM authors WHERE id = $1")).await;
        let all = prepare(format!("SELECT {columns} FROM authors WHERE id <= $1")).await;
        let insert =
            prepare(format!("INSERT INTO authors (id, name, born) VALUES ($1, $2, $3) RETURNING {columns}")).await;
        let update = prepare(format!("UPDATE authors SET name = $2 WHERE id = $1 RETURNING {columns}")).await;
        let copy = "COPY authors (id, name, born) FROM STDIN (FORMAT binary)".to_owned();
        let joined = prepare(JOINED.to_owned()).await;
        let update_many = prepare(UPDATE_MANY.to_owned()).await;
        let upsert_many = prepare(UPSERT_MANY.to_owned()).await;
        Self { client, find, all, insert, update, copy, joined, update_many, upsert_many }
    }
}

fn decode(row: &Row) -> Author {
    Author { id: row.get(0), name: row.get(1), born: row.get(2), mentor_id: row.get(3) }
}

fn name(id: i32) -> String {
    format!("author {id}")
}

/// The keys of new rows.
fn fresh(call: usize, id: i32) -> std::ops::Range<i32> {
    let rows = if call == 4 { 1_000 } else { 10_000 };
    id * 10_000..id * 10_000 + rows
}

/// Made by hand.
async fn by_hand(held: &Held, call: usize, id: i32) {
    let client = &held.client;
    let (known, born) = (id % ROWS + 1, None::<chrono::NaiveDate>);
    match call {
        0 => drop(decode(&client.query_one(&held.find, &[&known]).await.expect("reads"))),
        1 => {
            let rows = client.query_raw(&held.all, [&ROWS as &(dyn ToSql + Sync)]).await.expect("reads");
            let (mut rows, mut all) = (pin!(rows), Vec::new());
            while let Some(row) = rows.try_next().await.expect("reads") {
                all.push(decode(&row));
            }
            assert_eq!(all.len(), 10_000);
        }
        2 => drop(decode(&client.query_one(&held.insert, &[&id, &name(id), &born]).await.expect("inserts"))),
        3 => drop(decode(&client.query_one(&held.update, &[&known, &name(id)]).await.expect("updates"))),
        4 | 7 => {
            let sink = client.copy_in(&held.copy).await.expect("begins");
            let mut writer = pin!(BinaryCopyInWriter::new(sink, &[Type::INT4, Type::VARCHAR, Type::DATE]));
            for id in fresh(call, id) {
                writer.as_mut().write(&[&id, &name(id), &born]).await.expect("writes");
            }
            writer.finish().await.expect("inserts");
        }
        8 => {
            let names: Vec<String> = (1..=1_000).map(|known| name(known + id)).collect();
            let ids: Vec<i32> = (1..=1_000).collect();
            assert_eq!(client.execute(&held.update_many, &[&ids, &names]).await.expect("updates"), 1_000);
        }
        9 => {
            let names: Vec<String> = (1..=1_000).map(|known| name(known + id)).collect();
            let (ids, born): (Vec<i32>, _) = ((1..=1_000).collect(), vec![born; 1_000]);
            assert_eq!(client.execute(&held.upsert_many, &[&ids, &names, &born]).await.expect("upserts"), 1_000);
        }
        6 => {
            let values: [&(dyn ToSql + Sync); 3] = [&10_i32, &1_i32, &25_i64];
            let rows = client.query_raw(&held.joined, values).await.expect("reads");
            let (mut rows, mut page) = (pin!(rows), Vec::new());
            while let Some(row) = rows.try_next().await.expect("reads") {
                page.push((row.get::<_, String>(0), row.get::<_, String>(1), row.get::<_, String>(2)));
            }
            assert_eq!(page.len(), 25);
        }
        _ => {
            client.batch_execute("BEGIN").await.expect("begins");
            drop(decode(&client.query_one(&held.find, &[&known]).await.expect("reads")));
            client.batch_execute("COMMIT").await.expect("commits");
        }
    }
}

/// Made with the library.
async fn with_library(db: &Db, call: usize, id: i32) {
    let known = id % ROWS + 1;
    let new = |id| Author::insert().id(id).name(name(id)).born(None);
    match call {
        0 => drop(Author::find(db, known).await.expect("reads").expect("is there")),
        1 => {
            let all = Author::select().filter(Author::id.le(ROWS)).fetch(db).await.expect("reads");
            assert_eq!(all.len(), 10_000);
        }
        2 => drop(new(id).exec(db).await.expect("inserts")),
        3 => drop(Author::update(known).name(name(id)).exec(db).await.expect("updates").expect("is there")),
        4 | 7 => drop(Author::insert_many(fresh(call, id).map(new)).exec(db).await.expect("inserts")),
        8 => {
            let updates = (1..=1_000).map(|known| Author::update(known).name(name(known + id)));
            assert_eq!(Author::update_many(updates).exec(db).await.expect("updates"), 1_000);
        }
        9 => {
            let rows = (1..=1_000).map(|known| Author::insert().id(known).name(name(known + id)).born(None));
            let upserted = Author::upsert_many(rows, Author::primary_key()).update_given().exec(db).await;
            assert_eq!(upserted.expect("upserts"), 1_000);
        }
        6 => {
            let page = Chapter::select()
                .join(Chapter::BOOK_ID_FKEY)
                .join(Book::AUTHOR_ID_FKEY)
                .filter(Book::pages.gt(10).and(Author::id.eq(1)))
                .order_by(Chapter::number.asc())
                .limit(25)
                .columns((Chapter::heading, Book::title, Author::name));
            assert_eq!(page.fetch(db).await.expect("reads").len(), 25);
        }
        _ => {
            let work = |tx: Tx| async move { Author::find(&tx, known).await };
            drop(db.transaction(work).await.expect("commits").expect("is there"));
        }
    }
}

type Work<'w> = Pin<Box<dyn Future<Output = ()> + 'w>>;

/// Runs `work` with the driver's task; the function in which a profiler counts.
#[inline(never)]
fn measured(runtime: &Runtime, work: Work<'_>) {
    runtime.block_on(work);
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (database, db) = runtime.block_on(library());
    let held = runtime.block_on(async {
        let client = connect(database.url()).await;
        let fill = format!("INSERT INTO authors (id, name) SELECT n, 'author ' || n FROM generate_series(1, {ROWS}) n");
        client.batch_execute(&fill).await.expect("fills");
        client.batch_execute(CHAPTERS).await.expect("fills");
        client.batch_execute("ALTER TABLE authors DROP CONSTRAINT authors_name_key; ANALYZE").await.expect("analyzes");
        Held::new(client).await
    });
    // Each call inserts a different row.
    let mut fresh = ROWS + 1..;
    let mut work = |library: bool, call: usize| -> Work<'_> {
        let id = fresh.next().expect("endless");
        if library { Box::pin(with_library(&db, call, id)) } else { Box::pin(by_hand(&held, call, id)) }
    };
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [call, contender] = arguments.as_slice() {
        let at = CALLS.iter().position(|(name, _)| name == call).expect("a call");
        let library = contender == "library";
        // One-time work, such as preparing the statement, is not counted.
        runtime.block_on(work(library, at));
        for _ in 0..CALLS[at].1 {
            measured(&runtime, work(library, at));
        }
        println!("{}", CALLS[at].1);
        return;
    }
    for (call, (name, times)) in CALLS.iter().enumerate() {
        let mut medians = [0.0; 2];
        let mut passes = [Vec::new(), Vec::new()];
        for _ in 0..PASSES {
            for (library, passes) in passes.iter_mut().enumerate() {
                let started = Instant::now();
                for _ in 0..*times {
                    runtime.block_on(work(library == 1, call));
                }
                let calls = u32::try_from(*times).expect("few");
                passes.push(started.elapsed().as_secs_f64() * 1e6 / f64::from(calls));
            }
        }
        for (median, passes) in medians.iter_mut().zip(&mut passes) {
            passes.sort_by(f64::total_cmp);
            *median = passes[passes.len() / 2];
        }
        let [driver, library] = medians;
        println!("{name:<14} driver {driver:>9.1} µs, library {library:>9.1} µs (x {:.2})", library / driver);
    }
}
