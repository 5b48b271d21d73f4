//! Projections: tuples of handles and structs with some of the columns, checked against the model.

use chrono::{DateTime, Utc};
use schemata::{Projection, TableModel};
use schemata_tests::library::{Author, Book, author, book, library};

#[derive(Debug, PartialEq, Projection)]
#[projection(of = Book)]
struct Brief {
    title: String,
    pages: i32,
    #[projection(column = Book::removal.deactivated_at)]
    removed: Option<DateTime<Utc>>,
    genre: Option<String>,
}

#[tokio::test]
async fn a_tuple_and_a_struct_name_the_columns_they_want() {
    let (_database, db) = library().await;
    author(&db, 1, "A").await;
    book(&db, 1, "x", 10).await;
    book(&db, 1, "y", 20).await;
    let ordered = || Book::select().order_by(Book::title.desc());
    let pairs: Vec<(String, i32)> = ordered().columns((Book::title, Book::pages)).fetch(&db).await.expect("reads");
    assert_eq!(pairs, [("y".to_owned(), 20), ("x".to_owned(), 10)]);
    let brief: Brief = ordered().project::<Brief>().fetch_one(&db).await.expect("reads");
    assert_eq!(brief, Brief { title: "y".to_owned(), pages: 20, removed: None, genre: None });
    let none = ordered().filter(Book::pages.gt(99)).project::<Brief>().fetch_optional(&db).await.expect("reads");
    assert_eq!(none, None);
    let rows = Book::select().columns(Book::pages).order_by(Book::pages.asc()).filter(Book::pages.gt(10));
    assert_eq!(rows.fetch(&db).await.expect("reads"), [20], "a list may be chosen before the rest is said");
    let removed = Author::select().columns((Author::id, Author::born)).fetch(&db).await.expect("reads");
    assert_eq!(removed, [(1, None)]);
}
