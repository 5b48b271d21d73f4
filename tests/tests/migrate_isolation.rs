//! Nothing leaks from one migration, schema or run into the next.

use schemata::Ident;
use schemata::migrate::{MigrateError, Migration, MigrationEntry, MigrationResult, Migrator};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, entry};

/// A migration of this SQL.
macro_rules! sql {
    ($id:literal, $sql:literal) => {
        sql!("shop", $id, $sql)
    };
    ($module:literal, $id:literal, $sql:literal) => {{
        async fn run(m: &mut Migration<'_>) -> MigrationResult {
            m.execute($sql).await?;
            Ok(())
        }
        MigrationEntry::new($module, $id, |m| Box::pin(run(m)), file!(), line!())
    }};
}

async fn migrate(entries: &[MigrationEntry], url: &str, schema: &str) -> Result<Vec<String>, MigrateError> {
    let schema = Ident::new(schema).expect("short");
    Migrator::new(shop::set(entries)).schema(schema).run(url).await.map(|report| report.applied)
}

#[tokio::test]
async fn a_tenant_cannot_touch_what_is_in_public() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    client.batch_execute("CREATE TABLE customers (a int); INSERT INTO customers VALUES (1)").await.expect("creates");
    let drops = sql!("1", "DROP TABLE IF EXISTS customers; CREATE TABLE customers (a int)");
    migrate(&[drops], database.url(), "tenant_a").await.expect("applies");
    let kept = client.query_one("SELECT count(*) FROM public.customers", &[]).await.expect("it is there");
    assert_eq!(kept.get::<_, i64>(0), 1);
}

async fn adds_citext(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE TABLE t (a int)").await?;
    m.alter_table("t").add_column("email", "citext NOT NULL DEFAULT ''").await
}

#[tokio::test]
async fn types_of_extensions_in_public_are_found_by_models_and_alter_table() {
    let database = fresh_database().await;
    connect(database.url()).await.batch_execute("CREATE EXTENSION citext").await.expect("contrib is installed");
    migrate(&[entry("1", |m| Box::pin(adds_citext(m)))], database.url(), "tenant_a").await.expect("applies");
}

async fn becomes(m: &mut Migration<'_>) -> MigrationResult {
    let role = format!("schemata_test_leak_{}", std::process::id());
    m.execute(&format!("SET SESSION AUTHORIZATION {role}; CREATE TABLE theirs (a int)")).await?;
    Ok(())
}

#[tokio::test]
async fn settings_roles_and_temporary_tables_end_with_their_migration() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let role = format!("schemata_test_leak_{}", std::process::id());
    client.batch_execute(&format!("CREATE ROLE {role}; GRANT ALL ON SCHEMA public TO {role}")).await.expect("creates");
    let leaks = sql!(
        "1",
        "SET default_transaction_isolation = 'serializable'; SET default_transaction_read_only = on; \
         SET search_path = pg_catalog; CREATE TEMP TABLE stage (a int)"
    );
    let sees = sql!(
        "2",
        "DO $$ BEGIN \
         ASSERT current_setting('transaction_isolation') = 'read committed'; \
         ASSERT to_regclass('stage') IS NULL; \
         ASSERT current_schema = 'public'; END $$; \
         CREATE TABLE made (a int)"
    );
    migrate(&[leaks, sees], database.url(), "public").await.unwrap_or_else(|error| panic!("{error:?}"));

    let ours = sql!("4", "CREATE TABLE ours (a int)");
    let all = [leaks, sees, entry("3", |m| Box::pin(becomes(m))), ours];
    migrate(&all, database.url(), "public").await.unwrap_or_else(|error| panic!("{error:?}"));
    let owners = "SELECT string_agg((tableowner = 'postgres')::text, ',' ORDER BY tablename) FROM pg_tables WHERE tablename IN ('ours', 'theirs')";
    assert_eq!(client.query_one(owners, &[]).await.expect("one row").get::<_, &str>(0), "true,false");
    client.batch_execute(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}")).await.expect("drops");
}

#[tokio::test]
async fn a_comment_that_ends_in_a_carriage_return_hides_nothing() {
    let database = fresh_database().await;
    let hidden = sql!("1", "CREATE TABLE kept (x int); -- note\rCREATE TABLE lost (x int)");
    migrate(&[hidden], database.url(), "public").await.expect("applies");
    let found = connect(database.url()).await.query_one("SELECT to_regclass('lost') IS NOT NULL", &[]).await;
    assert!(found.expect("one row").get::<_, bool>(0));
}

async fn waits_for_held(m: &mut Migration<'_>) -> MigrationResult {
    m.client()?.batch_execute("ALTER TABLE held ADD COLUMN b int").await?;
    Ok(())
}

#[tokio::test]
async fn a_table_in_use_is_waited_for_and_tried_again() {
    let database = fresh_database().await;
    let holder = connect(database.url()).await;
    holder.batch_execute("CREATE TABLE held (a int)").await.expect("creates");
    holder.batch_execute("BEGIN; LOCK TABLE held IN ACCESS SHARE MODE").await.expect("locks");
    let url = database.url().to_owned();
    let run =
        tokio::spawn(async move { migrate(&[entry("1", |m| Box::pin(waits_for_held(m)))], &url, "public").await });
    tokio::time::sleep(std::time::Duration::from_millis(5_500)).await;
    holder.batch_execute("COMMIT").await.expect("unlocks");
    assert_eq!(run.await.expect("no panic").expect("the second try applies"), ["1"]);
}

#[tokio::test]
async fn a_renamed_schema_does_not_run_everything_again() {
    let database = fresh_database().await;
    let inserts = sql!("1", "CREATE TABLE IF NOT EXISTS tt (a int); INSERT INTO tt VALUES (1)");
    migrate(&[inserts], database.url(), "before").await.expect("applies");
    let client = connect(database.url()).await;
    client.batch_execute("ALTER SCHEMA before RENAME TO after").await.expect("renames");
    let error = migrate(&[inserts], database.url(), "after").await.expect_err("another schema's ledger");
    assert!(matches!(&error, MigrateError::LedgerOfAnother { found, .. } if *found == ["before"]), "{error}");
    let remedy = error.to_string().split("run: ").nth(1).expect("a remedy").to_owned();
    client.batch_execute(&remedy).await.expect("the remedy is SQL");
    assert!(migrate(&[inserts], database.url(), "after").await.expect("up to date").is_empty());
}

#[tokio::test]
async fn reserved_schemas_are_refused() {
    let database = fresh_database().await;
    for name in ["$user", "information_schema", "pg_catalog"] {
        let error = migrate(&[sql!("1", "SELECT 1")], database.url(), name).await.expect_err("reserved");
        assert!(matches!(error, MigrateError::ReservedSchema { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_check_does_not_change_the_server() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let first = sql!("1", "CREATE TABLE t (a int)");
    let wide = sql!("2", "CREATE ROLE schemata_test_never_made; CREATE TABLE u (a int)");
    migrate(&[first], database.url(), "public").await.expect("applies");
    let report = Migrator::new(shop::set(&[first, wide])).check(database.url(), &[]).await.expect("checks");
    assert_eq!(report.pending, ["2"]);
    assert_eq!(report.models.len(), 2, "both tables were replayed: {report:?}");
    let made = client.query("SELECT 1 FROM pg_roles WHERE rolname = 'schemata_test_never_made'", &[]).await;
    assert!(made.expect("reads").is_empty());

    let broken = sql!("1", "CREATE TABLE t (a no_such_type)");
    let other = fresh_database().await;
    let error = Migrator::new(shop::set(&[broken])).check(other.url(), &[]).await.expect_err("cannot be replayed");
    assert!(error.to_string().contains("your database was not touched"), "{error}");
}

#[tokio::test]
async fn modules_run_in_the_order_of_their_ids() {
    let database = fresh_database().await;
    let orders = sql!("app", "0002_orders", "CREATE TABLE o (u int REFERENCES users)");
    let users = sql!("users", "0001_users", "CREATE TABLE users (id int PRIMARY KEY)");
    let applied = migrate(&[orders, users], database.url(), "public").await.expect("users come first");
    assert_eq!(applied, ["0001_users", "0002_orders"]);
}

async fn shared(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap([]).extensions(["citext"]).await
}

#[tokio::test]
async fn tenants_that_share_an_extension_can_start_at_once() {
    let database = fresh_database().await;
    let runs: Vec<_> = (0..4)
        .map(|tenant| {
            let url = database.url().to_owned();
            tokio::spawn(async move {
                migrate(&[entry("1", |m| Box::pin(shared(m)))], &url, &format!("tenant_{tenant}")).await
            })
        })
        .collect();
    for run in runs {
        assert_eq!(run.await.expect("no panic").expect("applies"), ["1"]);
    }
}
