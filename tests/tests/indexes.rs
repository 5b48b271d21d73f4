//! Every option of an index: as PostgreSQL understood it, as `check` sees it, and as an upsert's target.

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

/// One row without a room, whatever the house.
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
    let moved = moved.update_only(()).on_update(Place::house, 2).exec(&db).await.expect("finds the row by NULL");
    assert_eq!((moved.id, moved.house), (1, 2));
}
