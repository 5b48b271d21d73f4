//! Upserts: the key, the columns that change, and those that stay.

use schemata::model::{Keep, Write};
use schemata::{Error, TableModel};
use schemata_tests::warehouse::{Article, Event, Shelf, warehouse};

#[tokio::test]
async fn an_upsert_changes_what_it_gives_and_keeps_the_rest() {
    let (_database, db) = warehouse().await;
    let first = Article::insert().sku("a").name("one").email("x").origin("there").stock(7).actor("ann");
    let first = first.on_conflict(Article::primary_key()).update_given().exec(&db).await.expect("inserts");
    assert_eq!((first.audit.created_by.as_str(), first.audit.updated_by.as_deref()), ("ann", None));
    let again = Article::insert().sku("a").name("two").origin("elsewhere").actor("bob");
    let again = again.on_conflict(Article::primary_key()).update_given().exec(&db).await.expect("updates");
    assert_eq!((again.name.as_str(), again.email.as_deref(), again.stock), ("two", Some("x"), 7));
    assert_eq!(again.origin, "there", "immutable");
    assert_eq!((again.audit.created_by.as_str(), again.audit.updated_by.as_deref()), ("ann", Some("bob")));
    assert_eq!((again.audit.created_at, again.revision.version), (first.audit.created_at, 2));
    assert!(again.audit.updated_at > first.audit.updated_at);
}

#[tokio::test]
async fn a_partial_index_is_a_target_and_repeats_its_predicate() {
    let (_database, db) = warehouse().await;
    let upsert = |sku: &str, name: &str| {
        Article::insert().sku(sku).name(name).email("x").on_conflict(Article::by_email).update_given()
    };
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
    shelf(3).update_given().exec(&db).await.expect("inserts");
    let added =
        shelf(4).on_update_sql(Shelf::amount, "shelves.amount + EXCLUDED.amount").exec(&db).await.expect("adds");
    assert_eq!(added.amount, 7);
    let only = shelf(9).update_only(Shelf::label).exec(&db).await.expect("updates");
    assert_eq!(only.amount, 7);
    let set = shelf(9).on_update(Shelf::amount, 50).exec(&db).await.expect("updates");
    assert_eq!(set.amount, 50);
    assert_eq!(shelf(1).do_nothing().exec(&db).await.expect("runs"), None);
    let nothing = shelf(1).update_only(()).exec(&db).await.expect_err("changes nothing");
    assert!(matches!(nothing, Error::NothingToSet { table: "shelves" }));
    let key_only =
        Shelf::insert().aisle(1).level("top").on_conflict(Shelf::primary_key()).update_given().exec(&db).await;
    assert!(matches!(key_only, Err(Error::NothingToSet { .. })));
}

#[tokio::test]
async fn a_unique_constraint_is_a_target_and_others_still_raise() {
    let (_database, db) = warehouse().await;
    let event = |note: &str| Event::insert().source("s").number(1).note(note).on_conflict(Event::by_source_and_number);
    let first = event("one").update_given().exec(&db).await.expect("inserts");
    let second = event("two").update_given().exec(&db).await.expect("updates");
    assert_eq!((second.id, second.note.as_deref(), second.doubled), (first.id, Some("two"), Some(2)));
    let id: i64 = event("three").update_given().returning(Event::id).exec(&db).await.expect("updates");
    assert_eq!(id, first.id);
    let note: Option<(Option<String>,)> =
        event("x").do_nothing().returning((Event::note,)).exec(&db).await.expect("runs");
    assert_eq!(note, None);
    Article::insert().sku("a").name("n").email("x").exec(&db).await.expect("inserts");
    let other = Article::insert()
        .sku("b")
        .name("n")
        .email("x")
        .on_conflict(Article::primary_key())
        .update_given()
        .exec(&db)
        .await;
    assert!(other.expect_err("the e-mail is taken").is_unique_violation());
}

#[tokio::test]
async fn naming_what_to_update_means_only_that() {
    let (_database, db) = warehouse().await;
    let shelf = |amount: i32, label: &str| Shelf::insert().aisle(1).level("top").amount(amount).label(label);
    shelf(1, "old").exec(&db).await.expect("inserts");
    let again = || shelf(3, "new").on_conflict(Shelf::primary_key());
    let valued = again().on_update(Shelf::amount, 50).exec(&db).await.expect("updates");
    assert_eq!((valued.amount, valued.label.as_deref()), (50, Some("old")));
    let added = again().on_update_sql(Shelf::amount, "shelves.amount + EXCLUDED.amount").exec(&db).await;
    assert_eq!(added.map(|row| (row.amount, row.label)).expect("updates"), (53, Some("old".to_owned())));
    let batch = [shelf(3, "new")];
    let many = Shelf::upsert_many(batch, Shelf::primary_key()).on_update(Shelf::amount, 7).fetch(&db).await;
    assert_eq!(many.expect("updates")[0].label.as_deref(), Some("old"));
}

#[tokio::test]
async fn a_batch_is_written_in_the_order_of_its_keys_whichever_of_two_rows_counts() {
    let (_database, db) = warehouse().await;
    for (source, keep) in [("none", None), ("first", Some(Keep::First)), ("last", Some(Keep::Last))] {
        let numbers = if keep.is_some() { vec![3, 1, 2, 2, 4] } else { vec![3, 1, 2, 4] };
        let rows = numbers.into_iter().map(|number| Event::insert().source(source).number(number).note("n"));
        let upsert = Event::upsert_many(rows, Event::by_source_and_number).update_given();
        let upsert = if let Some(keep) = keep { upsert.on_duplicate(keep) } else { upsert };
        let mut written = upsert.returning((Event::id, Event::number)).exec(&db).await.expect("upserts");
        written.sort_unstable();
        let numbers: Vec<i32> = written.into_iter().map(|(_, number)| number).collect();
        assert_eq!(numbers, [1, 2, 3, 4], "{keep:?}: numbered as they were written");
    }
}

/// The row of the violation, its column and its rule.
fn refused<T: std::fmt::Debug>(outcome: schemata::Result<T>) -> Vec<(usize, Option<&'static str>, &'static str)> {
    let Err(Error::Invalid(found)) = outcome else { panic!("{outcome:?}") };
    found.all.iter().map(|violation| (violation.row, violation.column, violation.rule)).collect()
}

#[tokio::test]
async fn copies_and_values_combine_and_the_last_word_on_a_column_counts() {
    let (_database, db) = warehouse().await;
    let article = |name: &str, stock: i32| Article::insert().sku("a").name(name).stock(stock).email("x").actor("ann");
    article("old", 1).exec(&db).await.expect("inserts");
    let again = || article("new", 5).on_conflict(Article::primary_key());
    let given = again().update_given().on_update(Article::stock, 9).exec(&db).await.expect("updates");
    assert_eq!((given.name.as_str(), given.stock), ("new", 9), "a value wins over the copy");
    let other = || article("other", 6).email("y").on_conflict(Article::primary_key());
    let some = other().update_only(Article::name).update_only(Article::email);
    let some = some.on_update(Article::stock, 1).on_update_sql(Article::stock, "articles.stock + EXCLUDED.stock");
    let some = some.exec(&db).await.expect("updates");
    assert_eq!((some.name.as_str(), some.email.as_deref(), some.stock), ("other", Some("y"), 15));
    assert_eq!((some.audit.created_by.as_str(), some.revision.version), ("ann", 3));
}

#[tokio::test]
async fn copying_a_column_that_the_row_leaves_out_says_what_to_write() {
    let (_database, db) = warehouse().await;
    let upsert = || Shelf::insert().aisle(1).level("top").amount(1).on_conflict(Shelf::primary_key());
    upsert().update_given().exec(&db).await.expect("inserts");
    let missing = upsert().update_only((Shelf::amount, Shelf::label));
    assert_eq!(refused(missing.exec(&db).await), [(0, Some("label"), "required")]);
    let missing = upsert().update_only(Shelf::label).validate().expect_err("not given").to_string();
    assert!(missing.contains("label of row 0 is not given, and `update_only` copies it: set it, or write `on_update`"));
    let shelf = |aisle: i32| Shelf::insert_from(Shelf::insert().aisle(aisle).level("top"));
    let rows = || [shelf(1).label("x"), shelf(2)];
    let many = || Shelf::upsert_many(rows(), Shelf::primary_key()).update_only(Shelf::label);
    assert_eq!(refused(many().exec(&db).await), [(1, Some("label"), "required")]);
    assert_eq!(refused(many().validate()), [(1, Some("label"), "required")]);
    let keyless = Event::insert().source("s").number(1).note("n").on_conflict(Event::primary_key()).update_given();
    assert_eq!(refused(keyless.exec(&db).await), [(0, Some("id"), "required")], "it would never meet a row");
    assert_eq!(Shelf::select().count(&db).await.expect("counts"), 1);
}

#[tokio::test]
async fn an_upsert_cannot_set_what_no_update_may_set() {
    let (_database, db) = warehouse().await;
    let article = || Article::insert().sku("a").name("n").origin("there").on_conflict(Article::primary_key());
    article().update_given().exec(&db).await.expect("inserts");
    for upsert in [
        article().update_only(Article::origin),
        article().on_update(Article::origin, "here"),
        article().on_update_sql(Article::origin, "'here'"),
    ] {
        assert_eq!(refused(upsert.exec(&db).await), [(0, Some("origin"), "immutable")]);
    }
    for upsert in [article().update_only(Article::sku), article().on_update(Article::sku, "b")] {
        assert_eq!(refused(upsert.exec(&db).await), [(0, Some("sku"), "immutable")]);
    }
    let event = Event::insert().source("s").number(1).on_conflict(Event::by_source_and_number);
    let computed = event.on_update_sql(Event::doubled, "7").exec(&db).await;
    assert_eq!(refused(computed), [(0, Some("doubled"), "immutable")]);
}

#[tokio::test]
async fn an_upsert_that_would_change_nothing_is_refused_on_audited_tables_too() {
    let (_database, db) = warehouse().await;
    let article = || Article::insert().sku("a").name("n");
    article().exec(&db).await.expect("inserts");
    let nothing = article().on_conflict(Article::primary_key()).update_only(()).exec(&db).await;
    assert!(matches!(nothing, Err(Error::NothingToSet { table: "articles" })), "{nothing:?}");
    let many = Article::upsert_many([article()], Article::primary_key()).update_only(()).exec(&db).await;
    assert!(matches!(many, Err(Error::NothingToSet { table: "articles" })), "{many:?}");
    assert_eq!(Article::get(&db, "a".to_owned()).await.expect("reads").revision.version, 1);
    Article::remove("a".to_owned()).exec(&db).await.expect("removes");
    let back = article().on_conflict(Article::primary_key()).update_only(()).revive_removed().exec(&db).await;
    assert_eq!(back.expect("revives").removal.deactivated_at, None);
}
