//! A dump of PostgreSQL 13, and what is generated there, write `btrim(name)` for `trim(name)`, and so on. On a newer server, the
//! expressions are stored and printed differently, but are the same; `check` finds no difference, and still finds real ones.

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::prelude::*;
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
        ("<> 'x'::text);", "<> 'x'::text); COMMENT ON INDEX by_name IS 'by hand';", "index by_name on people"),
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

#[allow(dead_code)]
mod model {
    use chrono::{DateTime, NaiveDate, Utc};
    use schemata::prelude::*;

    #[derive(PgDomain, Debug, Clone)]
    #[column(name = "handle", check("handle_check", "trim(VALUE) <> ''"))]
    pub struct Handle(pub String);

    #[derive(TableModel)]
    #[table(
        name = "people",
        check("named", "trim(name) <> ''"),
        check("placed", "position('@' in name) = 0 AND overlay(name placing 'y' from 1) <> name"),
        index(expression("trim(trailing from name)") desc, where = "trim(name) <> 'x'", name = "by_name")
    )]
    pub struct Person {
        #[column(primary_key)]
        pub id: i32,
        #[column(sql_type = "varchar(80)", default_sql = "trim(' x ')")]
        pub name: String,
        pub born: DateTime<Utc>,
        #[column(generated = "CAST(born AT TIME ZONE 'UTC' AS date)")]
        pub born_on: Option<NaiveDate>,
        #[column(generated = "substring(name from 1 for 1)")]
        pub initial: Option<String>,
        pub handle: Option<Handle>,
    }
}

/// What `generate` writes on PostgreSQL 13.
const GENERATED: &str = r#"
    CREATE DOMAIN handle AS text CONSTRAINT handle_check CHECK ((btrim(VALUE) <> ''::text));
    CREATE TABLE people (
        id integer NOT NULL,
        name varchar(80) NOT NULL DEFAULT btrim(' x '::text),
        born timestamptz NOT NULL,
        born_on date GENERATED ALWAYS AS ((timezone('UTC'::text, born))::date) STORED,
        initial text GENERATED ALWAYS AS ("substring"((name)::text, 1, 1)) STORED,
        handle handle,
        CONSTRAINT people_pkey PRIMARY KEY (id),
        CONSTRAINT named CHECK ((btrim((name)::text) <> ''::text)),
        CONSTRAINT placed CHECK ((("position"((name)::text, '@'::text) = 0)
                                  AND ("overlay"((name)::text, 'y'::text, 1) <> (name)::text)))
    );
    CREATE INDEX by_name ON people USING btree (rtrim((name)::text) DESC) WHERE (btrim((name)::text) <> 'x'::text)"#;

async fn generated(m: &mut Migration<'_>) -> MigrationResult {
    m.execute(GENERATED).await?;
    Ok(())
}

async fn generated_differently(m: &mut Migration<'_>) -> MigrationResult {
    m.execute(&GENERATED.replace("rtrim((name)", "ltrim((name)")).await?;
    Ok(())
}

async fn bootstrapped(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![model::Person]).await
}

#[tokio::test]
async fn what_an_older_major_generated_leads_to_the_models() {
    let models = tables![model::Person];
    let entry = shop::entry("0001_people", |m| Box::pin(generated(m)));
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[entry]));
    migrator.run(database.url()).await.expect("migrates");
    let report = migrator.check(database.url(), &models).await.expect("checks");
    assert!(report.is_clean(), "{report:?}");
    let draft = migrator.draft(database.url(), &models, "nothing").await.expect("drafts");
    assert!(draft.is_none(), "{draft:?}");

    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[shop::entry("0001_people", |m| Box::pin(generated_differently(m)))]));
    migrator.run(database.url()).await.expect("migrates");
    let report = migrator.check(database.url(), &models).await.expect("checks");
    let found: Vec<&str> = report.models.iter().map(|difference| difference.object.as_str()).collect();
    assert_eq!(found, ["index by_name on people"]);
    let draft = migrator.draft(database.url(), &models, "index").await.expect("drafts").expect("a difference");
    assert_eq!(draft.left, [], "{}", draft.source);
    assert_eq!((draft.source.contains("by_name"), draft.source.contains("named")), (true, false), "{}", draft.source);
}

async fn with_another_domain(m: &mut Migration<'_>) -> MigrationResult {
    m.execute(&GENERATED.replace("btrim(VALUE)", "ltrim(VALUE)")).await?;
    Ok(())
}

#[tokio::test]
async fn another_check_of_a_domain_is_a_difference() {
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[shop::entry("0001_people", |m| Box::pin(with_another_domain(m)))]));
    migrator.run(database.url()).await.expect("migrates");
    let report = migrator.check(database.url(), &tables![model::Person]).await.expect("checks");
    assert_eq!(report.models.len(), 1, "{report:?}");
    assert!(report.models[0].object.contains("handle"), "{report:?}");
}

#[tokio::test]
async fn a_squash_of_an_older_major_is_equal() {
    let first = shop::entry("0001_people", |m| Box::pin(bootstrapped(m)));
    for (run, differences) in [
        (shop::entry("0002_squashed", |m| Box::pin(generated(m))), 0),
        (shop::entry("0002_squashed", |m| Box::pin(generated_differently(m))), 1),
    ] {
        let squash = run.replacing(&["0001_people"]);
        let migrator = Migrator::new(shop::set(&[first, squash]));
        let report = migrator.check(fresh_database().await.url(), &[]).await.expect("checks");
        let found: usize = report.squashes.iter().map(|squash| squash.differences.len()).sum();
        assert_eq!(found, differences, "{:?}", report.squashes);
    }
}
