//! DDL generated from models, compared with PostgreSQL's catalog.

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::tables;
use schemata::testing::TestDatabase;
use schemata_tests::catalog::{connect, describe};
use schemata_tests::corpus::{Constrained, Everything, Left, LongName, Modern, Right};
use schemata_tests::fresh_database;
use schemata_tests::shop;

#[derive(schemata::TableModel)]
#[table(name = "seasons", check("warm", "Été > 0 /* in /* most */ years */"), check("cold", "\"Hiver\" < Été"))]
#[allow(dead_code)]
struct Season {
    #[column(primary_key)]
    id: i64,
    #[column(name = "Été")]
    summer: i64,
    #[column(name = "Hiver")]
    winter: i64,
}

async fn seasons(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Season]).await
}

/// PostgreSQL folds ASCII letters only, and its comments nest.
#[tokio::test]
async fn checks_are_read_as_postgresql_reads_them() {
    let database = fresh_database().await;
    let set = shop::set(&[shop::entry("1", |m| Box::pin(seasons(m)))]);
    Migrator::new(set).run(database.url()).await.expect("creates the table");
    let client = connect(database.url()).await;
    client.batch_execute("INSERT INTO seasons VALUES (1, 20, 2)").await.expect("a usual year");
    let refused = client.batch_execute("INSERT INTO seasons VALUES (2, 0, -1)").await.expect_err("no summer");
    assert_eq!(refused.as_db_error().and_then(|error| error.constraint()), Some("warm"));
}

async fn corpus(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![LongName, Right, Left, Constrained, Everything]).await
}

async fn created() -> (TestDatabase, Vec<String>) {
    let database = fresh_database().await;
    let set = shop::set(&[shop::entry("1", |m| Box::pin(corpus(m)))]);
    Migrator::new(set).run(database.url()).await.expect("creates every table");
    let catalog = describe(&connect(database.url()).await, "public").await;
    (database, catalog.into_iter().collect())
}

fn has(catalog: &[String], line: &str) {
    assert!(catalog.iter().any(|found| found == line), "missing: {line}\nin:\n{}", catalog.join("\n"));
}

#[tokio::test]
async fn every_type_default_and_comment_arrives() {
    let (_database, catalog) = created().await;
    for line in [
        "column every thing.id bigint NOT NULL IDENTITY d comment -",
        "column every thing.flag boolean NOT NULL DEFAULT true comment -",
        "column every thing.small smallint NOT NULL DEFAULT '-3'::integer comment -",
        "column every thing.single real NOT NULL DEFAULT 1.5 comment -",
        r#"column every thing.text text NOT NULL DEFAULT 'it''s \ "quoted"'::text comment -"#,
        "column every thing.limited character varying(20) NOT NULL comment -",
        "column every thing.fixed character(3) NOT NULL comment -",
        "column every thing.amount numeric(12,4) NOT NULL comment -",
        "column every thing.wall_clock timestamp without time zone NOT NULL comment -",
        "column every thing.mood mood NOT NULL DEFAULT 'calm'::mood comment -",
        "column every thing.moods mood[] NOT NULL comment -",
        "column every thing.maybe integer comment -",
        "column every thing.words text[] NOT NULL comment -",
        "column every thing.blobs bytea[] NOT NULL comment -",
        "column every thing.amounts numeric(6,2)[] comment -",
        "column every thing.order text comment -",
        "column every thing.doubled integer GENERATED DEFAULT (medium * 2) comment twice",
        "column every thing.created_by uuid comment -",
        "column every thing.updated_at timestamp with time zone NOT NULL DEFAULT now() comment -",
        "enum mood calm,wide awake",
        "table every thing comment it's everything",
        "constraint every thing.every thing_level_check CHECK ((level = ANY (ARRAY['low'::text, 'very_high'::text])))",
    ] {
        has(&catalog, line);
    }
}

#[tokio::test]
async fn every_constraint_and_index_arrives() {
    let (_database, catalog) = created().await;
    for line in [
        "constraint constrained.constrained_pkey PRIMARY KEY (tenant, number)",
        "constraint constrained.one_code_per_region UNIQUE (code, region)",
        "constraint constrained.code_positive CHECK ((code > 0))",
        "constraint constrained.constrained_thing_fkey FOREIGN KEY (thing) REFERENCES \"every thing\"(id) ON UPDATE CASCADE ON DELETE SET NULL",
        "index CREATE INDEX constrained_code_region_idx ON constrained USING btree (code DESC, region) INCLUDE (note) WHERE (code > 0)",
        "index CREATE UNIQUE INDEX note_once ON constrained USING btree (lower(note))",
        "index CREATE INDEX constrained_tags_idx ON constrained USING gin (tags)",
        "constraint left.left_right_id_fkey FOREIGN KEY (right_id) REFERENCES \"right\"(id)",
        "constraint right.right_left_id_fkey FOREIGN KEY (left_id) REFERENCES \"left\"(id)",
        "constraint right.right_next_id_fkey FOREIGN KEY (next_id) REFERENCES \"right\"(id)",
    ] {
        has(&catalog, line);
    }
    let long: Vec<&String> = catalog.iter().filter(|line| line.starts_with("constraint a_table")).collect();
    assert_eq!(long.len(), 3, "{long:?}");
    for suffix in ["_pkey PRIMARY", "_key UNIQUE", "_fkey FOREIGN"] {
        assert!(long.iter().any(|line| line.contains(suffix)), "no name lost its end: {long:?}");
    }
}

async fn modern(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Modern]).await
}

#[tokio::test]
async fn what_the_server_does_not_have_is_said_plainly() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let version: i32 =
        client.query_one("SELECT current_setting('server_version_num')::int", &[]).await.expect("one row").get(0);
    let set = shop::set(&[shop::entry("1", |m| Box::pin(modern(m)))]);
    let outcome = Migrator::new(set).run(database.url()).await;
    if version >= 150_000 {
        outcome.expect("creates the table");
        let catalog: Vec<String> = describe(&client, "public").await.into_iter().collect();
        has(&catalog, "constraint modern.modern_code_region_key UNIQUE NULLS NOT DISTINCT (code, region)");
    } else {
        let error = outcome.expect_err("PostgreSQL 15 brought it");
        let cause = std::error::Error::source(&error).expect("the step's error").to_string();
        let expected = "nulls_not_distinct on table modern needs PostgreSQL 15 or newer; the server is PostgreSQL ";
        assert!(cause.starts_with(expected), "{cause}");
    }
}
