//! Filters: each operator selects the right rows, and random trees of them agree with the same tree in Rust.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemata::model::Write;
use schemata::query::Condition;
use schemata::{Db, Executor, TableModel};
use schemata_tests::dice::Dice;
use schemata_tests::library::{Author, Book, Chapter, author, book, library};
use schemata_tests::wire::CountingProxy;
use serde_json::{Value, json};

const GENRES: &[&str] = &["novel", "no_el", "NOVEL", "50%", "a\\b", ""];
const TAGS: &[&str] = &["sea", "war", "love"];

fn instant(dice: &mut Dice) -> DateTime<Utc> {
    let micros = 1_700_000_000_000_000 + i64::try_from(dice.roll(4)).expect("small");
    DateTime::from_timestamp_micros(micros).expect("a time")
}

fn tags(dice: &mut Dice) -> Vec<String> {
    TAGS.iter().filter(|_| dice.once_in(2)).map(|tag| (*tag).to_owned()).collect()
}

async fn random_books(db: &Db, dice: &mut Dice, number: usize) -> Vec<Book> {
    author(db, 1, "A").await;
    let mut books = Vec::new();
    for _ in 0..number {
        let insert = Book::insert()
            .author_id(1)
            .title(dice.pick(GENRES))
            .pages(i32::try_from(dice.roll(4)).expect("small"))
            .genre(dice.maybe(GENRES).map(str::to_owned))
            .first_pages(dice.maybe(&[0, 1, 2, 3]))
            .price(dice.maybe(&[Decimal::new(100, 2), Decimal::new(101, 2), Decimal::new(-5, 1)]))
            .rating(dice.maybe(&[0.1, -1.0, f64::NAN, f64::INFINITY]))
            .tags(tags(dice))
            .details(dice.maybe(&[json!({"a": 1}), json!({"a": {"b": [1, 2]}}), json!(["a"]), Value::Null]))
            .published_at(if dice.once_in(4) { None } else { Some(instant(dice)) });
        books.push(insert.exec(db).await.expect("inserts"));
    }
    books
}

/// The result of a condition on a row: one of SQL's three values.
type Truth = Option<bool>;
type Check = Box<dyn Fn(&Book) -> Truth>;

fn leaf(dice: &mut Dice) -> (Condition<Book>, Check) {
    let (n, m) = (i32::try_from(dice.roll(4)).expect("small"), i32::try_from(dice.roll(4)).expect("small"));
    let text = dice.pick(GENRES);
    match dice.roll(24) {
        0 => (Book::pages.eq(n), Box::new(move |b| Some(b.pages == n))),
        1 => (Book::first_pages.ne(n), Box::new(move |b| b.first_pages.map(|f| f != n))),
        2 => (Book::first_pages.lt(n), Box::new(move |b| b.first_pages.map(|f| f < n))),
        3 => (Book::first_pages.between(n, m), Box::new(move |b| b.first_pages.map(|f| n <= f && f <= m))),
        4 => (Book::first_pages.ge(Book::pages), Box::new(|b| b.first_pages.map(|f| f >= b.pages))),
        5 => (Book::pages.ne(Book::first_pages), Box::new(|b| b.first_pages.map(|f| b.pages != f))),
        6 => (Book::first_pages.is_null(), Box::new(|b| Some(b.first_pages.is_none()))),
        7 => (Book::genre.is_not_null(), Box::new(|b| Some(b.genre.is_some()))),
        8 => {
            let list: Vec<i32> = (0..dice.roll(3)).map(|i| (n + i32::try_from(i).expect("small")) % 4).collect();
            let values = list.clone();
            // `not_in` an empty list is true, even for NULL.
            let check =
                move |b: &Book| if list.is_empty() { Some(false) } else { b.first_pages.map(|f| list.contains(&f)) };
            if dice.once_in(2) {
                (Book::first_pages.is_in(values), Box::new(check))
            } else {
                (Book::first_pages.not_in(values), Box::new(move |b| check(b).map(|found| !found)))
            }
        }
        9 => {
            let value = dice.maybe(&[0, 1, 2, 3]);
            (Book::first_pages.is_distinct_from(value), Box::new(move |b| Some(b.first_pages != value)))
        }
        10 => {
            let value = dice.maybe(GENRES).map(str::to_owned);
            let same = value.clone();
            (Book::genre.is_not_distinct_from(same), Box::new(move |b| Some(b.genre == value)))
        }
        11 => (Book::genre.contains(text), Box::new(move |b| b.genre.as_ref().map(|g| g.contains(text)))),
        12 => (Book::genre.starts_with(text), Box::new(move |b| b.genre.as_ref().map(|g| g.starts_with(text)))),
        13 => (Book::genre.ends_with(text), Box::new(move |b| b.genre.as_ref().map(|g| g.ends_with(text)))),
        14 => {
            let low = text.to_lowercase();
            let check = move |b: &Book| b.genre.as_ref().map(|g| g.to_lowercase().contains(&low));
            (Book::genre.contains_insensitive(text), Box::new(check))
        }
        15 => {
            let check = |b: &Book| b.genre.as_ref().map(|g| g.len() == 5 && g.starts_with("no") && g.ends_with("el"));
            (Book::genre.like("no_el"), Box::new(check))
        }
        16 => (
            Book::title.matches("^[a-z_]+$"),
            Box::new(|b| Some(!b.title.is_empty() && b.title.chars().all(|c| c.is_ascii_lowercase() || c == '_'))),
        ),
        17 => (Book::title.matches_insensitive("^novel$"), Box::new(|b| Some(b.title.eq_ignore_ascii_case("novel")))),
        18 => {
            let (some, wanted) = (tags(dice), tags(dice));
            let sought = wanted.clone();
            match dice.roll(3) {
                0 => (
                    Book::tags.overlaps(some.clone()),
                    Box::new(move |b| Some(b.tags.iter().any(|t| some.contains(t)))),
                ),
                1 => (
                    Book::tags.contains_all(wanted),
                    Box::new(move |b| Some(sought.iter().all(|t| b.tags.contains(t)))),
                ),
                _ => (
                    Book::tags.contained_by(wanted),
                    Box::new(move |b| Some(b.tags.iter().all(|t| sought.contains(t)))),
                ),
            }
        }
        19 => (
            Book::details.has_key("a"),
            Box::new(|b| b.details.as_ref().map(|d| d.get("a").is_some() || *d == json!(["a"]))),
        ),
        20 => (
            Book::details.json_contains(json!({"a": {"b": [2]}})),
            Box::new(|b| b.details.as_ref().map(|d| *d == json!({"a": {"b": [1, 2]}}))),
        ),
        21 => (
            Book::details.path_exists("$.a.b[*] ? (@ > 1)"),
            Box::new(|b| b.details.as_ref().map(|d| *d == json!({"a": {"b": [1, 2]}}))),
        ),
        22 => {
            let price = Decimal::new(1000 + i64::from(n) * 5 - 5, 3);
            (Book::price.le(price), Box::new(move |b| b.price.map(|p| p <= price)))
        }
        _ => {
            let at = instant(dice);
            (Book::published_at.gt(at), Box::new(move |b| b.published_at.map(|p| p > at)))
        }
    }
}

fn tree(dice: &mut Dice, depth: u64) -> (Condition<Book>, Check) {
    if depth == 0 || dice.once_in(4) {
        return leaf(dice);
    }
    match dice.roll(5) {
        0 => {
            let (condition, check) = tree(dice, depth - 1);
            (!condition, Box::new(move |b| check(b).map(|holds| !holds)))
        }
        1 | 2 => {
            let ((a, left), (b, right)) = (tree(dice, depth - 1), tree(dice, depth - 1));
            (a.and(b), Box::new(move |row| and(left(row), right(row))))
        }
        _ => {
            let parts: Vec<_> = (0..dice.roll(4)).map(|_| tree(dice, depth - 1)).collect();
            let (conditions, checks): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
            let (of_none, together): (bool, fn(Truth, Truth) -> Truth) =
                if dice.once_in(2) { (true, and) } else { (false, or) };
            let check = move |row: &Book| {
                let mut holds = Some(of_none);
                for check in &checks {
                    holds = together(holds, check(row));
                }
                holds
            };
            (if of_none { Condition::all(conditions) } else { Condition::any(conditions) }, Box::new(check))
        }
    }
}

fn and(a: Truth, b: Truth) -> Truth {
    if a == Some(false) || b == Some(false) { Some(false) } else { Some(a? && b?) }
}

fn or(a: Truth, b: Truth) -> Truth {
    and(a.map(|a| !a), b.map(|b| !b)).map(|neither| !neither)
}

#[tokio::test]
async fn random_filters_agree_with_rust() {
    let (_database, db) = library().await;
    let books = random_books(&db, &mut Dice::new(1), 60).await;
    let mut kept = 0;
    for seed in 0..600 {
        let mut dice = Dice::new(seed);
        let (condition, check) = tree(&mut dice, 3);
        let found = Book::select().filter(condition).columns(Book::id).fetch(&db).await;
        let found: BTreeSet<_> = found.unwrap_or_else(|e| panic!("seed {seed}: {e:?}")).into_iter().collect();
        let expected: BTreeSet<_> = books.iter().filter(|b| check(b) == Some(true)).map(|b| b.id).collect();
        assert_eq!(found, expected, "seed {seed}");
        kept += usize::from(!found.is_empty() && found.len() < books.len());
    }
    assert!(kept > 250, "most filters tell rows apart: {kept} of 600");
}

#[tokio::test]
async fn a_filter_keeps_together_what_it_is_combined_with() {
    let (_database, db) = library().await;
    author(&db, 1, "A").await;
    for (title, pages) in [("a", 1), ("b", 2), ("c", 3)] {
        book(&db, 1, title, pages).await;
    }
    let either = Book::title.eq("a").or(Book::title.eq("b"));
    assert_eq!(Book::select().filter(Book::pages.gt(1)).filter(either).count(&db).await.expect("counts"), 1);
    assert_eq!(Book::select().filter_opt(None).count(&db).await.expect("counts"), 3);
    let long: Option<i32> = Some(3);
    let found = Book::select().filter_opt(long.map(|pages| Book::pages.ge(pages))).count(&db).await.expect("counts");
    assert_eq!(found, 1);
    assert_eq!(Book::select().filter(Condition::never()).count(&db).await.expect("counts"), 0);
    assert_eq!(Book::select().filter(Condition::always().and_opt(None)).count(&db).await.expect("counts"), 3);
}

async fn names(on: &impl Executor, condition: Condition<Author>) -> Vec<String> {
    let query = Author::select().filter(condition).order_by(Author::id.asc()).columns(Author::name);
    query.fetch(on).await.expect("reads")
}

#[tokio::test]
async fn related_rows_and_sub_selects_decide_and_removed_ones_never_do() {
    let (database, db) = library().await;
    for (id, name) in [(1, "A"), (2, "B"), (3, "C")] {
        author(&db, id, name).await;
    }
    Author::update(3).mentor_id(1).exec(&db).await.expect("updates");
    let (first, second) = (book(&db, 1, "x", 10).await, book(&db, 2, "y", 20).await);
    Chapter::insert().book_id(first.id).number(1).heading("one").exec(&db).await.expect("inserts");
    let wrote = |condition| Book::AUTHOR_ID_FKEY.child_exists(condition);
    assert_eq!(names(&db, wrote(Condition::always())).await, ["A", "B"]);
    assert_eq!(names(&db, !wrote(Condition::always())).await, ["C"]);
    assert_eq!(names(&db, wrote(Book::pages.gt(10).and(Book::title.eq("y")))).await, ["B"]);
    let with_chapter = Chapter::BOOK_ID_FKEY.child_exists(Chapter::heading.eq("one"));
    assert_eq!(names(&db, wrote(with_chapter)).await, ["A"], "two levels down");
    let taught = Author::MENTOR_ID_FKEY;
    assert_eq!(names(&db, taught.parent_exists(Author::name.eq("A"))).await, ["C"], "a table may look for itself");
    assert_eq!(names(&db, taught.child_exists(taught.parent_exists(Author::name.eq("A")))).await, ["A"]);
    let listed = || Book::select().filter(Book::pages.ge(10)).columns(Book::author_id);
    assert_eq!(names(&db, Author::id.in_select(listed())).await, ["A", "B"]);
    assert_eq!(names(&db, Author::id.not_in_select(listed())).await, ["C"]);
    let mentors = Author::select().columns(Author::mentor_id);
    assert_eq!(names(&db, Author::id.not_in_select(mentors)).await, ["B", "C"], "NULLs in the list do not count");
    let longest = Book::select().order_by(Book::pages.desc()).limit(1).columns(Book::author_id);
    assert_eq!(names(&db, Author::id.in_select(longest)).await, ["B"]);

    let client = schemata_tests::catalog::connect(database.url()).await;
    let sql = "UPDATE books SET deactivated_at = now() WHERE id = $1";
    client.execute(sql, &[&second.id]).await.expect("removes");
    assert_eq!(names(&db, wrote(Condition::always())).await, ["A"]);
    assert_eq!(names(&db, Author::id.in_select(listed())).await, ["A"]);
    assert_eq!(names(&db, !wrote(Book::pages.gt(10).or(Book::title.eq("y")))).await, ["A", "B", "C"]);
    assert_eq!(names(&db, Author::id.in_select(listed().only_deleted())).await, ["B"]);
    assert_eq!(Book::select().with_deleted().count(&db).await.expect("counts"), 2);
    let either = Book::title.eq("x").or(Book::title.eq("y"));
    let removed: Vec<String> =
        Book::select().filter(either).only_deleted().columns(Book::title).fetch(&db).await.expect("reads");
    assert_eq!(removed, ["y"], "the guard stands outside an or");
    assert_eq!(Book::select().only_deleted().fetch_one(&db).await.expect("reads").title, "y");
    for (title, removed) in [("x", false), ("y", true)] {
        let is_removed = Book::select().filter(Book::title.eq(title)).only_deleted().exists(&db).await.expect("asks");
        assert_eq!(is_removed, removed, "{title}");
    }
    assert!(!Book::select().filter(Book::title.eq("y")).exists(&db).await.expect("asks"));
    assert_eq!(Author::select().only_deleted().count(&db).await.expect("counts"), 0, "nothing is ever removed here");
}

#[tokio::test]
async fn a_bad_pattern_is_the_databases_error_and_says_so() {
    let (_database, db) = library().await;
    let error = Book::select().filter(Book::title.matches("(")).fetch(&db).await.expect_err("no regular expression");
    assert_eq!(error.sqlstate(), Some("2201B"));
    let error = Book::select().filter(Book::details.path_exists("$[")).fetch(&db).await.expect_err("no path");
    assert_eq!(error.sqlstate(), Some("42601"));
    for path in ["$.s3cr3t()", "$ \"s3cr3t\"", "$.a \"\\us3cr3t\""] {
        let error = Book::select().filter(Book::details.path_exists(path)).fetch(&db).await.expect_err("no path");
        let text = format!("{error:?} {}", std::error::Error::source(&error).expect("the driver's"));
        assert!(!text.contains("s3cr3t") && !text.contains("at or near"), "no part of it is quoted: {text}");
    }
}

#[tokio::test]
async fn a_statement_is_the_same_for_any_number_of_values() {
    let (database, _) = library().await;
    let proxy = CountingProxy::to(database.url()).await;
    let db = Db::connect(proxy.url()).await.expect("connects");
    let mut trips = Vec::new();
    for values in [1, 0, 7, 500] {
        let filter = Author::id.is_in(0..values).or(Author::id.not_in(0..=values));
        proxy.take();
        Author::select()
            .filter(filter)
            .limit(u64::try_from(values).expect("positive"))
            .fetch(&db)
            .await
            .expect("reads");
        trips.push(proxy.take());
    }
    assert_eq!(trips, [2, 1, 1, 1], "prepared once");
}
