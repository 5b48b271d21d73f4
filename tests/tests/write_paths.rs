//! Random batches through every way of writing leave the same table.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use schemata::model::{Field, Write};
use schemata::{Db, HasKey, TableModel};
use schemata_tests::requests::{NewShelf, ShelfPatch};
use schemata_tests::warehouse::{Shelf, warehouse};

type Key = (i32, String);
type Table = BTreeMap<Key, (i32, Option<String>)>;

/// One step: its effect on the table in Rust is its expected effect in PostgreSQL.
#[derive(Debug, Clone)]
enum Step {
    Insert(Vec<NewShelf>),
    Upsert(Vec<NewShelf>),
    Skip(Vec<NewShelf>),
    Update(Vec<(Key, ShelfPatch)>),
    Delete(Vec<Key>),
}

fn key() -> impl Strategy<Value = Key> {
    (0..12_i32, "[a-c]{1,2}")
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z'\"\\\\{},]{0,6}", Just("NULL".to_owned()), Just("$1".to_owned()), Just("ä€𝄞".to_owned())]
}

fn new() -> impl Strategy<Value = NewShelf> {
    (key(), proptest::option::of(any::<i32>()), proptest::option::of(proptest::option::of(text())))
        .prop_map(|((aisle, level), amount, label)| NewShelf { aisle, level, amount, label })
}

fn patch() -> impl Strategy<Value = ShelfPatch> {
    (proptest::option::of(any::<i32>()), proptest::option::of(proptest::option::of(text())))
        .prop_map(|(amount, label)| ShelfPatch { amount, label })
        .prop_filter("sets something", |patch| patch.amount.is_some() || patch.label.is_some())
}

/// A batch has each key once; another test shows that two of the same key are refused.
fn once<T>(items: Vec<T>, key: impl Fn(&T) -> Key) -> Vec<T> {
    let mut seen = std::collections::BTreeSet::new();
    items.into_iter().filter(|item| seen.insert(key(item))).collect()
}

fn shelf_key(new: &NewShelf) -> Key {
    (new.aisle, new.level.clone())
}

fn step() -> impl Strategy<Value = Step> {
    let rows = || proptest::collection::vec(new(), 0..12).prop_map(|rows| once(rows, shelf_key));
    prop_oneof![
        rows().prop_map(Step::Insert),
        rows().prop_map(Step::Upsert),
        rows().prop_map(Step::Skip),
        proptest::collection::vec((key(), patch()), 0..12)
            .prop_map(|all| Step::Update(once(all, |(key, _)| key.clone()))),
        proptest::collection::vec(key(), 0..6).prop_map(|all| Step::Delete(once(all, Clone::clone))),
    ]
}

/// Applies the step to the table in Rust. A batch that inserts an existing key changes nothing.
fn expect(table: &mut Table, step: &Step) {
    match step {
        Step::Insert(rows) if rows.iter().any(|row| table.contains_key(&shelf_key(row))) => {}
        Step::Insert(rows) | Step::Skip(rows) => rows.iter().for_each(|row| {
            table.entry(shelf_key(row)).or_insert_with(|| (row.amount.unwrap_or(0), row.label.clone().flatten()));
        }),
        Step::Upsert(rows) => rows.iter().for_each(|row| {
            let entry = table.entry(shelf_key(row)).or_default();
            entry.0 = row.amount.unwrap_or(entry.0);
            entry.1 = row.label.clone().unwrap_or(entry.1.clone());
        }),
        Step::Update(all) => all.iter().for_each(|(key, patch)| {
            if let Some(entry) = table.get_mut(key) {
                entry.0 = patch.amount.unwrap_or(entry.0);
                entry.1 = patch.label.clone().unwrap_or(entry.1.clone());
            }
        }),
        Step::Delete(keys) => keys.iter().for_each(|key| drop(table.remove(key))),
    }
}

/// The way in which a step is run.
#[derive(Debug, Clone, Copy)]
enum Way {
    OneByOne,
    Count,
    Fetch,
    InTransaction,
}

const WAYS: [Way; 4] = [Way::OneByOne, Way::Count, Way::Fetch, Way::InTransaction];

/// Runs the step. A failed insert must leave nothing.
async fn take(db: &Db, way: Way, step: Step) -> schemata::Result<()> {
    let primary = Shelf::primary_key;
    match (way, step) {
        (Way::OneByOne, Step::Insert(rows)) => {
            db.transaction(|tx| async move {
                for row in rows {
                    Shelf::insert_from(row).returning(()).exec(&tx).await?;
                }
                Ok::<_, schemata::Error>(())
            })
            .await?;
        }
        (Way::OneByOne, Step::Upsert(rows)) => {
            for row in rows {
                upsert_one(db, row).await?;
            }
        }
        (Way::OneByOne, Step::Skip(rows)) => {
            for row in rows {
                Shelf::insert_from(row).on_conflict(primary()).do_nothing().exec(db).await?;
            }
        }
        (Way::OneByOne, Step::Update(all)) => {
            for (key, patch) in all {
                Shelf::update(key).patch(patch).exec(db).await?;
            }
        }
        (Way::OneByOne, Step::Delete(keys)) => {
            for key in keys {
                Shelf::delete(db, key).await?;
            }
        }
        (Way::Count, Step::Insert(mut rows)) => {
            // Rows with other columns take one more statement; the padding rows are removed again.
            let padding = |aisle| NewShelf { aisle, level: "pad".to_owned(), amount: None, label: None };
            rows.extend((1_000..1_600).map(padding));
            Shelf::insert_many(rows).exec(db).await?;
            Shelf::delete_where(Shelf::level.eq("pad")).exec(db).await?;
        }
        (Way::Fetch, Step::Insert(rows)) => {
            let keys: Vec<Key> = rows.iter().map(shelf_key).collect();
            let stored = Shelf::insert_many(rows).fetch(db).await?;
            assert_eq!(stored.iter().map(Shelf::key).collect::<Vec<_>>(), keys, "in the order of the batch");
        }
        (Way::Fetch, Step::Upsert(rows)) => {
            let keys: Vec<Key> = rows.iter().map(shelf_key).collect();
            let set = |row: &NewShelf| row.amount.is_some() || row.label.is_some();
            if rows.iter().all(set) {
                let stored = Shelf::upsert_many(rows, primary()).update_given().fetch(db).await?;
                assert_eq!(stored.iter().map(Shelf::key).collect::<Vec<_>>(), keys);
            } else {
                upsert_many(db, rows).await?;
            }
        }
        (Way::Fetch, Step::Update(all)) => drop(Shelf::update_many(all).fetch(db).await?),
        (Way::Fetch, Step::Delete(keys)) => drop(Shelf::delete_many(keys).returning(Shelf::aisle).exec(db).await?),
        (Way::InTransaction, step) => {
            let within = db.clone();
            within.transaction(|tx| async move { bulk(&tx, step).await }).await?;
        }
        (_, step) => bulk(db, step).await?,
    }
    Ok(())
}

async fn bulk<E: schemata::Executor>(on: &E, step: Step) -> schemata::Result<()> {
    match step {
        Step::Insert(rows) => drop(Shelf::insert_many(rows).exec(on).await?),
        Step::Upsert(rows) => upsert_many(on, rows).await?,
        Step::Skip(rows) => drop(Shelf::upsert_many(rows, Shelf::primary_key()).do_nothing().exec(on).await?),
        Step::Update(all) => drop(Shelf::update_many(all).exec(on).await?),
        Step::Delete(keys) => drop(Shelf::delete_many(keys).exec(on).await?),
    }
    Ok(())
}

/// A row with only its key has nothing to update, and stays as it is.
async fn upsert_many<E: schemata::Executor>(on: &E, rows: Vec<NewShelf>) -> schemata::Result<()> {
    let (full, bare): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.amount.is_some() || row.label.is_some());
    Shelf::upsert_many(full, Shelf::primary_key()).update_given().exec(on).await?;
    Shelf::upsert_many(bare, Shelf::primary_key()).do_nothing().exec(on).await?;
    Ok(())
}

async fn upsert_one(db: &Db, row: NewShelf) -> schemata::Result<()> {
    let bare = row.amount.is_none() && row.label.is_none();
    let upsert = Shelf::insert_from(row).on_conflict(Shelf::primary_key());
    if bare { upsert.do_nothing().exec(db).await.map(drop) } else { upsert.update_given().exec(db).await.map(drop) }
}

async fn read(db: &Db) -> Table {
    let rows = Shelf::select().fetch(db).await.expect("reads");
    rows.into_iter().map(|row| ((row.aisle, row.level), (row.amount, row.label))).collect()
}

#[test]
fn random_batches_through_every_way_leave_the_same_table() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (_database, db) = runtime.block_on(warehouse());
    let mut runner = TestRunner::new(Config { cases: 60, ..Config::default() });
    let steps = proptest::collection::vec(step(), 1..7);
    runner
        .run(&steps, |steps| {
            for way in WAYS {
                runtime.block_on(async {
                    Shelf::delete_where(Shelf::all_rows()).exec(&db).await.expect("empties");
                    let mut table = Table::new();
                    for step in &steps {
                        expect(&mut table, step);
                        match take(&db, way, step.clone()).await {
                            Ok(()) => {}
                            Err(error) if error.is_unique_violation() && matches!(step, Step::Insert(_)) => {}
                            Err(error) => panic!("{way:?} {step:?}: {error:?}"),
                        }
                        assert_eq!(read(&db).await, table, "{way:?} {step:?}");
                    }
                });
            }
            Ok(())
        })
        .expect("every way leaves the same table");
}

#[test]
fn absent_is_the_default_of_a_field() {
    assert!(Field::<i32>::default().is_absent());
}
