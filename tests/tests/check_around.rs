//! Models that need other objects of the migrations than tables: extensions, domains, functions, composite types,
//! sequences, other schemas. Their tables are created in a database where the migrations have run.

use schemata::Ident;
use schemata::migrate::{MigrateError, Migration, MigrationResult, Migrator};
use schemata::prelude::*;
use schemata::prove::CheckReport;
use schemata::schema::{ColumnType, SqlType, Table};
use schemata::testing::check_set;
use schemata::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::shop;

/// Text of a type that migrations create, which no derive knows.
macro_rules! text_of_type {
    ($name:ident, $sql:literal) => {
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name(String);

        impl ToSql for $name {
            fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Wire<IsNull> {
                out.extend_from_slice(self.0.as_bytes());
                Ok(IsNull::No)
            }
            fn accepts(_: &Type) -> bool {
                true
            }
            to_sql_checked!();
        }

        impl<'a> FromSql<'a> for $name {
            fn from_sql(_: &Type, raw: &'a [u8]) -> Wire<Self> {
                Ok(Self(std::str::from_utf8(raw)?.to_owned()))
            }
            fn accepts(_: &Type) -> bool {
                true
            }
        }

        impl ColumnType for $name {
            type Inner = Self;
            const SQL_TYPE: SqlType = SqlType::new($sql);
            schemata::driver_conversions!();
        }
    };
}

type Wire<T> = Result<T, Box<dyn std::error::Error + Sync + Send>>;

text_of_type!(PostalCode, "postal_code");
text_of_type!(Grade, "grade");

/// A mood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PgEnum)]
#[column(name = "mood")]
enum Mood {
    Sad,
    Happy,
}

/// The type of the same name in another schema, with other labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PgEnum)]
#[column(name = "mood", schema = "other place")]
enum OtherMood {
    Up,
    Down,
}

/// A table with an object of each kind.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(
    name = "members",
    check("even_number", "is_even(number)"),
    check("sound", "whole_row(ROW(number, email)::pair) <> ''"),
    index(expression("folded(email::text)"), name = "members_folded"),
    index(email collate("plain"), name = "members_plain")
)]
struct Member {
    #[column(primary_key, default_sql = "nextval('members_id_seq')")]
    id: i64,
    #[column(default_sql = "nextval('numbers')")]
    number: i64,
    #[column(sql_type = "citext", unique)]
    email: String,
    #[column(default_sql = "usual_code()")]
    code: PostalCode,
    grade: Grade,
    #[column(default_sql = "usual_mood()")]
    mood: Mood,
    #[column(generated = "doubled(number)")]
    twice: i64,
    #[column(references = Place::id)]
    place: Option<i32>,
}

/// In a schema of its own.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "members", schema = "other place", check("named", "is_named(name)"))]
struct Place {
    #[column(primary_key, identity)]
    id: i32,
    name: String,
    mood: OtherMood,
}

async fn around(m: &mut Migration<'_>) -> MigrationResult {
    m.execute(
        "CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;
         CREATE DOMAIN postal_code AS text CHECK (VALUE <> '');
         CREATE TYPE mood AS ENUM ('sad', 'happy');
         CREATE TYPE grade AS ENUM ('a', 'b');
         CREATE TYPE pair AS (number bigint, email text);
         CREATE SEQUENCE numbers;
         CREATE COLLATION plain FROM \"C\";
         CREATE FUNCTION is_even(n bigint) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT n % 2 = 0';
         CREATE FUNCTION doubled(n bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS 'SELECT n * 2';
         CREATE FUNCTION folded(t text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower(t)';
         CREATE FUNCTION whole_row(p pair) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT (p).email';
         CREATE FUNCTION usual_code() RETURNS postal_code LANGUAGE sql AS 'SELECT ''0''::text';
         CREATE FUNCTION usual_mood() RETURNS mood STABLE LANGUAGE plpgsql AS 'BEGIN RETURN ''sad''; END';
         CREATE SCHEMA IF NOT EXISTS \"other place\";
         CREATE TYPE \"other place\".mood AS ENUM ('up', 'down');
         CREATE FUNCTION is_named(t text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT t <> ''''';
         CREATE TABLE \"other place\".members (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,
           mood \"other place\".mood NOT NULL, CONSTRAINT named CHECK (is_named(name)));
         CREATE TABLE members (id bigserial PRIMARY KEY, number bigint NOT NULL DEFAULT nextval('numbers'),
           email public.citext NOT NULL UNIQUE, code postal_code NOT NULL DEFAULT usual_code(), grade grade NOT NULL,
           mood mood NOT NULL DEFAULT usual_mood(), twice bigint NOT NULL GENERATED ALWAYS AS (doubled(number)) STORED,
           place int REFERENCES \"other place\".members, CONSTRAINT even_number CHECK (is_even(number)),
           CONSTRAINT sound CHECK (whole_row(ROW(number, email)::pair) <> ''));
         CREATE INDEX members_folded ON members (folded(email::text));
         CREATE INDEX members_plain ON members (email COLLATE plain);
         CREATE VIEW places AS SELECT id FROM members;
         CREATE FUNCTION label(m members) RETURNS text LANGUAGE sql AS 'SELECT m.email::text'",
    )
    .await?;
    Ok(())
}

fn migrator(schema: &str) -> Migrator {
    let schema = Ident::new(schema).expect("short");
    Migrator::new(shop::set(&[shop::entry("1", |m| Box::pin(around(m)))])).schema(schema)
}

fn said(report: &CheckReport) -> Vec<String> {
    report.models.iter().chain(&report.database).map(ToString::to_string).collect()
}

#[tokio::test]
async fn models_may_use_what_migrations_made() {
    for schema in ["public", "Some \"Tenant\""] {
        let database = fresh_database().await;
        migrator(schema).run(database.url()).await.unwrap_or_else(|error| panic!("{error:?}"));
        let report = migrator(schema).check(database.url(), &tables![Member, Place]).await;
        let report = report.unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(said(&report), Vec::<String>::new(), "{schema}");
        assert!(report.is_clean());
        let draft = migrator(schema).draft(database.url(), &tables![Member, Place], "none").await.expect("compares");
        assert!(draft.is_none(), "{draft:#?}");
    }
}

/// A later version of the model: more labels, another default.
mod later {
    use schemata::prelude::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq, PgEnum)]
    #[column(name = "mood")]
    pub enum Mood {
        Sad,
        Calm,
        Happy,
    }

    #[allow(dead_code)]
    #[derive(Debug, Clone, PartialEq, TableModel)]
    #[table(name = "members")]
    pub struct Member {
        #[column(primary_key, default_sql = "nextval('members_id_seq')")]
        id: i64,
        #[column(sql_type = "citext", unique)]
        email: String,
        #[column(default = "calm")]
        mood: Mood,
        code: super::PostalCode,
    }
}

#[tokio::test]
async fn changes_of_the_models_are_still_reported() {
    let database = fresh_database().await;
    migrator("public").run(database.url()).await.expect("applies");
    let report = migrator("public").check(database.url(), &tables![later::Member]).await.expect("checks");
    let said = said(&report);
    for line in [
        "enum mood: the model says sad, calm, happy, the migrations sad, happy",
        "members.mood: the model says default 'calm'::mood, the migrations default usual_mood()",
        "members.code: the model says no default, the migrations default usual_code()",
        "members.twice: the migrations have it, the model does not",
    ] {
        assert!(said.iter().any(|found| found == line), "missing: {line}\nin: {said:#?}");
    }
    assert!(!said.iter().any(|line| line.starts_with("members.email")), "{said:#?}");
}

async fn taken_names(m: &mut Migration<'_>) -> MigrationResult {
    m.execute(
        "CREATE DOMAIN mood AS text; CREATE VIEW members AS SELECT 1 AS id; CREATE TABLE old (id int);
         CREATE INDEX members_email_idx ON old (id); CREATE SEQUENCE \"other place\"",
    )
    .await?;
    Ok(())
}

/// A table whose names are also those of other objects.
#[allow(dead_code)]
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "members", index(email))]
struct Named {
    #[column(primary_key)]
    id: i64,
    email: String,
    mood: Mood,
}

/// A column with the name of a sequence.
#[allow(dead_code)]
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "other place")]
struct Sequence {
    #[column(primary_key)]
    id: i64,
}

#[tokio::test]
async fn a_name_that_something_else_has_is_a_difference_and_no_failure() {
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[shop::entry("1", |m| Box::pin(taken_names(m)))]));
    migrator.run(database.url()).await.expect("applies");
    let report = migrator.check(database.url(), &tables![Named, Sequence]).await;
    let report = report.unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(
        said(&report),
        [
            "enum mood: the model has it, the migrations do not",
            "table members: the model has it, the migrations do not",
            "table other place: the model has it, the migrations do not",
            "table old: the migrations have it, the model does not",
        ]
    );
}

#[tokio::test]
async fn what_no_migration_makes_is_said_to_be_missing() {
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[shop::INITIAL]));
    let error = migrator.check(database.url(), &tables![later::Member]).await.expect_err("no such type");
    assert!(matches!(error, MigrateError::ModelTables { .. }));
    assert_eq!(
        error.to_string(),
        "the models' tables cannot be created beside the objects of the migrations, at: CREATE TABLE \"public\".\"members\"; do they \
         use a type, a function or an extension that no migration creates?"
    );
    let client = connect(database.url()).await;
    let mine = "SELECT 1 FROM pg_database WHERE datname LIKE 'schemata\\_scratch\\_' || substr(md5(current_database()), 1, 8) || '%'";
    assert!(client.query(mine, &[]).await.expect("reads").is_empty(), "the scratch database is gone");
}

#[tokio::test]
async fn a_role_that_may_create_databases_and_no_more_can_check() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let role = format!("schemata_test_checks_{}", std::process::id());
    let name: String = client.query_one("SELECT current_database()::text", &[]).await.expect("one row").get(0);
    let set_up = format!(
        "CREATE ROLE {role} LOGIN CREATEDB; ALTER DATABASE \"{name}\" OWNER TO {role}; \
                          ALTER SCHEMA public OWNER TO {role}"
    );
    client.batch_execute(&set_up).await.expect("sets up");
    let mark = if database.url().contains('?') { '&' } else { '?' };
    let url = format!("{}{mark}options=-c%20role%3D{role}", database.url());
    let ran = migrator("public").run(&url).await;
    let report = migrator("public").check(&url, &tables![Member, Place]).await;
    let clean_up = format!("REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}");
    client.batch_execute(&clean_up).await.expect("cleans up");
    ran.unwrap_or_else(|error| panic!("{error:?}"));
    let report = report.unwrap_or_else(|error| panic!("{error:?}"));
    assert!(report.is_clean(), "{report:#?}");
}

#[tokio::test]
async fn the_suite_s_own_check_sees_them_too() {
    let models: [&'static Table; 2] = tables![Member, Place];
    let set = shop::set(&[shop::entry("1", |m| Box::pin(around(m)))]);
    check_set(set, &models).await.unwrap_or_else(|error| panic!("{error}"));
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let left = "SELECT 1 FROM pg_namespace WHERE nspname LIKE 'schemata\\_aside%'";
    assert!(client.query(left, &[]).await.expect("reads").is_empty());
}

/// A partition that a monthly job might have added changes neither its table nor the tables that reference it.
#[tokio::test]
async fn partitions_that_come_later_are_no_difference() {
    async fn measured(m: &mut Migration<'_>) -> MigrationResult {
        m.execute(
            "CREATE TABLE measured (id int PRIMARY KEY) PARTITION BY RANGE (id); \
             CREATE TABLE measured_1 PARTITION OF measured FOR VALUES FROM (0) TO (100); \
             CREATE TABLE seen (id int PRIMARY KEY, measured_id int REFERENCES measured)",
        )
        .await?;
        Ok(())
    }
    let database = fresh_database().await;
    let migrator = || Migrator::new(shop::set(&[shop::entry("0001_measured", |m| Box::pin(measured(m)))]));
    migrator().run(database.url()).await.expect("applies");
    let sql = "CREATE TABLE measured_2 PARTITION OF measured FOR VALUES FROM (100) TO (200)";
    connect(database.url()).await.batch_execute(sql).await.expect("creates");
    let report = migrator().check(database.url(), &[]).await.expect("checks");
    assert_eq!(report.database, []);
}
