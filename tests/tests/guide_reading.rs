//! The code of the guide's page on reading, as it stands there, run.

use schemata::prelude::*;
use schemata::query::{CursorError, CursorKey, Select, count};
use schemata::{Error, Rows};
use schemata_tests::library::{Author, Book, Chapter, author, book, library};
use serde_json::json;
use uuid::Uuid;

type Outcome = Result<(), Box<dyn std::error::Error>>;

async fn filled() -> (schemata::testing::TestDatabase, Db) {
    let (database, db) = library().await;
    for (id, name) in [(1, "Ada"), (2, "Bo"), (3, "Cy")] {
        author(&db, id, name).await;
    }
    for (author, title, pages) in [(1, "Sea", 300), (1, "War", 900), (1, "50% off", 20), (2, "Love", 150)] {
        book(&db, author, title, pages).await;
    }
    (database, db)
}

#[tokio::test]
async fn filters() -> Outcome {
    let (_database, db) = filled().await;
    let books = Book::select()
        .filter(Book::pages.between(100, 500).and(Book::title.ne("War")))
        .order_by((Book::pages.desc(), Book::title.asc()))
        .limit(25)
        .fetch(&db)
        .await?;
    assert_eq!(books.len(), 2);

    let genre: Option<&str> = None;
    let search: Option<&str> = Some("50%");
    let found = Book::select()
        .filter_opt(genre.map(|genre| Book::genre.eq(genre)))
        .filter_opt(search.map(|text| Book::title.contains(text)))
        .fetch(&db)
        .await?;
    assert_eq!(found.len(), 1);

    let tagged = Book::tags.overlaps(["sea", "war"]).or(Book::details.json_contains(json!({"sea": true})));
    let wild = Book::genre.is_distinct_from("novel").and(!tagged);
    assert_eq!(Book::select().filter(wild).count(&db).await?, 0);
    Ok(())
}

#[tokio::test]
async fn related() -> Outcome {
    let (_database, db) = filled().await;
    let prolific = Author::select().filter(Book::AUTHOR_ID_FKEY.child_exists(Book::pages.gt(500)));
    let idle = Author::select().filter(!Book::AUTHOR_ID_FKEY.child_exists(Condition::always()));
    let by_ada = Book::select().filter(Book::AUTHOR_ID_FKEY.parent_exists(Author::name.eq("Ada")));
    assert_eq!((prolific.count(&db).await?, idle.count(&db).await?, by_ada.count(&db).await?), (1, 1, 3));

    let long = Book::select().filter(Book::pages.gt(500)).columns(Book::author_id);
    let authors = Author::select().filter(Author::id.in_select(long)).fetch(&db).await?;
    assert_eq!(authors.len(), 1);
    Ok(())
}

#[tokio::test]
async fn loading() -> Outcome {
    let (_database, db) = filled().await;
    let authors = Author::select().order_by(Author::name.asc()).limit(25).fetch(&db).await?;
    let books = Book::AUTHOR_ID_FKEY
        .children_of(&authors)
        .filter(Book::pages.gt(50))
        .order_by(Book::pages.desc())
        .limit_each(3)
        .fetch(&db)
        .await?;
    let chapters = Chapter::BOOK_ID_FKEY.children_of(books.rows()).fetch(&db).await?;
    for (author, books) in authors.iter().zip(books.groups()) {
        println!("{} wrote {} books", author.name, books.len());
    }
    assert_eq!((books.of(0).count(), chapters.rows().len()), (2, 0));

    let books = Book::select().order_by(Book::title.asc()).fetch(&db).await?;
    let authors = Book::AUTHOR_ID_FKEY.parents_of(&books).fetch(&db).await?;
    for (at, book) in books.iter().enumerate() {
        let author = authors.first_of(at).map_or("nobody", |author| &author.name);
        println!("{} is by {author}", book.title);
    }
    assert_eq!(authors.rows().len(), 2);

    let (authors, chapters) = tokio::try_join!(
        Book::AUTHOR_ID_FKEY.parents_of(&books).fetch(&db),
        Chapter::BOOK_ID_FKEY.children_of(&books).fetch(&db),
    )?;
    assert_eq!((authors.rows().len(), chapters.rows().len()), (2, 0));
    Ok(())
}

#[derive(Debug, Projection)]
#[projection(of = Book)]
struct Brief {
    id: Uuid,
    title: String,
}

#[tokio::test]
async fn parts() -> Outcome {
    let (_database, db) = filled().await;
    let titles: Vec<(Uuid, String)> = Book::select().columns((Book::id, Book::title)).fetch(&db).await?;
    let briefs: Vec<Brief> = Book::select().project().fetch(&db).await?;
    assert_eq!(titles.len(), briefs.len());
    assert!(briefs.iter().all(|brief| titles.contains(&(brief.id, brief.title.clone()))));

    let (books, pages) = Book::select().aggregate((count(), Book::pages.sum())).fetch_one(&db).await?;
    assert_eq!((books, pages), (4, Some(1370)));

    let by_author: Vec<(i32, (i64, Option<i32>))> = Book::select()
        .filter(Book::pages.gt(50))
        .group_by(Book::author_id)
        .aggregate((count(), Book::pages.max()))
        .having(count().gt(1))
        .order_by(count().desc())
        .fetch(&db)
        .await?;
    assert_eq!(by_author, [(1, (2, Some(900)))]);
    Ok(())
}

fn newest(author: i32) -> Select<Book> {
    Book::select()
        .filter(Book::author_id.eq(author))
        .order_by((Book::published_at.desc().nulls_last(), Book::title.asc()))
}

async fn list(db: &Db, author: i32, cursor: Option<String>) -> schemata::Result<Option<String>> {
    let page = newest(author).page(2).after_opt(cursor).fetch(db).await?;
    for book in &page.rows {
        println!("{}", book.title);
    }
    Ok(page.next)
}

#[tokio::test]
async fn pages() -> Outcome {
    let (_database, db) = filled().await;
    let second = list(&db, 1, None).await?;
    assert_eq!(list(&db, 1, second.clone()).await?, None);

    let key = CursorKey::new("a secret of at least 32 bytes, from the configuration");
    let page = newest(1).page(2).sealed_with(&key).fetch(&db).await?;
    let cursor = page.next.expect("three books are two pages");
    let changed = newest(1).page(2).sealed_with(&key).after(cursor + "A").fetch(&db).await;
    assert!(matches!(changed, Err(Error::Cursor(CursorError::Malformed | CursorError::Seal))));
    Ok(())
}

#[tokio::test]
async fn streams_and_locks() -> Outcome {
    let (_database, db) = filled().await;
    let mut books: Rows<'_, Book> = Book::select().order_by(Book::title.asc()).stream(&db).await?;
    let mut pages = 0;
    while let Some(book) = books.try_next().await? {
        pages += book.pages;
    }
    assert_eq!(pages, 1370);

    let taken = db
        .transaction(|tx| async move {
            let next = Book::select().order_by(Book::title.asc()).for_update().skip_locked();
            let Some(book) = next.fetch_optional(&tx).await? else { return Ok(None) };
            Book::update(book.id).genre("taken").exec(&tx).await
        })
        .await?;
    assert_eq!(taken.and_then(|book| book.genre).as_deref(), Some("taken"));
    Ok(())
}
