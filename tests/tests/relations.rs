//! Relations: children, parents and grandchildren of a whole page, one statement per level.

use std::time::Duration;

use schemata::model::Write;
use schemata::{Db, Executor, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::library::{Author, Book, Chapter, Note, author, book, library};
use schemata_tests::wire::CountingProxy;

async fn fill(db: &Db) {
    for (id, name) in [(1, "A"), (2, "B"), (3, "C")] {
        author(db, id, name).await;
    }
    Author::update(2).mentor_id(1).exec(db).await.expect("updates");
    Author::update(3).mentor_id(1).exec(db).await.expect("updates");
    for (author, title, pages) in [(1, "a1", 10), (1, "a2", 30), (1, "a3", 20), (2, "b1", 5)] {
        let book = book(db, author, title, pages).await;
        for number in 1..=2 {
            Chapter::insert().book_id(book.id).number(number).heading(title).exec(db).await.expect("inserts");
        }
    }
}

fn titles(books: &[&Book]) -> Vec<String> {
    books.iter().map(|book| book.title.clone()).collect()
}

#[tokio::test]
async fn a_level_is_one_round_trip_whatever_the_pages_size() {
    let (database, db) = library().await;
    fill(&db).await;
    let proxy = CountingProxy::to(database.url()).await;
    let counted = Db::connect(proxy.url()).await.expect("connects");
    for rows in [1, 2, 3, 3] {
        let authors = Author::select().order_by(Author::id.asc()).limit(rows).fetch(&counted).await.expect("reads");
        proxy.take();
        let books = Book::AUTHOR_ID_FKEY.children_of(&authors).fetch(&counted).await.expect("loads");
        let children = proxy.take();
        let chapters = Chapter::BOOK_ID_FKEY.children_of(books.rows()).fetch(&counted).await.expect("loads");
        let grandchildren = proxy.take();
        let parents = Book::AUTHOR_ID_FKEY.parents_of(books.rows()).fetch(&counted).await.expect("loads");
        let levels = [children, grandchildren, proxy.take()];
        // The first time, each statement is prepared too.
        assert_eq!(levels, if rows == 1 { [2, 2, 2] } else { [1, 1, 1] }, "{rows} authors");
        assert_eq!(chapters.rows().len(), books.rows().len() * 2);
        assert_eq!(parents.rows().len(), usize::try_from(rows.min(2)).expect("small"), "each parent comes once");
    }
    let nobody: [Author; 0] = [];
    assert!(Book::AUTHOR_ID_FKEY.children_of(&nobody).fetch(&counted).await.expect("loads").rows().is_empty());
    assert_eq!(proxy.take(), 0, "nothing is asked for nobody");
}

#[tokio::test]
async fn children_are_filtered_ordered_and_limited_for_each_parent() {
    let (database, db) = library().await;
    fill(&db).await;
    let authors = Author::select().order_by(Author::id.desc()).fetch(&db).await.expect("reads");
    let longest = Book::AUTHOR_ID_FKEY.children_of(&authors).order_by(Book::pages.desc()).limit_each(2);
    let longest = longest.fetch(&db).await.expect("loads");
    let groups: Vec<Vec<String>> = longest.groups().map(|books| titles(&books)).collect();
    assert_eq!(groups, [vec![], vec!["b1".to_owned()], vec!["a2".into(), "a3".into()]]);
    let all = Book::AUTHOR_ID_FKEY.children_of(&authors).order_by(Book::pages.asc()).filter(Book::pages.gt(9));
    let all = all.fetch(&db).await.expect("loads");
    let groups: Vec<Vec<String>> = all.groups().map(|books| titles(&books)).collect();
    assert_eq!(groups, [vec![], vec![], vec!["a1".to_owned(), "a3".into(), "a2".into()]]);

    let remove = "UPDATE books SET deactivated_at = now() WHERE title = 'a2'";
    connect(database.url()).await.execute(remove, &[]).await.expect("removes");
    let load = || Book::AUTHOR_ID_FKEY.children_of(&authors).order_by(Book::title.asc());
    assert_eq!(load().fetch(&db).await.expect("loads").of(2).count(), 2, "a removed book is not loaded");
    assert_eq!(load().with_deleted().fetch(&db).await.expect("loads").of(2).count(), 3);
}

#[tokio::test]
async fn every_child_finds_its_parent_and_a_null_finds_none() {
    let (_database, db) = library().await;
    fill(&db).await;
    let authors = Author::select().order_by(Author::id.asc()).fetch(&db).await.expect("reads");
    let mentors = Author::MENTOR_ID_FKEY.parents_of(&authors).fetch(&db).await.expect("loads");
    let names: Vec<Option<&str>> = (0..3).map(|at| mentors.first_of(at).map(|mentor| mentor.name.as_str())).collect();
    assert_eq!(names, [None, Some("A"), Some("A")]);
    let pupils =
        Author::MENTOR_ID_FKEY.children_of(&authors).order_by(Author::id.asc()).fetch(&db).await.expect("loads");
    let ids: Vec<Vec<i32>> = pupils.into_groups().iter().map(|group| group.iter().map(|a| a.id).collect()).collect();
    assert_eq!(ids, [vec![2, 3], vec![], vec![]]);
}

#[tokio::test]
async fn a_key_of_two_columns_is_compared_as_one() {
    let (_database, db) = library().await;
    fill(&db).await;
    let chapters = Chapter::select().order_by((Chapter::heading.asc(), Chapter::number.asc())).fetch(&db).await;
    let chapters = chapters.expect("reads");
    for (id, at) in [(1, Some(0)), (2, Some(1)), (3, Some(1)), (4, None)] {
        let chapter = at.map(|at: usize| &chapters[at]);
        let book_id = chapters[0].book_id;
        let note = Note::insert().id(id).book_id(book_id).words("w").chapter(chapter.map(|chapter| chapter.number));
        note.exec(&db).await.expect("inserts");
    }
    let notes = Note::BOOK_ID_CHAPTER_FKEY.children_of(&chapters).order_by(Note::id.asc()).fetch(&db).await;
    let notes = notes.expect("loads");
    let ids: Vec<Vec<i64>> = notes.groups().take(3).map(|group| group.iter().map(|note| note.id).collect()).collect();
    assert_eq!(ids, [vec![1], vec![2, 3], vec![]]);
    let all = Note::select().order_by(Note::id.asc()).fetch(&db).await.expect("reads");
    let back = Note::BOOK_ID_CHAPTER_FKEY.parents_of(&all).fetch(&db).await.expect("loads");
    let numbers: Vec<Option<i32>> = (0..4).map(|at| back.first_of(at).map(|chapter| chapter.number)).collect();
    assert_eq!(numbers, [Some(1), Some(2), Some(2), None]);
    let scribbled = Note::BOOK_ID_CHAPTER_FKEY.child_exists(Note::words.eq("w"));
    assert_eq!(Chapter::select().filter(scribbled).count(&db).await.expect("counts"), 2);
}

#[tokio::test]
async fn loading_a_large_page_follows_the_index() {
    let (database, db) = library().await;
    let client = connect(database.url()).await;
    let fill = "INSERT INTO authors (id, name) SELECT n, n::text FROM generate_series(1, 2000) n;
                INSERT INTO books (author_id, title, pages, tags) SELECT n % 2000 + 1, 't', n, '{}' FROM generate_series(1, 20000) n;
                CREATE INDEX ON books (author_id); ANALYZE";
    client.batch_execute(fill).await.expect("fills");
    let authors = Author::select().fetch(&db).await.expect("reads");
    let books = Book::AUTHOR_ID_FKEY.children_of(&authors).order_by(Book::pages.asc()).limit_each(3);
    let books = books.fetch(&db).await.expect("loads");
    assert_eq!(books.rows().len(), 6000);
    for (author, mine) in authors.iter().zip(books.groups()) {
        let pages: Vec<i32> = mine.iter().map(|book| book.pages).collect();
        let first = if author.id == 1 { 2000 } else { author.id - 1 };
        assert_eq!(pages, [first, first + 2000, first + 4000]);
    }
}

/// How many authors and chapters the books have, asked for at once.
async fn siblings(on: &impl Executor, books: &[Book]) -> schemata::Result<(usize, usize)> {
    let (authors, chapters) = tokio::try_join!(
        Book::AUTHOR_ID_FKEY.parents_of(books).fetch(on),
        Chapter::BOOK_ID_FKEY.children_of(books).fetch(on),
    )?;
    Ok((authors.rows().len(), chapters.rows().len()))
}

#[tokio::test]
async fn sibling_relations_of_a_page_are_asked_for_at_once() {
    let (database, direct) = library().await;
    author(&direct, 1, "A").await;
    let books = vec![book(&direct, 1, "x", 1).await];
    Chapter::insert().book_id(books[0].id).number(1).heading("h").exec(&direct).await.expect("inserts");
    let proxy = CountingProxy::to(database.url()).await;
    let db = Db::builder(proxy.url()).max_connections(2).connect().await.expect("connects");
    let patience = Duration::from_secs(20);
    let in_one_transaction = db.transaction(|tx| {
        let (proxy, books) = (&proxy, &books);
        async move {
            siblings(&tx, books).await?;
            proxy.take();
            // No request is answered before both have arrived.
            proxy.hold_answers(2);
            let loaded =
                tokio::time::timeout(patience, siblings(&tx, books)).await.expect("they do not wait for each other");
            assert_eq!(proxy.take(), 2);
            loaded
        }
    });
    let (authors, chapters) = in_one_transaction.await.expect("reads");
    assert_eq!((authors, chapters), (1, 1));

    siblings(&db, &books).await.expect("opens the second connection");
    proxy.take();
    proxy.hold_answers(2);
    let loaded = tokio::time::timeout(patience, siblings(&db, &books)).await.expect("each has a connection");
    assert_eq!(loaded.expect("reads"), (1, 1));
}
