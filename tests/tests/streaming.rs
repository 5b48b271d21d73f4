//! Streams: rows as they arrive, and a pool that stays usable after a stream is dropped.

use std::time::Duration;

use schemata::query::count;
use schemata::{Db, Executor, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::library::{Author, Book, author, library};

async fn many(url: &str, rows: i32) {
    let sql = "INSERT INTO authors (id, name) SELECT n, repeat('x', 50) || n FROM generate_series(1, $1::int) n";
    connect(url).await.execute(sql, &[&rows]).await.expect("fills");
}

#[tokio::test]
async fn every_row_comes_once_in_order() {
    let (database, db) = library().await;
    many(database.url(), 10_000).await;
    let mut rows = Author::select().order_by(Author::id.asc()).columns(Author::id).stream(&db).await.expect("opens");
    let mut expected = 1;
    while let Some(id) = rows.try_next().await.expect("reads") {
        assert_eq!(id, expected);
        expected += 1;
    }
    assert_eq!((expected, rows.try_next().await.expect("stays at its end")), (10_001, None));
}

#[tokio::test]
async fn a_stream_dropped_half_way_leaves_the_pool_as_it_was() {
    let (database, db) = library().await;
    // Practically endless rows: reading the rest would take a minute.
    let endless = "ALTER TABLE authors RENAME TO all_authors;
                   CREATE VIEW authors AS SELECT generate_series(1, 100000000) AS id, 'x'::varchar AS name, NULL::date AS born, 1 AS mentor_id";
    connect(database.url()).await.batch_execute(endless).await.expect("makes a view");
    for round in 0..20 {
        // More streams than the pool has connections: none may be lost.
        let mut rows = Author::select().stream(&db).await.expect("opens");
        assert!(rows.try_next().await.expect("reads").is_some());
        drop(rows);
        let query = tokio::time::timeout(Duration::from_secs(5), Author::select().limit(1).fetch(&db)).await;
        let answer = query.unwrap_or_else(|_| panic!("round {round}: nobody waits for rows that nobody wants"));
        assert_eq!(answer.expect("reads").len(), 1);
    }
    let client = connect(database.url()).await;
    let busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE '%authors%' AND pid <> pg_backend_pid()";
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(client.query_one(busy, &[]).await.expect("asks").get::<_, i64>(0), 0, "the server has stopped too");
}

#[tokio::test]
async fn a_transaction_goes_on_after_a_dropped_stream() {
    let (database, db) = library().await;
    many(database.url(), 50_000).await;
    let left = db.transaction(|tx| async move {
        let mut rows = Author::select().stream(&tx).await?;
        rows.try_next().await?;
        drop(rows);
        Author::delete(&tx, 1).await?;
        Author::select().count(&tx).await
    });
    assert_eq!(left.await.expect("commits"), 49_999);
}

#[tokio::test]
async fn an_error_half_way_ends_the_stream_and_not_the_connection() {
    let (database, db) = library().await;
    many(database.url(), 10).await;
    let client = connect(database.url()).await;
    let view = "ALTER TABLE authors RENAME TO all_authors;
                CREATE VIEW authors AS SELECT id / CASE WHEN id > 5 THEN 0 ELSE 1 END AS id, name, born, mentor_id FROM all_authors";
    client.batch_execute(view).await.expect("breaks the rows after the fifth");
    let mut rows = Author::select().stream(&db).await.expect("opens");
    let mut read = 0;
    let error = loop {
        match rows.try_next().await {
            Ok(row) => read += usize::from(row.is_some()),
            Err(error) => break error,
        }
    };
    assert_eq!((read, error.sqlstate()), (5, Some("22012")));
    assert!(rows.try_next().await.expect("is over").is_none());
    assert_eq!(Book::select().count(&db).await.expect("counts"), 0);
}

#[tokio::test]
async fn locks_are_taken_skipped_and_refused() {
    let (_database, db) = library().await;
    author(&db, 1, "A").await;
    author(&db, 2, "B").await;
    let other = db.clone();
    db.transaction(|tx| async move {
        // PostgreSQL is asked for one row, so no other is locked.
        tx.transaction(|tx| async move {
            let first = Author::select().order_by(Author::id.asc()).for_update().fetch_optional(&tx).await?;
            assert_eq!(first.map(|author| author.id), Some(1));
            Ok::<(), schemata::Error>(())
        })
        .await?;
        let free = Author::select().order_by(Author::id.asc()).skip_locked().columns(Author::id).fetch(&other).await?;
        assert_eq!(free, [2]);
        Author::select().filter(Author::id.eq(1)).for_update().fetch(&tx).await?;
        let free = Author::select().order_by(Author::id.asc()).skip_locked().columns(Author::id).fetch(&other).await?;
        assert_eq!(free, [2]);
        let refused = Author::select().for_share().nowait().fetch(&other).await.expect_err("is locked");
        assert_eq!(refused.sqlstate(), Some("55P03"));
        Author::select().filter(Author::id.eq(2)).for_no_key_update().nowait().fetch(&other).await?;
        Author::select().filter(Author::id.eq(2)).for_key_share().skip_locked().fetch(&other).await
    })
    .await
    .expect("commits");
}

/// Every kind of read in a generic function, like a web handler.
async fn handler<E: Executor + Send + Clone + 'static>(on: E) -> schemata::Result<i64> {
    let authors = Author::select().filter(Book::AUTHOR_ID_FKEY.child_exists(Book::pages.gt(1)).or(Author::id.gt(0)));
    let page = authors.order_by(Author::name.asc()).page(5).fetch(&on).await?;
    let books = Book::AUTHOR_ID_FKEY.children_of(&page.rows).limit_each(2).fetch(&on).await?;
    Book::AUTHOR_ID_FKEY.parents_of(books.rows()).fetch(&on).await?;
    let mut rows = Author::select().columns((Author::id, Author::name)).stream(&on).await?;
    while rows.try_next().await?.is_some() {}
    drop(rows);
    Author::select().group_by(Author::born).aggregate(count()).having(count().gt(9)).fetch(&on).await?;
    Author::select().aggregate(Author::id.max()).fetch_one(&on).await?;
    Author::select().filter(Author::id.in_select(Book::select().columns(Book::author_id))).exists(&on).await?;
    Author::select().count(&on).await
}

#[tokio::test]
async fn every_read_runs_in_a_spawned_task() {
    let (_database, db) = library().await;
    author(&db, 1, "A").await;
    assert_eq!(tokio::spawn(handler(db.clone())).await.expect("no panic").expect("reads"), 1);
    let in_transaction = tokio::spawn(async move { db.transaction(handler).await });
    assert_eq!(in_transaction.await.expect("no panic").expect("reads"), 1);
}

#[tokio::test]
async fn a_call_inside_the_loop_over_a_stream_of_its_transaction_ends_at_the_time_limit() {
    let (database, _) = library().await;
    many(database.url(), 200_000).await;
    let builder = Db::builder(database.url()).max_connections(1).statement_timeout(Duration::from_millis(200));
    let db = builder.connect().await.expect("connects");
    let inside = db.transaction(|tx| async move {
        let mut rows = Author::select().stream(&tx).await?;
        rows.try_next().await?;
        Author::select().count(&tx).await
    });
    let error =
        tokio::time::timeout(Duration::from_secs(20), inside).await.expect("it ends").expect_err("nobody reads");
    assert!(error.is_retryable(), "nothing was done: {error:?}");
    assert_eq!(Author::select().count(&db).await.expect("the pool has another connection"), 200_000);
}
