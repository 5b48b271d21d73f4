//! Queries as requests ask for them: whitelists of sort keys and filters, pages with a total, borrowed and optional values.

#![allow(clippy::needless_borrows_for_generic_args, reason = "references are what is tested")]

use std::borrow::Cow;

use schemata::model::Write;
use schemata::query::{Condition, Filterable, Join, RequestError, Select, Sortable};
use schemata::{Db, TableModel};
use schemata_tests::library::{Author, Book, author, book, library};

async fn fill(db: &Db) {
    author(db, 1, "Ada").await;
    author(db, 2, "100%").await;
    for (of, title, pages) in [(1, "a", 10), (1, "b", 20), (2, "c", 20), (2, "d", 40), (2, "e", 50)] {
        book(db, of, title, pages).await;
    }
    Book::update_where(Book::title.eq("a")).genre("novel").exec(db).await.expect("updates");
}

fn titles(books: &[Book]) -> String {
    books.iter().map(|book| book.title.as_str()).collect()
}

#[tokio::test]
async fn a_request_sorts_by_allowed_names_only() {
    let (_database, db) = library().await;
    fill(&db).await;
    let sortable = Book::sortable().key("pages", Book::pages).key("title", Book::title).key("double", Book::pages * 2);
    let sorted = async |text: &str| {
        let query = Book::select().order_by(sortable.parse(text).expect("known names")).order_by(Book::title.asc());
        titles(&query.fetch(&db).await.expect("reads"))
    };
    assert_eq!(sorted("-pages,title").await, "edbca");
    assert_eq!(sorted(" double , -title, double").await, "acbde");
    assert_eq!(sorted("").await, "abcde");
    assert_eq!(sorted("+title").await, "abcde");
    let error = sortable.parse("title,\"; DROP TABLE books").expect_err("refused");
    assert_eq!(error.to_string(), r#"cannot sort by "\"; DROP TABLE books": the sort keys are pages, title, double"#);
}

#[tokio::test]
async fn a_request_filters_by_allowed_names_and_readable_values() {
    let (_database, db) = library().await;
    fill(&db).await;
    let joined = || Book::select().join(Book::AUTHOR_ID_FKEY);
    let plain = Book::filterable().equals("title", Book::title);
    let condition = plain.parse([("title", "a")]).expect("a condition");
    assert_eq!(Book::select().filter(condition).count(&db).await.expect("counts"), 1);
    let filterable: Filterable<Join<Book, Author>> = Filterable::new()
        .among("title", Book::title)
        .at_least("min_pages", Book::pages)
        .at_most("max_pages", Book::pages)
        .equals("author", Author::id)
        .contains("name", Author::name)
        .with("genre", |text| match text {
            "none" => Ok(Book::genre.is_null()),
            "any" => Ok(Condition::always()),
            other => Err(format!("{other:?} is neither none nor any")),
        });
    let found = async |request: &[(&str, &str)]| {
        let condition = filterable.parse(request.iter().copied()).expect("a condition");
        let query = joined().filter(condition).order_by(Book::title.asc());
        titles(&query.fetch(&db).await.expect("reads"))
    };
    assert_eq!(found(&[]).await, "abcde");
    assert_eq!(found(&[("min_pages", "20"), ("max_pages", " 40 "), ("author", "2")]).await, "cd");
    assert_eq!(found(&[("title", "a,e,x")]).await, "ae");
    assert_eq!(found(&[("name", "%")]).await, "cde", "a percent sign stands for itself");
    assert_eq!(found(&[("genre", "none"), ("author", "1")]).await, "b");
    let refused = |name: &str, value: &str| filterable.parse([(name, value)]).expect_err("refused");
    assert_eq!(
        refused("price", "1").to_string(),
        r#"cannot filter by "price": the filters are title, min_pages, max_pages, author, name, genre"#
    );
    assert_eq!(refused("author", "x").to_string(), "the value of author is not valid: invalid digit found in string");
    let error = refused("genre", "x");
    assert!(matches!(error, RequestError::InvalidValue { name: "genre", .. }), "{error}");
}

#[tokio::test]
async fn a_page_counts_the_rows_of_all_pages() {
    let (_database, db) = library().await;
    fill(&db).await;
    let query = Book::select().filter(Book::pages.gt(10)).order_by(Book::title.asc());
    let first = query.clone().page(3).with_total().fetch(&db).await.expect("reads");
    assert_eq!((titles(&first.rows), first.total), ("bcd".into(), Some(4)));
    let second = query.clone().page(3).with_total().after_opt(first.next.clone()).fetch(&db).await.expect("reads");
    assert_eq!((titles(&second.rows), second.total), ("e".into(), Some(4)));
    let plain = query.clone().page(3).after_opt(first.next).fetch(&db).await.expect("its cursors serve both");
    assert_eq!((titles(&plain.rows), plain.total), ("e".into(), None));
    let none = query.filter(Book::title.eq("z")).page(3).with_total().fetch(&db).await.expect("reads");
    assert_eq!((none.rows.len(), none.total), (0, Some(0)));
    let listed: Select<Join<Book, Author>, (String, String)> = Book::select()
        .join(Book::AUTHOR_ID_FKEY)
        .filter(Author::name.ne("Ada"))
        .order_by(Book::pages.desc())
        .columns((Book::title, Author::name));
    let page = listed.page(1).with_total().fetch(&db).await.expect("reads");
    assert_eq!((page.rows, page.total), (vec![("e".into(), "100%".into())], Some(3)));
}

#[tokio::test]
async fn values_are_borrowed_or_optional() {
    let (_database, db) = library().await;
    fill(&db).await;
    let (owned, boxed): (String, Box<str>) = ("a".into(), "b".into());
    let (cow, pages): (Cow<'_, str>, [i32; 2]) = (Cow::Borrowed("c"), [10, 20]);
    let any = Condition::any([Book::title.eq(&owned), Book::title.eq(boxed), Book::title.eq(cow)]);
    assert_eq!(Book::select().filter(any).count(&db).await.expect("counts"), 3);
    let strings = vec!["a".to_owned(), "b".to_owned()];
    for condition in [
        Book::title.is_in(&strings),
        Book::title.is_in(&["a", "b"]),
        Book::title.is_in(strings.iter().map(String::as_str)),
        Book::pages.is_in(&pages).and(Book::title.ne(&"c".to_owned())),
    ] {
        assert_eq!(Book::select().filter(condition).count(&db).await.expect("counts"), 2);
    }
    let nameless = Book::select().filter(Book::genre.is_not_distinct_from(None)).count(&db).await.expect("counts");
    assert_eq!(nameless, 4);
    let id = Book::select().filter(Book::title.eq("a")).fetch_one(&db).await.expect("reads").id;
    let tags: &[String] = &strings;
    let changed = Book::update(id).genre(&"play".to_owned()).title(&owned).first_pages(&3).tags(tags).exec(&db).await;
    let changed = changed.expect("updates").expect("a book");
    assert_eq!((changed.genre.as_deref(), changed.first_pages, changed.tags), (Some("play"), Some(3), strings));
    let (pages, title): (Option<i32>, Option<&str>) = (None, Some("z"));
    let changed = Book::update(id).set_opt(Book::pages, pages).set_opt(Book::title, title).exec(&db).await;
    let changed = changed.expect("updates").expect("a book");
    assert_eq!((changed.pages, changed.title.as_str()), (10, "z"), "without a value, a column stays as it is");
}

#[tokio::test]
async fn queries_and_their_parts_are_kept_and_passed_on() {
    struct Listing {
        query: Select<Book>,
        conditions: Vec<Condition<Book>>,
        sortable: Sortable<Book>,
    }
    let (_database, db) = library().await;
    fill(&db).await;
    let listing = Listing {
        query: Book::select().limit(2),
        conditions: vec![Book::pages.ge(20), Book::title.ne("e")],
        sortable: Book::sortable().key("pages", Book::pages),
    };
    let by_pages = listing.sortable.clone().parse("-pages").expect("a known name");
    for _ in 0..2 {
        let filtered = listing.conditions.iter().cloned().fold(listing.query.clone(), Select::filter);
        let books = filtered.order_by(by_pages.clone()).order_by(Book::title.asc()).fetch(&db).await.expect("reads");
        assert_eq!(titles(&books), "db");
    }
}
