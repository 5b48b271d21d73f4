//! Joins: what each kind keeps, the types of what it brings, aliases, removed rows, and what the statement says.

use rust_decimal::Decimal;
use schemata::alias;
use schemata::model::Write;
use schemata::query::{Condition, Inner, Join, Left, Select, count, exists, model, scalar};
use schemata::{Db, TableModel};
use schemata_tests::library::{Author, Book, Chapter, author, book, library};

alias! {
    /// The author who taught another one.
    struct Mentor = Author;
}

/// Three authors, of whom A taught B; three books, of which one is removed; one chapter.
async fn fill(db: &Db) -> [Book; 3] {
    author(db, 1, "A").await;
    author(db, 2, "B").await;
    author(db, 3, "C").await;
    Author::update(2).mentor_id(1).exec(db).await.expect("updates");
    let books = [book(db, 1, "a", 10).await, book(db, 2, "b", 20).await, book(db, 2, "gone", 30).await];
    Book::remove(books[2].id).exec(db).await.expect("removes");
    Chapter::insert().book_id(books[0].id).number(1).heading("one").exec(db).await.expect("inserts");
    books
}

#[tokio::test]
async fn columns_of_several_tables_are_listed_filtered_and_sorted() {
    let (_database, db) = library().await;
    fill(&db).await;
    let query: Select<Join<Book, Author>, (String, String, i32)> = Book::select()
        .join(Book::AUTHOR_ID_FKEY)
        .filter(Author::name.ne("C").and(Book::pages.gt(Author::id)))
        .filter(Condition::any([Book::title.eq("a"), Author::name.eq("B")]))
        .order_by((Author::name.desc(), Book::title.asc()))
        .columns((Book::title, Author::name, Book::pages * 2 + Author::id));
    let rows = query.clone().fetch(&db).await.expect("reads");
    assert_eq!(rows, [("b".into(), "B".into(), 42), ("a".into(), "A".into(), 21)]);
    assert_eq!(query.count(&db).await.expect("counts"), 2);
}

#[tokio::test]
async fn inner_and_left_joins_keep_what_is_listed_already() {
    let (_database, db) = library().await;
    fill(&db).await;
    let titles = Book::select().columns((Book::title, Book::pages)).map(|(title, pages)| format!("{title}{pages}"));
    let joined: Select<Join<Join<Book, Author>, Chapter, Left>, String> =
        titles.join(Book::AUTHOR_ID_FKEY).left_join(Chapter::BOOK_ID_FKEY).order_by(Author::name.desc());
    let pages = Book::select().filter(Book::title.eq("a")).fetch(&db).await.expect("reads")[0].pages;
    assert_eq!(joined.clone().limit(2).fetch(&db).await.expect("reads")[1], format!("a{pages}"));
    let with_chapter = joined.filter(Chapter::number.is_not_null()).fetch(&db).await.expect("reads");
    assert_eq!(with_chapter, [format!("a{pages}")]);
}

#[tokio::test]
async fn an_outer_join_makes_what_it_brings_an_option() {
    let (_database, db) = library().await;
    let books = fill(&db).await;
    let authors = Author::select().left_join(Book::AUTHOR_ID_FKEY).order_by(Author::id.asc());
    let rows: Vec<(String, Option<String>, Option<Decimal>)> =
        authors.clone().columns((Author::name, Book::title, Book::price)).fetch(&db).await.expect("reads");
    assert_eq!(
        rows,
        [("A".into(), Some("a".into()), None), ("B".into(), Some("b".into()), None), ("C".into(), None, None)],
        "a removed book is no partner"
    );
    let models: Vec<(Author, Option<Book>)> = authors.models().fetch(&db).await.expect("reads");
    assert_eq!(models[0].1.as_ref(), Some(&books[0]));
    assert_eq!((models[2].0.name.as_str(), &models[2].1), ("C", &None));
    let right: Vec<(Option<Book>, Author)> = Book::select()
        .right_join(Book::AUTHOR_ID_FKEY)
        .order_by(Author::id.asc())
        .models()
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(right.iter().map(|(book, _)| book.is_some()).collect::<Vec<_>>(), [true, true, false]);
    let first: Vec<Option<Book>> =
        Book::select().right_join(Book::AUTHOR_ID_FKEY).order_by(Author::id.desc()).fetch(&db).await.expect("reads");
    assert_eq!(first.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, true]);
}

#[tokio::test]
async fn a_table_is_read_twice_by_an_alias() {
    let (_database, db) = library().await;
    fill(&db).await;
    let rows: Vec<(String, Option<String>)> = Author::select()
        .left_join(Author::MENTOR_ID_FKEY.to(Mentor))
        .order_by(Author::id.asc())
        .columns((Author::name, Mentor::of(Author::name)))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(rows, [("A".into(), None), ("B".into(), Some("A".into())), ("C".into(), None)]);
    let taught: Vec<(Author, Author)> =
        Author::select().join(Author::MENTOR_ID_FKEY.to(Mentor)).models().fetch(&db).await.expect("reads");
    assert_eq!(taught.iter().map(|(one, other)| (one.id, other.id)).collect::<Vec<_>>(), [(2, 1)]);
    let mentors: Vec<Author> = Mentor::select().filter(Mentor::of(Author::id).eq(1)).fetch(&db).await.expect("reads");
    assert_eq!(mentors[0].name, "A");
}

#[tokio::test]
async fn groups_and_sub_selects_read_joined_tables() {
    let (_database, db) = library().await;
    fill(&db).await;
    let pages = (Book::pages * 2).sum();
    let by_author: Vec<(String, (i64, Option<i64>))> = Book::select()
        .join(Book::AUTHOR_ID_FKEY)
        .group_by(Author::name)
        .aggregate((count(), pages.clone()))
        .having(count().gt(0).and(Author::name.ne("C")))
        .order_by((pages.desc(), Author::name.asc()))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(by_author, [("B".into(), (1, Some(40))), ("A".into(), (1, Some(20)))]);
    let counted: Vec<(Author, i64, Option<i32>)> = Author::select()
        .filter(!exists(Book::select().correlated().filter(Book::author_id.eq(Author::id).and(Book::pages.gt(15)))))
        .order_by(Author::id.asc())
        .columns((
            model::<Author>(),
            scalar(Book::AUTHOR_ID_FKEY.children().aggregate(count())),
            scalar(Book::AUTHOR_ID_FKEY.children().columns(Book::pages).limit(1)),
        ))
        .fetch(&db)
        .await
        .expect("reads");
    let seen: Vec<_> = counted.iter().map(|(author, books, pages)| (author.id, *books, *pages)).collect();
    assert_eq!(seen, [(1, 1, Some(10)), (3, 0, None)]);
}

#[tokio::test]
async fn pages_over_joins_return_every_row_once() {
    let (_database, db) = library().await;
    fill(&db).await;
    let query: Select<Join<Author, Book, Left>, (String, Option<String>)> = Author::select()
        .left_join(Book::AUTHOR_ID_FKEY)
        .order_by(Book::title.desc())
        .columns((Author::name, Book::title));
    let all = query.clone().fetch(&db).await.expect("reads");
    let (mut paged, mut cursor) = (Vec::new(), None);
    loop {
        let page = query.clone().page(1).after_opt(cursor).fetch(&db).await.expect("reads a page");
        paged.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(paged, all);
}

#[tokio::test]
async fn a_condition_for_one_table_serves_a_query_of_several() {
    let (_database, db) = library().await;
    fill(&db).await;
    let long: fn() -> Condition<Book> = || Book::pages.ge(15);
    let one = Book::select().filter(long()).count(&db).await.expect("counts");
    let query: Select<Join<Book, Author, Inner>, Book> = Book::select().join(Book::AUTHOR_ID_FKEY);
    let two = query.filter(long().lift()).count(&db).await.expect("counts");
    assert_eq!((one, two), (1, 1));
}

#[tokio::test]
async fn a_lock_of_one_table_leaves_the_others_free() {
    let (_database, db) = library().await;
    fill(&db).await;
    db.transaction(|tx| {
        let other = db.clone();
        async move {
            let locked = Book::select().join(Book::AUTHOR_ID_FKEY).for_no_key_update().of::<Book, _>();
            assert_eq!(locked.models().fetch(&tx).await?.len(), 2);
            let free = Author::select().for_update().skip_locked().fetch(&other).await?;
            assert_eq!(free.len(), 3, "no author is locked");
            assert_eq!(Book::select().for_update().skip_locked().fetch(&other).await?.len(), 0, "both books are");
            let error = Book::select().for_share().nowait().fetch(&other).await.expect_err("locked");
            assert!(format!("{error:?}").contains("55P03"), "{error:?}");
            Ok::<(), schemata::Error>(())
        }
    })
    .await
    .expect("commits");
    db.transaction(|tx| {
        let other = db.clone();
        async move {
            let taught = Author::select().left_join(Author::MENTOR_ID_FKEY.to(Mentor)).of::<Author, _>();
            taught.filter(Author::id.eq(2)).fetch(&tx).await?;
            let free = Author::select().for_update().skip_locked().order_by(Author::id.asc()).columns(Author::id);
            assert_eq!(free.fetch(&other).await?, [1, 3], "the alias is a table of its own");
            Ok::<(), schemata::Error>(())
        }
    })
    .await
    .expect("commits");
}
