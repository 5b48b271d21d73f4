//! Aggregates, and what is calculated from them, compared with the same in SQL: over NULLs, left joins and no rows.

#![expect(
    clippy::type_complexity,
    clippy::needless_pass_by_value,
    clippy::items_after_statements,
    reason = "the types of rows are stated because they are tested"
)]

use std::fmt::Debug;

use rust_decimal::Decimal;
use schemata::model::Write;
use schemata::query::{array, bind, count, jsonb_build_object, jsonb_object_agg};
use schemata::{Db, Executor, FromRow, RawSql, TableModel};
use schemata_tests::library::{Author, Book, author, book, library};
use serde_json::{Value, json};

/// Authors A (three books), B (one book, a second one is removed) and C (none). Genres, prices and ratings are partly NULL.
async fn fill(db: &Db) {
    for (id, name) in [(1, "A"), (2, "B"), (3, "C")] {
        author(db, id, name).await;
    }
    for (author, title, pages, genre, cents, rating) in [
        (1, "a", 100, Some("novel"), Some(150), Some(0.5)),
        (1, "b", 100, None, None, Some(1.5)),
        (1, "c", 250, Some("essay"), Some(250), None),
        (2, "d", 30, None, Some(50), None),
        (2, "gone", 999, Some("novel"), Some(999), Some(9.0)),
    ] {
        let book = book(db, author, title, pages).await;
        let price = cents.map(|cents| Decimal::new(cents, 2));
        let given = Book::update(book.id).genre(genre.map(str::to_owned)).price(price).rating(rating);
        given.exec(db).await.expect("updates");
        if title == "gone" {
            Book::remove(book.id).exec(db).await.expect("removes");
        }
    }
}

/// The rows of a query in SQL. `books` are those that are not removed.
async fn sql<T: FromRow + Send>(db: &Db, sql: &str) -> Vec<T> {
    let text = format!("WITH books AS (SELECT * FROM books WHERE deactivated_at IS NULL) {sql}");
    db.query_as(RawSql::trusted(text), &[]).fetch().await.expect("the SQL runs")
}

fn same<T: PartialEq + Debug>(ours: Vec<T>, theirs: Vec<T>) {
    assert_eq!(ours, theirs);
    assert!(!ours.is_empty(), "something is compared");
}

#[tokio::test]
async fn values_are_gathered_with_their_nulls() {
    let (_database, db) = library().await;
    fill(&db).await;
    let ours: Vec<(String, (Option<String>, Option<Vec<Option<String>>>, Option<Vec<String>>, Option<Value>))> =
        Author::select()
            .left_join(Book::AUTHOR_ID_FKEY)
            .group_by(Author::name)
            .aggregate((
                Book::genre.string_agg("; ").order_by(Book::title.desc()),
                Book::title.nullable().array_agg().order_by(Book::title.asc()),
                Book::title.array_agg_not_null().order_by((Book::pages.desc(), Book::title.asc())),
                Book::genre.jsonb_agg().order_by(Book::title.asc()),
            ))
            .order_by(Author::name.asc())
            .fetch(&db)
            .await
            .expect("reads");
    let ours = ours.into_iter().map(|(name, (a, b, c, d))| (name, a, b, c, d)).collect();
    let theirs = sql(
        &db,
        "SELECT a.name, string_agg(b.genre, '; ' ORDER BY b.title DESC), array_agg(b.title ORDER BY b.title),
                array_agg(b.title ORDER BY b.pages DESC, b.title) FILTER (WHERE b.title IS NOT NULL),
                jsonb_agg(b.genre ORDER BY b.title)
           FROM authors a LEFT JOIN books b ON b.author_id = a.id GROUP BY a.name ORDER BY a.name",
    )
    .await;
    same(ours, theirs);

    let genres = Book::select().aggregate(Book::genre.array_agg().order_by(Book::title.asc()));
    let genres: Option<Vec<Option<String>>> = genres.fetch_one(&db).await.expect("reads");
    assert_eq!(genres, Some(vec![Some("novel".to_owned()), None, Some("essay".to_owned()), None]));
    let titles: Option<Vec<String>> =
        Book::select().aggregate(Book::title.array_agg().distinct()).fetch_one(&db).await.expect("reads");
    assert_eq!(titles.map(|titles| titles.len()), Some(4));
    let ages = Book::select().join(Book::AUTHOR_ID_FKEY).aggregate(Author::id.array_agg().order_by(Author::id.asc()));
    assert_eq!(ages.fetch_one(&db).await.expect("reads"), Some(vec![1, 1, 1, 2]));
}

#[tokio::test]
async fn rows_become_json() {
    let (_database, db) = library().await;
    fill(&db).await;
    let book = || jsonb_build_object((("title", Book::title), ("price", Book::price), ("half", Book::pages / 2)));
    let ours: Vec<(String, (Option<Value>, Option<Value>, Option<Value>))> = Author::select()
        .left_join(Book::AUTHOR_ID_FKEY)
        .group_by(Author::name)
        .aggregate((
            book().jsonb_agg().order_by(Book::title.asc()).filter(Book::title.is_not_null()),
            book().json_agg().order_by(Book::title.asc()),
            jsonb_object_agg(Book::title, Book::genre).filter(Book::title.is_not_null()),
        ))
        .order_by(Author::name.asc())
        .fetch(&db)
        .await
        .expect("reads");
    let ours: Vec<_> = ours.into_iter().map(|(name, (a, b, c))| (name, a, b, c)).collect();
    let object = "jsonb_build_object('title', b.title, 'price', b.price, 'half', b.pages / 2)";
    let theirs = format!(
        "SELECT a.name, jsonb_agg({object} ORDER BY b.title) FILTER (WHERE b.title IS NOT NULL),
                json_agg({object} ORDER BY b.title),
                jsonb_object_agg(b.title, b.genre) FILTER (WHERE b.title IS NOT NULL)
           FROM authors a LEFT JOIN books b ON b.author_id = a.id GROUP BY a.name ORDER BY a.name"
    );
    assert_eq!((&ours[2].1, &ours[2].3), (&None, &None), "no rows are left of C");
    assert_eq!(ours[2].2, Some(json!([{"title": null, "price": null, "half": null}])));
    same(ours, sql(&db, &theirs).await);
}

#[tokio::test]
async fn statistics_are_null_where_there_are_too_few_values() {
    let (_database, db) = library().await;
    fill(&db).await;
    type Deviations = (Option<Decimal>, Option<Decimal>, Option<Decimal>, Option<f64>, Option<f64>);
    let ours: Vec<(i32, Deviations)> = Book::select()
        .group_by(Book::author_id)
        .aggregate((
            Book::pages.stddev(),
            Book::pages.variance(),
            Book::price.stddev_pop(),
            Book::rating.var_pop(),
            Book::rating.stddev(),
        ))
        .order_by(Book::author_id.asc())
        .fetch(&db)
        .await
        .expect("reads");
    let ours: Vec<_> = ours.into_iter().map(|(key, (a, b, c, d, e))| (key, a, b, c, d, e)).collect();
    assert_eq!((ours[1].1, ours[1].3, ours[1].4), (None, Some(Decimal::ZERO), None), "a single value, and none");
    let theirs = sql(
        &db,
        "SELECT author_id, stddev(pages), variance(pages), stddev_pop(price), var_pop(rating), stddev(rating)
           FROM books GROUP BY author_id ORDER BY author_id",
    )
    .await;
    same(ours, theirs);

    let ours: Vec<(i32, (Option<f64>, Option<i32>, Option<i32>, Option<bool>, Option<bool>))> = Book::select()
        .group_by(Book::author_id)
        .aggregate((
            Book::price.percentile_cont(0.5),
            Book::pages.percentile_disc(0.9).filter(Book::title.ne("c")),
            Book::pages.mode(),
            Book::genre.eq("novel").into_expr().bool_and(),
            Book::genre.eq("novel").into_expr().bool_or(),
        ))
        .order_by(Book::author_id.asc())
        .fetch(&db)
        .await
        .expect("reads");
    let ours: Vec<_> = ours.into_iter().map(|(key, (a, b, c, d, e))| (key, a, b, c, d, e)).collect();
    let theirs = sql(
        &db,
        "SELECT author_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY price),
                percentile_disc(0.9) WITHIN GROUP (ORDER BY pages) FILTER (WHERE title <> 'c'),
                mode() WITHIN GROUP (ORDER BY pages), bool_and(genre = 'novel'), bool_or(genre = 'novel')
           FROM books GROUP BY author_id ORDER BY author_id",
    )
    .await;
    assert_eq!((ours[0].4, ours[1].4), (Some(false), None), "all NULL is NULL");
    same(ours, theirs);
}

#[tokio::test]
async fn over_no_rows_everything_but_counts_is_null() {
    let (_database, db) = library().await;
    let nothing = Book::select().aggregate((
        (count().filter(Book::pages.gt(1)), Book::genre.count(), Book::title.string_agg(",")),
        (Book::title.array_agg(), Book::title.array_agg_not_null(), Book::title.jsonb_agg(), Book::title.json_agg()),
        (jsonb_object_agg(Book::title, 1), Book::pages.stddev(), Book::pages.stddev_pop(), Book::rating.var_pop()),
        (Book::pages.percentile_cont(0.5), Book::pages.percentile_disc(0.5), Book::title.mode()),
        (Book::pages.gt(1).into_expr().bool_and(), Book::pages.gt(1).into_expr().bool_or()),
        (Book::pages.sum() * 2, Book::pages.sum() / count()),
    ));
    let (counts, arrays, statistics, percentiles, booleans, calculated) = nothing.fetch_one(&db).await.expect("reads");
    assert_eq!(counts, (0, 0, None));
    assert_eq!(arrays, (None, None, None, None));
    assert_eq!(statistics, (None, None, None, None));
    assert_eq!(percentiles, (None, None, None));
    assert_eq!((booleans, calculated), ((None, None), (None, None)));
}

#[tokio::test]
async fn aggregates_are_calculated_with_in_lists_having_and_orders() {
    let (_database, db) = library().await;
    fill(&db).await;
    let average = Book::pages.sum() / count();
    let dear = count().filter(Book::price.gt(Decimal::ONE)).filter(Book::title.ne("c"));
    let ours: Vec<(String, (Option<i64>, i64, Option<i64>, i64))> = Book::select()
        .join(Book::AUTHOR_ID_FKEY)
        .group_by(Author::name)
        .aggregate((
            average.clone(),
            dear.clone(),
            (Book::pages.sum() * 2).filter(Book::genre.is_null()),
            Book::pages.count().distinct(),
        ))
        .having(average.clone().gt(20).and((dear + 1).gt(0)))
        .order_by((average.desc(), Author::name.asc()))
        .fetch(&db)
        .await
        .expect("reads");
    let ours: Vec<_> = ours.into_iter().map(|(name, (a, b, c, d))| (name, a, b, c, d)).collect();
    let theirs = sql(
        &db,
        "SELECT a.name, sum(b.pages) / count(*), count(*) FILTER (WHERE b.price > 1 AND b.title <> 'c'),
                (sum(b.pages) FILTER (WHERE b.genre IS NULL)) * 2, count(DISTINCT b.pages)
           FROM books b JOIN authors a ON b.author_id = a.id GROUP BY a.name
         HAVING sum(b.pages) / count(*) > 20 AND count(*) + 1 > 0 ORDER BY 2 DESC, 1",
    )
    .await;
    same(ours, theirs);
}

#[tokio::test]
async fn expressions_group_rows_of_joined_tables() {
    let (_database, db) = library().await;
    fill(&db).await;
    let hundreds = Book::pages / 100;
    let ours: Vec<((Option<i32>, bool), (i64, Option<i64>))> = Author::select()
        .left_join(Book::AUTHOR_ID_FKEY)
        .group_by((hundreds.clone(), bind(true)))
        .aggregate((count(), Book::pages.sum()))
        .having(hundreds.clone().is_null().or(hundreds.clone().ge(0)))
        .order_by(hundreds.asc())
        .fetch(&db)
        .await
        .expect("reads");
    let ours: Vec<_> = ours.into_iter().map(|((key, _), (a, b))| (key, a, b)).collect();
    let theirs = sql(
        &db,
        "SELECT b.pages / 100, count(*), sum(b.pages) FROM authors a LEFT JOIN books b ON b.author_id = a.id
          GROUP BY 1 ORDER BY 1",
    )
    .await;
    same(ours, theirs);
}

#[tokio::test]
async fn a_sub_select_becomes_an_array_that_is_never_null() {
    let (_database, db) = library().await;
    fill(&db).await;
    let ours: Vec<(String, Vec<String>, Vec<Option<Decimal>>)> = Author::select()
        .order_by(Author::name.asc())
        .columns((
            Author::name,
            array(Book::AUTHOR_ID_FKEY.children().order_by(Book::title.desc()).columns(Book::title)),
            array(Book::AUTHOR_ID_FKEY.children().order_by(Book::title.asc()).columns(Book::price)),
        ))
        .fetch(&db)
        .await
        .expect("reads");
    let theirs = sql(
        &db,
        "SELECT name, ARRAY(SELECT title FROM books b WHERE b.author_id = a.id ORDER BY title DESC),
                ARRAY(SELECT price FROM books b WHERE b.author_id = a.id ORDER BY title)
           FROM authors a ORDER BY name",
    )
    .await;
    assert_eq!((ours[2].1.len(), &ours[0].2[1]), (0, &None));
    same(ours, theirs);
}
