//! Locks and orders that PostgreSQL refuses, such as a lock with DISTINCT: such statements are refused before they are sent,
//! with what to write instead.

use schemata::prelude::*;
use schemata::query::{Group, Select, count, generate_series, row_number, scalar, window, with};
use schemata::{Db, Error, Unsendable};
use schemata_tests::library::{Author, Book, author, library};

/// The number of books of each author.
#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(source)]
struct PerAuthor {
    author_id: i32,
    books: i64,
}

/// The keys of authors.
#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(source)]
struct Key {
    id: i32,
}

fn per_author() -> Select<Group<Book>, (i32, i64)> {
    Book::select().group_by(Book::author_id).aggregate(count())
}

fn ids() -> Select<Author, i32> {
    Author::select().columns(Author::id)
}

/// Returns what the library says, after PostgreSQL refused the same written by hand.
async fn refusal<T>(
    db: &Db,
    query: impl Future<Output = schemata::Result<Vec<T>>>,
    code: &str,
    sql: &'static str,
) -> Unsendable {
    let refused = db.execute_sql(sql, &[]).await.expect_err(sql);
    assert_eq!(refused.sqlstate(), Some(code), "{sql}: {refused:?}");
    match query.await.map(drop) {
        Err(Error::Unsendable { source, .. }) => source,
        other => panic!("{sql}: {other:?}"),
    }
}

async fn unlockable<T>(
    db: &Db,
    query: impl Future<Output = schemata::Result<Vec<T>>>,
    sql: &'static str,
) -> &'static str {
    match refusal(db, query, "0A000", sql).await {
        Unsendable::Lock { part } => part,
        other => panic!("{sql}: {other:?}"),
    }
}

#[tokio::test]
async fn a_lock_beside_what_postgresql_locks_no_rows_of_is_not_sent() {
    let (_database, db) = library().await;
    let distinct = "SELECT DISTINCT id FROM public.authors FOR UPDATE";
    assert_eq!(unlockable(&db, ids().distinct().for_update().fetch(&db), distinct).await, "DISTINCT");
    assert_eq!(unlockable(&db, ids().nowait().distinct().fetch(&db), distinct).await, "DISTINCT");
    let on = "SELECT DISTINCT ON (id) id FROM public.authors FOR SHARE SKIP LOCKED";
    let first = ids().distinct_on(Author::id).for_share().skip_locked();
    assert_eq!(unlockable(&db, first.fetch(&db), on).await, "DISTINCT");
    let grouped = "SELECT author_id, count(*) FROM public.books GROUP BY author_id FOR UPDATE";
    let groups = Book::select().for_update().group_by(Book::author_id).aggregate(count());
    assert_eq!(unlockable(&db, groups.fetch(&db), grouped).await, "groups or totals");
    let total = "SELECT count(*) FROM public.books FOR KEY SHARE";
    assert_eq!(
        unlockable(&db, Book::select().for_key_share().aggregate(count()).fetch(&db), total).await,
        "groups or totals"
    );
    let numbered = "SELECT 1 + row_number() OVER (ORDER BY id) FROM public.authors FOR NO KEY UPDATE";
    let number = || row_number().over(window().order_by(Author::id.asc()));
    let windows = Author::select().columns(number() + 1).for_no_key_update();
    assert_eq!(unlockable(&db, windows.fetch(&db), numbered).await, "a function of a window");
    let sorted = "SELECT id FROM public.authors ORDER BY row_number() OVER (ORDER BY id) FOR UPDATE";
    let windows = ids().order_by(number().asc()).for_update();
    assert_eq!(unlockable(&db, windows.fetch(&db), sorted).await, "a function of a window");
    for (sql, query) in [
        (
            "(SELECT id FROM public.authors FOR UPDATE) UNION SELECT id FROM public.authors",
            ids().for_update().union(ids()),
        ),
        (
            "SELECT id FROM public.authors EXCEPT (SELECT id FROM public.authors FOR UPDATE)",
            ids().except(ids().for_update()),
        ),
    ] {
        assert_eq!(unlockable(&db, query.fetch(&db), sql).await, "UNION, INTERSECT or EXCEPT");
    }
}

#[tokio::test]
async fn a_lock_reaches_into_derived_tables_and_not_into_other_rows() {
    let (_database, db) = library().await;
    author(&db, 1, "A").await;
    let derived = "SELECT a.id FROM public.authors a JOIN (SELECT author_id, count(*) FROM public.books GROUP BY 1) b \
                   ON b.author_id = a.id FOR UPDATE";
    let joined = || ids().join_query(per_author(), PerAuthor::author_id.eq(Author::id));
    assert_eq!(unlockable(&db, joined().for_update().fetch(&db), derived).await, "groups or totals");
    assert_eq!(joined().for_update().of::<Author, _>().fetch(&db).await.expect("reads").len(), 0);
    let series = "SELECT s.id FROM public.authors a JOIN generate_series(1, 1) s (id) ON s.id = a.id FOR UPDATE OF s";
    let numbers =
        || Key::from_function(generate_series(1, 1)).join_on::<Author>(Author::id.eq(Key::id)).columns(Key::id);
    assert_eq!(
        unlockable(&db, numbers().of::<Key, _>().fetch(&db), series).await,
        "a lock `of` a function or a common table expression"
    );
    assert_eq!(numbers().for_update().fetch(&db).await.expect("reads"), [1]);
    let named = "WITH k AS (SELECT id FROM public.authors) SELECT k.id FROM k FOR UPDATE OF k";
    let read = || with::<Key>(ids()).read(Key::select().columns(Key::id));
    assert_eq!(
        unlockable(&db, read().of::<Key, _>().fetch(&db), named).await,
        "a lock `of` a function or a common table expression"
    );
    assert_eq!(read().for_update().fetch(&db).await.expect("reads"), [1]);
}

#[tokio::test]
async fn rows_are_locked_in_a_query_of_their_own() {
    let (_database, db) = library().await;
    author(&db, 1, "A").await;
    let distinct = Key::from_query(ids().for_update()).columns(Key::id).distinct();
    assert_eq!(distinct.fetch(&db).await.expect("reads"), [1]);
    let total = Key::from_query(ids().for_update()).aggregate(count());
    assert_eq!(total.fetch_one(&db).await.expect("reads"), 1);
    assert_eq!(ids().for_update().distinct().count(&db).await.expect("counts"), 1, "a count locks nothing");
    assert!(ids().for_update().distinct().exists(&db).await.expect("asks"), "nor does a test");
    let inner = scalar(Book::select().correlated().aggregate(count()));
    assert_eq!(Author::select().columns(inner).for_update().fetch(&db).await.expect("reads"), [0]);
    let error = ids().distinct().for_update().fetch(&db).await.expect_err("refused");
    assert_eq!(
        std::error::Error::source(&error).expect("a cause").to_string(),
        "PostgreSQL cannot lock rows in a query with DISTINCT: lock them in a query of their own, which this one can read by `from_query`"
    );
}

#[tokio::test]
async fn distinct_rows_are_sorted_by_what_they_have() {
    let (_database, db) = library().await;
    author(&db, 2, "B").await;
    author(&db, 1, "A").await;
    let sql = "SELECT DISTINCT name FROM public.authors ORDER BY id";
    let names = || Author::select().columns(Author::name).distinct();
    let query = names().order_by((Author::name.asc(), Author::id.asc()));
    assert_eq!(refusal(&db, query.fetch(&db), "42P10", sql).await, Unsendable::UnlistedOrder { column: "id" });
    assert_eq!(names().order_by(Author::name.asc()).fetch(&db).await.expect("reads"), ["A", "B"]);
    let whole = Author::select().distinct().order_by(Author::id.asc()).fetch(&db).await.expect("reads");
    assert_eq!(whole.iter().map(|author| author.id).collect::<Vec<_>>(), [1, 2]);
    let sql = "SELECT DISTINCT b.title FROM public.books b JOIN public.authors a ON a.id = b.author_id ORDER BY a.id";
    let books = Book::select().join(Book::AUTHOR_ID_FKEY).distinct().order_by(Author::id.asc());
    assert_eq!(refusal(&db, books.fetch(&db), "42P10", sql).await, Unsendable::UnlistedOrder { column: "id" });
}

#[tokio::test]
async fn the_order_of_first_rows_begins_with_what_they_are_distinct_on() {
    let (_database, db) = library().await;
    author(&db, 2, "B").await;
    author(&db, 1, "A").await;
    let sql = "SELECT DISTINCT ON (name, id) name FROM public.authors ORDER BY name, mentor_id, id";
    let first = || Author::select().columns(Author::name).distinct_on((Author::name, Author::id));
    let query = first().order_by((Author::name.asc(), Author::mentor_id.asc(), Author::id.asc()));
    assert_eq!(refusal(&db, query.fetch(&db), "42P10", sql).await, Unsendable::DistinctOnOrder);
    let sql = "SELECT DISTINCT ON (name, id) name FROM public.authors ORDER BY lower(name), id";
    let query = first().order_by((schemata::query::lower(Author::name).asc(), Author::id.asc()));
    assert_eq!(refusal(&db, query.fetch(&db), "42P10", sql).await, Unsendable::DistinctOnOrder);
    let swapped = first().order_by((Author::id.desc(), Author::name.asc(), Author::mentor_id.asc()));
    assert_eq!(swapped.fetch(&db).await.expect("reads"), ["B", "A"]);
    assert_eq!(first().order_by(Author::id.asc()).fetch(&db).await.expect("reads"), ["A", "B"]);
}
