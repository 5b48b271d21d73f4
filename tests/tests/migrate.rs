//! Migrating: the tutorial's migrations, concurrency, and the contents of the ledger.

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::model::Write;
use schemata::{Ident, TableModel};
use schemata_tests::catalog::{connect, describe};
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, INITIAL, STATUS, first};
use schemata_tests::wire::CountingProxy;

fn shop_migrator() -> Migrator {
    Migrator::new(shop::set(&[STATUS, INITIAL]))
}

#[tokio::test]
async fn a_fresh_and_an_upgraded_database_have_one_catalog_and_rows_stay() {
    let (fresh, upgraded) = (fresh_database().await, fresh_database().await);
    let report = shop_migrator().run(fresh.url()).await.expect("both apply");
    assert_eq!(report.applied, ["0001_initial_catalog", "0002_add_order_status"]);

    let report = shop_migrator().to("0001_initial_catalog").run(upgraded.url()).await.expect("the first applies");
    assert_eq!(report.applied, ["0001_initial_catalog"]);
    let old = connect(upgraded.url()).await;
    assert!(!describe(&old, "public").await.iter().any(|line| line.contains("orders.status")));
    let ada = first::Customer::insert().email("ada@example.com").full_name("Ada").exec(&old).await.expect("inserts");
    first::Order::insert().customer_id(ada.id).order_number("A-1").exec(&old).await.expect("inserts");

    let report = shop_migrator().run(upgraded.url()).await.expect("the second applies");
    assert_eq!(report.applied, ["0002_add_order_status"]);
    let statuses = old.query("SELECT status, shipped_at IS NULL FROM orders", &[]).await.expect("reads");
    assert_eq!(
        statuses.iter().map(|row| (row.get(0), row.get(1))).collect::<Vec<(String, bool)>>(),
        [("pending".into(), true)]
    );

    let expected = describe(&connect(fresh.url()).await, "public").await;
    assert!(expected.len() > 30, "{expected:?}");
    assert_eq!(expected, describe(&old, "public").await);
    assert!(shop_migrator().run(upgraded.url()).await.expect("up to date").applied.is_empty());
}

#[tokio::test]
async fn of_three_migrators_at_once_one_applies() {
    let database = fresh_database().await;
    let runs = (0..3).map(|_| {
        let url = database.url().to_owned();
        tokio::spawn(
            async move { shop_migrator().run(&url).await.expect("waits, then finds nothing to do").applied.len() },
        )
    });
    let mut applied = Vec::new();
    for run in runs.collect::<Vec<_>>() {
        applied.push(run.await.expect("no panic"));
    }
    applied.sort_unstable();
    assert_eq!(applied, [0, 0, 2]);
}

#[tokio::test]
async fn the_ledger_tells_what_ran_and_who_ran_it() {
    let database = fresh_database().await;
    shop_migrator().application("shop 1.2.3").run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    let row = client
        .query_one(
            "SELECT schema_name, module_name, checksum, operations->>0, started_at <= finished_at, application, applied_by \
             FROM schemata_migrations WHERE migration_id = '0002_add_order_status'",
            &[],
        )
        .await
        .expect("one row");
    assert_eq!((row.get::<_, &str>(0), row.get::<_, &str>(1)), ("public", "shop"));
    assert_eq!(row.get::<_, &str>(2).len(), 64);
    assert_eq!(
        row.get::<_, &str>(3),
        r#"ALTER TABLE "public"."orders" ADD COLUMN "status" varchar(20) NOT NULL DEFAULT 'pending', ADD COLUMN "shipped_at" timestamptz"#
    );
    assert!(row.get::<_, bool>(4));
    assert_eq!((row.get::<_, &str>(5), row.get::<_, &str>(6)), ("shop 1.2.3", "postgres"));
}

#[tokio::test]
async fn schemas_migrate_apart_with_one_checksum() {
    let database = fresh_database().await;
    for name in ["tenant a", "Tenant\"B", "ünïcode"] {
        let schema = Ident::new(name).expect("63 bytes at most");
        let report = shop_migrator().schema(schema).run(database.url()).await.expect("applies");
        assert_eq!(report.applied.len(), 2, "{name}");
    }
    let client = connect(database.url()).await;
    let sums = client
        .query_one(
            "SELECT (SELECT checksum FROM \"tenant a\".schemata_migrations ORDER BY migration_id LIMIT 1) = \
             (SELECT checksum FROM \"Tenant\"\"B\".schemata_migrations ORDER BY migration_id LIMIT 1), \
             to_regclass('public.schemata_migrations') IS NULL",
            &[],
        )
        .await
        .expect("both ledgers");
    assert!(sums.get::<_, bool>(0) && sums.get::<_, bool>(1));
    let a = describe(&client, "\"tenant a\"").await;
    assert_eq!(a.len(), describe(&client, "\"ünïcode\"").await.len());
}

#[tokio::test]
async fn a_dry_run_shows_the_sql_and_writes_nothing() {
    let database = fresh_database().await;
    let schema = || Ident::new("planned").expect("short");
    let planned = shop_migrator().schema(schema()).plan(database.url()).await.expect("plans");
    assert_eq!(planned.len(), 2);
    assert!(planned[0].statements[0].starts_with("CREATE TABLE \"planned\".\"customers\""));
    let client = connect(database.url()).await;
    let exists = client.query_one("SELECT to_regnamespace('planned') IS NOT NULL", &[]).await.expect("one row");
    assert!(!exists.get::<_, bool>(0));
    shop_migrator().schema(schema()).run(database.url()).await.expect("applies");
    let ran =
        client.query_one("SELECT operations->>0 FROM planned.schemata_migrations ORDER BY migration_id LIMIT 1", &[]);
    assert_eq!(ran.await.expect("one row").get::<_, &str>(0), planned[0].statements[0]);
}

async fn backfill(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE TABLE note (id int PRIMARY KEY, text text)").await?;
    let customers = first::Customer::select().fetch(&m.session()?).await?;
    for (id, customer) in (1_i32..).zip(&customers) {
        m.client()?.execute("INSERT INTO note VALUES ($1, $2)", &[&id, &customer.email]).await?;
    }
    m.execute("ALTER TABLE note ALTER COLUMN text SET NOT NULL").await?;
    Ok(())
}

#[tokio::test]
async fn a_migration_that_reads_is_dynamic_and_typed() {
    let database = fresh_database().await;
    shop_migrator().run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    for email in ["a@x", "b@x"] {
        first::Customer::insert().email(email).full_name("N").exec(&client).await.expect("inserts");
    }
    let with_backfill =
        || Migrator::new(shop::set(&[INITIAL, STATUS, shop::entry("0003_notes", |m| Box::pin(backfill(m)))]));
    let planned = with_backfill().plan(database.url()).await.expect("plans");
    assert!(planned[0].dynamic);
    assert_eq!(planned[0].statements, ["CREATE TABLE note (id int PRIMARY KEY, text text)"]);
    with_backfill().run(database.url()).await.expect("applies");
    let copied = client.query_one("SELECT count(*) FROM note", &[]).await.expect("one row");
    assert_eq!(copied.get::<_, i64>(0), 2);
    assert!(with_backfill().run(database.url()).await.expect("its checksum holds").applied.is_empty());
}

#[tokio::test]
async fn up_to_date_costs_three_round_trips_with_a_thousand_migrations() {
    let database = fresh_database().await;
    let entries: Vec<_> = (0..1000)
        .map(|number| {
            let id: &'static str = Box::leak(format!("{number:04}_nothing").into_boxed_str());
            shop::entry(id, |_| Box::pin(async { Ok(()) }))
        })
        .collect();
    let migrator = || Migrator::new(shop::set(&entries));
    assert_eq!(migrator().run(database.url()).await.expect("applies").applied.len(), 1000);
    let proxy = CountingProxy::to(database.url()).await;
    let client = connect(proxy.url()).await;
    client.simple_query("SELECT 1").await.expect("through the proxy");
    assert_eq!(proxy.take(), 1, "the proxy counts");
    assert!(migrator().run(proxy.url()).await.expect("up to date").applied.is_empty());
    // Whether the connection has a session of its own, the probe, the ledger.
    assert_eq!(proxy.take(), 3, "requests");
}

#[tokio::test]
async fn runs_in_a_spawned_task() {
    let database = fresh_database().await;
    let url = database.url().to_owned();
    let planned = tokio::spawn(async move { shop_migrator().plan(&url).await.map(|planned| planned.len()) });
    assert_eq!(planned.await.expect("no panic").expect("plans"), 2);
}
