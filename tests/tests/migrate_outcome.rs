//! After a failure, the message says whether the transaction was really rolled back.

use schemata::migrate::{MigrateError, Migration, MigrationEntry, MigrationResult, Migrator};
use schemata_tests::catalog::connect;
use schemata_tests::errors::with_causes;
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, entry};

async fn run(entries: &[MigrationEntry], url: &str) -> MigrateError {
    Migrator::new(shop::set(entries)).run(url).await.expect_err("must fail")
}

async fn exists(url: &str, name: &str) -> bool {
    let row = connect(url).await.query_one("SELECT to_regclass($1) IS NOT NULL", &[&name]).await;
    row.expect("one row").get(0)
}

macro_rules! behind {
    ($sql:literal) => {
        entry("1", |m| {
            Box::pin(async move {
                m.execute("CREATE TABLE first (id int)").await?;
                m.client()?.batch_execute($sql).await?;
                Ok(())
            })
        })
    };
}

#[tokio::test]
async fn what_a_migration_committed_behind_the_migrator_is_not_called_rolled_back() {
    // Each migration, and whether the first table, which was made in the migrator's transaction, exists afterwards.
    let cases = [
        (behind!("COMMIT; SELECT 1 / 0"), true),
        (behind!("COMMIT; BEGIN; SELECT 1 / 0"), true),
        (behind!("COMMIT; BEGIN"), true),
        (behind!("COMMIT"), true),
        (behind!("ROLLBACK; CREATE TABLE second (id int); BEGIN; SELECT 1 / 0"), false),
        (behind!("ROLLBACK; SELECT 1 / 0"), false),
        (behind!("ROLLBACK AND CHAIN"), false),
    ];
    for (n, (migration, committed)) in cases.into_iter().enumerate() {
        let database = fresh_database().await;
        let error = run(&[migration], database.url()).await;
        assert!(matches!(&error, MigrateError::TransactionEnded { id: "1", .. }), "{n}: {error:?}");
        let (text, there) = (error.to_string(), exists(database.url(), "first").await);
        assert_eq!(there, committed, "{n}");
        let words = if committed { "its work up to there is committed" } else { "its work up to there is rolled back" };
        assert!(text.contains(words), "{n}: {text}");
        assert!(!text.contains("nothing was changed"), "{n}: {text}");
        assert_eq!(
            with_causes(&error).contains("division by zero"),
            n != 2 && n != 3 && n != 6,
            "{n}: {}",
            with_causes(&error)
        );
    }
}

#[tokio::test]
async fn a_connection_that_is_lost_is_not_called_a_transaction_that_the_migration_ended() {
    let database = fresh_database().await;
    let lost = entry("1", |m| {
        Box::pin(async move {
            m.execute("CREATE TABLE first (id int)").await?;
            m.execute("SELECT pg_terminate_backend(pg_backend_pid())").await
        })
    });
    let error = run(&[lost], database.url()).await;
    assert!(matches!(&error, MigrateError::Failed { id: "1", .. }), "{error:?}");
    assert!(with_causes(&error).contains("terminating connection"), "{}", with_causes(&error));
    assert!(!exists(database.url(), "first").await);
}

async fn queries_a_commit(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE TABLE first (id int)").await?;
    m.query("/* so far */ COMMIT", &[]).await?;
    Ok(())
}

#[tokio::test]
async fn a_query_cannot_end_the_transaction() {
    let database = fresh_database().await;
    let error = run(&[entry("1", |m| Box::pin(queries_a_commit(m)))], database.url()).await;
    assert!(with_causes(&error).contains("a migration runs in one transaction already"), "{}", with_causes(&error));
    assert!(!exists(database.url(), "first").await);
}

/// A server that treats backslashes as escapes would read this as three statements.
async fn escaped(m: &mut Migration<'_>) -> MigrationResult {
    m.execute(r"CREATE TABLE first (id int); SELECT 'a\''; COMMIT; SELECT 1 / 0; --'").await
}

#[tokio::test]
async fn strings_end_where_the_standard_says_whatever_the_database_is_set_to() {
    let database = fresh_database().await;
    let off = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings = off', current_database()); END $$";
    connect(database.url()).await.batch_execute(off).await.expect("sets");
    Migrator::new(shop::set(&[entry("1", |m| Box::pin(escaped(m)))])).run(database.url()).await.expect("one string");
    assert!(exists(database.url(), "first").await);
}

macro_rules! breaks {
    ($sql:literal) => {
        entry("2", |m| Box::pin(async move { m.execute($sql).await }))
    };
}

const FIRST: MigrationEntry = entry("1", |m| Box::pin(async move { m.execute("CREATE TABLE first (id int)").await }));

#[tokio::test]
async fn a_migration_that_touches_the_ledger_is_reported() {
    for broken in [
        breaks!("DROP TABLE schemata_migrations"),
        breaks!("ALTER TABLE schemata_migrations RENAME TO old_migrations"),
        breaks!("TRUNCATE schemata_migrations"),
        breaks!("DELETE FROM schemata_migrations"),
        breaks!("ALTER SCHEMA app RENAME TO was_app"),
        breaks!("DROP SCHEMA app CASCADE"),
        breaks!("ALTER TABLE schemata_migrations DROP COLUMN checksum"),
        breaks!(
            "CREATE TABLE copy (LIKE schemata_migrations INCLUDING ALL); INSERT INTO copy SELECT * FROM schemata_migrations; DROP TABLE schemata_migrations; ALTER TABLE copy RENAME TO schemata_migrations"
        ),
    ] {
        let database = fresh_database().await;
        let app = || schemata::Ident::new("app").expect("short");
        let migrate = async |entries: &[MigrationEntry]| {
            Migrator::new(shop::set(entries)).schema(app()).run(database.url()).await
        };
        migrate(&[FIRST]).await.expect("applies");
        let error = migrate(&[FIRST, broken]).await.expect_err("must be refused");
        let text = error.to_string();
        assert!(
            text.starts_with(
                "migration 2 dropped, renamed, emptied or changed the table \"app\".schemata_migrations, "
            ) && text.contains("it was rolled back"),
            "{text}"
        );
        assert!(migrate(&[FIRST]).await.expect("as before").applied.is_empty());
    }
}

#[tokio::test]
async fn a_step_that_touches_the_ledger_is_reported() {
    let broken = entry("2", |m| {
        Box::pin(async move {
            m.execute("CREATE TABLE second (id int)").await?;
            m.commit().await?;
            m.execute("TRUNCATE schemata_migrations").await
        })
    });
    let database = fresh_database().await;
    let error = run(&[FIRST, broken], database.url()).await;
    assert!(
        error
            .to_string()
            .starts_with("migration 2 dropped, renamed, emptied or changed the table \"public\".schemata_migrations, "),
        "{error}"
    );
}

#[tokio::test]
async fn what_needs_a_dropped_or_changed_column_or_type_is_named() {
    let database = fresh_database().await;
    let base = entry("1", |m| {
        Box::pin(async move {
            m.execute(
                "CREATE TYPE mood AS ENUM ('good'); CREATE TABLE t (id int PRIMARY KEY, n int, mood mood);
                 CREATE VIEW busy AS SELECT n FROM t; CREATE MATERIALIZED VIEW sums AS SELECT sum(n) FROM t;
                 CREATE FUNCTION f(mood) RETURNS int LANGUAGE sql AS 'SELECT 1';
                 CREATE TABLE child (t_id int REFERENCES t);
                 CREATE POLICY own ON t USING (n > 0)",
            )
            .await
        })
    });
    Migrator::new(shop::set(&[base])).run(database.url()).await.expect("applies");
    let cases: [(MigrationEntry, &[&str]); 6] = [
        (
            entry("2", |m| Box::pin(async move { m.alter_table("t").drop_column("n").await })),
            &[
                "view busy depends on column n of table t",
                "materialized view sums depends on column n",
                "policy own on table t",
            ],
        ),
        (
            entry("2", |m| Box::pin(async move { m.alter_table("t").set_type("n", "bigint").await })),
            &["rule _RETURN on "],
        ),
        (breaks!("DROP TABLE t"), &["constraint child_t_id_fkey on table child"]),
        (breaks!("DROP TYPE mood"), &["column mood of table t", "function f(mood)"]),
        (breaks!("ALTER TABLE t DROP CONSTRAINT t_pkey"), &["constraint child_t_id_fkey on table child"]),
        (
            entry("2", |m| {
                Box::pin(async move {
                    m.execute("SELECT 1").await?;
                    m.commit().await?;
                    m.alter_table("t").drop_column("n").await
                })
            }),
            &["view busy depends on column n of table t"],
        ),
    ];
    for (migration, names) in cases {
        let text = run(&[base, migration], database.url()).await.to_string();
        for name in names {
            assert!(text.contains(name), "{text}\nshould name: {name}");
        }
        assert!(text.contains("drop or change them first"), "{text}");
    }
}
