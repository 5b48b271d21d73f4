//! The code of the guide's page on expressions, as it stands there, run.

use schemata::prelude::*;
use schemata::query::functions::{concat, date_trunc_in, extract, left, length, lower, unit};
use schemata::query::{Select, bind, case, coalesce, count, now};
use schemata::schema::Interval;
use schemata::{sql, sql_fn};
use schemata_tests::library::{Author, Book, author, book, library};

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
async fn everywhere() -> Outcome {
    let (_database, db) = filled().await;
    let initial = left(Book::title, 1);
    let by_initial: Vec<(String, i64)> = Book::select()
        .filter(length(Book::title).lt(5))
        .group_by(initial.clone())
        .aggregate(count())
        .order_by(initial.asc())
        .fetch(&db)
        .await?;
    assert_eq!(by_initial, [("L".into(), 1), ("S".into(), 1), ("W".into(), 1)]);
    Ok(())
}

#[tokio::test]
async fn nulls() -> Outcome {
    let (_database, db) = filled().await;
    let rows: Vec<(String, Option<i32>, String, String)> = Author::select()
        .left_join(Book::AUTHOR_ID_FKEY)
        .order_by((Author::id.asc(), Book::title.asc()))
        .columns((
            Author::name,
            length(Book::title),
            coalesce(Book::genre, "unknown"),
            concat((Author::name, ": ", Book::title)),
        ))
        .fetch(&db)
        .await?;
    assert_eq!(rows[4], ("Cy".into(), None, "unknown".into(), "Cy: ".into()));
    Ok(())
}

#[tokio::test]
async fn cases() -> Outcome {
    let (_database, db) = filled().await;
    let size = case().when(Book::pages.gt(500), "long").when(Book::pages.gt(100), "medium").otherwise("short");
    let sizes: Vec<(String, i64)> = Book::select()
        .group_by(size.clone())
        .aggregate(count())
        .order_by((count().desc(), size.lift().asc()))
        .fetch(&db)
        .await?;
    assert_eq!(sizes, [("medium".into(), 2), ("long".into(), 1), ("short".into(), 1)]);
    Ok(())
}

#[tokio::test]
async fn times() -> Outcome {
    let (_database, db) = filled().await;
    Book::update_where(Book::title.eq("Sea")).published_at(chrono::Utc::now()).exec(&db).await?;
    let month = date_trunc_in(unit::Month, Book::published_at, "Europe/Vienna");
    let age = extract(unit::Epoch, now() - Book::published_at);
    let recent = Book::select()
        .filter(Book::published_at.gt(now() - Interval::days(30)))
        .columns((Book::title, month, age))
        .fetch(&db)
        .await?;
    assert_eq!(recent.len(), 1);
    Ok(())
}

sql_fn! {
    /// The name as the search compares it: `canon_name` of this database.
    pub fn canon_name(text: String) -> String;
}

#[tokio::test]
async fn own_sql() -> Outcome {
    let (_database, db) = filled().await;
    let function = "CREATE FUNCTION canon_name(text) RETURNS text LANGUAGE sql STRICT AS $$ SELECT lower($1) $$";
    db.execute_sql(function, &[]).await?;
    let name = "ADA";
    let found = Author::select().filter(canon_name(Author::name).eq(canon_name(name))).fetch_optional(&db).await?;
    assert_eq!(found.map(|author| author.id), Some(1));

    let search = "s%";
    let near: Select<Book, (String, i32)> = Book::select()
        .filter(sql!(bool, "{} SIMILAR TO {}", lower(Book::title), search))
        .columns((Book::title, sql!(i32, "ascii({}) - ascii({})", Book::title, bind(search.to_owned()))));
    assert_eq!(near.fetch(&db).await?, [("Sea".into(), -32)]);
    Ok(())
}
