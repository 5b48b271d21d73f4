//! The code of the guide's page on aggregates, windows, documents and search, as it stands there, run.

#![expect(clippy::type_complexity, reason = "the types of rows are stated because they are tested")]

use rust_decimal::Decimal;
use schemata::prelude::*;
use schemata::query::{
    array, count, current_row, jsonb_build_object, preceding, rank, row_number, to_jsonb, to_tsvector, ts_headline,
    ts_rank, websearch_to_tsquery, window,
};
use schemata_tests::library::{Author, Book, author, book, library};
use serde_json::{Value, json};

type Outcome = Result<(), Box<dyn std::error::Error>>;

async fn filled() -> (schemata::testing::TestDatabase, Db) {
    let (database, db) = library().await;
    for (id, name) in [(1, "Ada"), (2, "Bo"), (3, "Cy")] {
        author(&db, id, name).await;
    }
    for (author, title, pages) in [(1, "Sea", 300), (1, "War and sea", 900), (2, "Love", 150)] {
        let book = book(&db, author, title, pages).await;
        let details = json!({"binding": {"kind": "hardcover", "colours": ["red"]}, "weight": pages});
        Book::update(book.id).price(Decimal::from(pages)).details(details).exec(&db).await.expect("updates");
    }
    (database, db)
}

#[tokio::test]
async fn aggregates() -> Outcome {
    let (_database, db) = filled().await;
    let long = count().filter(Book::pages.gt(500));
    let average = Book::pages.sum() / count();
    let by_author: Vec<(String, (i64, Option<i64>, Option<String>))> = Book::select()
        .join(Book::AUTHOR_ID_FKEY)
        .group_by(Author::name)
        .aggregate((long, average.clone(), Book::title.string_agg(", ").order_by(Book::title.asc())))
        .having(average.clone().gt(100))
        .order_by(average.desc())
        .fetch(&db)
        .await?;
    assert_eq!(by_author[0], ("Ada".to_owned(), (1, Some(600), Some("Sea, War and sea".to_owned()))));

    let titles: Vec<(String, (Option<Vec<Option<String>>>, Option<Vec<String>>))> = Author::select()
        .left_join(Book::AUTHOR_ID_FKEY)
        .group_by(Author::name)
        .aggregate((Book::title.nullable().array_agg(), Book::title.array_agg_not_null()))
        .order_by(Author::name.desc())
        .fetch(&db)
        .await?;
    assert_eq!(titles[0], ("Cy".to_owned(), (Some(vec![None]), None)));

    let books: Vec<(String, Vec<String>)> = Author::select()
        .columns((
            Author::name,
            array(Book::AUTHOR_ID_FKEY.children().order_by(Book::title.asc()).columns(Book::title)),
        ))
        .fetch(&db)
        .await?;
    assert_eq!(books.len(), 3);
    Ok(())
}

#[tokio::test]
async fn windows() -> Outcome {
    let (_database, db) = filled().await;
    let of_author = window().partition_by(Book::author_id);
    let ranked: Vec<(String, i64, Option<i64>, Option<i32>)> = Book::select()
        .order_by(Book::title.asc())
        .columns((
            Book::title,
            rank().over(of_author.clone().order_by(Book::pages.desc())),
            Book::pages.sum().over(of_author.clone()),
            Book::pages.lag(1).over(of_author.order_by(Book::title.asc())),
        ))
        .fetch(&db)
        .await?;
    assert_eq!(ranked[1], ("Sea".to_owned(), 2, Some(1200), None));

    let running = window().order_by(Book::title.asc()).rows_between(preceding(2), current_row());
    let page: Vec<(String, i64, Option<i64>)> = Book::select()
        .order_by(Book::title.asc())
        .limit(2)
        .columns((Book::title, count().over(window()), Book::pages.sum().over(running)))
        .fetch(&db)
        .await?;
    assert_eq!(page[1], ("Sea".to_owned(), 3, Some(450)));

    let numbered: Vec<(i32, (Option<i64>, i64))> = Book::select()
        .group_by(Book::author_id)
        .aggregate((Book::pages.sum(), row_number().over(window().order_by(Book::pages.sum().desc()))))
        .order_by(Book::author_id.asc())
        .fetch(&db)
        .await?;
    assert_eq!(numbered, [(1, (Some(1200), 1)), (2, (Some(150), 2))]);
    Ok(())
}

#[tokio::test]
async fn documents() -> Outcome {
    let (_database, db) = filled().await;
    let kind = Book::details.json("binding").json_text("kind");
    let hardcovers: Vec<(String, Option<Value>)> = Book::select()
        .filter(kind.eq("hardcover").and(Book::details.has_key("weight")))
        .columns((Book::title, Book::details.json_path(["binding", "colours", "0"])))
        .fetch(&db)
        .await?;
    assert_eq!(hardcovers[0].1, Some(json!("red")));

    let shelf = jsonb_build_object((("title", Book::title), ("pages", Book::pages)));
    let shelves: Vec<(String, Option<Value>)> = Book::select()
        .join(Book::AUTHOR_ID_FKEY)
        .group_by(Author::name)
        .aggregate(shelf.jsonb_agg().order_by(Book::title.asc()))
        .order_by(Author::name.desc())
        .fetch(&db)
        .await?;
    assert_eq!(shelves[0], ("Bo".to_owned(), Some(json!([{"title": "Love", "pages": 150}]))));

    let changed: Vec<Option<Value>> = Book::select()
        .filter(Book::title.eq("Love"))
        .columns(Book::details.jsonb_set(["weight"], to_jsonb(Book::pages * 2)).json_remove("binding"))
        .fetch(&db)
        .await?;
    assert_eq!(changed, [Some(json!({"weight": 300}))]);
    Ok(())
}

#[tokio::test]
async fn search() -> Outcome {
    let (_database, db) = filled().await;
    let query = websearch_to_tsquery("english", "seas -love");
    let title = to_tsvector("english", Book::title);
    let found: Vec<(String, String)> = Book::select()
        .filter(title.clone().matches_query(query.clone()))
        .order_by(ts_rank(title, query.clone()).desc())
        .columns((Book::title, ts_headline("english", Book::title, query)))
        .fetch(&db)
        .await?;
    assert_eq!(found.len(), 2);
    assert!(found.contains(&("Sea".to_owned(), "<b>Sea</b>".to_owned())));

    let tagged = Book::select().filter(Book::tags.any_eq("sea").or(Book::tags.array_append("x").overlaps(Book::tags)));
    assert_eq!(tagged.count(&db).await?, 0);
    Ok(())
}
