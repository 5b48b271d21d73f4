//! What `migrate` refuses on tables that are large in the live database, and how to allow it.

use std::process::Command;

use schemata::migrate::{Hazardous, MigrateError, MigrationEntry, Migrator};
use schemata::testing::TestDatabase;
use schemata_tests::catalog::connect;
use schemata_tests::migration;
use schemata_tests::{fresh_database, shop};
use tokio_postgres::Client;

/// Sets how many rows PostgreSQL believes `orders` to have.
const ROWS: u64 = 100;

fn orders() -> MigrationEntry {
    migration!("0001", |m| {
        m.execute(
            "CREATE TABLE orders (id int PRIMARY KEY, number varchar(20), price numeric(8,2), note text) \
               WITH (autovacuum_enabled = off); \
             INSERT INTO orders SELECT n, 'A-' || n, n, 'x' FROM generate_series(1, 100) n; \
             CREATE TABLE items (order_id int) WITH (autovacuum_enabled = off)",
        )
        .await?;
    })
}

/// A migrator for which 100 rows make a table large.
fn careful(entries: &[MigrationEntry]) -> Migrator {
    Migrator::new(shop::set(entries)).large(ROWS)
}

/// A database whose orders ANALYZE has counted.
async fn busy() -> (TestDatabase, Client) {
    let database = fresh_database().await;
    careful(&[orders()]).run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    client.batch_execute("ANALYZE orders; ANALYZE items").await.expect("counts");
    (database, client)
}

async fn refused(migrator: &Migrator, database: &TestDatabase) -> Hazardous {
    match migrator.run(database.url()).await.expect_err("dangerous") {
        MigrateError::Hazardous(hazardous) => hazardous,
        other => panic!("{other:?}"),
    }
}

async fn is_true(client: &Client, sql: &str) -> bool {
    client.query_one(sql, &[]).await.expect("one row").get(0)
}

fn harmless() -> MigrationEntry {
    migration!("0002", |m| {
        m.execute("CREATE TABLE earlier (a int)").await?;
    })
}

#[tokio::test]
async fn nothing_runs_before_a_dangerous_step_on_a_large_table_and_the_safe_form_is_named() {
    let (database, client) = busy().await;
    let index = migration!("0003", |m| {
        m.execute("CREATE INDEX orders_number_idx ON orders (number)").await?;
        m.alter_table("orders").set_type("id", "bigint").await?;
        m.execute("CREATE INDEX items_idx ON items (order_id)").await?;
    });
    let all = [orders(), harmless(), index];
    let error = refused(&careful(&all), &database).await;
    assert_eq!(error.steps.len(), 2, "items are few: {error}");
    let step = &error.steps[0];
    assert_eq!((step.migration, step.rows, step.hazard.table.as_str()), ("0003", Some(100), "orders"));
    assert_eq!(step.bytes, 8192);
    assert_eq!(
        step.hazard.safe_form,
        r#"m.create_index("orders_number_idx", "orders (number)").concurrently().await?"#
    );
    let text = error.to_string();
    let begin = "nothing was run, since 2 steps are dangerous on large tables: 0003 on orders (about 100 rows, 0 MiB), at: \
                 CREATE INDEX orders_number_idx ON orders (number): CREATE INDEX blocks writes (SHARE lock)";
    assert!(text.starts_with(begin), "{text}");
    assert!(text.contains("m.allow(\"reason\"); 0003 on orders"), "{text}");
    assert!(is_true(&client, "SELECT to_regclass('earlier') IS NULL AND count(*) = 1 FROM schemata_migrations").await);

    // The same on a database where nothing is large.
    let applied = careful(&all).large(ROWS + 1).run(database.url()).await.expect("a small table").applied;
    assert_eq!(applied, ["0002", "0003"]);
}

#[tokio::test]
async fn the_safe_forms_are_not_refused() {
    let (database, client) = busy().await;
    let first = migration!("0002", |m| {
        m.create_index("orders_number_key", "orders (number)").unique().concurrently().await?;
        m.alter_table("orders").add_constraint("orders_number_key", "UNIQUE USING INDEX orders_number_key").await?;
        m.alter_table("orders").add_constraint("orders_note_not_null", "CHECK (note IS NOT NULL) NOT VALID").await?;
        m.alter_table("orders").add_column("token", "uuid").set_default("token", "gen_random_uuid()").await?;
        m.backfill("orders").set("token = gen_random_uuid()").filter("token IS NULL").await?;
    });
    let next = migration!("0003", |m| {
        m.alter_table("orders")
            .validate_constraint("orders_note_not_null")
            .set_not_null("note")
            .drop_constraint("orders_note_not_null")
            .await?;
    });
    let applied = careful(&[orders(), first, next]).run(database.url()).await.expect("safe").applied;
    assert_eq!(applied, ["0002", "0003"]);
    let done = "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'note'";
    assert!(is_true(&client, done).await);
    assert!(is_true(&client, "SELECT count(token) = 100 FROM orders").await);
}

#[tokio::test]
async fn not_null_is_harmless_only_behind_the_very_check_that_shows_it() {
    let (database, client) = busy().await;
    let checks = "ALTER TABLE orders ADD CONSTRAINT has_note CHECK (note IS NOT NULL) NOT VALID; \
                  ALTER TABLE orders ADD CONSTRAINT has_price CHECK (price IS NOT NULL) NOT VALID";
    client.batch_execute(checks).await.expect("adds");
    let other = migration!("0002", |m| {
        m.alter_table("orders").validate_constraint("has_price").set_not_null("note").await?;
    });
    let error = refused(&careful(&[orders(), other]), &database).await;
    assert_eq!(error.steps.len(), 1, "{error}");
    assert!(error.steps[0].statement.ends_with("SET NOT NULL"), "{error}");
    let at_once = migration!("0002", |m| {
        m.alter_table("orders").validate_constraint("has_note").await?;
        m.execute("ALTER TABLE orders ALTER note SET NOT NULL, DROP CONSTRAINT has_note").await?;
    });
    let error = refused(&careful(&[orders(), at_once]), &database).await;
    assert!(error.steps[0].statement.ends_with("DROP CONSTRAINT has_note"), "it is dropped first: {error}");
    let very = migration!("0002", |m| {
        m.alter_table("orders")
            .validate_constraint("has_note")
            .set_not_null("note")
            .drop_constraint("has_note")
            .await?;
    });
    assert_eq!(careful(&[orders(), very]).run(database.url()).await.expect("known to hold").applied, ["0002"]);
}

#[tokio::test]
async fn an_allowed_step_runs_and_the_ledger_keeps_the_reason() {
    let (database, client) = busy().await;
    let allowed = migration!("0002", |m| {
        m.allow("at night, nobody orders").alter_table("orders").set_type("id", "bigint").await?;
    });
    let next = migration!("0003", |m| {
        m.allow(" ").execute("CREATE INDEX orders_number_idx ON orders (number)").await?;
    });
    let migrator = careful(&[orders(), allowed]);
    assert_eq!(migrator.run(database.url()).await.expect("allowed").applied, ["0002"]);
    let kept = "SELECT allowed = ARRAY['at night, nobody orders'] FROM schemata_migrations WHERE migration_id = '0002'";
    assert!(is_true(&client, kept).await);
    assert_eq!(migrator.history(database.url(), "0002").await.expect("reads")[0].allowed, ["at night, nobody orders"]);
    let shown = Command::new(env!("CARGO_BIN_EXE_slow_migration"))
        .args(["migrate", "show", "0002"])
        .env("DATABASE_URL", database.url())
        .output()
        .expect("starts");
    let shown = String::from_utf8_lossy(&shown.stdout);
    assert!(shown.contains("\n-- allowed: at night, nobody orders\n"), "{shown}");
    // A reason holds for one step, an empty reason for none. PostgreSQL 18 loses the count when it rewrites the table.
    client.batch_execute("ANALYZE orders").await.expect("counts");
    let error = refused(&careful(&[orders(), allowed, next]), &database).await;
    assert_eq!((error.steps.len(), error.steps[0].migration), (1, "0003"));
}

#[tokio::test]
async fn tables_of_the_same_migration_and_empty_databases_are_exempt() {
    let (database, client) = busy().await;
    let own = migration!("0002", |m| {
        m.execute(
            "CREATE TABLE archive AS SELECT * FROM orders; ALTER TABLE archive ALTER id TYPE bigint; \
             CREATE INDEX archive_idx ON archive (number)",
        )
        .await?;
        // The table has the former name of a large one.
        m.alter_table("orders").rename_to("orders_before").await?;
        m.execute("CREATE TABLE orders (id int); CREATE INDEX ON orders (id)").await?;
    });
    careful(&[orders(), own]).run(database.url()).await.expect("nobody uses it yet");
    client.batch_execute("ANALYZE archive").await.expect("counts");
    let later = migration!("0003", |m| {
        m.execute("CREATE INDEX archive_2 ON archive (id)").await?;
    });
    let error = refused(&careful(&[orders(), own, later]), &database).await;
    assert_eq!(error.steps[0].hazard.table, "archive");
    // On a new database, no table can be large.
    let empty = fresh_database().await;
    let applied = careful(&[orders(), own, later]).run(empty.url()).await.expect("empty").applied;
    assert_eq!(applied, ["0001", "0002", "0003"]);
}

#[tokio::test]
async fn what_the_database_knows_to_be_harmless_is_excused() {
    let (database, client) = busy().await;
    let widening = migration!("0002", |m| {
        m.alter_table("orders").set_type("number", "varchar(40)").set_type("price", "numeric(10,2)").await?;
        m.alter_table("orders").set_type("number", "text").await?;
    });
    careful(&[orders(), widening]).run(database.url()).await.expect("no row is touched");
    let not_null = migration!("0003", |m| {
        m.alter_table("orders").set_not_null("note").await?;
    });
    let set = careful(&[orders(), widening, not_null]);
    let error = refused(&set, &database).await;
    assert!(error.to_string().contains("SET NOT NULL blocks all reads and writes"), "{error}");
    let check = "ALTER TABLE orders ADD CONSTRAINT c CHECK (note IS NOT NULL) NOT VALID";
    client.batch_execute(check).await.expect("adds");
    refused(&set, &database).await;
    client.batch_execute("ALTER TABLE orders VALIDATE CONSTRAINT c").await.expect("validates");
    assert_eq!(set.run(database.url()).await.expect("known to hold").applied, ["0003"]);
    let unlimited = migration!("0004", |m| {
        m.alter_table("orders").set_type("number", "varchar").await?;
    });
    careful(&[orders(), widening, not_null, unlimited]).run(database.url()).await.expect("text to varchar");
    let narrowing = migration!("0005", |m| {
        m.alter_table("orders").set_type("number", "varchar(30)").await?;
    });
    refused(&careful(&[orders(), widening, not_null, unlimited, narrowing]), &database).await;
}

#[tokio::test]
async fn size_is_known_by_bytes_by_partitions_and_through_indexes() {
    let (database, client) = busy().await;
    client
        .batch_execute(
            "CREATE TABLE wide (a text) WITH (autovacuum_enabled = off); ALTER TABLE wide ALTER a SET STORAGE PLAIN; \
             INSERT INTO wide SELECT repeat('x', 7000) FROM generate_series(1, 20); \
             CREATE TABLE visits (day int, page text) PARTITION BY RANGE (day); \
             CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (60) WITH (autovacuum_enabled = off); \
             CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM (60) TO (200) WITH (autovacuum_enabled = off); \
             INSERT INTO visits SELECT n, 'p' FROM generate_series(1, 120) n; ANALYZE visits_1; ANALYZE visits_2",
        )
        .await
        .expect("creates");
    let dangerous = migration!("0002", |m| {
        m.execute(
            "CREATE INDEX wide_idx ON wide (length(a)); CREATE INDEX visits_idx ON visits (page); \
             CREATE INDEX only_idx ON ONLY visits (page); CREATE INDEX half_idx ON visits_1 (page); \
             REINDEX INDEX orders_pkey",
        )
        .await?;
    });
    let error = refused(&careful(&[orders(), dangerous]), &database).await;
    let found: Vec<_> = error.steps.iter().map(|step| (step.hazard.table.as_str(), step.rows, step.bytes)).collect();
    let expected = [("wide", None, 163_840), ("visits", Some(120), 16_384), ("orders_pkey", Some(100), 8_192)];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_dangerous_step_that_is_done_stops_no_resume() {
    let (database, client) = busy().await;
    let broken = migration!("0002", |m| {
        m.alter_table("orders").add_constraint("positive", "CHECK (id > 0)").await?;
        m.commit().await?;
        m.execute("SELECT 1 / 0").await?;
    });
    // While 100 rows do not make a table large, the first step is harmless.
    Migrator::new(shop::set(&[orders(), broken])).run(database.url()).await.expect_err("the last step fails");
    assert!(is_true(&client, "SELECT EXISTS (SELECT FROM pg_constraint WHERE conname = 'positive')").await);
    let mended = migration!("0002", |m| {
        m.alter_table("orders").add_constraint("positive", "CHECK (id > 0)").await?;
        m.commit().await?;
        m.execute("SELECT 1").await?;
    });
    let resumed = careful(&[orders(), mended]).run(database.url()).await.expect("the dangerous step is done");
    assert_eq!(resumed.applied, ["0002"]);
    // A step that has not run yet is still refused.
    let next = migration!("0003", |m| {
        m.alter_table("orders").add_constraint("larger", "CHECK (id > -1)").await?;
        m.commit().await?;
        m.execute("SELECT 1").await?;
    });
    let steps = refused(&careful(&[orders(), mended, next]), &database).await.steps;
    assert_eq!(steps.iter().map(|step| step.migration).collect::<Vec<_>>(), ["0003"]);
}
