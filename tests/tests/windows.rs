//! Window functions, compared with the same in SQL: partitions, frames, NULLs, left joins, groups.

#![expect(
    clippy::type_complexity,
    clippy::needless_pass_by_value,
    reason = "the types of rows are stated because they are tested"
)]

use std::fmt::Debug;

use rust_decimal::Decimal;
use schemata::model::Write;
use schemata::query::{
    Select, Window, count, cume_dist, current_row, dense_rank, following, ntile, percent_rank, preceding, rank,
    row_number, unbounded_following, unbounded_preceding, window,
};
use schemata::{Db, Executor, FromRow, RawSql, TableModel};
use schemata_tests::library::{Author, Book, author, book, library};

/// Authors A (four books), B (two) and C (none); equal pages, and prices that are partly NULL.
async fn fill(db: &Db) {
    for (id, name) in [(1, "A"), (2, "B"), (3, "C")] {
        author(db, id, name).await;
    }
    for (author, title, pages, cents) in [
        (1, "a", 100, Some(150)),
        (1, "b", 100, None),
        (1, "c", 250, Some(250)),
        (1, "d", 300, None),
        (2, "e", 30, Some(50)),
        (2, "f", 90, None),
    ] {
        let book = book(db, author, title, pages).await;
        let price = cents.map(|cents| Decimal::new(cents, 2));
        Book::update(book.id).price(price).exec(db).await.expect("updates");
    }
}

async fn sql<T: FromRow + Send>(db: &Db, sql: &str) -> Vec<T> {
    db.query_as(RawSql::trusted(sql.to_owned()), &[]).fetch().await.expect("the SQL runs")
}

fn same<T: PartialEq + Debug>(ours: Vec<T>, theirs: Vec<T>) {
    assert_eq!(ours, theirs);
    assert!(!ours.is_empty(), "something is compared");
}

fn by_pages() -> Window<Book> {
    window().partition_by(Book::author_id).order_by((Book::pages.desc(), Book::title.asc()))
}

#[tokio::test]
async fn ranks_number_the_rows_of_a_partition() {
    let (_database, db) = library().await;
    fill(&db).await;
    let equals = || window().partition_by(Book::author_id).order_by(Book::pages.desc());
    let ours: Vec<(String, i64, i64, i64, f64, f64, i32)> = Book::select()
        .order_by((row_number().over(by_pages()).asc(), Book::title.asc()))
        .columns((
            Book::title,
            row_number().over(by_pages()),
            rank().over(equals()),
            dense_rank().over(equals()),
            percent_rank().over(equals()),
            cume_dist().over(equals()),
            ntile(3).over(window().order_by(Book::title.asc())),
        ))
        .fetch(&db)
        .await
        .expect("reads");
    let theirs = sql(
        &db,
        "SELECT title, row_number() OVER p, rank() OVER w, dense_rank() OVER w, percent_rank() OVER w, cume_dist() OVER w,
                ntile(3) OVER (ORDER BY title)
           FROM books
         WINDOW w AS (PARTITION BY author_id ORDER BY pages DESC), p AS (PARTITION BY author_id ORDER BY pages DESC, title)
          ORDER BY row_number() OVER p, title",
    )
    .await;
    same(ours, theirs);
}

#[tokio::test]
async fn values_of_other_rows_are_null_where_there_is_none() {
    let (_database, db) = library().await;
    fill(&db).await;
    let whole = || by_pages().rows_between(unbounded_preceding(), unbounded_following());
    let ours: Vec<(String, Option<i32>, Option<i32>, i32, Option<Decimal>, String, Option<Decimal>)> = Book::select()
        .order_by(Book::title.asc())
        .columns((
            Book::title,
            Book::pages.lag(1).over(by_pages()),
            Book::pages.lead(2).over(by_pages()),
            Book::pages.lag_or(1, 0).over(by_pages()),
            Book::price.lag_or(1, Decimal::ZERO).over(by_pages()),
            Book::title.lead_or(1, "none").over(by_pages()),
            Book::price.lead_or(1, None::<Decimal>).over(by_pages()),
        ))
        .fetch(&db)
        .await
        .expect("reads");
    let theirs = sql(
        &db,
        "SELECT title, lag(pages) OVER w, lead(pages, 2) OVER w, lag(pages, 1, 0) OVER w, lag(price, 1, 0::numeric) OVER w,
                lead(title, 1, 'none') OVER w, lead(price, 1) OVER w
           FROM books WINDOW w AS (PARTITION BY author_id ORDER BY pages DESC, title) ORDER BY title",
    )
    .await;
    assert!(ours.iter().any(|row| row.4.is_none()), "the price of a row that is there stays NULL");
    same(ours, theirs);

    let ours: Vec<(String, Option<i32>, Option<String>, Option<Decimal>, Option<i32>)> = Book::select()
        .order_by(Book::title.asc())
        .columns((
            Book::title,
            Book::pages.first_value().over(by_pages()),
            Book::title.last_value().over(whole()),
            Book::price.nth_value(2).over(whole()),
            Book::pages.first_value().over(by_pages().rows_between(preceding(2), preceding(1))),
        ))
        .fetch(&db)
        .await
        .expect("reads");
    let theirs = sql(
        &db,
        "SELECT title, first_value(pages) OVER w,
                last_value(title) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
                nth_value(price, 2) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
                first_value(pages) OVER (w ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING)
           FROM books WINDOW w AS (PARTITION BY author_id ORDER BY pages DESC, title) ORDER BY title",
    )
    .await;
    assert!(ours.iter().any(|row| row.4.is_none()), "an empty frame has no first value");
    same(ours, theirs);
}

#[tokio::test]
async fn aggregates_run_over_frames() {
    let (_database, db) = library().await;
    fill(&db).await;
    let by_title = || window().order_by(Book::title.asc());
    let by_size = || window().order_by(Book::pages.asc());
    let ours: Vec<(String, i64, Option<i64>, Option<i64>, Option<Decimal>, i64, (i64, Option<i64>, i64, i64))> =
        Book::select()
            .order_by((Book::pages.sum().over(by_title()).desc(), Book::title.asc()))
            .columns((
                Book::title,
                count().over(window()),
                Book::pages.sum().over(by_title()),
                Book::pages.sum().over(by_title().rows_between(preceding(1), following(1))),
                Book::price.avg().over(by_title().rows_between(current_row(), unbounded_following())),
                count().filter(Book::price.is_null()).over(window().partition_by(Book::author_id)),
                (
                    count().over(by_size().range_between(preceding(60), current_row())),
                    Book::pages.sum().over(by_size().groups_between(preceding(1), following(1)).exclude_current_row()),
                    count().over(by_size().groups_between(current_row(), current_row()).exclude_ties()),
                    count().over(by_size().groups_between(current_row(), current_row()).exclude_group()),
                ),
            ))
            .fetch(&db)
            .await
            .expect("reads");
    let ours: Vec<_> =
        ours.into_iter().map(|(t, a, b, c, d, e, (f, g, h, i))| (t, a, b, c, d, e, f, g, h, i)).collect();
    let theirs = sql(
        &db,
        "SELECT title, count(*) OVER (), sum(pages) OVER t, sum(pages) OVER (t ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING),
                avg(price) OVER (t ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING),
                count(*) FILTER (WHERE price IS NULL) OVER (PARTITION BY author_id),
                count(*) OVER (p RANGE BETWEEN 60 PRECEDING AND CURRENT ROW),
                sum(pages) OVER (p GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW),
                count(*) OVER (p GROUPS BETWEEN CURRENT ROW AND CURRENT ROW EXCLUDE TIES),
                count(*) OVER (p GROUPS BETWEEN CURRENT ROW AND CURRENT ROW EXCLUDE GROUP)
           FROM books WINDOW t AS (ORDER BY title), p AS (ORDER BY pages)
          ORDER BY sum(pages) OVER t DESC, title",
    )
    .await;
    same(ours, theirs);
}

#[tokio::test]
async fn windows_read_joined_tables_and_keep_what_a_join_makes_null() {
    let (_database, db) = library().await;
    fill(&db).await;
    let by_author = || window().partition_by(Author::name);
    let ours: Vec<(String, Option<String>, i64, Option<i32>, Option<i64>, Option<i64>)> = Author::select()
        .left_join(Book::AUTHOR_ID_FKEY)
        .order_by((Author::name.asc(), Book::title.asc()))
        .columns((
            Author::name,
            Book::title,
            Book::title.count().over(by_author()),
            Book::pages.lag_or(1, 7).over(by_author().order_by(Book::title.asc())),
            Book::pages.sum().over(by_author()),
            Book::pages.sum().over(by_author()) - Book::pages,
        ))
        .fetch(&db)
        .await
        .expect("reads");
    let theirs: Vec<_> = sql(
        &db,
        "SELECT a.name, b.title, count(b.title) OVER w, lag(b.pages, 1, 7) OVER (w ORDER BY b.title), sum(b.pages) OVER w,
                sum(b.pages) OVER w - b.pages
           FROM authors a LEFT JOIN books b ON b.author_id = a.id WINDOW w AS (PARTITION BY a.name)
          ORDER BY a.name, b.title",
    )
    .await;
    assert_eq!(ours.last().map(|row| (row.1.clone(), row.5)), Some((None, None)));
    same(ours, theirs);
    let lifted: Select<_, (String, i64)> = Book::select()
        .join(Book::AUTHOR_ID_FKEY)
        .order_by(Book::title.asc())
        .columns((Author::name, row_number().over(by_pages().lift())));
    let numbers: Vec<i64> = lifted.fetch(&db).await.expect("reads").into_iter().map(|(_, number)| number).collect();
    assert_eq!(numbers, [3, 4, 2, 1, 2, 1]);
}

#[tokio::test]
async fn windows_see_groups_where_rows_are_grouped() {
    let (_database, db) = library().await;
    fill(&db).await;
    let ours: Vec<(String, (Option<i64>, Option<Decimal>, i64, Option<i64>))> = Book::select()
        .join(Book::AUTHOR_ID_FKEY)
        .group_by(Author::name)
        .aggregate((
            Book::pages.sum(),
            Book::pages.sum().sum().over(window()),
            rank().over(window().order_by(Book::pages.sum().asc())),
            Book::pages.sum().lag(1).over(window().order_by(Author::name.asc())),
        ))
        .having(count().gt(0))
        .order_by((rank().over(window().order_by(Book::pages.sum().asc())).asc(), Author::name.asc()))
        .fetch(&db)
        .await
        .expect("reads");
    let ours = ours.into_iter().map(|(name, (a, b, c, d))| (name, a, b, c, d)).collect();
    let theirs = sql(
        &db,
        "SELECT a.name, sum(b.pages), sum(sum(b.pages)) OVER (), rank() OVER (ORDER BY sum(b.pages)),
                lag(sum(b.pages)) OVER (ORDER BY a.name)
           FROM books b JOIN authors a ON a.id = b.author_id GROUP BY a.name ORDER BY 4, 1",
    )
    .await;
    same(ours, theirs);
}

#[tokio::test]
async fn a_window_counts_the_rows_before_the_limit() {
    let (_database, db) = library().await;
    fill(&db).await;
    let page: Vec<(String, i64)> = Book::select()
        .filter(Book::pages.ge(90))
        .order_by(Book::title.asc())
        .limit(2)
        .columns((Book::title, count().over(window())))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(page, [("a".to_owned(), 5), ("b".to_owned(), 5)]);
    let shares: Vec<Option<i64>> = Book::select()
        .order_by(Book::title.asc())
        .columns((Book::pages.sum() * 2).over(window().partition_by(Book::author_id)))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(shares, [1500, 1500, 1500, 1500, 240, 240].map(Some), "the aggregate inside has the window");
}
