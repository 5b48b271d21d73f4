//! A dump of PostgreSQL 13 writes `btrim(name)` for `trim(name)`, and so on. Restored on a newer server, the expressions are
//! stored and printed differently, but are the same; `check` finds no difference, and still finds real ones.

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata_tests::catalog::connect;
use schemata_tests::{fresh_database, shop};

async fn created(m: &mut Migration<'_>) -> MigrationResult {
    m.execute(
        "CREATE TABLE people (
             id int PRIMARY KEY,
             name varchar(80) NOT NULL DEFAULT trim(' x '),
             born timestamptz NOT NULL,
             born_on date GENERATED ALWAYS AS (CAST(born AT TIME ZONE 'UTC' AS date)) STORED,
             initial text GENERATED ALWAYS AS (substring(name from 1 for 1)) STORED,
             CONSTRAINT named CHECK (trim(name) <> ''),
             CONSTRAINT placed CHECK (position('@' in name) = 0 AND overlay(name placing 'y' from 1) <> name)
         );
         CREATE INDEX by_name ON people (trim(trailing from name) DESC) WHERE trim(name) <> 'x'",
    )
    .await?;
    Ok(())
}

/// What PostgreSQL 13 prints of it.
const RESTORED: &str = r#"
    ALTER TABLE people ALTER name SET DEFAULT btrim(' x '::text);
    ALTER TABLE people DROP COLUMN born_on, DROP COLUMN initial, DROP CONSTRAINT named, DROP CONSTRAINT placed;
    ALTER TABLE people
        ADD COLUMN born_on date GENERATED ALWAYS AS ((timezone('UTC'::text, born))::date) STORED,
        ADD COLUMN initial text GENERATED ALWAYS AS ("substring"((name)::text, 1, 1)) STORED,
        ADD CONSTRAINT named CHECK ((btrim((name)::text) <> ''::text)),
        ADD CONSTRAINT placed CHECK ((("position"((name)::text, '@'::text) = 0)
                                      AND ("overlay"((name)::text, 'y'::text, 1) <> (name)::text)));
    DROP INDEX by_name;
    CREATE INDEX by_name ON people USING btree (rtrim((name)::text) DESC) WHERE (btrim((name)::text) <> 'x'::text);
"#;

fn migrator() -> Migrator {
    Migrator::new(shop::set(&[shop::entry("1", |m| Box::pin(created(m)))]))
}

async fn differences(url: &str) -> Vec<String> {
    let report = migrator().check(url, &[]).await.expect("checks");
    report.database.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn the_notation_of_an_older_major_is_no_difference() {
    let database = fresh_database().await;
    migrator().run(database.url()).await.expect("migrates");
    let client = connect(database.url()).await;
    client.batch_execute(RESTORED).await.unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(differences(database.url()).await, Vec::<String>::new());
}

#[tokio::test]
async fn other_expressions_are_a_difference() {
    let changes = [
        ("btrim(' x '::text)", "ltrim(' x '::text)", "people.name"),
        ("btrim((name)::text) <> ''", "ltrim((name)::text) <> ''", "constraint named on people"),
        ("\"substring\"((name)::text, 1, 1)", "\"substring\"((name)::text, 1, 2)", "people.initial"),
        ("btree (rtrim((name)::text) DESC)", "btree (rtrim((name)::text))", "index by_name on people"),
        ("WHERE (btrim", "WHERE (rtrim", "index by_name on people"),
        ("CREATE INDEX", "CREATE UNIQUE INDEX", "index by_name on people"),
    ];
    for (from, to, object) in changes {
        let database = fresh_database().await;
        migrator().run(database.url()).await.expect("migrates");
        let client = connect(database.url()).await;
        let sql = RESTORED.replace(from, to);
        assert_ne!(sql, RESTORED, "{from}");
        client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{to}: {error:?}"));
        let found = differences(database.url()).await;
        assert!(found.len() == 1 && found[0].starts_with(&format!("{object}: ")), "{to}: {found:?}");
    }
}
