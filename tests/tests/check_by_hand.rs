//! Objects that models cannot express are compared between migrations and database and listed, but are never a
//! difference from the models.

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::prelude::*;
use schemata::prove::CheckReport;
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::shop;

/// A member.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "members", unique(email))]
struct Member {
    #[column(primary_key, identity)]
    id: i64,
    email: String,
    team: i32,
    #[column(references = Member::id)]
    mentor: Option<i64>,
}

async fn members(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Member]).await?;
    m.execute(
        "CREATE TYPE colour AS ENUM ('red');
         CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER stamp BEFORE UPDATE ON members FOR EACH ROW EXECUTE FUNCTION stamp();
         CREATE POLICY own ON members FOR SELECT TO PUBLIC USING (team = 1);
         ALTER TABLE members ENABLE ROW LEVEL SECURITY;
         CREATE TABLE parts (id int NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
         CREATE TABLE parts_1 PARTITION OF parts DEFAULT;
         CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
         CREATE INDEX by_prefix ON members (email text_pattern_ops);
         ALTER TABLE members ADD CONSTRAINT later UNIQUE (team, id) DEFERRABLE INITIALLY DEFERRED",
    )
    .await?;
    Ok(())
}

fn migrator() -> Migrator {
    Migrator::new(shop::set(&[shop::entry("1", |m| Box::pin(members(m)))]))
}

fn said(report: &CheckReport) -> Vec<String> {
    report.models.iter().chain(&report.database).map(ToString::to_string).collect()
}

#[tokio::test]
async fn what_migrations_make_beyond_the_models_is_listed_and_is_no_difference() {
    let database = fresh_database().await;
    migrator().run(database.url()).await.expect("applies");
    let report = migrator().check(database.url(), &tables![Member]).await.expect("checks");
    // An object that models could declare but do not is a difference; one that they cannot express is not.
    assert_eq!(
        said(&report),
        [
            "enum colour: the migrations have it, the model does not",
            "constraint later on members, UNIQUE (team, id) DEFERRABLE INITIALLY DEFERRED: the migrations have it, the model does not",
            "index by_prefix on members, btree (email text_pattern_ops): the migrations have it, the model does not",
            "table parts: the migrations have it, the model does not"
        ]
    );
    assert_eq!(
        report.others,
        [
            "2 partition(s) of parts",
            "function stamp",
            "partitioning of parts by RANGE (at)",
            "policy own on members",
            "row security on members",
            "trigger stamp on members",
        ]
    );
}

#[derive(TableModel)]
#[table(name = "sums", check("positive", "total > 0"))]
#[expect(dead_code, reason = "only its table is looked at")]
struct Sum {
    #[column(primary_key)]
    id: i32,
    total: i32,
}

#[tokio::test]
async fn a_check_that_is_no_longer_enforced_is_reported() {
    async fn sums(m: &mut Migration<'_>) -> MigrationResult {
        m.bootstrap(tables![Sum]).await?;
        m.execute("CREATE DOMAIN positive AS int CHECK (VALUE > 0)").await?;
        Ok(())
    }
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    if schemata_tests::catalog::major(&client).await < 18 {
        return;
    }
    let migrator = Migrator::new(shop::set(&[shop::entry("1", |m| Box::pin(sums(m)))]));
    migrator.run(database.url()).await.expect("applies");
    client
        .batch_execute(
            "ALTER TABLE sums DROP CONSTRAINT positive, ADD CONSTRAINT positive CHECK (total > 0) NOT ENFORCED",
        )
        .await
        .expect("changes");
    let report = migrator.check(database.url(), &tables![Sum]).await.expect("checks");
    assert_eq!(
        said(&report),
        [
            "constraint positive on sums: the migrations say CHECK ((total > 0)), the database CHECK ((total > 0)) NOT ENFORCED"
        ]
    );
}

#[tokio::test]
async fn a_parameter_of_an_operator_class_is_compared() {
    async fn documents(m: &mut Migration<'_>) -> MigrationResult {
        m.execute(
            "CREATE TABLE documents (id int PRIMARY KEY, words tsvector);
             CREATE INDEX by_word ON documents USING gist (words tsvector_ops (siglen = 32))",
        )
        .await?;
        Ok(())
    }
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let migrator = Migrator::new(shop::set(&[shop::entry("1", |m| Box::pin(documents(m)))]));
    migrator.run(database.url()).await.expect("applies");
    let change = "DROP INDEX by_word; CREATE INDEX by_word ON documents USING gist (words tsvector_ops (siglen = 64))";
    client.batch_execute(change).await.expect("changes");
    let report = migrator.check(database.url(), &[]).await.expect("checks");
    let said: Vec<String> = report.database.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "index by_word on documents: the migrations say gist (words tsvector_ops (siglen='32')), the database gist (words \
          tsvector_ops (siglen='64'))"
        ]
    );
}

/// Changes by hand, with the one sentence about each; the changes of a list are made together.
const CHANGES: &[&[(&str, &str)]] = &[
    &[
        (
            "ALTER TABLE members DISABLE TRIGGER ALL",
            "trigger stamp on members: the migrations say it is enabled, the database it is disabled",
        ),
        (
            "",
            "constraint members_mentor_fkey on members: the migrations say its triggers are enabled, the database its triggers are not all enabled",
        ),
        (
            "",
            "constraint later on members: the migrations say its triggers are enabled, the database its triggers are not all enabled",
        ),
    ],
    &[
        (
            "ALTER TABLE members DISABLE ROW LEVEL SECURITY",
            "table members: the migrations say row security on, the database row security off",
        ),
        (
            "ALTER TABLE members DISABLE TRIGGER stamp",
            "trigger stamp on members: the migrations say it is enabled, the database it is disabled",
        ),
        ("DROP POLICY own ON members", "policy own on members: the migrations have it, the database does not"),
        (
            "CREATE POLICY wide ON members USING (true)",
            "policy wide on members: the database has it, the migrations do not",
        ),
        (
            "ALTER TABLE members ALTER email TYPE text COLLATE \"C\"",
            "members.email: the migrations say no collation, the database collation \"C\"",
        ),
        (
            "ALTER TABLE members ALTER id SET INCREMENT BY 10",
            "members.id: the migrations say identity always, the database identity always (INCREMENT BY 10)",
        ),
        ("COMMENT ON TYPE colour IS 'c'", "enum colour: the migrations say no comment, the database comment \"c\""),
        (
            "ALTER TABLE members ALTER CONSTRAINT members_mentor_fkey DEFERRABLE",
            "constraint members_mentor_fkey on members: the migrations say FOREIGN KEY (mentor) REFERENCES members(id), the database \
         FOREIGN KEY (mentor) REFERENCES members(id) DEFERRABLE",
        ),
        (
            "DROP INDEX by_prefix; CREATE INDEX by_prefix ON members (email)",
            "index by_prefix on members: the migrations say btree (email text_pattern_ops), the database btree (email)",
        ),
        (
            "ALTER TABLE members ADD EXCLUDE USING btree (email WITH =)",
            "constraint members_email_excl on members, EXCLUDE USING btree (email WITH =): the database has it, the migrations do not",
        ),
    ],
    &[
        (
            "ALTER TABLE members FORCE ROW LEVEL SECURITY",
            "table members: the migrations say row security on, the database row security forced",
        ),
        ("DROP TRIGGER stamp ON members", "trigger stamp on members: the migrations have it, the database does not"),
        ("ALTER TABLE members SET UNLOGGED", "table members: the migrations say logged, the database unlogged"),
        (
            "ALTER POLICY own ON members USING (team > 0)",
            "policy own on members: the migrations say FOR SELECT TO PUBLIC USING ((team = 1)), the database FOR SELECT TO PUBLIC \
         USING ((team > 0))",
        ),
        (
            "ALTER TABLE members ALTER id SET GENERATED BY DEFAULT",
            "members.id: the migrations say identity always, the database identity by default",
        ),
        (
            "ALTER TYPE colour ADD VALUE 'blue' BEFORE 'red'",
            "enum colour: the migrations say red, the database blue, red",
        ),
        (
            "DROP INDEX by_prefix; CREATE INDEX by_prefix ON members (email text_pattern_ops NULLS FIRST) WITH (fillfactor=70)",
            "index by_prefix on members: the migrations say btree (email text_pattern_ops), the database btree (email \
         text_pattern_ops NULLS FIRST) WITH (fillfactor='70')",
        ),
        (
            "ALTER TABLE members DROP CONSTRAINT members_mentor_fkey; \
         ALTER TABLE members ADD FOREIGN KEY (mentor) REFERENCES members NOT VALID",
            "constraint members_mentor_fkey on members: the migrations say valid, the database not valid",
        ),
        (
            "DROP TABLE parts_2; CREATE TABLE parts_3 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2022-01-01')",
            "partition parts_2: the migrations have it, the database does not",
        ),
        (
            "ALTER TABLE members SET (fillfactor=70)",
            "table members: the migrations say no parameters, the database parameters fillfactor=70",
        ),
        (
            "ALTER TABLE members ALTER email SET STORAGE EXTERNAL",
            "members.email: the migrations say the type's storage, the database storage EXTERNAL",
        ),
        (
            "ALTER TABLE members ALTER email SET STATISTICS 5",
            "members.email: the migrations say no statistics target, the database statistics target 5",
        ),
        (
            "ALTER TABLE members ALTER team SET (n_distinct=5)",
            "members.team: the migrations say no parameters, the database parameters n_distinct=5",
        ),
        (
            "COMMENT ON CONSTRAINT later ON members IS 'c'",
            "constraint later on members: the migrations say no comment, the database comment \"c\"",
        ),
        (
            "CREATE TABLE base (); ALTER TABLE members INHERIT base",
            "table members: the migrations say no parent, the database inherits base",
        ),
    ],
];

#[tokio::test]
async fn each_change_by_hand_is_reported_in_one_sentence() {
    for changes in CHANGES {
        let database = fresh_database().await;
        migrator().run(database.url()).await.expect("applies");
        let client = connect(database.url()).await;
        for statement in changes.iter().flat_map(|(change, _)| change.split("; ")) {
            client.batch_execute(statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        }
        let report = migrator().check(database.url(), &tables![Member]).await.expect("checks");
        let mut said: Vec<String> = report.database.iter().map(ToString::to_string).collect();
        said.retain(|line| line != "table base: the database has it, the migrations do not");
        let mut expected: Vec<&str> = changes.iter().map(|(_, sentence)| *sentence).collect();
        said.sort();
        expected.sort_unstable();
        assert_eq!(said, expected);
    }
}

#[tokio::test]
async fn what_only_newer_servers_have_is_seen_there() {
    let database = fresh_database().await;
    migrator().run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    let version = client.query_one("SELECT current_setting('server_version_num')::int", &[]).await.expect("one row");
    if version.get::<_, i32>(0) < 180_000 {
        return;
    }
    client
        .batch_execute(
            "ALTER TABLE members ADD CONSTRAINT grown CHECK (team > 0) NOT ENFORCED, ADD COLUMN twice int GENERATED ALWAYS AS (team * 2);
             ALTER TABLE members ALTER mentor DROP NOT NULL, ADD CONSTRAINT given NOT NULL mentor NOT VALID",
        )
        .await
        .unwrap_or_else(|error| panic!("{error:?}"));
    let report = migrator().check(database.url(), &tables![Member]).await.expect("checks");
    let said: Vec<String> = report.database.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "members.mentor: the migrations say nullable, the database NOT NULL, not valid",
            "members.twice: the database has it, the migrations do not",
            "constraint grown on members, CHECK ((team > 0)) NOT ENFORCED: the database has it, the migrations do not",
        ]
    );
}
