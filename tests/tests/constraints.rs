//! A model's constraints as an enum: every constraint of the catalog, under its name there.

use std::collections::BTreeSet;

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::model::{ConstraintSet, Write};
use schemata::prelude::*;
use schemata_tests::catalog::connect;
use schemata_tests::shop;

/// A box in a storage room.
#[expect(clippy::duplicated_attributes, reason = "the same column may stand in two constraints")]
#[derive(Debug, Clone, PartialEq, TableModel, Constraints)]
#[table(
    name = "shelves",
    unique(room, place, name = "one shelf a place"),
    unique(label, room),
    check(name = "place_is_positive", sql = "place > 0"),
    index(label, unique, where = "place < 10"),
    index(room)
)]
pub struct Shelf {
    /// The key.
    #[column(primary_key)]
    pub id: i32,
    /// The box that contains this one.
    #[column(references = Shelf::id)]
    pub inside: Option<i32>,
    /// The room's number.
    pub room: i32,
    /// The place within the room.
    pub place: i32,
    /// Its name.
    #[column(unique)]
    pub label: String,
}

async fn create(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Shelf]).await
}

/// An application's answer to a violation. The compiler reports a missing constraint.
fn message(violated: ShelfConstraint) -> &'static str {
    match violated {
        ShelfConstraint::PrimaryKey => "this number is taken",
        ShelfConstraint::LabelKey | ShelfConstraint::LabelRoomKey | ShelfConstraint::LabelIdx => "this label is taken",
        ShelfConstraint::OneShelfAPlace => "there is a shelf already",
        ShelfConstraint::PlaceIsPositive => "places are counted from one",
        ShelfConstraint::InsideFkey => "there is no such shelf",
    }
}

#[tokio::test]
async fn each_variant_is_a_constraint_of_the_catalog_and_the_other_way_round() {
    let database = schemata_tests::fresh_database().await;
    Migrator::new(shop::set(&[shop::entry("1", |m| Box::pin(create(m)))])).run(database.url()).await.expect("applies");
    let sql = "SELECT conname::text FROM pg_constraint WHERE conrelid = 'shelves'::regclass AND contype <> 'n'
               UNION SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'shelves'::regclass AND indisunique";
    let rows = connect(database.url()).await.query(sql, &[]).await.expect("reads");
    let catalog: BTreeSet<String> = rows.iter().map(|row| row.get::<_, String>(0).replace('"', "")).collect();
    let variants: BTreeSet<String> =
        ShelfConstraint::ALL.iter().map(|(variant, _)| variant.name().expect("the table has it")).collect();
    assert_eq!(variants, catalog);
    assert_eq!(variants.len(), 7);

    let db = Db::connect(database.url()).await.expect("connects");
    let add = |id, place, label: &'static str| Shelf::insert().id(id).room(1).place(place).label(label);
    add(1, 1, "a").exec(&db).await.expect("inserts");
    let cases = [
        (add(1, 2, "b").exec(&db).await, "this number is taken"),
        (add(2, 2, "a").exec(&db).await, "this label is taken"),
        (add(2, 1, "b").exec(&db).await, "there is a shelf already"),
        (add(2, 0, "b").exec(&db).await, "places are counted from one"),
        (add(2, 2, "b").inside(9).exec(&db).await, "there is no such shelf"),
    ];
    for (outcome, expected) in cases {
        let error = outcome.expect_err(expected);
        assert_eq!(ShelfConstraint::violated(&error).map(message), Some(expected), "{error:?}");
    }
    let other = add(2, 2, "b").exec(&db.in_schema("nowhere").expect("a name")).await.expect_err("no such schema");
    assert_eq!(ShelfConstraint::violated(&other), None);
}
