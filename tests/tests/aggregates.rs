//! Aggregates: PostgreSQL's result types, groups and their conditions, and the results of aggregating no rows.

use rust_decimal::Decimal;
use schemata::model::Write;
use schemata::query::count;
use schemata::{Db, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::library::{Author, Book, author, book, library};

async fn fill(db: &Db) {
    author(db, 1, "A").await;
    author(db, 2, "B").await;
    for (author, title, pages, price) in
        [(1, "a", i32::MAX, Some(150)), (1, "b", i32::MAX, None), (2, "c", 3, Some(50))]
    {
        let book = book(db, author, title, pages).await;
        if let Some(cents) = price {
            Book::update(book.id).price(Decimal::new(cents, 2)).rating(0.5).exec(db).await.expect("updates");
        }
    }
}

#[tokio::test]
async fn totals_have_the_types_that_postgresql_gives_them() {
    let (_database, db) = library().await;
    fill(&db).await;
    let totals = Book::select().aggregate((
        count(),
        Book::price.count(),
        Book::author_id.count_distinct(),
        Book::pages.sum(),
        Book::price.sum(),
        Book::price.avg(),
        Book::title.min(),
        Book::rating.max(),
    ));
    let (rows, priced, authors, pages, price, average, first, best) = totals.fetch_one(&db).await.expect("reads");
    assert_eq!((rows, priced, authors), (3, 2, 2));
    assert_eq!(pages, Some(i64::from(i32::MAX) * 2 + 3), "beyond an i32");
    assert_eq!((price, average), (Some(Decimal::new(200, 2)), Some(Decimal::new(100, 2))));
    assert_eq!((first.as_deref(), best), (Some("a"), Some(0.5)));
    let thirds = Book::select().filter(Book::pages.lt(4)).aggregate((Book::pages.avg(), Book::rating.avg()));
    assert_eq!(thirds.fetch_one(&db).await.expect("reads"), (Some(Decimal::from(3)), Some(0.5)));
    let thirds = Book::select().aggregate(Book::pages.avg()).fetch_one(&db).await.expect("reads").expect("a number");
    assert_eq!(thirds.round_dp(4), Decimal::new(14_316_557_656_667, 4), "a fraction that no decimal ends");
}

#[tokio::test]
async fn nothing_adds_up_to_null() {
    let (_database, db) = library().await;
    let nothing = Book::select().aggregate((count(), Book::pages.sum(), Book::published_at.max()));
    assert_eq!(nothing.fetch_one(&db).await.expect("reads"), (0, None, None));
    let no_groups = Book::select().group_by(Book::genre).aggregate(count()).fetch(&db).await.expect("reads");
    assert_eq!(no_groups, []);
}

#[tokio::test]
async fn groups_are_filtered_before_and_after_and_ordered() {
    let (database, db) = library().await;
    fill(&db).await;
    let by_author = || Book::select().group_by((Book::author_id, Book::genre)).aggregate((count(), Book::pages.max()));
    let rows = by_author().order_by((count().desc(), Book::author_id.asc())).fetch(&db).await.expect("reads");
    assert_eq!(rows, [((1, None), (2, Some(i32::MAX))), ((2, None), (1, Some(3)))]);
    let many = by_author().having(count().gt(1)).fetch(&db).await.expect("reads");
    assert_eq!(many.len(), 1);
    let either =
        by_author().having(count().gt(1).or(Book::pages.max().lt(5))).limit(1).fetch(&db).await.expect("reads");
    assert_eq!(either.len(), 1);
    let before = Book::select().group_by(Book::author_id).having(count().gt(1)).aggregate(count());
    assert_eq!(before.clone().fetch(&db).await.expect("reads"), [(1, 2)]);
    assert_eq!(before.having(Book::pages.max().lt(5)).fetch(&db).await.expect("reads"), [], "both conditions hold");
    let few = by_author().having(!count().gt(1)).having(Book::pages.sum().eq(3)).fetch(&db).await.expect("reads");
    assert_eq!(few[0].0, (2, None));
    connect(database.url()).await.execute("UPDATE books SET deactivated_at = now()", &[]).await.expect("removes");
    assert_eq!(by_author().fetch(&db).await.expect("reads"), [], "removed rows do not count");
    assert_eq!(by_author().with_deleted().fetch(&db).await.expect("reads").len(), 2);
}

#[tokio::test]
async fn counts_and_existence_leave_limits_aside() {
    let (_database, db) = library().await;
    fill(&db).await;
    assert_eq!(Book::select().limit(1).order_by(Book::title.asc()).count(&db).await.expect("counts"), 3);
    let authors = Book::select().distinct().columns(Book::author_id);
    assert_eq!(authors.count(&db).await.expect("counts"), 2);
    let first = Book::select().distinct_on(Book::author_id).order_by((Book::author_id.asc(), Book::title.desc()));
    let titles: Vec<String> = first.columns(Book::title).fetch(&db).await.expect("reads");
    assert_eq!(titles, ["b", "c"]);
    assert!(Author::select().filter(Author::name.eq("B")).exists(&db).await.expect("asks"));
    assert!(!Author::select().filter(Author::name.eq("Z")).exists(&db).await.expect("asks"));
    assert!(!Author::select().offset(2).exists(&db).await.expect("asks"), "what is left out does not exist");
}
