//! `check` reports each difference between models, migrations and database, and nothing if there is none.

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::prelude::*;
use schemata::prove::CheckReport;
use schemata::testing::check_set;
use schemata_tests::catalog::connect;
use schemata_tests::corners::{Actions, Arrays, Defaults};
use schemata_tests::corpus::{Constrained, Everything, Left, LongName, Modern, Right};
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, INITIAL, STATUS};
use schemata_tests::tutorial::{Customer, Order, OrderItem};

fn models() -> [&'static schemata::schema::Table; 3] {
    tables![Customer, Order, OrderItem]
}

fn migrator() -> Migrator {
    Migrator::new(shop::set(&[INITIAL, STATUS]))
}

fn said(report: &CheckReport) -> Vec<String> {
    report.models.iter().chain(&report.database).map(ToString::to_string).collect()
}

#[tokio::test]
async fn the_tutorial_agrees_with_itself() {
    let database = fresh_database().await;
    migrator().run(database.url()).await.expect("applies");
    let report = migrator().check(database.url(), &models()).await.expect("checks");
    assert_eq!(said(&report), Vec::<String>::new());
    assert!(report.is_clean());
    let client = connect(database.url()).await;
    let scratch = client.query("SELECT 1 FROM pg_database WHERE datname LIKE 'schemata\\_scratch\\_%'", &[]).await;
    assert!(scratch.expect("reads").len() <= 4, "only those of tests that run now");
}

async fn named(m: &mut Migration<'_>) -> MigrationResult {
    let called = "DO $$ BEGIN
        IF current_setting('application_name') <> 'the shop' THEN
            RAISE EXCEPTION 'called %', current_setting('application_name');
        END IF;
    END $$";
    m.execute(called).await
}

#[tokio::test]
async fn whose_check_it_is_stands_in_the_servers_list_of_processes() {
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[shop::entry("1", |m| Box::pin(named(m)))])).application("the shop");
    migrator.run(database.url()).await.expect("applies");
    let report = migrator.check(database.url(), &[]).await.unwrap_or_else(|error| panic!("{error:?}"));
    assert!(report.is_clean(), "{report:#?}");
}

#[tokio::test]
async fn a_changed_model_is_reported_field_by_field() {
    let database = fresh_database().await;
    let first_only = || Migrator::new(shop::set(&[INITIAL]));
    first_only().run(database.url()).await.expect("applies");
    let report = first_only().check(database.url(), &models()).await.expect("checks");
    assert_eq!(
        said(&report),
        [
            "orders.shipped_at: the model has it, the migrations do not",
            "orders.status: the model has it, the migrations do not"
        ]
    );
    let in_a_suite = check_set(shop::set(&[INITIAL]), &models()).await.expect_err("apart");
    assert!(in_a_suite.to_string().contains("- orders.status: "), "{in_a_suite}");
}

#[tokio::test]
async fn a_database_changed_by_hand_is_reported() {
    let database = fresh_database().await;
    migrator().run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    client
        .batch_execute(
            "ALTER TABLE orders ALTER status TYPE varchar(10), ALTER status DROP DEFAULT, ALTER placed_at DROP NOT NULL;
             ALTER TABLE customers ADD COLUMN nickname text;
             ALTER TABLE customers RENAME CONSTRAINT customers_email_key TO mail;
             DROP TABLE order_items; CREATE INDEX by_hand ON customers (phone);
             CREATE VIEW recent AS SELECT id FROM orders; COMMENT ON TABLE orders IS 'x'",
        )
        .await
        .unwrap_or_else(|error| panic!("{error:?}"));
    let report = migrator().check(database.url(), &models()).await.expect("checks");
    assert!(report.models.is_empty());
    let said = said(&report);
    for line in [
        "orders.status: the migrations say varchar(20), the database varchar(10)",
        "orders.placed_at: the migrations say NOT NULL, the database nullable",
        "customers.nickname: the database has it, the migrations do not",
        "table order_items: the migrations have it, the database does not",
        "index by_hand on customers, btree (phone): the database has it, the migrations do not",
        "constraint on customers, UNIQUE (email): the migrations say it is called customers_email_key, the database it is called mail",
        "table orders: the migrations say no comment, the database comment \"x\"",
    ] {
        assert!(said.iter().any(|found| found == line), "missing: {line}\nin: {said:#?}");
    }
    assert_eq!(report.others, ["view recent"]);
}

async fn corpus(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![LongName, Right, Left, Constrained, Everything, Actions, Arrays, Defaults]).await
}

async fn modern(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Modern]).await
}

#[tokio::test]
async fn models_with_every_type_and_constraint_never_drift() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let version = client.query_one("SELECT current_setting('server_version_num')::int", &[]).await.expect("one row");
    let mut all = tables![LongName, Right, Left, Constrained, Everything, Actions, Arrays, Defaults].to_vec();
    let mut migrations = vec![shop::entry("1", |m| Box::pin(corpus(m)))];
    if version.get::<_, i32>(0) >= 150_000 {
        all.extend(tables![Modern]);
        migrations.push(shop::entry("2", |m| Box::pin(modern(m))));
    }
    for schema in ["public", "Some \"Tenant\""] {
        let schema = schemata::Ident::new(schema).expect("short");
        let migrator = Migrator::new(shop::set(&migrations)).schema(schema);
        migrator.run(database.url()).await.expect("applies");
        let report = migrator.check(database.url(), &all).await.expect("checks");
        assert!(report.is_clean(), "{report:#?}");
        assert_eq!(report.others, Vec::<String>::new());
    }
}

#[tokio::test]
async fn pending_migrations_are_no_drift() {
    let database = fresh_database().await;
    migrator().to("0001_initial_catalog").run(database.url()).await.expect("applies");
    let report = migrator().check(database.url(), &models()).await.expect("checks");
    assert_eq!(said(&report), Vec::<String>::new());
    assert_eq!(report.pending, ["0002_add_order_status"]);
    assert!(!report.is_clean());
}

#[tokio::test]
async fn a_killed_check_leaves_a_scratch_database_that_the_next_one_drops() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let prefix = "SELECT 'schemata_scratch_' || substr(md5(current_database()), 1, 8)";
    let prefix: String = client.query_one(prefix, &[]).await.expect("one row").get(0);
    let name = format!("{prefix}_0_0");
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("as if left behind");
    migrator().check(database.url(), &models()).await.expect("checks");
    let left = client.query("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await.expect("reads");
    assert!(left.is_empty());
}
