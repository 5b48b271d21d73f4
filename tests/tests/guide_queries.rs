//! The code of the guide's page on queries over several tables, as it stands there, run.

use schemata::alias;
use schemata::prelude::*;
use schemata::query::{
    Join, Select, bind, count, exists, generate_series, model, position, scalar, unnest, with, with_recursive,
};
use schemata_tests::library::{Author, Book, author, book, library};

type Outcome = Result<(), Box<dyn std::error::Error>>;

async fn filled() -> (schemata::testing::TestDatabase, Db) {
    let (database, db) = library().await;
    for (id, name) in [(1, "Ada"), (2, "Bo"), (3, "Cy")] {
        author(&db, id, name).await;
    }
    Author::update(2).mentor_id(1).exec(&db).await.expect("Ada taught Bo");
    for (author, title, pages) in [(1, "Sea", 300), (1, "War", 900), (1, "50% off", 20), (2, "Love", 150)] {
        book(&db, author, title, pages).await;
    }
    (database, db)
}

fn long_books() -> Select<Join<Book, Author>, (String, String)> {
    Book::select().join(Book::AUTHOR_ID_FKEY).filter(Book::pages.gt(100)).columns((Book::title, Author::name))
}

alias! {
    /// The author who taught another one.
    struct Mentor = Author;
}

#[tokio::test]
async fn joins() -> Outcome {
    let (_database, db) = filled().await;
    let books: Vec<(String, String)> = Book::select()
        .join(Book::AUTHOR_ID_FKEY)
        .filter(Author::name.ne("Bo").and(Book::pages.gt(100)))
        .order_by((Author::name.asc(), Book::title.asc()))
        .columns((Book::title, Author::name))
        .fetch(&db)
        .await?;
    assert_eq!(books.len(), 2);

    let titles: Vec<(String, Option<String>)> =
        Author::select().left_join(Book::AUTHOR_ID_FKEY).columns((Author::name, Book::title)).fetch(&db).await?;
    let models: Vec<(Author, Option<Book>)> =
        Author::select().left_join(Book::AUTHOR_ID_FKEY).models().fetch(&db).await?;
    assert_eq!((titles.len(), models.len()), (5, 5));
    assert_eq!(long_books().fetch(&db).await?.len(), 3);

    let taught: Vec<(String, Option<String>)> = Author::select()
        .left_join(Author::MENTOR_ID_FKEY.to(Mentor))
        .order_by(Author::id.asc())
        .columns((Author::name, Mentor::of(Author::name)))
        .fetch(&db)
        .await?;
    assert_eq!(taught[1].1.as_deref(), Some("Ada"));

    let namesakes: Vec<(Book, Author)> =
        Book::select().join_on::<Author>(Author::name.eq(Book::title)).models().fetch(&db).await?;
    assert_eq!(namesakes, []);
    Ok(())
}

#[derive(Debug, Projection)]
#[projection(of = (Author, Book, Mentor))]
struct Work {
    name: String,
    #[projection(column = Mentor::of(Author::name))]
    teacher: Option<String>,
    #[projection(expr = Book::pages * 2, reads = Book)]
    sides: Option<i32>,
    #[projection(nested)]
    book: Option<BookBrief>,
}

#[derive(Debug, Projection)]
#[projection(of = Book)]
struct BookBrief {
    title: String,
    genre: Option<String>,
}

#[derive(Debug, Projection)]
struct AuthorStatistics {
    name: String,
    books: i64,
    pages: Option<i64>,
}

#[tokio::test]
async fn structs() -> Outcome {
    let (_database, db) = filled().await;
    let works: Vec<Work> = Author::select()
        .left_join(Book::AUTHOR_ID_FKEY)
        .left_join(Author::MENTOR_ID_FKEY.to(Mentor))
        .order_by((Author::id.desc(), Book::title.asc()))
        .project::<Work>()
        .fetch(&db)
        .await?;
    assert!(works[0].book.is_none() && works[0].sides.is_none());
    assert_eq!((works[0].name.as_str(), works[1].teacher.as_deref()), ("Cy", Some("Ada")));
    assert_eq!(works[1].book.as_ref().map(|book| (book.title.as_str(), &book.genre)), Some(("Love", &None)));

    let statistics: Vec<AuthorStatistics> = Book::select()
        .join(Book::AUTHOR_ID_FKEY)
        .group_by(Author::name)
        .aggregate((count(), Book::pages.sum()))
        .order_by(count().desc())
        .rows_as::<AuthorStatistics>()
        .fetch(&db)
        .await?;
    let first = &statistics[0];
    assert_eq!((first.name.as_str(), first.books, first.pages), ("Ada", 3, Some(1220)));

    let labels: Vec<String> = long_books().map(|(title, author)| format!("{title}, by {author}")).fetch(&db).await?;
    assert_eq!(labels.len(), 3);
    Ok(())
}

#[tokio::test]
async fn sub_selects() -> Outcome {
    let (_database, db) = filled().await;
    let counted: Vec<(String, i64)> = Author::select()
        .columns((Author::name, scalar(Book::AUTHOR_ID_FKEY.children().aggregate(count()))))
        .fetch(&db)
        .await?;
    assert_eq!(counted.len(), 3);

    let outgrown = Author::select().filter(exists(
        Book::select().correlated().filter(Book::author_id.eq(Author::id).and(Book::pages.gt(Author::id * 500))),
    ));
    assert_eq!(outgrown.count(&db).await?, 1);
    Ok(())
}

#[derive(Debug, Projection)]
#[projection(source)]
struct PerAuthor {
    author_id: i32,
    books: i64,
}

#[derive(Debug, Projection)]
#[projection(source)]
struct Longest {
    title: String,
    pages: i32,
}

#[derive(Debug, Projection)]
#[projection(source)]
struct Descent {
    id: i32,
    depth: i32,
}

#[derive(Debug, Projection)]
#[projection(source)]
struct Wish {
    author_id: i32,
    pages: i32,
}

#[derive(Debug, Projection)]
#[projection(source)]
struct Shelf {
    number: i32,
}

#[tokio::test]
async fn derived_tables() -> Outcome {
    let (_database, db) = filled().await;
    let per_author = || Book::select().group_by(Book::author_id).aggregate(count());
    let prolific: Vec<(String, i64)> = Author::select()
        .join_query::<PerAuthor>(per_author(), PerAuthor::author_id.eq(Author::id))
        .filter(PerAuthor::books.gt(1))
        .columns((Author::name, PerAuthor::books))
        .fetch(&db)
        .await?;
    let most = PerAuthor::from_query(per_author()).aggregate(PerAuthor::books.max()).fetch_one(&db).await?;
    assert_eq!((prolific, most), (vec![("Ada".to_owned(), 3)], Some(3)));

    let longest = Book::AUTHOR_ID_FKEY.children().order_by(Book::pages.desc()).limit(2);
    let best: Vec<(String, Option<String>)> = Author::select()
        .left_join_lateral::<Longest>(longest.columns((Book::title, Book::pages)))
        .order_by((Author::name.asc(), Longest::pages.desc()))
        .columns((Author::name, Longest::title))
        .fetch(&db)
        .await?;
    assert_eq!(best.len(), 4);

    let rows: Vec<(Author, i64)> = with::<PerAuthor>(per_author())
        .read(Author::select().join_on::<PerAuthor>(PerAuthor::author_id.eq(Author::id)))
        .columns((model::<Author>(), PerAuthor::books))
        .fetch(&db)
        .await?;
    assert_eq!(rows.len(), 2);

    let first = Author::select().filter(Author::name.eq("Ada")).columns((Author::id, bind(0)));
    let next = Author::select()
        .join_on::<Descent>(Descent::id.eq(Author::mentor_id))
        .columns((Author::id, Descent::depth + 1));
    let school: Vec<Descent> = with_recursive::<Descent>(first, next)
        .read(Descent::select().order_by(Descent::depth.asc()))
        .fetch(&db)
        .await?;
    assert_eq!(school.iter().map(|one| (one.id, one.depth)).collect::<Vec<_>>(), [(1, 0), (2, 1)]);
    Ok(())
}

#[tokio::test]
async fn functions() -> Outcome {
    let (_database, db) = filled().await;
    let wishes: Vec<(i32, i32)> = vec![(1, 500), (2, 500)];
    let (authors, pages): (Vec<i32>, Vec<i32>) = wishes.into_iter().unzip();
    let found: Vec<Book> = Wish::from_function(unnest((authors, pages)))
        .join_on::<Book>(Book::author_id.eq(Wish::author_id).and(Book::pages.gt(Wish::pages)))
        .columns(model::<Book>())
        .fetch(&db)
        .await?;
    assert_eq!(found.len(), 1);

    let shelves: Vec<(i32, Option<String>)> = Shelf::from_function(generate_series(bind(1), bind(3)))
        .left_join_on::<Book>((Book::pages / 300).eq(Shelf::number))
        .order_by(Shelf::number.asc())
        .columns((Shelf::number, Book::title))
        .fetch(&db)
        .await?;
    assert_eq!(shelves.len(), 3);
    Ok(())
}

#[tokio::test]
async fn combinations() -> Outcome {
    let (_database, db) = filled().await;
    let names: Vec<String> = Author::select()
        .columns(Author::name)
        .union(Book::select().filter(Book::pages.gt(100)).columns(Book::title))
        .order_by(position(1).asc())
        .limit(3)
        .fetch(&db)
        .await?;
    assert_eq!(names, ["Ada", "Bo", "Cy"]);

    let idle = Author::select().columns(Author::id).except(Book::select().columns(Book::author_id));
    assert_eq!(idle.count(&db).await?, 1);
    Ok(())
}

#[tokio::test]
async fn locks() -> Outcome {
    let (_database, db) = filled().await;
    db.transaction(|tx| async move {
        let rows = Book::select().join(Book::AUTHOR_ID_FKEY).for_update().of::<Book, _>();
        rows.filter(Author::name.eq("Ada")).models().fetch(&tx).await
    })
    .await?;
    Ok(())
}
