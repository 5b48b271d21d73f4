//! `m.commit()`: a migration of several transactions, refused where it makes no sense, and carried on where it stopped.

use schemata::migrate::{MigrateError, MigrationEntry, MigrationState};
use schemata::prove::{MeasuredStatement, Runs};
use schemata_tests::catalog::{connect, one};
use schemata_tests::fresh_database;
use schemata_tests::migration;
use schemata_tests::shop::migrator;

fn orders() -> MigrationEntry {
    migration!("0001", |m| {
        m.execute(
            "CREATE TABLE customers (id int PRIMARY KEY); INSERT INTO customers VALUES (1); \
             CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int); \
             INSERT INTO orders SELECT n, 1, n FROM generate_series(1, 100) n",
        )
        .await?;
    })
}

/// A foreign key and NOT NULL, in one migration.
fn constraints() -> MigrationEntry {
    migration!("0002", |m| {
        m.alter_table("orders")
            .add_constraint("orders_customer_id_fkey", "FOREIGN KEY (customer_id) REFERENCES customers NOT VALID")
            .add_constraint("orders_total_not_null", "CHECK (total IS NOT NULL) NOT VALID")
            .await?;
        m.commit().await?;
        m.alter_table("orders")
            .validate_constraint("orders_customer_id_fkey")
            .validate_constraint("orders_total_not_null")
            .set_not_null("total")
            .drop_constraint("orders_total_not_null")
            .await?;
    })
}

#[tokio::test]
async fn what_was_added_in_one_transaction_is_validated_in_the_next() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    migrator(&[orders()]).run(database.url()).await.expect("applies");
    client.batch_execute("ANALYZE").await.expect("counts");
    let careful = migrator(&[orders(), constraints()]).large(100);
    let planned = careful.plan(database.url()).await.expect("plans");
    assert!(planned[0].stepwise);
    assert_eq!(planned[0].statements[1], "COMMIT");

    // What `migrate` concludes from the SQL text agrees with what PostgreSQL does.
    let measured = careful.measure(database.url()).await.expect("measures");
    assert!(measured.is_safe(), "{measured:#?}");
    let statements = &measured.migrations[0].statements;
    let of = |statement: &MeasuredStatement| (statement.runs, statement.effects.iter().any(|effect| effect.scanned));
    let expected =
        [(1, false), (2, true), (2, true), (2, false), (2, false)].map(|(number, scans)| (Runs::In(number), scans));
    assert_eq!(statements.iter().map(of).collect::<Vec<_>>(), expected, "{statements:#?}");

    assert_eq!(careful.run(database.url()).await.expect("safe on a large table").applied, ["0002"]);
    let made = "SELECT attnotnull AND (SELECT bool_and(convalidated) AND count(*) = 2 FROM pg_constraint \
                WHERE conrelid = attrelid AND contype <> 'n') \
                FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'total'";
    assert!(one::<bool>(&client, made).await);
    let past = migrator(&[]).history(database.url(), "0002").await.expect("reads").remove(0);
    assert_eq!((past.finished, past.statements[1].as_str()), (true, "COMMIT"));
    let report = careful.check(database.url(), &[]).await.expect("replays");
    assert!(report.database.is_empty(), "{report:?}");
}

#[tokio::test]
async fn without_it_the_same_is_refused() {
    let database = fresh_database().await;
    let one_transaction = migration!("0002", |m| {
        m.alter_table("orders")
            .add_constraint("orders_total_not_null", "CHECK (total IS NOT NULL) NOT VALID")
            .validate_constraint("orders_total_not_null")
            .await?;
    });
    migrator(&[orders()]).run(database.url()).await.expect("applies");
    let careful = migrator(&[orders(), one_transaction]).large(0);
    let MigrateError::Hazardous(hazardous) = careful.run(database.url()).await.expect_err("dangerous") else {
        panic!("not that");
    };
    let safe = &hazardous.steps[0].hazard.safe_form;
    assert_eq!(
        safe,
        r#"m.commit().await?; m.alter_table("orders").validate_constraint("orders_total_not_null").await?"#
    );
    let measured = careful.measure(database.url()).await.expect("measures");
    let danger = measured.migrations[0].statements[1].danger.as_ref().expect("dangerous");
    assert!(danger.inherited, "{danger:?}");
    assert_eq!(danger.instead, *safe);
    assert_eq!(measured.refused, hazardous.steps, "it says what `migrate` will");
}

#[tokio::test]
async fn what_is_committed_stays_and_the_next_run_continues_after_it() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let fails = || {
        migration!("0002", |m| {
            m.execute("SET LOCAL work_mem = '1MB'; CREATE TABLE ran AS SELECT 1 AS step").await?;
            m.commit().await?;
            m.execute("INSERT INTO ran VALUES (2)").await?;
            m.execute("INSERT INTO ran SELECT 3 / (total - 1) FROM orders WHERE id = 1").await?;
            m.commit().await?;
            m.execute("INSERT INTO ran VALUES (current_setting('work_mem') = '1MB' OR 4 / 4 = 1)::int").await?;
        })
    };
    let error = migrator(&[orders(), fails()]).run(database.url()).await.expect_err("divides by zero");
    let MigrateError::Stopped { done: 3, of: 7, .. } = &error else { panic!("{error:?}") };
    assert_eq!(one::<Vec<i32>>(&client, "SELECT array_agg(step) FROM ran").await, [1], "no part of the second");
    let status = migrator(&[orders(), fails()]).status(database.url()).await.expect("reads");
    assert_eq!(status[1].state, MigrationState::Unfinished { done: 3, of: 7 });

    // Finished steps cannot be changed; the others can, or be removed.
    let moved = migration!("0002", |m| {
        m.execute("SET LOCAL work_mem = '1MB'; CREATE TABLE ran AS SELECT 1 AS step; INSERT INTO ran VALUES (2)")
            .await?;
    });
    let error = migrator(&[orders(), moved]).run(database.url()).await.expect_err("a commit became a statement");
    assert!(matches!(error, MigrateError::EditedStep { step: 3, .. }), "{error:?}");
    let shorter = migration!("0002", |m| {
        m.execute("SET LOCAL work_mem = '1MB'; CREATE TABLE ran AS SELECT 1 AS step").await?;
    });
    let report = migrator(&[orders(), shorter]).run(database.url()).await.expect("nothing is left of it");
    assert_eq!(report.applied, ["0002"]);
    let row = "SELECT finished_at IS NOT NULL AND progress->>'done' = '2' FROM schemata_migrations WHERE migration_id = '0002'";
    assert!(one::<bool>(&client, row).await);
    assert!(migrator(&[orders(), shorter]).run(database.url()).await.expect("up to date").applied.is_empty());
}

#[tokio::test]
async fn beside_steps_that_commit_by_themselves_it_does_no_harm() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let all = migration!("0002", |m| {
        m.execute("CREATE TYPE kind AS ENUM ('a')").await?;
        m.commit().await?;
        m.add_enum_value("kind", "b").await?;
        m.commit().await?;
        m.create_index("orders_total_idx", "orders (total)").concurrently().await?;
        m.commit().await?;
        m.backfill("orders").set("total = total + 1").batch(7).await?;
        m.commit().await?;
        m.alter_table("orders").add_column("kind", "kind NOT NULL DEFAULT 'b'").await?;
    });
    migrator(&[orders(), all]).run(database.url()).await.expect("applies");
    assert_eq!(one::<i64>(&client, "SELECT count(*) FROM orders WHERE total = id + 1 AND kind = 'b'").await, 100);
}

#[tokio::test]
async fn a_commit_without_effect_is_refused_before_anything_runs() {
    let database = fresh_database().await;
    let first = migration!("0002", |m| {
        m.commit().await?;
        m.execute("SELECT 1").await?;
    });
    let last = migration!("0002", |m| {
        m.execute("SELECT 1").await?;
        m.commit().await?;
    });
    let twice = migration!("0002", |m| {
        m.execute("SELECT 1").await?;
        m.commit().await?;
        m.commit().await?;
        m.execute("SELECT 1").await?;
    });
    let nothing_else = migration!("0002", |m| {
        m.commit().await?;
    });
    for (entry, why) in [
        (first, "begins with m.commit(), and there is nothing to commit yet"),
        (last, "ends with m.commit(), and is committed at its end anyway"),
        (twice, "has m.commit() twice in a row, and there is nothing to commit for the second"),
        (nothing_else, "begins with m.commit(), and there is nothing to commit yet"),
    ] {
        let error = migrator(&[orders(), entry]).run(database.url()).await.expect_err("refused");
        assert_eq!(error.to_string(), format!("migration 0002 {why}; remove it"));
    }
    let reads = migration!("0002", |m| {
        m.execute("SELECT 1").await?;
        m.commit().await?;
        m.query("SELECT 1", &[]).await?;
    });
    let error = migrator(&[orders(), reads]).run(database.url()).await.expect_err("reads after it");
    assert!(matches!(error, MigrateError::Stepwise(_)), "{error:?}");
    assert!(error.to_string().starts_with("migration 0002 reads data"), "{error}");
    let after = migration!("0002", |m| {
        m.query("SELECT 1", &[]).await?;
        m.execute("CREATE TABLE extra (a int)").await?;
        m.commit().await?;
    });
    let client = connect(database.url()).await;
    assert!(one::<bool>(&client, "SELECT to_regclass('orders') IS NULL").await, "nothing ran so far");
    let error = migrator(&[orders(), after]).run(database.url()).await.expect_err("after a read");
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert!(cause.starts_with("`m.commit()` cannot share a transaction with what was read before it"), "{cause}");
    assert!(one::<bool>(&client, "SELECT to_regclass('extra') IS NULL").await, "rolled back whole");
    let raw = migration!("0002", |m| {
        m.execute("CREATE TABLE extra (a int); COMMIT").await?;
    });
    let error = migrator(&[orders(), raw]).run(database.url()).await.expect_err("raw SQL");
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert!(cause.contains("write `m.commit().await?`"), "{cause}");
}
