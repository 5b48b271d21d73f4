//! Optimistic locking, touch, and what an update returns.

use schemata::model::Write;
use schemata::{Error, TableModel};
use schemata_tests::warehouse::{Article, Event, Shelf, warehouse};

#[tokio::test]
async fn an_expected_version_tells_gone_from_stale() {
    let (_database, db) = warehouse().await;
    let read = Article::insert().sku("a").name("one").exec(&db).await.expect("inserts");
    assert_eq!(read.revision.version, 1);
    let update = |name: &str| Article::update("a".to_owned()).name(name).expect_version(1);
    assert_eq!(update("two").exec(&db).await.expect("runs").expect("is there").revision.version, 2);
    let stale = update("three").exec(&db).await.expect_err("changed meanwhile");
    assert!(matches!(stale, Error::Stale { table: "articles" }), "{stale:?}");
    assert_eq!(Article::get(&db, "a".to_owned()).await.expect("reads").name, "two");
    Article::remove("a".to_owned()).expect_version(2).exec(&db).await.expect("removes");
    assert_eq!(update("four").exec(&db).await.expect("gone"), None);
}

#[tokio::test]
async fn every_update_raises_the_version() {
    let (_database, db) = warehouse().await;
    Article::insert().sku("a").name("one").exec(&db).await.expect("inserts");
    Article::update_where(Article::sku.eq("a")).stock(2).exec(&db).await.expect("updates");
    let before = Article::touch("a".to_owned()).exec(&db).await.expect("touches").expect("is there");
    let after = Article::touch("a".to_owned()).actor("eve").exec(&db).await.expect("touches").expect("is there");
    assert_eq!((before.revision.version, after.revision.version, after.stock), (3, 4, 2));
    assert_eq!((before.audit.updated_by.as_deref(), after.audit.updated_by.as_deref()), (Some("system"), Some("eve")));
    assert!(after.audit.updated_at > before.audit.updated_at);
    assert_eq!(Article::touch("z".to_owned()).exec(&db).await.expect("runs"), None);
}

#[tokio::test]
async fn a_condition_must_ask_something() {
    let (_database, db) = warehouse().await;
    let none = || schemata::query::Condition::<Shelf>::all([]);
    let update = Shelf::update_where(none()).amount(1).exec(&db).await.expect_err("asks nothing");
    assert!(matches!(update, Error::Unconditional { operation: "update", table: "shelves" }));
    let delete = Shelf::delete_where(none()).exec(&db).await.expect_err("asks nothing");
    assert!(matches!(delete, Error::Unconditional { operation: "delete", .. }));
    let negated = Shelf::delete_where(!schemata::query::Condition::any([])).exec(&db).await;
    assert!(matches!(negated, Err(Error::Unconditional { .. })));
    let nobody = || Shelf::aisle.not_in([0; 0]);
    let all_but_nobody = [
        Shelf::delete_where(nobody()).exec(&db).await,
        Shelf::update_where(!Shelf::aisle.is_in([0; 0])).amount(1).exec(&db).await,
        Shelf::delete_where(nobody().or(Shelf::aisle.eq(1))).exec(&db).await,
    ];
    for outcome in all_but_nobody {
        assert!(matches!(outcome, Err(Error::Unconditional { .. })), "{outcome:?}");
    }
    Shelf::insert().aisle(1).level("a").exec(&db).await.expect("inserts");
    assert_eq!(Shelf::delete_where(nobody().and(Shelf::aisle.eq(9))).exec(&db).await.expect("runs"), 0);
    assert_eq!(Shelf::delete_where(Shelf::aisle.is_in([0; 0])).exec(&db).await.expect("runs"), 0);
    assert_eq!(Shelf::update_where(Shelf::all_rows()).amount(1).exec(&db).await.expect("runs"), 1);
    assert_eq!(Shelf::delete_where(Shelf::all_rows()).exec(&db).await.expect("runs"), 1);
}

#[tokio::test]
async fn writes_hand_back_what_is_asked_for() {
    let (_database, db) = warehouse().await;
    let (id, note) =
        Event::insert().source("s").number(1).returning((Event::id, Event::note)).exec(&db).await.expect("inserts");
    assert_eq!(note, None);
    let updated = Event::update(id).note("n").returning(Event::note).exec(&db).await.expect("updates");
    assert_eq!(updated, Some(Some("n".to_owned())));
    assert_eq!(Event::update(0).note("n").returning(()).exec(&db).await.expect("runs"), None);
    let rows = Event::update_where(Event::source.eq("s")).set_sql(Event::number, "number + 1");
    assert_eq!(rows.fetch(&db).await.expect("updates")[0].doubled, Some(4));
    let gone = Event::delete_where(Event::id.eq(id)).returning((Event::number,)).exec(&db).await.expect("deletes");
    assert_eq!(gone, [(2,)]);
}
