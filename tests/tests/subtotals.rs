//! Subtotals by ROLLUP, CUBE and GROUPING SETS, rows of VALUES, and pages with related rows, each beside SQL written by hand.

use schemata::model::Write;
use schemata::query::{Page, coalesce, count, grouping, values, with};
use schemata::{Db, Executor, Projection, RawSql, TableModel};
use schemata_tests::library::{Author, Book, author, book, library};

/// Authors with books in genres, of which one is unknown.
async fn filled(db: &Db) {
    for (id, name) in [(1, "A"), (2, "B"), (3, "C")] {
        author(db, id, name).await;
    }
    for (author, title, pages, genre) in
        [(1, "a", 10, Some("x")), (1, "b", 20, None), (1, "c", 30, Some("x")), (2, "d", 5, Some("y"))]
    {
        let book = book(db, author, title, pages).await;
        Book::update(book.id).genre(genre.map(str::to_owned)).exec(db).await.expect("updates");
    }
}

type Row = (Option<String>, Option<String>, i32, i64, Option<i64>);

async fn by_hand(db: &Db, groups: &str) -> Vec<Row> {
    let sql = format!(
        "SELECT a.name, b.genre, grouping(b.genre), count(*), sum(b.pages)
           FROM books AS b JOIN authors AS a ON a.id = b.author_id GROUP BY {groups} ORDER BY 1, 2, 3, 4"
    );
    db.query_as(RawSql::trusted(sql), &[]).await.expect("reads")
}

macro_rules! rows {
    ($db:expr, $grouped:expr) => {{
        let query = $grouped.aggregate((grouping(Book::genre), count(), Book::pages.sum())).order_by((
            Author::name.asc(),
            Book::genre.asc(),
            grouping(Book::genre).asc(),
            count().asc(),
        ));
        let rows = query.fetch($db).await.expect("reads");
        rows.into_iter()
            .map(|((name, genre), (level, books, pages))| (name, genre, level, books, pages))
            .collect::<Vec<Row>>()
    }};
}

#[tokio::test]
#[expect(clippy::type_complexity, reason = "the guide shows the whole type")]
async fn subtotals_have_null_where_they_lack_a_column() {
    let (_database, db) = library().await;
    filled(&db).await;
    let books = || Book::select().join(Book::AUTHOR_ID_FKEY);
    let keys = (Author::name, Book::genre);
    let rolled = rows!(&db, books().rollup(keys));
    assert_eq!(rolled, by_hand(&db, "ROLLUP (a.name, b.genre)").await);
    assert_eq!(rolled.len(), 6, "three groups, two authors, one total: {rolled:?}");
    assert_eq!(rows!(&db, books().cube(keys)), by_hand(&db, "CUBE (a.name, b.genre)").await);
    let sets = books().grouping_sets(keys).set(Author::name).set(keys).all_rows().grouped();
    assert_eq!(rows!(&db, sets), by_hand(&db, "GROUPING SETS ((a.name), (a.name, b.genre), ())").await);
    let names: Vec<(Option<String>, (Option<String>, Option<String>))> = books()
        .rollup(Author::name)
        .aggregate((Author::name, Book::title.max()))
        .having(count().gt(1))
        .order_by(Author::name.asc())
        .fetch(&db)
        .await
        .expect("reads");
    let row =
        |name: Option<&str>, title: &str| (name.map(str::to_owned), (name.map(str::to_owned), Some(title.to_owned())));
    assert_eq!(names, [row(Some("A"), "c"), row(None, "d")]);
    let replaced: Vec<(Option<String>, String)> = books()
        .rollup(Book::genre)
        .aggregate(coalesce(Book::genre, "none"))
        .order_by((Book::genre.asc(), grouping(Book::genre).asc()))
        .fetch(&db)
        .await
        .expect("reads");
    let texts = replaced.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>();
    assert_eq!(texts, ["x", "y", "none", "none"], "both NULLs are replaced");
    assert_eq!(books().rollup(keys).aggregate(()).count(&db).await.expect("counts"), 6);
}

/// Wanted books.
#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(source)]
struct Wanted {
    author: i32,
    title: Option<String>,
    tags: Vec<String>,
}

/// A number.
#[derive(Debug, PartialEq, Projection)]
#[projection(source)]
struct Number {
    n: i64,
}

#[tokio::test]
async fn rows_of_the_program_are_a_table() {
    let (_database, db) = library().await;
    filled(&db).await;
    let wanted = [(1, Some("a".to_owned()), vec!["t".to_owned(), "u".to_owned()]), (2, None, Vec::new())];
    let read = values::<Wanted>(wanted.clone()).order_by(Wanted::author.asc()).fetch(&db).await.expect("reads");
    let expected = wanted.clone().map(|(author, title, tags)| Wanted { author, title, tags });
    assert_eq!(read, expected);
    let joined: Vec<(String, Vec<String>)> = values::<Wanted>(wanted.clone())
        .join_on::<Author>(Author::id.eq(Wanted::author))
        .filter(Wanted::title.is_not_null())
        .columns((Author::name, Wanted::tags))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(joined, [("A".to_owned(), vec!["t".to_owned(), "u".to_owned()])]);
    let counted = Author::select().left_join_query::<Wanted>(values::<Wanted>(wanted), Wanted::author.eq(Author::id));
    assert_eq!(counted.filter(Wanted::author.is_null()).count(&db).await.expect("counts"), 1);
    let none = values::<Wanted>(Vec::<(i32, Option<String>, Vec<String>)>::new());
    assert_eq!(none.filter(Wanted::author.gt(0)).fetch(&db).await.expect("reads"), []);
    let numbers = with::<Number>(values::<Number>([3_i64, 1, 2])).read(Number::select().order_by(Number::n.desc()));
    assert_eq!(numbers.fetch(&db).await.expect("reads"), [3, 2, 1].map(|n| Number { n }));
}

#[tokio::test]
async fn a_page_is_read_with_what_belongs_to_its_rows() {
    let (_database, db) = library().await;
    filled(&db).await;
    let page = || Author::select().order_by(Author::name.asc()).page(2).with_total();
    let books = || Book::AUTHOR_ID_FKEY.each().order_by(Book::title.asc());
    let titles = |page: &Page<(Author, Vec<Book>)>| {
        let of = |(author, books): &(Author, Vec<Book>)| {
            (author.name.clone(), books.iter().map(|book| book.title.clone()).collect::<String>())
        };
        page.rows.iter().map(of).collect::<Vec<_>>()
    };
    let first = page().with(books()).fetch(&db).await.expect("reads");
    assert_eq!(titles(&first), [("A".to_owned(), "abc".to_owned()), ("B".to_owned(), "d".to_owned())]);
    assert_eq!((first.total, first.previous.is_none()), (Some(3), true));
    let next = page().after(first.next.expect("more")).with(books()).fetch(&db).await.expect("reads");
    assert_eq!((titles(&next), next.next), (vec![("C".to_owned(), String::new())], None));
}
