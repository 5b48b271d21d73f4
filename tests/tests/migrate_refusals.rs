//! What the migrator refuses, with which message, and that a refusal changes nothing.

use schemata::Ident;
use schemata::migrate::{MigrateError, Migration, MigrationEntry, MigrationResult, Migrator};
use schemata_tests::catalog::{connect, describe, one};
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, INITIAL, STATUS, entry};
use tokio_postgres::Client;

async fn refused(entries: &[MigrationEntry], url: &str) -> MigrateError {
    Migrator::new(shop::set(entries)).run(url).await.expect_err("must be refused")
}

async fn table_exists(client: &Client, name: &str) -> bool {
    client.query_one("SELECT to_regclass($1) IS NOT NULL", &[&name]).await.expect("one row").get(0)
}

async fn fails_halfway(m: &mut Migration<'_>) -> MigrationResult {
    m.execute(
        "CREATE TABLE half (id int); INSERT INTO half VALUES (1);\n -- now it breaks\n INSERT INTO half VALUES ('x')",
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_failing_migration_is_rolled_back_named_and_those_before_it_stay() {
    let database = fresh_database().await;
    let bad = entry("0003_bad", |m| Box::pin(fails_halfway(m)));
    let error = refused(&[INITIAL, STATUS, bad], database.url()).await;
    let MigrateError::Failed { id, statement, applied, source, .. } = error else { panic!("{error}") };
    assert_eq!((id, statement.as_deref()), ("0003_bad", Some("INSERT INTO half VALUES ('x')")));
    assert_eq!(applied, ["0001_initial_catalog", "0002_add_order_status"]);
    let cause = source.source().expect("PostgreSQL's refusal").source().expect("its words").to_string();
    assert!(cause.contains("invalid input syntax for type integer"), "{cause}");
    let client = connect(database.url()).await;
    assert!(!table_exists(&client, "half").await);
    assert!(table_exists(&client, "orders").await);
}

#[tokio::test]
async fn a_first_migration_that_fails_leaves_nothing_at_all() {
    let database = fresh_database().await;
    let bad = entry("0001_bad", |m| Box::pin(fails_halfway(m)));
    let error = refused(&[bad], database.url()).await;
    assert!(error.to_string().ends_with("nothing was changed"), "{error}");
    assert!(!table_exists(&connect(database.url()).await, "schemata_migrations").await);
}

async fn swallows(m: &mut Migration<'_>) -> MigrationResult {
    let _ = m.execute("SELECT 1 / 0").await;
    Ok(())
}

#[tokio::test]
async fn a_swallowed_failure_is_still_reported() {
    let database = fresh_database().await;
    let error = refused(&[entry("1", |m| Box::pin(swallows(m)))], database.url()).await;
    assert!(matches!(&error, MigrateError::Failed { statement: Some(sql), .. } if sql == "SELECT 1 / 0"), "{error}");
}

async fn commits(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE TABLE a (id int); COMMIT").await?;
    Ok(())
}

async fn commits_behind_our_back(m: &mut Migration<'_>) -> MigrationResult {
    m.client()?.batch_execute("COMMIT").await?;
    Ok(())
}

#[tokio::test]
async fn a_migration_cannot_end_its_transaction() {
    let database = fresh_database().await;
    let error = refused(&[entry("1", |m| Box::pin(commits(m)))], database.url()).await;
    assert!(matches!(&error, MigrateError::Record { .. }), "{error:?}");
    let error = refused(&[entry("1", |m| Box::pin(commits_behind_our_back(m)))], database.url()).await;
    assert!(matches!(&error, MigrateError::TransactionEnded { id: "1", committed: Some(true), .. }), "{error:?}");
}

async fn moody(m: &mut Migration<'_>) -> MigrationResult {
    use std::sync::atomic::{AtomicU32, Ordering};
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let run = RUNS.fetch_add(1, Ordering::SeqCst);
    m.execute(&format!("CREATE TABLE t{run} (id int)")).await?;
    Ok(())
}

#[tokio::test]
async fn a_migration_must_do_the_same_each_time() {
    let database = fresh_database().await;
    let error = refused(&[entry("1", |m| Box::pin(moody(m)))], database.url()).await;
    assert!(matches!(error, MigrateError::NotDeterministic { id: "1" }), "{error:?}");
    assert!(!table_exists(&connect(database.url()).await, "schemata_migrations").await);
}

async fn edited(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE TABLE edited (id bigint)").await?;
    Ok(())
}

#[tokio::test]
async fn an_edited_migration_stops_everything_with_both_checksums() {
    let database = fresh_database().await;
    Migrator::new(shop::set(&[INITIAL])).run(database.url()).await.expect("applies");
    let before = describe(&connect(database.url()).await, "public").await;
    let changed = entry("0001_initial_catalog", |m| Box::pin(edited(m)));
    let error = refused(&[changed, STATUS], database.url()).await;
    let MigrateError::Edited { edits } = &error else { panic!("{error}") };
    assert_ne!(edits[0].stored, edits[0].current);
    let text = error.to_string();
    assert!(text.contains(&edits[0].stored) && text.contains(&edits[0].current), "{text}");
    assert!(text.contains("if a live model that they use has changed, give them a frozen copy of it"), "{text}");
    assert_eq!(before, describe(&connect(database.url()).await, "public").await);
}

#[tokio::test]
async fn missing_migrations_are_named_with_the_crate_to_link() {
    let database = fresh_database().await;
    Migrator::new(shop::set(&[INITIAL])).run(database.url()).await.expect("applies");
    let error = refused(&[STATUS], database.url()).await.to_string();
    assert!(
        error.contains("shop:0001_initial_catalog; if a newer release applied them, run that one; if their"),
        "{error}"
    );
    let other = MigrationEntry::new("crm", "0001_initial_catalog", |m| Box::pin(edited(m)), file!(), line!());
    let error = refused(&[other], database.url()).await.to_string();
    assert!(error.contains("shop:0001_initial_catalog") && error.contains("`use shop as _;`"), "{error}");
    let error = refused(&[], database.url()).await;
    assert!(matches!(error, MigrateError::NothingLinked { applied: 1, .. }), "{error}");
}

#[tokio::test]
async fn the_error_about_moved_migrations_says_to_keep_their_module() {
    const MOVED: MigrationEntry = entry("0003_moved", |m| Box::pin(edited(m)));
    let database = fresh_database().await;
    let there = MigrationEntry::new("audit_log", "0003_moved", |m| Box::pin(edited(m)), file!(), line!());
    Migrator::new(shop::set(&[INITIAL, MOVED])).run(database.url()).await.expect("applies");
    // Either some of the module's migrations moved to another one, or all applied ones did.
    for entries in [&[INITIAL, there][..], &[there]] {
        let error = refused(entries, database.url()).await.to_string();
        assert!(
            error.ends_with(
                "this program has 0003_moved in module audit_log: migrations that move to another crate keep their module: \
                 write `#[migration(\"0003_moved\", module = \"shop\")]` there"
            ),
            "{error}"
        );
    }
}

#[tokio::test]
async fn duplicate_ids_are_named_with_their_places() {
    let error = schemata::migrate::MigrationSet::new([INITIAL, INITIAL]).expect_err("twice");
    assert!(error.to_string().contains("shop:0001_initial_catalog"), "{error}");
    assert!(error.to_string().contains("shop.rs:"), "{error}");
}

#[tokio::test]
async fn an_unknown_target_changes_nothing() {
    let database = fresh_database().await;
    let error = Migrator::new(shop::set(&[INITIAL, STATUS])).to("0002_add_status").run(database.url()).await;
    let error = error.expect_err("unknown").to_string();
    assert!(error.contains("did you mean \"0002_add_order_status\""), "{error}");
    assert!(!table_exists(&connect(database.url()).await, "customers").await);
}

#[tokio::test]
async fn a_table_that_is_no_ledger_is_left_alone() {
    for other in
        ["CREATE TABLE schemata_migrations (version text)", "CREATE VIEW schemata_migrations AS SELECT 1 AS version"]
    {
        let database = fresh_database().await;
        let client = connect(database.url()).await;
        client.batch_execute(other).await.expect("creates");
        let before = describe(&client, "public").await;
        let error = refused(&[INITIAL], database.url()).await;
        assert!(matches!(error, MigrateError::LedgerShape { .. }), "{error}");
        assert_eq!(before, describe(&client, "public").await);
    }
}

#[tokio::test]
async fn a_read_only_server_is_refused_before_anything() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let name: String = client.query_one("SELECT current_database()::text", &[]).await.expect("one row").get(0);
    let sql = format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only = on");
    client.batch_execute(&sql).await.expect("alters");
    let error = refused(&[INITIAL], database.url()).await;
    assert!(matches!(error, MigrateError::ReadOnly { pending: 1, .. }), "{error}");
}

#[tokio::test]
async fn a_missing_privilege_says_what_to_grant() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let role = format!("schemata_test_role_{}", std::process::id());
    let sql = format!("REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {role} LOGIN");
    client.batch_execute(&sql).await.expect("creates the role");
    let mut config: tokio_postgres::Config = database.url().parse().expect("a URL");
    config.user(&role);
    let url = database.url().replacen("postgres@", &format!("{role}@"), 1);
    let error = refused(&[INITIAL], &url).await;
    assert!(matches!(error, MigrateError::NoPrivilege { .. }), "{error:?}");
    assert!(error.to_string().contains("GRANT USAGE, CREATE ON SCHEMA \"public\" TO"), "{error}");
    assert!(!table_exists(&client, "customers").await);
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.expect("drops the role");
}

#[tokio::test]
async fn bad_urls_say_where_and_never_the_password() {
    for (url, part) in [
        ("not a url with secret", "should look like postgres://"),
        ("postgres://app:secret@127.0.0.1:1/shop", "127.0.0.1:1"),
        ("postgres://app:secret@/shop?host=/nowhere", "/nowhere"),
    ] {
        let error = refused(&[INITIAL], url).await;
        let mut text = error.to_string();
        let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
        while let Some(this) = cause {
            text += &this.to_string();
            cause = this.source();
        }
        assert!(text.contains(part), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}

#[test]
fn a_schema_name_of_64_bytes_is_refused() {
    assert!(Ident::new("é".repeat(32)).is_err());
}

#[tokio::test]
async fn a_lock_that_is_held_is_waited_for_and_its_holder_named() {
    let database = fresh_database().await;
    let holder = connect(&format!("{}?application_name=holder", database.url())).await;
    // Returns the advisory lock of a migrator of this schema, found by watching one.
    let slow = entry("1", |m| Box::pin(sleeps(m)));
    let url = database.url().to_owned();
    let busy = tokio::spawn(async move { Migrator::new(shop::set(&[slow])).application("first").run(&url).await });
    loop {
        let held = holder.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())", &[]).await.expect("reads");
        if !held.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let transactions = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";
    let before: i64 = one(&holder, transactions).await;
    let patience = std::time::Duration::from_millis(400);
    let error = Migrator::new(shop::set(&[slow])).patience(patience).run(database.url()).await.expect_err("held");
    let requests = one::<i64>(&holder, transactions).await - before;
    assert!(requests < 40, "the pauses between its attempts grow: {requests}");
    assert!(
        matches!(&error, MigrateError::Locked { holder: Some(holder), .. } if holder.application == "first"),
        "{error}"
    );
    assert_eq!(busy.await.expect("no panic").expect("applies").applied, ["1"]);
}

async fn sleeps(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("SELECT pg_sleep(1)").await?;
    Ok(())
}

#[tokio::test]
async fn a_cancelled_run_leaves_no_lock_and_no_trace() {
    let database = fresh_database().await;
    let slow = entry("1", |m| Box::pin(sleeps(m)));
    let migrator = Migrator::new(shop::set(&[slow]));
    let cancelled = tokio::time::timeout(std::time::Duration::from_millis(300), migrator.run(database.url())).await;
    assert!(cancelled.is_err(), "it was still running");
    let applied = Migrator::new(shop::set(&[slow])).run(database.url()).await.expect("gets the lock").applied;
    assert_eq!(applied, ["1"]);
}
