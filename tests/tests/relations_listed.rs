//! What belongs to rows that are lists, structs or changed rows: it is the same as for whole rows, whatever is listed.

#![allow(clippy::type_complexity, reason = "rows are tuples of tuples")]

use schemata::prelude::*;
use schemata::query::{count, model};
use schemata::relation::Relation;
use schemata::{Db, Error, ErrorKind, Unsendable};
use schemata_tests::library::{Author, Book, Chapter, author, book, library};
use schemata_tests::owners::{Crate, CrateKeyword, CrateOwner, Keyword, Star, User, Version, registry};
use schemata_tests::wire::CountingProxy;

/// Three authors, of whom A taught the others; three books of A, one of B, with two chapters each.
async fn filled(db: &Db) {
    for (id, name) in [(1, "A"), (2, "B"), (3, "C")] {
        author(db, id, name).await;
    }
    Author::update_where(Author::id.gt(1)).mentor_id(1).exec(db).await.expect("updates");
    for (author, title, pages) in [(1, "a1", 10), (1, "a2", 30), (1, "a3", 20), (2, "b1", 5)] {
        let book = book(db, author, title, pages).await;
        for number in 1..=2 {
            Chapter::insert().book_id(book.id).number(number).heading(title).exec(db).await.expect("inserts");
        }
    }
}

#[derive(Debug, PartialEq, Projection)]
#[projection(of = Author)]
struct Named {
    name: String,
}

#[derive(Debug, PartialEq, Projection)]
#[projection(of = (Book, Author))]
struct Line {
    title: String,
    #[projection(column = Author::name)]
    author: String,
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).into()
}

#[tokio::test]
async fn lists_structs_and_changed_rows_have_what_belongs_to_them() {
    let (_database, db) = library().await;
    filled(&db).await;
    let titles = || Book::AUTHOR_ID_FKEY.each().order_by(Book::title.desc()).limit_each(2).columns(Book::title);
    let expected = [texts(["a3", "a2"]), texts(["b1"]), vec![]];
    let authors = || Author::select().order_by(Author::id.asc());
    let listed: Vec<((String, i32), Vec<String>)> =
        authors().columns((Author::name, Author::id)).with_related(titles()).fetch(&db).await.expect("loads");
    assert_eq!(listed[1].0, ("B".to_owned(), 2));
    assert_eq!(listed.into_iter().map(|(_, titles)| titles).collect::<Vec<_>>(), expected);
    let structs: Vec<(Named, Vec<String>)> =
        authors().project::<Named>().with_related(titles()).fetch(&db).await.expect("loads");
    assert_eq!(structs[2], (Named { name: "C".into() }, vec![]));
    assert_eq!(structs.into_iter().map(|(_, titles)| titles).collect::<Vec<_>>(), expected);
    let changed = authors().columns(Author::name).map(|name| name.to_lowercase()).with_related(titles());
    assert_eq!(changed.fetch(&db).await.expect("loads")[0], ("a".to_owned(), texts(["a3", "a2"])));
    let whole: Vec<(Author, Vec<String>)> = authors().with_related(titles()).fetch(&db).await.expect("loads");
    assert_eq!(whole, authors().with(titles()).fetch(&db).await.expect("loads"));
    let one = authors().offset(1).columns(Author::name).with_related(titles());
    assert_eq!(one.fetch_one(&db).await.expect("loads"), ("B".to_owned(), texts(["b1"])));
    let none = Author::select().filter(Author::id.eq(9)).columns(Author::name).with_related(titles());
    assert_eq!(none.fetch_optional(&db).await.expect("asks"), None);
    let none = Author::select().filter(Author::id.eq(9)).columns(Author::name).with_related(titles());
    assert!(matches!(none.fetch_one(&db).await, Err(Error::NotFound { table: "authors" })));
}

#[tokio::test]
async fn every_kind_of_relation_loads_what_it_loads_for_whole_rows() {
    let (_database, db) = library().await;
    filled(&db).await;
    let loads = || {
        (
            Book::AUTHOR_ID_FKEY.each().order_by(Book::title.asc()).with(Chapter::BOOK_ID_FKEY.each()),
            Author::MENTOR_ID_FKEY.parent_of_each(),
            Author::MENTOR_ID_FKEY.each().order_by(Author::id.asc()),
            Book::AUTHOR_ID_FKEY.each().aggregate((count(), Book::pages.sum())),
            Author::MENTOR_ID_FKEY.parent_of_each().with(Book::AUTHOR_ID_FKEY.each().count()),
        )
    };
    let authors = || Author::select().order_by(Author::name.desc());
    let whole = authors().with(loads()).fetch(&db).await.expect("loads");
    let listed = authors().columns(Author::name).with_related(loads()).fetch(&db).await.expect("loads");
    assert_eq!(whole.len(), 3);
    for (whole, listed) in whole.into_iter().zip(listed) {
        assert_eq!(whole.0.name, listed.0);
        assert_eq!((whole.1, whole.2, whole.3, whole.4, whole.5), (listed.1, listed.2, listed.3, listed.4, listed.5));
    }
    let snapshot = authors().columns(Author::name).with_related(loads()).on_snapshot().fetch(&db).await.expect("loads");
    assert_eq!(snapshot[2].1.iter().map(|(_, chapters)| chapters.len()).collect::<Vec<_>>(), [2, 2, 2]);
}

#[tokio::test]
async fn keys_of_any_type_and_relations_with_a_condition_are_found() {
    let (_database, db) = registry().await;
    Crate::KEYWORDS.add(1, [3, 1]).exec(&db).await.expect("adds");
    User::STARRED.add(3, [(1, "1.0".to_owned()), (2, "0.1".into())]).exec(&db).await.expect("adds");
    for (crate_id, owner, kind) in [(1, 1, "user"), (1, 2, "team"), (2, 2, "user")] {
        CrateOwner::insert().crate_id(crate_id).owner_id(owner).kind(kind).exec(&db).await.expect("inserts");
    }
    let stars =
        Version::select().order_by((Version::crate_id.asc(), Version::number.asc())).columns(Version::downloads);
    let stars = stars.with_related(Star::CRATE_ID_NUMBER_FKEY.each().columns(Star::user_id)).fetch(&db).await;
    assert_eq!(stars.expect("loads"), [(10, vec![3]), (30, vec![]), (20, vec![]), (5, vec![3])]);
    let publishers =
        Version::select().order_by((Version::crate_id.asc(), Version::number.asc())).columns(Version::number);
    let publishers = publishers.with_related(Version::PUBLISHER_ID_FKEY.parent_of_each().columns(User::login));
    let logins: Vec<Option<String>> =
        publishers.fetch(&db).await.expect("loads").into_iter().map(|(_, login)| login).collect();
    assert_eq!(logins, [Some("ann".to_owned()), Some("bob".into()), None, Some("ann".into())]);
    let owners = CrateOwner::select().order_by((CrateOwner::crate_id.asc(), CrateOwner::owner_id.asc()));
    let owners = owners.columns(CrateOwner::kind).with_related(CrateOwner::USER.parent_of_each().columns(User::login));
    let expected = [("user", Some("ann")), ("team", None), ("user", Some("bob"))];
    assert_eq!(
        owners.fetch(&db).await.expect("loads"),
        expected.map(|(kind, login)| (kind.to_owned(), login.map(str::to_owned)))
    );
    let words = Crate::select().order_by(Crate::id.asc()).limit(2).columns(Crate::name);
    let words = words.with_related(Crate::KEYWORDS.each().order_by(Keyword::word.asc()).columns(Keyword::word));
    let expected = [("serde".to_owned(), texts(["json", "web"])), ("tokio".to_owned(), vec![])];
    assert_eq!(words.fetch(&db).await.expect("loads"), expected);
    let counted = Crate::select().order_by(Crate::id.asc()).columns(Crate::name);
    let counted = counted.with_related((Crate::KEYWORDS.each().count(), CrateKeyword::CRATE_ID_FKEY.each()));
    let counts: Vec<(i64, usize)> =
        counted.fetch(&db).await.expect("loads").into_iter().map(|(_, count, links)| (count, links.len())).collect();
    assert_eq!(counts, [(2, 2), (0, 0), (0, 0), (0, 0)]);
}

#[tokio::test]
async fn the_relations_of_any_table_of_the_query_are_loaded() {
    let (_database, db) = library().await;
    filled(&db).await;
    let lines = Book::select().join(Book::AUTHOR_ID_FKEY).order_by(Book::title.asc());
    let of_book = lines.clone().columns((Book::title, Author::name)).with_related(Chapter::BOOK_ID_FKEY.each());
    let of_book = of_book.fetch(&db).await.expect("loads");
    assert!(of_book.iter().all(|((title, _), chapters)| chapters.len() == 2 && chapters[0].heading == *title));
    let of_author = lines.clone().project::<Line>().with_related(Author::MENTOR_ID_FKEY.each().columns(Author::name));
    let of_author = of_author.fetch(&db).await.expect("loads");
    assert_eq!(of_author[0].0, Line { title: "a1".into(), author: "A".into() });
    assert_eq!(of_author.into_iter().map(|(_, taught)| taught.len()).collect::<Vec<_>>(), [2, 2, 2, 0]);
    let outer = Author::select().left_join(Book::AUTHOR_ID_FKEY).order_by((Author::id.asc(), Book::title.asc()));
    let rows: Vec<((String, Option<Book>), Vec<i32>)> = outer
        .columns((Author::name, model::<Book>()))
        .with_related(Chapter::BOOK_ID_FKEY.each().order_by(Chapter::number.asc()).columns(Chapter::number))
        .fetch(&db)
        .await
        .expect("loads");
    assert_eq!(rows.iter().map(|(_, numbers)| numbers.len()).collect::<Vec<_>>(), [2, 2, 2, 2, 0]);
    assert_eq!((rows[4].0.0.as_str(), rows[4].0.1.is_none()), ("C", true), "an outer join left out the book");
}

#[tokio::test]
async fn distinct_rows_list_the_key() {
    let (_database, db) = library().await;
    filled(&db).await;
    let books = || Book::AUTHOR_ID_FKEY.each().count();
    let names = Author::select().order_by(Author::name.asc()).columns(Author::name).distinct().with_related(books());
    let refused = names.fetch(&db).await.expect_err("no key");
    assert_eq!(refused.kind(), ErrorKind::Unsendable);
    let Error::Unsendable { source, table: "authors", .. } = refused else { panic!("{refused:?}") };
    assert_eq!(source, Unsendable::UnlistedKey { column: "id" });
    assert_eq!(
        source.to_string(),
        "it does not list `id`, by which the related rows of its distinct rows are found: list it in `columns`"
    );
    let keyed = Author::select().order_by(Author::name.asc()).columns((Author::name, Author::id)).distinct();
    let counts = keyed.with_related(books()).fetch(&db).await.expect("loads");
    assert_eq!(counts.into_iter().map(|(_, count)| count).collect::<Vec<_>>(), [3, 1, 0]);
}

/// A relation of a column that is part of no key.
const BY_PAGES: Relation<Book, Author> = Relation::on(Book::first_pages, Author::id);

#[tokio::test]
async fn a_relation_is_one_statement_and_none_without_rows() {
    let (database, db) = library().await;
    filled(&db).await;
    Book::update_where(Book::title.eq("a2")).first_pages(2).exec(&db).await.expect("updates");
    let proxy = CountingProxy::to(database.url()).await;
    let db = Db::builder(proxy.url()).max_connections(1).connect().await.expect("connects");
    let nested = |rows| {
        let books = Book::select().order_by(Book::title.asc()).limit(rows).columns(Book::title);
        books.with_related((Chapter::BOOK_ID_FKEY.each(), BY_PAGES.parent_of_each().columns(Author::name)))
    };
    let named: Vec<Option<String>> =
        nested(4).fetch(&db).await.expect("prepares").into_iter().map(|(_, _, author)| author).collect();
    assert_eq!(named, [None, Some("B".to_owned()), None, None]);
    for (rows, statements) in [(4, 3), (1, 3), (0, 1)] {
        proxy.take();
        nested(rows).fetch(&db).await.expect("loads");
        assert_eq!(proxy.take(), statements, "{rows} books");
    }
}
