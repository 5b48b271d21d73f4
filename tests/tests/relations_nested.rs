//! Related rows: what is listed of them, counts and aggregates per owner, relations without a constraint, and several levels in
//! one call.

#![allow(clippy::type_complexity, reason = "rows are tuples of tuples")]

use std::sync::Arc;
use std::time::Duration;

use schemata::model::Write;
use schemata::query::{Condition, bind, count, exists};
use schemata::relation::Relation;
use schemata::{Db, Projection, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::library::{Author, Book, Chapter, author, book, library};
use schemata_tests::owners::{Crate, CrateKeyword, CrateOwner, Keyword, User, Version, registry};
use schemata_tests::wire::CountingProxy;

async fn filled(db: &Db) -> Vec<Author> {
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
    Author::select().order_by(Author::id.asc()).fetch(db).await.expect("reads")
}

#[derive(Debug, PartialEq, Projection)]
#[projection(of = Book)]
struct Brief {
    title: String,
    pages: i32,
}

#[tokio::test]
async fn a_load_lists_what_it_is_asked_for() {
    let (_database, db) = library().await;
    let authors = filled(&db).await;
    let load = || Book::AUTHOR_ID_FKEY.children_of(&authors);
    let titles = load().order_by(Book::pages.desc()).columns(Book::title).fetch(&db).await.expect("loads");
    let texts: Vec<Vec<String>> = titles.into_groups();
    assert_eq!(texts, [vec!["a2", "a3", "a1"], vec!["b1"], vec![]]);
    let brief = load().project::<Brief>().order_by(Book::pages.asc()).limit_each(1).fetch(&db).await.expect("loads");
    let brief = brief.rows().iter().map(|brief| (brief.title.as_str(), brief.pages)).collect::<Vec<_>>();
    assert_eq!(brief, [("b1", 5), ("a1", 10)], "the whole is in the order of pages");
    let mapped = load().columns((Book::pages * 2, bind("x".to_owned()))).map(|(pages, x)| format!("{pages}{x}"));
    let mapped = mapped.order_by((Book::pages % 3).asc()).order_by(Book::pages.asc()).fetch(&db).await.expect("loads");
    assert_eq!(mapped.into_groups(), [vec!["60x", "20x", "40x"], vec!["10x"], vec![]]);
    let joined = load().join(Book::AUTHOR_ID_FKEY).filter(Author::name.eq("A")).order_by(Book::title.asc());
    let joined = joined.columns((Author::name, Book::title)).limit_each(1).fetch(&db).await.expect("loads");
    assert_eq!(joined.into_groups(), [vec![("A".to_owned(), "a1".to_owned())], vec![], vec![]]);
    let whole = load().join(Book::AUTHOR_ID_FKEY).order_by((Author::id.asc(), Book::title.desc())).fetch(&db).await;
    let whole: Vec<String> = whole.expect("loads").into_rows().into_iter().map(|book| book.title).collect();
    assert_eq!(whole, ["a3", "a2", "a1", "b1"], "an order by a joined table keeps whole rows");
}

#[tokio::test]
async fn every_owner_has_a_count_and_aggregates() {
    let (database, db) = library().await;
    let authors = filled(&db).await;
    let load = || Book::AUTHOR_ID_FKEY.children_of(&authors);
    assert_eq!(load().count().fetch(&db).await.expect("counts"), [3, 1, 0]);
    assert_eq!(load().filter(Book::pages.gt(10)).limit_each(1).count().fetch(&db).await.expect("counts"), [2, 0, 0]);
    let totals = load().aggregate((count() + 1, Book::pages.sum(), Book::title.max())).fetch(&db).await;
    let expected = [(4, Some(60), Some("a3".to_owned())), (2, Some(5), Some("b1".into())), (1, None, None)];
    assert_eq!(totals.expect("aggregates"), expected);
    let mentors = Author::MENTOR_ID_FKEY.parents_of(&authors).count().fetch(&db).await.expect("counts");
    assert_eq!(mentors, [0, 1, 1], "a NULL key has no parent, and a shared one counts for each");
    let twice: Vec<&Author> = authors.iter().chain(&authors[..1]).collect();
    assert_eq!(Book::AUTHOR_ID_FKEY.children_of(twice).count().fetch(&db).await.expect("counts"), [3, 1, 0, 3]);
    let nobody: [Author; 0] = [];
    let none = Book::AUTHOR_ID_FKEY.children_of(&nobody).count().fetch(&db).await.expect("asks nobody");
    assert_eq!(none, [0_i64; 0]);
    connect(database.url()).await.execute("UPDATE books SET deactivated_at = now()", &[]).await.expect("removes");
    assert_eq!(load().count().fetch(&db).await.expect("counts"), [0, 0, 0]);
    assert_eq!(load().with_deleted().count().fetch(&db).await.expect("counts"), [3, 1, 0]);
}

#[tokio::test]
async fn levels_nest_and_siblings_stand_side_by_side() {
    let (_database, db) = library().await;
    filled(&db).await;
    let page: Vec<(Author, Vec<(Book, Vec<Chapter>)>)> = Author::select()
        .order_by(Author::id.asc())
        .with(
            Book::AUTHOR_ID_FKEY
                .each()
                .order_by(Book::pages.desc())
                .limit_each(2)
                .with(Chapter::BOOK_ID_FKEY.each().order_by(Chapter::number.desc())),
        )
        .fetch(&db)
        .await
        .expect("loads");
    let shape: Vec<(i32, Vec<(&str, Vec<i32>)>)> = page
        .iter()
        .map(|(author, books)| {
            let books = books
                .iter()
                .map(|(book, chapters)| (book.title.as_str(), chapters.iter().map(|chapter| chapter.number).collect()));
            (author.id, books.collect())
        })
        .collect();
    let both = || vec![2, 1];
    assert_eq!(shape, [(1, vec![("a2", both()), ("a3", both())]), (2, vec![("b1", both())]), (3, vec![])]);
    assert!(
        page.iter().flat_map(|(_, books)| books).all(|(b, chapters)| chapters.iter().all(|c| c.heading == b.title))
    );

    let wide: Vec<(Author, Option<(Author, i64)>, Vec<String>, (i64, Option<i64>))> = Author::select()
        .order_by(Author::id.asc())
        .with((
            Author::MENTOR_ID_FKEY.parent_of_each().with(Book::AUTHOR_ID_FKEY.each().count()),
            Book::AUTHOR_ID_FKEY.each().columns(Book::title).order_by(Book::title.asc()),
            Book::AUTHOR_ID_FKEY.each().aggregate((count(), Book::pages.sum())),
        ))
        .fetch(&db)
        .await
        .expect("loads");
    let mentors: Vec<Option<(i32, i64)>> =
        wide.iter().map(|(_, mentor, ..)| mentor.as_ref().map(|(mentor, books)| (mentor.id, *books))).collect();
    assert_eq!(mentors, [None, Some((1, 3)), Some((1, 3))], "a shared parent stands with each child");
    assert_eq!(wide[0].2, ["a1", "a2", "a3"]);
    assert_eq!(wide.iter().map(|row| row.3).collect::<Vec<_>>(), [(3, Some(60)), (1, Some(5)), (0, None)]);

    let one = Author::select().filter(Author::id.eq(2)).with(Book::AUTHOR_ID_FKEY.each());
    assert_eq!(one.fetch_one(&db).await.expect("loads").1.len(), 1);
    let none = Author::select().filter(Author::id.eq(9)).with(Book::AUTHOR_ID_FKEY.each());
    assert!(none.fetch_optional(&db).await.expect("loads").is_none());
}

#[tokio::test]
async fn a_level_is_one_statement_and_an_empty_one_none() {
    let (database, direct) = library().await;
    filled(&direct).await;
    let proxy = CountingProxy::to(database.url()).await;
    let db = Db::builder(proxy.url()).max_connections(1).connect().await.expect("connects");
    let nested = |rows| {
        let books = Book::AUTHOR_ID_FKEY.each().with(Chapter::BOOK_ID_FKEY.each());
        Author::select().order_by(Author::id.desc()).limit(rows).with((books, Author::MENTOR_ID_FKEY.parent_of_each()))
    };
    nested(3).fetch(&db).await.expect("prepares");
    for (rows, statements) in [(3, 4), (2, 4), (1, 3), (0, 1)] {
        proxy.take();
        nested(rows).fetch(&db).await.expect("loads");
        assert_eq!(proxy.take(), statements, "{rows} authors: author 3 has no books, so there are no chapters to load");
    }
    nested(3).on_snapshot().fetch(&db).await.expect("loads");
    proxy.take();
    nested(3).on_snapshot().fetch(&db).await.expect("loads");
    assert_eq!(proxy.take(), 6, "BEGIN and COMMIT around them");
}

#[tokio::test]
async fn siblings_do_not_wait_for_one_another_in_a_transaction() {
    let (database, direct) = library().await;
    filled(&direct).await;
    let proxy = Arc::new(CountingProxy::to(database.url()).await);
    let db = Db::connect(proxy.url()).await.expect("connects");
    let loaded = db.transaction(|tx| async move {
        let both = || (Book::AUTHOR_ID_FKEY.each(), Author::MENTOR_ID_FKEY.parent_of_each());
        let authors = || Author::select().order_by(Author::id.asc()).limit(1);
        authors().with(both()).fetch(&tx).await?;
        // From the row of the page on, no request is answered before two have arrived.
        let held = authors().map(move |author| {
            proxy.hold_answers(2);
            author
        });
        let loading = tokio::time::timeout(Duration::from_secs(20), held.with(both()).fetch(&tx));
        loading.await.expect("they do not wait for each other")
    });
    assert_eq!(loaded.await.expect("loads")[0].1.len(), 3);
}

#[tokio::test]
async fn a_snapshot_shows_one_state_of_the_database() {
    let (database, db) = library().await;
    let authors = filled(&db).await;
    let client = connect(database.url()).await;
    let writer = tokio::spawn(async move {
        for _ in 0..300 {
            let swap = "BEGIN; DELETE FROM chapters; DELETE FROM books;
                        INSERT INTO books (author_id, title, pages, tags) SELECT 1, 'x', 1, '{}' FROM generate_series(1, 3);
                        INSERT INTO chapters (book_id, number, heading) SELECT id, 1, 'h' FROM books; COMMIT";
            client.batch_execute(swap).await.expect("writes");
        }
    });
    let mut loads = 0;
    while !writer.is_finished() {
        let nested = Author::select().filter(Author::id.eq(authors[0].id));
        let nested = nested.with(Book::AUTHOR_ID_FKEY.each().with(Chapter::BOOK_ID_FKEY.each()));
        let page = nested.on_snapshot().fetch(&db).await.expect("loads");
        assert!(page[0].1.len() == 3 && page[0].1.iter().all(|(_, chapters)| !chapters.is_empty()), "{page:?}");
        loads += 1;
    }
    writer.await.expect("writes");
    assert!(loads > 5);
}

#[tokio::test]
async fn a_relation_needs_no_constraint() {
    let (_database, db) = registry().await;
    for (crate_id, owner, kind) in [(1, 1, "user"), (1, 2, "team"), (2, 2, "user"), (2, 9, "user")] {
        let insert = CrateOwner::insert().crate_id(crate_id).owner_id(owner).kind(kind);
        insert.exec(&db).await.expect("inserts");
    }
    let users = User::select().order_by(User::id.asc()).fetch(&db).await.expect("reads");
    let owned = CrateOwner::USER.children_of(&users).columns(CrateOwner::crate_id).fetch(&db).await.expect("loads");
    assert_eq!(owned.into_groups(), [vec![1], vec![2], vec![]], "a team of the same number is no user");
    let owners = CrateOwner::select().order_by((CrateOwner::crate_id.asc(), CrateOwner::owner_id.asc()));
    let owners = owners.fetch(&db).await.expect("reads");
    let back = CrateOwner::USER.parents_of(&owners).fetch(&db).await.expect("loads");
    let logins: Vec<Option<&str>> = (0..4).map(|at| back.first_of(at).map(|user| user.login.as_str())).collect();
    assert_eq!(logins, [Some("ann"), None, Some("bob"), None], "nor has a team a user, nor a missing row");
    let counted = CrateOwner::USER.parents_of(&owners).count().fetch(&db).await.expect("counts");
    assert_eq!(counted, [1, 0, 1, 0]);

    let having = User::select().filter(CrateOwner::USER.child_exists(CrateOwner::crate_id.eq(1))).columns(User::id);
    assert_eq!(having.fetch(&db).await.expect("reads"), [1]);
    let by_bob = CrateOwner::select().filter(CrateOwner::USER.parent_exists(User::login.eq("bob")));
    assert_eq!(by_bob.columns(CrateOwner::crate_id).fetch(&db).await.expect("reads"), [2]);
    let joined: Vec<(i64, Option<String>)> = CrateOwner::select()
        .left_join(CrateOwner::USER)
        .order_by((CrateOwner::crate_id.asc(), CrateOwner::owner_id.asc()))
        .columns((CrateOwner::owner_id, User::login))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(joined, [(1, Some("ann".into())), (2, None), (2, Some("bob".into())), (9, None)]);
    schemata::alias! { struct Owner = CrateOwner; }
    let aliased: Vec<(i64, i64)> = User::select()
        .join(CrateOwner::USER.from(Owner))
        .order_by(User::id.asc())
        .columns((User::id, Owner::of(CrateOwner::crate_id)))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(aliased, [(1, 1), (2, 2)], "the condition is on the alias");

    let nested: Vec<(Crate, Vec<(CrateOwner, Option<User>)>)> = Crate::select()
        .order_by(Crate::id.asc())
        .limit(2)
        .with(
            CrateOwner::CRATE_ID_FKEY
                .each()
                .order_by(CrateOwner::owner_id.asc())
                .with(CrateOwner::USER.parent_of_each()),
        )
        .fetch(&db)
        .await
        .expect("loads");
    let logins: Vec<Vec<Option<&str>>> = nested
        .iter()
        .map(|(_, owners)| owners.iter().map(|(_, user)| user.as_ref().map(|user| user.login.as_str())).collect())
        .collect();
    assert_eq!(logins, [vec![Some("ann"), None], vec![Some("bob"), None]]);
}

/// The user who owns `serde`.
const OWNER_OF_SERDE: Relation<CrateOwner, User> = Relation::on(CrateOwner::owner_id, User::id).when(|| {
    exists(Crate::select().correlated().filter(Crate::id.eq(CrateOwner::crate_id).and(Crate::name.eq("serde"))))
});

#[tokio::test]
async fn the_condition_of_a_relation_may_hold_a_query() {
    let (_database, db) = registry().await;
    for (crate_id, owner) in [(1, 1), (2, 2)] {
        CrateOwner::insert().crate_id(crate_id).owner_id(owner).kind("user").exec(&db).await.expect("inserts");
    }
    schemata::alias! { struct Owner = CrateOwner; }
    let joined =
        User::select().join(OWNER_OF_SERDE.from(Owner)).columns((User::login, Owner::of(CrateOwner::crate_id)));
    assert_eq!(joined.fetch(&db).await.expect("reads"), [("ann".to_owned(), 1)], "the query reads the alias");
    let users = User::select().order_by(User::id.asc()).fetch(&db).await.expect("reads");
    let owned = OWNER_OF_SERDE.children_of(&users).columns(CrateOwner::crate_id).fetch(&db).await.expect("loads");
    assert_eq!(owned.into_groups(), [vec![1], vec![], vec![]]);
    let having = User::select().filter(OWNER_OF_SERDE.child_exists(Condition::always())).columns(User::id);
    assert_eq!(having.fetch(&db).await.expect("reads"), [1]);
    let owners = CrateOwner::select().order_by(CrateOwner::crate_id.asc());
    let of_serde = owners.clone().filter(OWNER_OF_SERDE.parent_exists(Condition::always()));
    assert_eq!(of_serde.columns(CrateOwner::crate_id).fetch(&db).await.expect("reads"), [1]);
    let owners = owners.fetch(&db).await.expect("reads");
    let parents = OWNER_OF_SERDE.parents_of(&owners).fetch(&db).await.expect("loads");
    assert_eq!((0..2).map(|at| parents.first_of(at).map(|user| user.id)).collect::<Vec<_>>(), [Some(1), None]);
    let crates = OWNER_OF_SERDE.through(CrateOwner::CRATE_ID_FKEY);
    assert_eq!(
        crates.of(&users).columns(Crate::id).fetch(&db).await.expect("loads").into_groups(),
        [vec![1], vec![], vec![]]
    );
    assert_eq!(crates.remove(&users[1], [2]).exec(&db).await.expect("removes"), 0, "no owner of `serde`");
    assert_eq!(crates.remove(&users[0], [1]).exec(&db).await.expect("removes"), 1);
}

/// A book refers to an author by a number in its details of no key: `first_pages`.
const BY_PAGES: Relation<Book, Author> = Relation::on(Book::first_pages, Author::id);
/// Two columns, one of them in no key of the child.
const BY_NUMBER: Relation<Chapter, Chapter> =
    Relation::on(Chapter::book_id, Chapter::book_id).and(Chapter::heading, Chapter::heading);

#[tokio::test]
async fn columns_of_no_key_are_read_from_the_stored_rows() {
    let (_database, db) = library().await;
    let authors = filled(&db).await;
    Book::update_where(Book::title.eq("a2")).first_pages(2).exec(&db).await.expect("updates");
    let books = Book::select().order_by(Book::title.asc()).fetch(&db).await.expect("reads");
    let parents = BY_PAGES.parents_of(&books).fetch(&db).await.expect("loads");
    let ids: Vec<Option<i32>> = (0..4).map(|at| parents.first_of(at).map(|author| author.id)).collect();
    assert_eq!(ids, [None, Some(2), None, None]);
    let children = BY_PAGES.children_of(&authors).columns(Book::title).fetch(&db).await.expect("loads");
    assert_eq!(children.into_groups(), [vec![], vec!["a2".to_owned()], vec![]]);
    let chapters = Chapter::select().order_by((Chapter::heading.asc(), Chapter::number.asc()));
    let chapters = chapters.fetch(&db).await.expect("reads");
    let alike = BY_NUMBER.children_of(&chapters).count().fetch(&db).await.expect("counts");
    assert_eq!(alike, [2; 8]);
}

#[tokio::test]
async fn many_to_many_nests_with_composite_keys_and_removed_rows() {
    let (database, db) = registry().await;
    Crate::KEYWORDS.add(1, [2, 1]).set(CrateKeyword::place, 1).exec(&db).await.expect("adds");
    User::STARRED.add(3, [(1, "1.0".to_owned()), (2, "0.1".into())]).exec(&db).await.expect("adds");
    let page: Vec<(Crate, Vec<String>, Vec<(Version, Option<User>)>)> = Crate::select()
        .order_by(Crate::id.asc())
        .limit(2)
        .with((
            Crate::KEYWORDS.each().order_by(Keyword::word.desc()).columns(Keyword::word),
            Version::CRATE_ID_FKEY
                .each()
                .order_by(Version::downloads.desc())
                .limit_each(2)
                .with(Version::PUBLISHER_ID_FKEY.parent_of_each()),
        ))
        .fetch(&db)
        .await
        .expect("loads");
    assert_eq!(page[0].1, ["web", "async"]);
    let publishers: Vec<(&str, Option<i64>)> =
        page[0].2.iter().map(|(version, user)| (version.number.as_str(), user.as_ref().map(|user| user.id))).collect();
    assert_eq!(publishers, [("1.1", Some(2)), ("2.0", None)]);
    let starred = User::select().filter(User::id.eq(3)).with(User::STARRED.each().order_by(Version::number.asc()));
    let starred = starred.fetch_one(&db).await.expect("loads");
    assert_eq!(starred.1.iter().map(|version| version.number.as_str()).collect::<Vec<_>>(), ["0.1", "1.0"]);
    let remove = "UPDATE versions SET deactivated_at = now() WHERE number = '0.1'";
    connect(database.url()).await.execute(remove, &[]).await.expect("removes");
    let starred = User::select().filter(User::id.eq(3)).with(User::STARRED.each()).fetch_one(&db).await;
    assert_eq!(starred.expect("loads").1.len(), 1);
}
