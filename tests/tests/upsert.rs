//! Upserts: the key, what changes, what stays.

use schemata::model::Write;
use schemata::{Error, TableModel};
use schemata_tests::warehouse::{Article, Event, Shelf, warehouse};

#[tokio::test]
async fn an_upsert_changes_what_it_gives_and_keeps_the_rest() {
    let (_database, db) = warehouse().await;
    let first = Article::insert().sku("a").name("one").email("x").origin("there").stock(7).actor("ann");
    let first = first.on_conflict(Article::primary_key()).exec(&db).await.expect("inserts");
    assert_eq!((first.audit.created_by.as_str(), first.audit.updated_by.as_deref()), ("ann", None));
    let again = Article::insert().sku("a").name("two").origin("elsewhere").actor("bob");
    let again = again.on_conflict(Article::primary_key()).exec(&db).await.expect("updates");
    assert_eq!((again.name.as_str(), again.email.as_deref(), again.stock), ("two", Some("x"), 7));
    assert_eq!(again.origin, "there", "immutable");
    assert_eq!((again.audit.created_by.as_str(), again.audit.updated_by.as_deref()), ("ann", Some("bob")));
    assert_eq!((again.audit.created_at, again.revision.version), (first.audit.created_at, 2));
    assert!(again.audit.updated_at > first.audit.updated_at);
}

#[tokio::test]
async fn a_partial_index_is_a_target_and_repeats_its_predicate() {
    let (_database, db) = warehouse().await;
    let upsert =
        |sku: &str, name: &str| Article::insert().sku(sku).name(name).email("x").on_conflict(Article::by_email);
    upsert("a", "one").exec(&db).await.expect("inserts");
    let same = upsert("b", "two").exec(&db).await.expect("updates");
    assert_eq!((same.sku.as_str(), same.name.as_str()), ("a", "two"));
    Article::remove("a".to_owned()).exec(&db).await.expect("removes");
    assert_eq!(upsert("b", "three").exec(&db).await.expect("inserts beside the removed one").sku, "b");
}

#[tokio::test]
async fn columns_values_and_expressions_of_the_update_are_chosen() {
    let (_database, db) = warehouse().await;
    let shelf = |amount: i32| {
        Shelf::insert().aisle(1).level("top").amount(amount).label("new").on_conflict(Shelf::primary_key())
    };
    shelf(3).exec(&db).await.expect("inserts");
    let added =
        shelf(4).on_update_sql(Shelf::amount, "shelves.amount + EXCLUDED.amount").exec(&db).await.expect("adds");
    assert_eq!(added.amount, 7);
    let only = shelf(9).update_only(Shelf::label).exec(&db).await.expect("updates");
    assert_eq!(only.amount, 7);
    let set = shelf(9).update_only(()).on_update(Shelf::amount, 50).exec(&db).await.expect("updates");
    assert_eq!(set.amount, 50);
    assert_eq!(shelf(1).do_nothing().exec(&db).await.expect("runs"), None);
    let nothing = shelf(1).update_only(()).exec(&db).await.expect_err("changes nothing");
    assert!(matches!(nothing, Error::NothingToSet { table: "shelves" }));
    let key_only = Shelf::insert().aisle(1).level("top").on_conflict(Shelf::primary_key()).exec(&db).await;
    assert!(matches!(key_only, Err(Error::NothingToSet { .. })));
}

#[tokio::test]
async fn a_unique_constraint_is_a_target_and_others_still_raise() {
    let (_database, db) = warehouse().await;
    let event = |note: &str| Event::insert().source("s").number(1).note(note).on_conflict(Event::by_source_and_number);
    let first = event("one").exec(&db).await.expect("inserts");
    let second = event("two").exec(&db).await.expect("updates");
    assert_eq!((second.id, second.note.as_deref(), second.doubled), (first.id, Some("two"), Some(2)));
    let id: i64 = event("three").returning(Event::id).exec(&db).await.expect("updates");
    assert_eq!(id, first.id);
    let note: Option<(Option<String>,)> =
        event("x").do_nothing().returning((Event::note,)).exec(&db).await.expect("runs");
    assert_eq!(note, None);
    Article::insert().sku("a").name("n").email("x").exec(&db).await.expect("inserts");
    let other = Article::insert().sku("b").name("n").email("x").on_conflict(Article::primary_key()).exec(&db).await;
    assert!(other.expect_err("the e-mail is taken").is_unique_violation());
}
