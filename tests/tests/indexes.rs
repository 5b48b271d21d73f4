//! Every option of an index: in PostgreSQL's catalog, in `check`, and as an upsert's target.

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::model::Write;
use schemata::prelude::*;
use schemata::tables;
use schemata_tests::catalog::{connect, describe, major};
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, entry};

/// Text to search, with every option but the one that PostgreSQL 15 brought.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(
    name = "texts",
    index(title opclass("text_pattern_ops"), born desc nulls_last, with(fillfactor = 70, deduplicate_items = off)),
    index(title collate("C") opclass("pg_catalog.text_pattern_ops") desc nulls_first, name = "all_at_once"),
    index(born asc nulls_first, where = "born > 0"),
    index(expression("lower(title)") collate("C") desc nulls_last, include(born), name = "expressed"),
    index(tags, using = gin, with(fastupdate = false, gin_pending_list_limit = 64)),
    index(extra opclass("jsonb_path_ops"), using = "gin", where = "born IS NOT NULL")
)]
struct Searched {
    #[column(primary_key)]
    id: i32,
    title: String,
    born: Option<i32>,
    tags: Vec<String>,
    extra: serde_json::Value,
}

/// At most one row without a room per house.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "places", index(house, room, unique, nulls_not_distinct, with(fillfactor = 90), where = "house > 0"))]
struct Place {
    #[column(primary_key)]
    id: i32,
    house: i32,
    room: Option<i32>,
}

async fn searched(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Searched]).await
}

async fn places(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Place]).await
}

fn migrator() -> Migrator {
    Migrator::new(shop::set(&[entry("1", |m| Box::pin(searched(m)))]))
}

#[tokio::test]
async fn every_option_arrives() {
    let database = fresh_database().await;
    migrator().run(database.url()).await.expect("creates the table");
    let catalog = describe(&connect(database.url()).await, "public").await;
    for line in [
        "index CREATE INDEX texts_title_born_idx ON texts USING btree (title text_pattern_ops, born DESC NULLS LAST) WITH (fillfactor='70', deduplicate_items=off)",
        "index CREATE INDEX all_at_once ON texts USING btree (title COLLATE \"C\" text_pattern_ops DESC)",
        "index CREATE INDEX texts_born_idx ON texts USING btree (born NULLS FIRST) WHERE (born > 0)",
        "index CREATE INDEX expressed ON texts USING btree (lower(title) COLLATE \"C\" DESC NULLS LAST) INCLUDE (born)",
        "index CREATE INDEX texts_tags_idx ON texts USING gin (tags) WITH (fastupdate='false', gin_pending_list_limit='64')",
        "index CREATE INDEX texts_extra_idx ON texts USING gin (extra jsonb_path_ops) WHERE (born IS NOT NULL)",
    ] {
        // Quotes around values of parameters come and go with the version.
        let found = catalog.iter().any(|found| found.replace('\'', "") == line.replace('\'', ""));
        assert!(found, "missing: {line}\nin: {catalog:#?}");
    }
}

#[tokio::test]
async fn check_sees_each_option() {
    let database = fresh_database().await;
    migrator().run(database.url()).await.expect("creates the table");
    let client = connect(database.url()).await;
    let clean = migrator().check(database.url(), &tables![Searched]).await.expect("checks");
    assert!(clean.is_clean(), "{clean:#?}");
    let rewritten = [
        ("texts_title_born_idx", "btree (title, born DESC NULLS LAST) WITH (fillfactor=70, deduplicate_items=off)"),
        ("all_at_once", "btree (title text_pattern_ops DESC)"),
        ("texts_born_idx", "btree (born) WHERE born > 0"),
        ("expressed", "btree (lower(title) COLLATE \"C\" DESC) INCLUDE (born)"),
        ("texts_tags_idx", "gin (tags) WITH (fastupdate=true, gin_pending_list_limit=64)"),
        ("texts_extra_idx", "gin (extra) WHERE born IS NOT NULL"),
    ];
    for (name, other) in rewritten {
        let kept: String =
            client.query_one("SELECT pg_get_indexdef($1::text::regclass)", &[&name]).await.expect("it is there").get(0);
        let swap = format!("DROP INDEX {name}; CREATE INDEX {name} ON texts USING {other}");
        client.batch_execute(&swap).await.expect("changes the index by hand");
        let report = migrator().check(database.url(), &tables![Searched]).await.expect("checks");
        let said: Vec<String> = report.database.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|line| line.contains(name)), "{name}: {said:#?}");
        client.batch_execute(&format!("DROP INDEX {name}; {kept}")).await.expect("puts it back");
    }
}

#[tokio::test]
async fn nulls_that_are_not_distinct_make_one_row() {
    let database = fresh_database().await;
    let migrator = || Migrator::new(shop::set(&[entry("1", |m| Box::pin(places(m)))]));
    if major(&connect(database.url()).await).await < 15 {
        let error = migrator().run(database.url()).await.expect_err("PostgreSQL 15 brought it");
        let cause = std::error::Error::source(&error).expect("the step's error").to_string();
        assert!(cause.starts_with("nulls_not_distinct on table places needs PostgreSQL 15"), "{cause}");
        return;
    }
    migrator().run(database.url()).await.expect("creates the table");
    let report = migrator().check(database.url(), &tables![Place]).await.expect("checks");
    assert!(report.is_clean(), "{report:#?}");
    let db = Db::connect(database.url()).await.expect("connects");
    Place::insert().id(1).house(1).exec(&db).await.expect("inserts");
    let again = Place::insert().id(2).house(1).exec(&db).await.expect_err("NULL equals NULL here");
    assert!(again.is_unique_violation());
    let moved = Place::insert().id(3).house(1).room(None).on_conflict(Place::by_house_and_room);
    let moved = moved.on_update(Place::house, 2).exec(&db).await.expect("finds the row by NULL");
    assert_eq!((moved.id, moved.house), (1, 2));
}

/// The same table without its indexes.
#[allow(dead_code)]
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "texts")]
struct Bare {
    #[column(primary_key)]
    id: i32,
    title: String,
    born: Option<i32>,
    tags: Vec<String>,
    extra: serde_json::Value,
}

const NAMES: [&str; 6] =
    ["all_at_once", "expressed", "texts_born_idx", "texts_extra_idx", "texts_tags_idx", "texts_title_born_idx"];

async fn bare(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Bare]).await
}

/// Indexes of the model that the migrations lack, and the other way round.
#[tokio::test]
async fn an_index_with_any_option_is_missed_and_is_one_too_many() {
    let database = fresh_database().await;
    let surplus = migrator().check(database.url(), &tables![Bare]).await.expect("checks").models;
    let without = Migrator::new(shop::set(&[entry("1", |m| Box::pin(bare(m)))]));
    let missing = without.check(database.url(), &tables![Searched]).await.expect("checks").models;
    for (found, end) in
        [(surplus, "the migrations have it, the model does not"), (missing, "the model has it, the migrations do not")]
    {
        let mut named: Vec<&str> = found.iter().filter_map(|one| one.object.split(' ').nth(1)).collect();
        named.sort_unstable();
        assert_eq!(named, NAMES, "{found:#?}");
        assert!(found.iter().all(|one| one.sentence == end), "{found:#?}");
    }
    let drop = migrator().draft(database.url(), &tables![Bare], "drop").await.expect("drafts").expect("a difference");
    assert_eq!(
        drop.source.matches(".drop_index(").count() + drop.source.matches("DROP INDEX").count(),
        6,
        "{}",
        drop.source
    );
    let create = without.draft(database.url(), &tables![Searched], "all").await.expect("drafts").expect("a difference");
    assert_eq!((create.undecided.len(), create.left.len()), (0, 0), "{}", create.source);
    let source = create.source.replace('\\', "");
    for part in [
        "title text_pattern_ops, born DESC NULLS LAST",
        "lower(title) COLLATE \"C\" DESC NULLS LAST",
        "born NULLS FIRST",
        "extra jsonb_path_ops",
        "fillfactor=",
    ] {
        assert!(source.contains(part), "{part}: {source}");
    }
}

/// The same table without its index.
#[allow(dead_code)]
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "places")]
struct BarePlace {
    #[column(primary_key)]
    id: i32,
    house: i32,
    room: Option<i32>,
}

#[tokio::test]
async fn nulls_not_distinct_is_missed_and_generated_too() {
    let database = fresh_database().await;
    if major(&connect(database.url()).await).await < 15 {
        let placed = Migrator::new(shop::set(&[entry("1", |m| Box::pin(places(m)))]));
        let refused = placed.check(database.url(), &tables![Place]).await.map(drop);
        let text = format!("{:?}", refused.expect_err("PostgreSQL 15 brought it"));
        assert!(text.contains("15"), "{text}");
        return;
    }
    let placed = Migrator::new(shop::set(&[entry("1", |m| Box::pin(places(m)))]));
    let report = placed.check(database.url(), &tables![BarePlace]).await.expect("checks");
    let said: Vec<String> = report.models.iter().map(ToString::to_string).collect();
    assert!(said.len() == 1 && said[0].contains("NULLS NOT DISTINCT"), "{said:#?}");
    let none = Migrator::new(shop::set(&[]));
    let draft = none.draft(database.url(), &tables![Place], "places").await.expect("drafts").expect("a table");
    assert_eq!((draft.undecided.len(), draft.left.len()), (0, 0), "{}", draft.source);
    assert!(draft.source.contains("unique, nulls_not_distinct"), "{}", draft.source);
}

async fn one_by_one(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Bare]).await?;
    m.execute(
        "CREATE INDEX texts_title_born_idx ON texts (title text_pattern_ops, born DESC NULLS LAST)
           WITH (deduplicate_items = false, fillfactor = '70');
         CREATE INDEX all_at_once ON texts (title COLLATE \"C\" text_pattern_ops DESC NULLS FIRST);
         CREATE INDEX texts_born_idx ON texts (born NULLS FIRST) WHERE born > 0;
         CREATE INDEX expressed ON texts (lower(title) COLLATE \"C\" DESC NULLS LAST) INCLUDE (born);
         CREATE INDEX texts_tags_idx ON texts USING gin (tags) WITH (gin_pending_list_limit = 64, fastupdate = OFF);
         CREATE INDEX texts_extra_idx ON texts USING gin (extra jsonb_path_ops) WHERE born IS NOT NULL",
    )
    .await?;
    Ok(())
}

/// Neither the order of storage parameters nor the spelling of a boolean is a difference.
#[tokio::test]
async fn indexes_written_by_hand_agree_with_the_model_s() {
    let database = fresh_database().await;
    let by_hand = Migrator::new(shop::set(&[entry("1", |m| Box::pin(one_by_one(m)))]));
    by_hand.run(database.url()).await.unwrap_or_else(|error| panic!("{error:?}"));
    let report = by_hand.check(database.url(), &tables![Searched]).await.expect("checks");
    assert!(report.is_clean(), "{report:#?}");
    assert!(by_hand.draft(database.url(), &tables![Searched], "none").await.expect("compares").is_none());

    // Each option that is changed in the migrations is reported, and generated again.
    for (index, other) in [
        (
            "texts_title_born_idx",
            "btree (title text_pattern_ops, born DESC NULLS LAST) WITH (fillfactor = 71, deduplicate_items = off)",
        ),
        ("texts_title_born_idx", "btree (title, born DESC NULLS LAST) WITH (fillfactor = 70, deduplicate_items = off)"),
        (
            "texts_title_born_idx",
            "btree (title text_pattern_ops, born DESC) WITH (fillfactor = 70, deduplicate_items = off)",
        ),
        ("expressed", "btree (lower(title) COLLATE \"POSIX\" DESC NULLS LAST) INCLUDE (born)"),
        ("texts_tags_idx", "gin (tags) WITH (fastupdate = on, gin_pending_list_limit = 64)"),
    ] {
        let moved = Migrator::new(shop::set(&[entry("1", |m| Box::pin(one_by_one(m))), changed(index, other)]));
        let report = moved.check(database.url(), &tables![Searched]).await.unwrap_or_else(|error| panic!("{error:?}"));
        let said: Vec<String> = report.models.iter().map(ToString::to_string).collect();
        assert!(
            said.len() == 1 && said[0].starts_with(&format!("index {index} on texts: the model says ")),
            "{said:#?}"
        );
        let draft =
            moved.draft(database.url(), &tables![Searched], "back").await.expect("drafts").expect("a difference");
        assert_eq!((draft.undecided.len(), draft.left.len()), (0, 0), "{}", draft.source);
    }
}

static CHANGE: std::sync::Mutex<(&str, &str)> = std::sync::Mutex::new(("", ""));

/// A migration that rebuilds an index with another definition.
fn changed(index: &'static str, other: &'static str) -> schemata::migrate::MigrationEntry {
    *CHANGE.lock().expect("no panic") = (index, other);
    entry("2", |m| {
        Box::pin(async {
            let (index, other) = *CHANGE.lock().expect("no panic");
            m.execute(&format!("DROP INDEX {index}; CREATE INDEX {index} ON texts USING {other}")).await?;
            Ok(())
        })
    })
}

async fn beyond(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Bare]).await?;
    m.execute(
        "CREATE SCHEMA IF NOT EXISTS words; CREATE COLLATION words.german FROM \"C\";
         CREATE INDEX foreign_words ON texts (title COLLATE words.german)",
    )
    .await?;
    Ok(())
}

/// `collate("…")` takes a name without a schema.
#[tokio::test]
async fn a_collation_of_another_schema_is_beyond_models() {
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[entry("1", |m| Box::pin(beyond(m)))]));
    migrator.run(database.url()).await.expect("applies");
    let report = migrator.check(database.url(), &tables![Bare]).await.expect("checks");
    assert!(report.is_clean(), "{report:#?}");
    assert_eq!(report.others, ["index foreign_words on texts, btree (title COLLATE words.german)"]);
    assert!(migrator.draft(database.url(), &tables![Bare], "none").await.expect("compares").is_none());
}
