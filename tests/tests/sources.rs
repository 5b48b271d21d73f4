//! Derived tables, common table expressions, functions as tables, combinations of queries, and structs that they are read as.

#![allow(clippy::type_complexity, reason = "rows are tuples of tuples")]

use chrono::NaiveDate;
use schemata::prelude::*;
use schemata::query::{
    Combined, CursorError, Select, bind, count, exists, generate_series, model, position, scalar, unnest, with,
    with_recursive, with_recursive_distinct,
};
use schemata::{Error, ErrorKind, alias};
use schemata_tests::library::{Author, Book, author, book, library};

alias! {
    struct Mentor = Author;
    struct Other = PerAuthor;
}

/// The number of books of each author.
#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(source)]
struct PerAuthor {
    author_id: i32,
    books: i64,
    pages: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(source)]
struct Longest {
    title: String,
    pages: i32,
}

#[derive(Debug, PartialEq, Projection)]
#[projection(source)]
struct Descent {
    id: i32,
    depth: i32,
}

#[derive(Debug, PartialEq, Projection)]
#[projection(source)]
struct Number {
    r#type: i32,
}

#[derive(Debug, PartialEq, Projection)]
#[projection(source)]
struct Wanted {
    author: i32,
    copies: i64,
    place: i64,
}

/// Three authors, of whom A taught B and B taught C; books of A and B, of which one is removed.
async fn filled() -> (schemata::testing::TestDatabase, Db) {
    let (database, db) = library().await;
    for (id, name) in [(1, "A"), (2, "B"), (3, "C")] {
        author(&db, id, name).await;
    }
    for id in [2, 3] {
        Author::update(id).mentor_id(id - 1).exec(&db).await.expect("updates");
    }
    book(&db, 1, "a", 10).await;
    book(&db, 1, "b", 20).await;
    book(&db, 2, "c", 30).await;
    let gone = book(&db, 2, "gone", 99).await;
    Book::remove(gone.id).exec(&db).await.expect("removes");
    (database, db)
}

fn per_author() -> Select<schemata::query::Group<Book>, (i32, (i64, Option<i64>))> {
    Book::select().group_by(Book::author_id).aggregate((count(), Book::pages.sum()))
}

fn row(author_id: i32, books: i64, pages: i64) -> PerAuthor {
    PerAuthor { author_id, books, pages: Some(pages) }
}

#[tokio::test]
async fn a_query_is_read_like_a_table() {
    let (_database, db) = filled().await;
    let first = PerAuthor::from_query(per_author());
    let rows = first.clone().order_by(PerAuthor::books.desc()).fetch(&db).await.expect("reads");
    assert_eq!(rows, [row(1, 2, 30), row(2, 1, 30)], "the removed book is not counted");
    let many = first.filter(PerAuthor::books.gt(1));
    assert_eq!(many.clone().count(&db).await.expect("counts"), 1);
    let names: Vec<(String, i64)> = many
        .join_on::<Author>(Author::id.eq(PerAuthor::author_id))
        .columns((Author::name, PerAuthor::books))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(names, [("A".into(), 2)]);
    let all: Vec<(String, Option<i64>, Option<PerAuthor>)> = Author::select()
        .left_join_query::<PerAuthor>(per_author(), PerAuthor::author_id.eq(Author::id))
        .order_by(Author::id.asc())
        .columns((Author::name, PerAuthor::pages, model::<PerAuthor>()))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(all[1], ("B".into(), Some(30), Some(row(2, 1, 30))));
    assert_eq!(all[2], ("C".into(), None, None));
    let both: Vec<(PerAuthor, PerAuthor)> = PerAuthor::from_query(per_author())
        .join_query::<Other>(per_author(), Other::of(PerAuthor::pages).eq(PerAuthor::pages))
        .filter(Other::of(PerAuthor::author_id).gt(PerAuthor::author_id))
        .models()
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(both, [(row(1, 2, 30), row(2, 1, 30))]);
}

#[tokio::test]
async fn a_lateral_query_reads_the_tables_before_it() {
    let (_database, db) = filled().await;
    let longest =
        || Book::AUTHOR_ID_FKEY.children().order_by(Book::pages.desc()).limit(1).columns((Book::title, Book::pages));
    let rows: Vec<(String, String)> = Author::select()
        .join_lateral::<Longest>(longest())
        .order_by(Longest::pages.asc())
        .columns((Author::name, Longest::title))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(rows, [("A".into(), "b".into()), ("B".into(), "c".into())]);
    let rows: Vec<(Author, Option<Longest>)> = Author::select()
        .left_join_lateral::<Longest>(longest())
        .filter(Longest::pages.is_null())
        .models()
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(rows.iter().map(|(author, _)| author.id).collect::<Vec<_>>(), [3]);
    let totals: Vec<(String, i64)> = Author::select()
        .join_lateral::<Sum>(Book::AUTHOR_ID_FKEY.children().aggregate(count()))
        .order_by(Author::id.asc())
        .columns((Author::name, Sum::books))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(totals.iter().map(|(_, books)| *books).collect::<Vec<_>>(), [2, 1, 0]);
}

#[derive(Debug, PartialEq, Projection)]
#[projection(source)]
struct Sum {
    books: i64,
}

#[tokio::test]
async fn common_table_expressions_are_chained_and_read_by_name() {
    let (_database, db) = filled().await;
    let counts = with::<PerAuthor>(per_author()).materialized();
    let most = PerAuthor::select().filter(PerAuthor::books.gt(1)).aggregate(PerAuthor::books.count());
    let query = counts
        .with::<Sum>(most)
        .read(PerAuthor::select().join_on::<Sum>(Sum::books.le(PerAuthor::books)).order_by(PerAuthor::author_id.asc()));
    let rows: Vec<(i32, i64)> =
        query.clone().columns((PerAuthor::author_id, Sum::books)).fetch(&db).await.expect("reads");
    assert_eq!(rows, [(1, 1), (2, 1)]);
    assert_eq!(query.clone().count(&db).await.expect("counts"), 2);
    assert!(query.exists(&db).await.expect("asks"));
    let inside = with::<PerAuthor>(per_author()).read(PerAuthor::select().columns(PerAuthor::author_id));
    let names = Author::select().filter(Author::id.not_in_select(inside)).columns(Author::name);
    assert_eq!(names.fetch(&db).await.expect("reads"), ["C"]);
    let error = PerAuthor::select().fetch(&db).await.expect_err("no such expression");
    assert_eq!(error.kind(), ErrorKind::Unsendable);
    assert!(format!("{error:?}").contains("UndefinedCte { name: \"per_author\" }"), "{error:?}");
}

#[tokio::test]
async fn a_recursive_expression_follows_rows() {
    let (_database, db) = filled().await;
    let first = || Author::select().filter(Author::id.eq(1)).columns((Author::id, bind(0)));
    let next = || {
        Author::select().join_on::<Descent>(Descent::id.eq(Author::mentor_id)).columns((Author::id, Descent::depth + 1))
    };
    let taught = with_recursive::<Descent>(first(), next()).read(Descent::select().order_by(Descent::depth.asc()));
    let expected = [(1, 0), (2, 1), (3, 2)].map(|(id, depth)| Descent { id, depth });
    assert_eq!(taught.fetch(&db).await.expect("reads"), expected);
    Author::update(1).mentor_id(3).exec(&db).await.expect("a circle");
    let all = Author::select().filter(Author::id.eq(1)).columns(Author::id);
    let next = Author::select().join_on::<Number>(Number::r#type.eq(Author::mentor_id)).columns(Author::id);
    let circle = with_recursive_distinct::<Number>(all, next).read(Number::select());
    assert_eq!(circle.count(&db).await.expect("ends"), 3);
}

#[tokio::test]
async fn functions_and_arrays_are_read_like_tables() {
    let (_database, db) = filled().await;
    let numbers = Number::from_function(generate_series(bind(2), bind(4))).order_by(Number::r#type.desc());
    assert_eq!(numbers.fetch(&db).await.expect("reads").len(), 3);
    let wanted = unnest((vec![2, 1, 7], vec![5_i64, 6, 7])).with_ordinality();
    let rows: Vec<(i64, Option<String>, i64)> = Wanted::from_function(wanted)
        .left_join_on::<Author>(Author::id.eq(Wanted::author))
        .order_by(Wanted::place.asc())
        .columns((Wanted::place, Author::name, Wanted::copies))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(rows, [(1, Some("B".into()), 5), (2, Some("A".into()), 6), (3, None, 7)]);
    Book::update_where(Book::title.eq("a")).tags(vec!["sea".into(), "war".into()]).exec(&db).await.expect("tags");
    let tags: Vec<(String, Option<String>)> = Book::select()
        .left_join_function::<Tag>(unnest(Book::tags))
        .order_by((Book::title.asc(), Tag::tag.asc()))
        .columns((Book::title, Tag::tag))
        .fetch(&db)
        .await
        .expect("reads");
    let sea = ("a".to_owned(), Some("sea".to_owned()));
    assert_eq!((tags.len(), &tags[0]), (4, &sea));
    assert_eq!(Book::select().join_function::<Tag>(unnest(Book::tags)).count(&db).await.expect("counts"), 2);
    let series: Vec<(String, i32)> = Author::select()
        .join_function::<Number>(generate_series(bind(1), Author::id))
        .filter(Author::name.eq("B"))
        .columns((Author::name, Number::r#type))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(series, [("B".into(), 1), ("B".into(), 2)]);
}

#[derive(Debug, PartialEq, Projection)]
#[projection(source)]
struct Tag {
    tag: String,
}

#[tokio::test]
async fn queries_are_combined() {
    let (_database, db) = filled().await;
    let authors = || Author::select().columns((Author::name, Author::id));
    let titles = || Book::select().columns((Book::title, Book::author_id));
    let all: Select<Combined, (String, i32)> = authors().union_all(titles()).union_all(authors());
    assert_eq!(all.clone().count(&db).await.expect("counts"), 9);
    assert!(all.clone().exists(&db).await.expect("asks"));
    let last = all.clone().order_by((position(2).desc(), position(1).asc())).limit(3).fetch(&db).await.expect("reads");
    assert_eq!(last, [("C".into(), 3), ("C".into(), 3), ("B".into(), 2)]);
    assert_eq!(all.clone().order_by(position(1).asc()).offset(8).fetch(&db).await.expect("reads").len(), 1);
    assert_eq!(authors().union(authors()).count(&db).await.expect("counts"), 3);
    assert_eq!(authors().intersect(titles()).count(&db).await.expect("counts"), 0);
    assert_eq!(authors().except(authors().limit(2)).count(&db).await.expect("counts"), 1);
    let pairs = all.clone().except_all(authors()).intersect_all(authors().union_all(titles()));
    assert_eq!(pairs.count(&db).await.expect("counts"), 6);
    let longest = Longest::from_query(all.clone()).filter(Longest::pages.eq(3)).fetch(&db).await.expect("reads");
    assert_eq!(longest, vec![Longest { title: "C".into(), pages: 3 }; 2]);
    let ids = Author::select().columns(Author::id).except(Book::select().columns(Book::author_id));
    let idle = Author::select().filter(Author::id.in_select(ids.clone())).columns(Author::name);
    assert_eq!(idle.fetch(&db).await.expect("reads"), ["C"]);
    let mentors = Author::select().columns(Author::mentor_id).union(Author::select().columns(Author::mentor_id));
    let last = Author::select().filter(Author::id.not_in_select(mentors)).columns(Author::name);
    assert_eq!(last.fetch(&db).await.expect("reads"), ["C"], "NULLs are left out");
    let counted: (i64,) = ids.aggregate((count(),)).fetch_one(&db).await.expect("reads");
    assert_eq!(counted, (1,));
}

#[tokio::test]
async fn a_query_that_was_mapped_is_not_read_by_another_one() {
    let (_database, db) = filled().await;
    let names = || Author::select().columns((Author::id, Author::id)).map(|(id, _)| (id.to_string(), id));
    let error = Longest::from_query(names()).fetch(&db).await.expect_err("other columns");
    assert_eq!(error.kind(), ErrorKind::Unsendable);
    assert_eq!(names().union(names()).fetch(&db).await.expect_err("refused").kind(), ErrorKind::Unsendable);
    assert_eq!(names().rows_as::<Longest>().fetch(&db).await.expect_err("refused").kind(), ErrorKind::Unsendable);
    assert_eq!(names().count(&db).await.expect("counts"), 3);
    let mapped = Author::select().columns(Author::name).union(Book::select().columns(Book::title));
    let mapped = mapped.map(|name| name.len()).filter(bind(true)).fetch(&db).await.expect("reads");
    assert_eq!(mapped, [1; 6]);
}

#[tokio::test]
async fn groups_are_counted_and_asked_for() {
    let (_database, db) = filled().await;
    assert_eq!(per_author().count(&db).await.expect("counts"), 2);
    let none = per_author().having(count().gt(5));
    assert_eq!((none.clone().count(&db).await.expect("counts"), none.exists(&db).await.expect("asks")), (0, false));
    let never = Book::select().filter(Book::pages.gt(999));
    assert!(never.clone().aggregate(count()).exists(&db).await.expect("asks"), "totals are always a row");
    assert_eq!(never.aggregate(count()).count(&db).await.expect("counts"), 1);
    let halves = Book::select().group_by(Book::pages / 20).aggregate(count()).count(&db).await.expect("counts");
    assert_eq!(halves, 2);
    let first = Book::select()
        .distinct_on(Book::pages / 20)
        .order_by(((Book::pages / 20).asc(), Book::title.desc()))
        .columns(Book::title);
    assert_eq!(first.clone().count(&db).await.expect("counts"), 2);
    let joined = Book::select().join(Book::AUTHOR_ID_FKEY);
    assert!(joined.clone().filter(Author::id.eq(2)).exists(&db).await.expect("asks"));
    assert!(!joined.filter(Author::id.eq(3)).exists(&db).await.expect("asks"));
}

#[derive(Debug, PartialEq, Projection)]
#[projection(of = (Book, Author))]
struct Line {
    title: String,
    #[projection(column = Author::name)]
    author: String,
    #[projection(expr = Book::pages * 2 + Author::id)]
    sum: i32,
    #[projection(nested)]
    brief: BookBrief,
    #[projection(column = Author::mentor_id)]
    teacher: Option<i32>,
}

#[derive(Debug, PartialEq, Projection)]
#[projection(of = Book)]
struct BookBrief {
    genre: Option<String>,
    #[projection(expr = Book::pages * 10)]
    tenfold: i32,
}

#[derive(Debug, PartialEq, Projection)]
#[projection(of = (Author, Book, Mentor))]
struct AuthorLine {
    name: String,
    #[projection(column = Book::title)]
    title: Option<String>,
    #[projection(expr = Book::pages + 1, reads = Book)]
    pages: Option<i32>,
    #[projection(nested)]
    book: Option<BookBrief>,
    #[projection(column = Mentor::of(Author::name))]
    teacher: Option<String>,
    born: Option<NaiveDate>,
}

#[derive(Debug, PartialEq, Projection)]
struct Pair {
    name: String,
    pages: Option<i32>,
}

#[tokio::test]
async fn structs_hold_columns_of_several_tables() {
    let (_database, db) = filled().await;
    let lines = Book::select()
        .join(Book::AUTHOR_ID_FKEY)
        .order_by(Book::title.asc())
        .project::<Line>()
        .fetch(&db)
        .await
        .expect("reads");
    let brief = BookBrief { genre: None, tenfold: 100 };
    assert_eq!(lines[0], Line { title: "a".into(), author: "A".into(), sum: 21, brief, teacher: None });
    assert_eq!((lines.len(), lines[2].teacher), (3, Some(1)));
    let lines = Author::select()
        .left_join(Book::AUTHOR_ID_FKEY)
        .left_join(Author::MENTOR_ID_FKEY.to(Mentor))
        .order_by((Author::id.desc(), Book::title.asc()))
        .project::<AuthorLine>();
    let found = lines.clone().fetch(&db).await.expect("reads");
    let name = |name: &str| Some(name.to_owned());
    let idle = AuthorLine { name: "C".into(), title: None, pages: None, book: None, teacher: name("B"), born: None };
    assert_eq!((found.len(), &found[0]), (4, &idle));
    let brief = Some(BookBrief { genre: None, tenfold: 300 });
    let teacher = name("A");
    assert_eq!(
        found[1],
        AuthorLine { name: "B".into(), title: name("c"), pages: Some(31), book: brief, teacher, born: None }
    );
    let page = lines.page(3).fetch(&db).await.expect("reads");
    assert_eq!(page.rows, found[..3]);
    let one: Vec<BookBrief> =
        Book::select().project::<BookBrief>().order_by(Book::title.asc()).fetch(&db).await.expect("reads");
    assert_eq!(one[0].tenfold, 100);
    let pairs = Author::select().left_join(Book::AUTHOR_ID_FKEY).order_by((Author::id.asc(), Book::title.asc()));
    let listed = pairs.columns((Author::name, Book::pages));
    let named = listed.clone().rows_as::<Pair>().fetch(&db).await.expect("reads");
    let mapped = listed.map(|(name, pages)| Pair { name, pages }).fetch(&db).await.expect("reads");
    assert_eq!(named, mapped);
    assert_eq!((named.len(), &named[0]), (4, &Pair { name: "A".into(), pages: Some(10) }));
}

#[tokio::test]
async fn pages_over_what_has_no_key_need_an_order_that_is_unique() {
    let (_database, db) = filled().await;
    let rows = PerAuthor::from_query(per_author()).order_by(PerAuthor::author_id.desc());
    let error = rows.clone().page(1).fetch(&db).await.expect_err("rows could tie");
    assert!(matches!(error, Error::Cursor(CursorError::NoUniqueOrder)), "{error:?}");
    let first = rows.clone().page(1).unique_order().fetch(&db).await.expect("reads");
    assert_eq!(first.rows, [row(2, 1, 30)]);
    let second = rows.page(1).unique_order().after_opt(first.next).fetch(&db).await.expect("reads");
    assert_eq!((&second.rows, second.next), (&vec![row(1, 2, 30)], None));
    let read = || with::<PerAuthor>(per_author()).read(PerAuthor::select().order_by(PerAuthor::author_id.asc()));
    let page = read().page(1).unique_order().fetch(&db).await.expect("reads");
    let next = read().page(5).unique_order().after_opt(page.next).fetch(&db).await.expect("reads");
    assert_eq!(next.rows, [row(2, 1, 30)]);
}

#[tokio::test]
async fn sub_selects_read_derived_tables() {
    let (_database, db) = filled().await;
    let names = Author::select()
        .filter(exists(
            PerAuthor::from_query(per_author())
                .correlated()
                .filter(PerAuthor::author_id.eq(Author::id).and(PerAuthor::books.gt(1))),
        ))
        .columns((
            Author::name,
            scalar(
                PerAuthor::from_query(per_author())
                    .correlated()
                    .filter(PerAuthor::author_id.eq(Author::id))
                    .columns(PerAuthor::books),
            ),
        ));
    assert_eq!(names.fetch(&db).await.expect("reads"), [("A".into(), Some(2))]);
}

/// Every kind of query, as text of its rows.
async fn everything(db: &Db) -> Vec<String> {
    let join = Book::select().join(Book::AUTHOR_ID_FKEY).columns((Book::title, Author::name));
    let full = Book::select().full_join(Book::AUTHOR_ID_FKEY).order_by(Author::id.asc()).columns(Author::name);
    let derived = PerAuthor::from_query(per_author()).columns(PerAuthor::books);
    let joined = Author::select().join_query::<PerAuthor>(per_author(), PerAuthor::author_id.eq(Author::id));
    let longest = Book::AUTHOR_ID_FKEY.children().columns((Book::title, Book::pages));
    let lateral = Author::select().join_lateral::<Longest>(longest).columns(Longest::title);
    let cte = with::<PerAuthor>(per_author()).read(PerAuthor::select()).columns(PerAuthor::books);
    let first = Author::select().columns((Author::id, bind(0)));
    let next = Author::select().join_on::<Descent>(Descent::id.eq(Author::mentor_id)).columns((Author::id, bind(1)));
    let tree = with_recursive::<Descent>(first, next).read(Descent::select()).columns(Descent::id);
    let unioned = Author::select().columns(Author::name).union_all(Book::select().columns(Book::title));
    let idle = exists(Book::select().correlated().filter(Book::author_id.eq(Author::id)));
    let counted = scalar(Book::AUTHOR_ID_FKEY.children().aggregate(count()));
    let nested = Author::select().filter(idle).columns((Author::name, counted));
    let page = Book::select().join(Book::AUTHOR_ID_FKEY).page(5).fetch(db).await.expect("reads a page").rows;
    macro_rules! rows {
        ($($query:expr),*) => {
            vec![$(format!("{:?}", $query.fetch(db).await.expect("reads"))),*]
        };
    }
    let mut all = rows![join, full, derived, joined, lateral, cte, tree, unioned, nested];
    all.push(format!("{:?}", page.iter().map(|book| &book.title).collect::<Vec<_>>()));
    all
}

#[tokio::test]
async fn the_schema_of_the_handle_holds_for_every_table_of_a_query() {
    let (_database, db) = filled().await;
    let names = ["authors", "books"];
    for schema in ["one", "tw\"o"] {
        let quoted = schema.replace('"', "\"\"");
        let tables =
            names.map(|table| format!("CREATE TABLE \"{quoted}\".{table} (LIKE public.{table} INCLUDING ALL)"));
        for sql in [format!("CREATE SCHEMA \"{quoted}\"")].into_iter().chain(tables) {
            db.execute_sql(schemata::RawSql::trusted(sql), &[]).await.expect("creates");
        }
    }
    let handles = ["one", "tw\"o"].map(|schema| db.in_schema(schema).expect("a schema"));
    for (handle, title) in handles.iter().zip(["first", "second"]) {
        author(handle, 1, &format!("{title} author")).await;
        book(handle, 1, title, 1).await;
    }
    let drop = "DROP TABLE public.notes, public.chapters, public.books, public.authors";
    db.execute_sql(drop, &[]).await.expect("drops");
    let [first, second] = [everything(&handles[0]).await, everything(&handles[1]).await];
    let other = first.iter().map(|rows| rows.replace("first", "second")).collect::<Vec<_>>();
    assert_eq!(other, second);
    assert_eq!(first[0], r#"[("first", "first author")]"#);
    assert!(second.iter().all(|rows| rows != "[]" && !rows.contains("first")), "{second:?}");
}
