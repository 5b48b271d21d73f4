//! Keyset pagination: every row once, in both directions and in any order; cursors that cannot be forged.

use chrono::DateTime;
use rust_decimal::Decimal;
use schemata::model::Write;
use schemata::query::{CursorError, CursorKey, Order, Select};
use schemata::{Db, Error, Projection, TableModel, sql};
use schemata_tests::catalog::connect;
use schemata_tests::dice::Dice;
use schemata_tests::library::{Author, Book, Chapter, author, book, library};
use uuid::Uuid;

async fn books(db: &Db, number: usize) {
    let mut dice = Dice::new(7);
    author(db, 1, "A").await;
    author(db, 2, "B").await;
    for _ in 0..number {
        let micros = 1_700_000_000_000_000 + i64::try_from(dice.roll(3)).expect("small");
        let at = DateTime::from_timestamp_micros(micros).expect("a time");
        let insert = Book::insert()
            .author_id(dice.pick(&[1, 2]))
            .title(dice.pick(&["é", "a", "B", "b c", "", "a\\'\""]))
            .pages(dice.pick(&[i32::MIN, -1, 0, 7]))
            .genre(dice.maybe(&["x", "X"]).map(str::to_owned))
            .first_pages(dice.maybe(&[0, 1]))
            .price(dice.maybe(&[Decimal::new(100, 2), Decimal::new(1, 2)]))
            .rating(dice.maybe(&[0.1 + 0.2, 0.3, f64::NAN, f64::NEG_INFINITY, -0.0, 0.0]))
            .tags(dice.pick(&[vec![], vec!["a".to_owned()], vec!["a".to_owned(), "b".to_owned()]]))
            .details(dice.maybe(&[serde_json::json!(null), serde_json::json!({"a": 1}), serde_json::json!([1])]))
            .published_at(if dice.once_in(3) { None } else { Some(at) });
        insert.exec(db).await.expect("inserts");
    }
}

fn key(dice: &mut Dice) -> Order<Book> {
    macro_rules! one_of {
        ($($column:expr),*) => {{
            let ways: Vec<(Order<Book>, Order<Book>)> = vec![$(($column.asc(), $column.desc())),*];
            let (asc, desc) = dice.pick(&ways);
            if dice.once_in(2) { asc } else { desc }
        }};
    }
    let order = one_of!(
        Book::author_id,
        Book::title,
        Book::pages,
        Book::genre,
        Book::first_pages,
        Book::price,
        Book::rating,
        Book::tags,
        Book::details,
        Book::published_at,
        Book::id,
        Book::removal.deactivated_at
    );
    match dice.roll(3) {
        0 => order.nulls_first(),
        1 => order.nulls_last(),
        _ => order,
    }
}

fn query(orders: &[Order<Book>], filtered: bool) -> Select<Book> {
    let query = Book::select().filter_opt(filtered.then(|| Book::pages.lt(7).or(Book::title.eq("a"))));
    query.order_by(orders.to_vec())
}

/// All pages in the direction, each row in the query's order.
async fn walk(db: &Db, seed: u64, rows: u32, backwards: bool, query: impl Fn() -> Select<Book>) -> Vec<Book> {
    let mut all = Vec::new();
    let mut page = query().page(rows).fetch(db).await.expect("reads the first page");
    if backwards {
        assert_eq!(page.previous, None, "seed {seed}: nothing before the first page");
        while let Some(next) = page.next {
            page = query().page(1000).after(next).fetch(db).await.expect("goes to the end");
        }
        let Some(last) = page.rows.pop() else { return all };
        all.push(last);
        // Everything before the last row: its own cursor is that of a page that ends with it.
        let end = query().page(1000).fetch(db).await.expect("reads all");
        assert_eq!(end.rows.last().map(|book| book.id), all.last().map(|book| book.id), "seed {seed}");
        let Some(cursor) = last_cursor(db, &query, end.rows.len()).await else { return all };
        page = query().page(rows).before(cursor).fetch(db).await.expect("reads before the last");
    }
    loop {
        assert!(page.rows.len() <= rows as usize, "seed {seed}");
        let on = if backwards { page.previous } else { page.next };
        if backwards {
            page.rows.extend(all);
            all = page.rows;
        } else {
            all.extend(page.rows);
        }
        let Some(cursor) = on else { return all };
        let query = query().page(rows);
        let query = if backwards { query.before(cursor) } else { query.after(cursor) };
        page = query.fetch(db).await.unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
        assert!(!page.rows.is_empty(), "seed {seed}: a cursor leads to rows");
    }
}

/// Returns the cursor of the last of this many rows: the `previous` of the page with only that row.
async fn last_cursor(db: &Db, query: &impl Fn() -> Select<Book>, rows: usize) -> Option<String> {
    let all_but_one = u32::try_from(rows).expect("few").checked_sub(1).filter(|rows| *rows > 0)?;
    let next = query().page(all_but_one).fetch(db).await.expect("reads").next.expect("one is left");
    let last = query().page(1).after(next).fetch(db).await.expect("reads");
    assert_eq!((last.rows.len(), last.next), (1, None));
    last.previous
}

#[tokio::test]
async fn every_row_is_visited_once_in_both_directions_whatever_the_order() {
    let (_database, db) = library().await;
    books(&db, 41).await;
    for seed in 0..120 {
        let mut dice = Dice::new(seed);
        let orders: Vec<Order<Book>> = (0..dice.roll(4)).map(|_| key(&mut dice)).collect();
        let (filtered, rows) = (dice.once_in(3), u32::try_from(1 + dice.roll(9)).expect("small"));
        let query = || query(&orders, filtered);
        // The same order with the key at its end, all at once.
        let descending = format!("{:?}", orders.last()).contains("descending: true");
        let tie = if descending { Book::id.desc() } else { Book::id.asc() };
        let expected = query().order_by(tie).columns(Book::id).fetch(&db).await.expect("reads all");
        for backwards in [false, true] {
            let found: Vec<Uuid> =
                walk(&db, seed, rows, backwards, query).await.into_iter().map(|book| book.id).collect();
            assert_eq!(found, expected, "seed {seed}, backwards {backwards}, {rows} rows a page, by {orders:?}");
        }
    }
}

#[derive(Debug, Projection)]
#[projection(of = Book)]
struct Brief {
    title: String,
    pages: i32,
}

type Seen = (Vec<(String, i32)>, Option<String>, Option<String>);

/// One page of title and pages, listed in one of three ways.
async fn listed(db: &Db, way: u64, query: Select<Book>, rows: u32, cursor: Option<(String, bool)>) -> Seen {
    macro_rules! read {
        ($query:expr, $essence:expr) => {{
            let page = $query.page(rows);
            let page = match cursor {
                Some((cursor, true)) => page.before(cursor),
                forwards => page.after_opt(forwards.map(|(cursor, _)| cursor)),
            };
            let page = page.fetch(db).await.expect("reads");
            (page.rows.into_iter().map($essence).collect(), page.next, page.previous)
        }};
    }
    match way {
        0 => read!(query, |book: Book| (book.title, book.pages)),
        1 => read!(query.columns((Book::title, Book::pages)), |row| row),
        _ => read!(query.project::<Brief>(), |brief: Brief| (brief.title, brief.pages)),
    }
}

#[tokio::test]
async fn pages_of_some_columns_are_those_of_whole_rows_and_share_their_cursors() {
    let (_database, db) = library().await;
    books(&db, 31).await;
    for seed in 1_000..1_080 {
        let mut dice = Dice::new(seed);
        let orders: Vec<Order<Book>> = (0..dice.roll(4)).map(|_| key(&mut dice)).collect();
        let rows = u32::try_from(1 + dice.roll(9)).expect("small");
        let query = || query(&orders, false);
        let whole = walk(&db, seed, rows, false, query).await.into_iter();
        let expected: Vec<_> = whole.map(|book| (book.title, book.pages)).collect();
        let (mut seen, mut next, mut previous) = listed(&db, dice.roll(3), query(), rows, None).await;
        let mut last = seen.len();
        while let Some(cursor) = next {
            let page;
            (page, next, previous) = listed(&db, dice.roll(3), query(), rows, Some((cursor, false))).await;
            last = page.len();
            seen.extend(page);
        }
        assert_eq!(seen, expected, "seed {seed}, {rows} rows a page, by {orders:?}");
        let mut before = Vec::new();
        while let Some(cursor) = previous {
            let (page, _, back) = listed(&db, dice.roll(3), query(), rows, Some((cursor, true))).await;
            before.splice(0..0, page);
            previous = back;
        }
        assert_eq!(before, expected[..expected.len() - last], "seed {seed}, back, {rows} rows, by {orders:?}");
    }
}

#[tokio::test]
async fn microseconds_apart_and_composite_keys_are_told_apart() {
    let (_database, db) = library().await;
    author(&db, 1, "A").await;
    let book = book(&db, 1, "x", 1).await;
    for number in 0..7 {
        Chapter::insert().book_id(book.id).number(number).heading("same").exec(&db).await.expect("inserts");
    }
    let mut seen = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let query = Chapter::select().order_by(Chapter::heading.desc()).page(2).after_opt(cursor);
        let page = query.fetch(&db).await.expect("reads");
        seen.extend(page.rows.into_iter().map(|chapter| chapter.number));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [6, 5, 4, 3, 2, 1, 0]);
}

#[tokio::test]
async fn the_ends_have_no_cursor_and_an_empty_page_leads_back() {
    let (database, db) = library().await;
    let query = || Author::select().order_by(Author::name.asc()).page(2);
    let none = query().fetch(&db).await.expect("reads");
    assert_eq!((none.rows.len(), none.next, none.previous), (0, None, None));
    for (id, name) in [(1, "A"), (2, "B"), (3, "C"), (4, "D")] {
        author(&db, id, name).await;
    }
    let first = query().fetch(&db).await.expect("reads");
    assert_eq!((first.rows[1].name.as_str(), first.previous), ("B", None));
    let next = first.next.expect("there is more");
    let second = query().after(next.clone()).fetch(&db).await.expect("reads");
    assert_eq!((second.rows[0].name.as_str(), second.next), ("C", None), "a full page is the last one too");
    let back = query().before(second.previous.expect("there is a way back")).fetch(&db).await.expect("reads");
    assert_eq!((back.rows[0].name.as_str(), back.previous), ("A", None));
    assert_eq!(back.next, Some(next.clone()));
    connect(database.url()).await.execute("DELETE FROM authors WHERE id > 2", &[]).await.expect("deletes");
    let empty = query().after(next.clone()).fetch(&db).await.expect("reads");
    assert_eq!((empty.rows.len(), empty.next, empty.previous), (0, None, Some(next)));
}

fn refused(result: schemata::Result<impl std::fmt::Debug>) -> CursorError {
    match result {
        Err(Error::Cursor(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_cursor_of_another_query_is_refused() {
    let (_database, db) = library().await;
    for id in 1..9 {
        author(&db, id, &id.to_string()).await;
    }
    let by_name = || Author::select().filter(Author::id.gt(0)).order_by(Author::name.asc());
    let cursor = by_name().page(2).fetch(&db).await.expect("reads").next.expect("more");
    let with = |query: Select<Author>| query.page(2).after(cursor.clone());
    let other_value = Author::select().filter(Author::id.gt(1)).order_by(Author::name.asc());
    assert!(with(other_value).fetch(&db).await.is_ok(), "the values of a filter may change");
    let other_queries = [
        Author::select().order_by(Author::name.asc()),
        Author::select().filter(Author::id.ge(0)).order_by(Author::name.asc()),
        by_name().order_by(Author::born.asc()),
        Author::select().filter(Author::id.gt(0)).order_by(Author::name.desc()),
        Author::select().filter(Author::id.gt(0)).order_by(Author::name.asc().nulls_first()),
    ];
    for query in other_queries {
        assert_eq!(refused(with(query).fetch(&db).await), CursorError::OtherQuery);
    }
    let tenant = db.in_schema("tenant").expect("a name");
    assert_eq!(refused(with(by_name()).fetch(&tenant).await), CursorError::OtherQuery);
    let of_books = Book::select().page(2).after(cursor.clone()).fetch(&db).await;
    assert_eq!(refused(of_books), CursorError::OtherQuery);
    // This one character: the same one elsewhere could be part of the version.
    let mut changed = cursor.clone();
    changed.replace_range(30..31, if &cursor[30..31] == "x" { "y" } else { "x" });
    assert_eq!(refused(by_name().page(2).after(changed).fetch(&db).await), CursorError::Seal);
    assert_eq!(refused(by_name().page(2).after("?").fetch(&db).await), CursorError::Malformed);
    let key = CursorKey::new("of the application");
    assert_eq!(refused(by_name().page(2).sealed_with(&key).after(cursor).fetch(&db).await), CursorError::Seal);
    let sealed = by_name().page(2).sealed_with(&key).fetch(&db).await.expect("reads").next.expect("more");
    let same_key = CursorKey::new("of the application");
    assert!(by_name().page(2).sealed_with(&same_key).after(sealed).fetch(&db).await.is_ok());
    let unpageable = refused(by_name().offset(1).page(2).fetch(&db).await);
    assert_eq!(unpageable, CursorError::Unpageable { part: "an offset" });
}

#[tokio::test]
async fn an_index_serves_a_deep_page() {
    let (database, db) = library().await;
    author(&db, 1, "A").await;
    let client = connect(database.url()).await;
    let fill =
        "INSERT INTO books (author_id, title, pages, tags) SELECT 1, 't', n, '{}' FROM generate_series(1, 20000) n;
                CREATE INDEX ON books (pages, id); ANALYZE books";
    client.batch_execute(fill).await.expect("fills");
    let plan = |condition: &str, order: &str| {
        let sql = format!(
            "EXPLAIN SELECT id FROM books WHERE {condition} AND deactivated_at IS NULL ORDER BY {order} LIMIT 26"
        );
        let client = &client;
        async move {
            let rows = client.query(&sql, &[]).await.expect("explains");
            rows.iter().map(|row| row.get::<_, String>(0) + "\n").collect::<String>()
        }
    };
    let id = "'00000000-0000-0000-0000-000000000000'";
    let row = plan(&format!("(pages, id) > (15000, {id})"), "pages, id").await;
    assert!(row.contains("Index Cond: (ROW(pages, id) >"), "{row}");
    let expanded = format!("pages >= 15000 AND (pages > 15000 OR (pages = 15000 AND (id < {id})))");
    let mixed = plan(&expanded, "pages, id DESC").await;
    assert!(mixed.contains("Index Cond: (pages >= 15000)"), "{mixed}");
}

#[tokio::test]
async fn a_cursor_from_before_a_key_changed_its_type_is_refused() {
    #[derive(Debug, Clone, PartialEq, TableModel)]
    #[table(name = "parcels")]
    struct Before {
        #[column(primary_key)]
        id: i64,
        weight: i64,
    }
    #[derive(Debug, Clone, PartialEq, TableModel)]
    #[table(name = "parcels")]
    struct After {
        #[column(primary_key)]
        id: i64,
        weight: f64,
    }
    let (database, db) = library().await;
    let client = connect(database.url()).await;
    let table = "CREATE TABLE parcels (id bigint PRIMARY KEY, weight bigint NOT NULL);
                 INSERT INTO parcels SELECT n, n FROM generate_series(1, 5) n";
    client.batch_execute(table).await.expect("creates");
    let by_weight = Before::select().order_by(Before::weight.asc()).page(2).fetch(&db).await.expect("reads");
    let by_expression = Before::select().order_by(sql!(i64, "abs({})", Before::weight).asc());
    let by_expression = by_expression.page(2).fetch(&db).await.expect("reads");
    let change = "ALTER TABLE parcels ALTER weight TYPE double precision";
    client.batch_execute(change).await.expect("changes");
    let cursor = by_weight.next.expect("three follow");
    let page = After::select().order_by(After::weight.asc()).page(2).after(cursor).fetch(&db).await;
    assert_eq!(refused(page), CursorError::OtherQuery);
    let cursor = by_expression.next.expect("three follow");
    let by_expression = After::select().order_by(sql!(f64, "abs({})", After::weight).asc());
    assert_eq!(refused(by_expression.page(2).after(cursor).fetch(&db).await), CursorError::OtherQuery);
}
