//! Migrations that run step by step: concurrent indexes, enum values, backfills; interrupted anywhere, they can be
//! continued.

use schemata::migrate::{Event, MigrateError, MigrationEntry, MigrationState};
use schemata_tests::catalog::{connect, one};
use schemata_tests::fresh_database;
use schemata_tests::migration;
use schemata_tests::shop::migrator;
use std::sync::{Arc, Mutex};

fn orders() -> MigrationEntry {
    migration!("0001", |m| {
        m.execute(
            "CREATE TYPE status AS ENUM ('pending'); CREATE TABLE orders (region int, number text, status text, \
             kind status, times int NOT NULL DEFAULT 0, PRIMARY KEY (region, number)); \
             INSERT INTO orders SELECT n % 3, 'A-' || n FROM generate_series(1, 1000) n",
        )
        .await?;
    })
}

fn everything() -> MigrationEntry {
    migration!("0002", |m| {
        m.execute("CREATE TABLE first (a int)").await?;
        m.add_enum_value("status", "returned").before("pending").await?;
        m.execute("UPDATE orders SET kind = 'returned' WHERE number = 'A-1'").await?;
        m.create_index("orders_number_idx", "orders (number) WHERE region > 0").concurrently().await?;
        m.backfill("orders").set("status = 'pending', times = times + 1").filter("region < 2").batch(64).await?;
        m.create_index("orders_number_key", "orders USING btree (number)").unique().concurrently().await?;
        m.alter_table("orders").add_constraint("orders_number_key", "UNIQUE USING INDEX orders_number_key").await?;
        m.drop_index("orders_number_idx").concurrently().await?;
    })
}

#[tokio::test]
async fn steps_of_every_kind_run_and_the_ledger_tells_of_them() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let observed = migrator(&[orders(), everything()]).observe(move |event| {
        if let Event::Backfilled { rows, changed, .. } = event {
            told.lock().expect("nobody panicked").push((*rows, *changed));
        }
    });
    assert_eq!(observed.run(database.url()).await.expect("applies").applied, ["0001", "0002"]);
    let batches = seen.lock().expect("nobody panicked").clone();
    assert_eq!((batches.len(), batches.last().copied()), (16, Some((1000, 667))));
    assert_eq!(one::<i64>(&client, "SELECT count(*) FROM orders WHERE times = 1 AND status = 'pending'").await, 667);
    assert_eq!(one::<i64>(&client, "SELECT count(*) FROM orders WHERE times = 0").await, 333);
    assert!(one::<bool>(&client, "SELECT to_regclass('orders_number_idx') IS NULL").await);
    let past = migrator(&[]).history(database.url(), "0002").await.expect("reads").remove(0);
    let steps = past.steps.expect("it ran step by step");
    assert!(past.finished && steps.done == 8 && steps.of == 8 && steps.rows.is_none(), "{past:?}");
    assert!(migrator(&[orders(), everything()]).run(database.url()).await.expect("up to date").applied.is_empty());
    let report = migrator(&[orders(), everything()]).check(database.url(), &[]).await.expect("replays");
    assert_eq!((report.pending.len(), report.database.len()), (0, 0), "{report:?}");
    let other = migrator(&[orders(), everything()]).schema(schemata::Ident::new("tenant a").expect("short"));
    assert_eq!(other.run(database.url()).await.expect("another schema").applied.len(), 2);
}

#[tokio::test]
async fn the_next_run_continues_at_the_step_that_failed() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let fails = || {
        migration!("0002", |m| {
            m.execute("CREATE TABLE once (a int); INSERT INTO once VALUES (1)").await?;
            m.backfill("orders").set("times = times + 1 / (region - 2) + 1").batch(100).await?;
            m.create_index("orders_status_key", "orders (coalesce(status, ''))").unique().concurrently().await?;
            m.execute("INSERT INTO once VALUES (2)").await?;
        })
    };
    let later = || {
        migration!("0001_b", |m| {
            m.execute("CREATE TABLE later (a int)").await?;
        })
    };
    migrator(&[orders()]).run(database.url()).await.expect("applies");
    client.batch_execute("UPDATE orders SET number = 'Z' WHERE number = 'A-2'").await.expect("updates");
    let error = migrator(&[orders(), fails()]).run(database.url()).await.expect_err("divides by zero");
    let MigrateError::Stopped { done: 2, of: 5, statement: Some(sql), .. } = &error else { panic!("{error:?}") };
    assert!(sql.starts_with("UPDATE \"public\".\"orders\" SET"), "{sql}");
    let status = migrator(&[orders(), fails()]).status(database.url()).await.expect("reads");
    assert_eq!(status[1].state, MigrationState::Unfinished { done: 2, of: 5 });
    let rows = one::<i64>(
        &client,
        "SELECT (progress#>>'{backfill,rows}')::bigint FROM schemata_migrations WHERE migration_id = '0002'",
    )
    .await;
    assert_eq!(rows, 600, "regions 0 and 1 are 333 and 334 rows");

    // Half done: this step cannot be changed, those after it can.
    let edited = migration!("0002", |m| {
        m.execute("CREATE TABLE once (a int); INSERT INTO once VALUES (1)").await?;
        m.backfill("orders").set("times = times + 1").batch(100).await?;
    });
    let error = migrator(&[orders(), edited]).run(database.url()).await.expect_err("half done");
    assert!(matches!(error, MigrateError::EditedStep { step: 3, .. }), "{error:?}");
    migrator(&[orders(), edited]).repair(database.url(), "0002", "region 2 has no times").await.expect("repairs");
    // The unfinished migration runs first, since 0001_b may depend on it.
    let report = migrator(&[orders(), edited, later()]).run(database.url()).await.expect("it continues");
    assert_eq!(report.applied, ["0002", "0001_b"]);
    assert_eq!(one::<i64>(&client, "SELECT count(*) FROM once").await, 1);
    assert_eq!(one::<i64>(&client, "SELECT count(*) FROM orders WHERE times > 1").await, 0, "no row twice");
}

#[tokio::test]
async fn a_failed_build_is_removed_and_rebuilt() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let unique = || {
        migration!("0002", |m| {
            m.create_index("orders_k", "orders (status)").unique().concurrently().await?;
        })
    };
    let set = [orders(), unique()];
    migrator(&[orders()]).run(database.url()).await.expect("applies");
    client
        .batch_execute("UPDATE orders SET status = number; UPDATE orders SET status = 'A-7' WHERE number = 'A-8'")
        .await
        .expect("updates");
    let error = migrator(&set).run(database.url()).await.expect_err("a duplicate");
    assert!(matches!(error, MigrateError::Stopped { done: 0, .. }), "{error:?}");
    assert!(one::<bool>(&client, "SELECT to_regclass('orders_k') IS NULL").await, "nothing invalid is left");
    // What a killed build, and a killed rebuild, would have left.
    let failed = client.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY orders_k ON orders (status)").await;
    failed.expect_err("still a duplicate");
    client.batch_execute("UPDATE orders SET status = 'A-8' WHERE number = 'A-8'").await.expect("updates");
    client.batch_execute("CREATE INDEX orders_k_ccnew1 ON orders (times)").await.expect("creates");
    client
        .batch_execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_k_ccnew1'::regclass")
        .await
        .expect("a superuser");
    assert_eq!(migrator(&set).run(database.url()).await.expect("rebuilds").applied, ["0002"]);
    assert!(one::<bool>(&client, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_k'::regclass").await);
    assert!(one::<bool>(&client, "SELECT to_regclass('orders_k_ccnew1') IS NULL").await);
}

#[tokio::test]
async fn the_index_of_an_empty_table_waits_for_nobody() {
    let database = fresh_database().await;
    let build = || {
        migration!("0002", |m| {
            m.create_index("b", "orders (number) WHERE region > 0").unique().concurrently().await?;
        })
    };
    migrator(&[orders()]).run(database.url()).await.expect("applies");
    let (client, reader) = (connect(database.url()).await, connect(database.url()).await);
    reader.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM orders LIMIT 1").await.expect("reads");
    // If the table has rows, the index is built concurrently, and waits for the reader.
    let url = database.url().to_owned();
    let waits = tokio::spawn(async move { migrator(&[orders(), build()]).run(&url).await });
    let waiting = "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT granted \
                   AND l.locktype = 'virtualxid' AND a.query LIKE 'CREATE UNIQUE INDEX CONCURRENTLY%')";
    while !one::<bool>(&client, waiting).await {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    reader.batch_execute("COMMIT").await.expect("ends");
    waits.await.expect("no panic").expect("applies");
    // If it has none, it is not.
    let again = migration!("0003", |m| {
        m.execute("TRUNCATE orders; DROP INDEX b").await?;
        m.create_index("b", "orders (lower(number))").concurrently().await?;
        m.create_index("c", "orders (number) INCLUDE (status)").unique().concurrently().await?;
    });
    reader.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM pg_class LIMIT 1").await.expect("reads");
    let set = [orders(), build(), again];
    let last = migrator(&set);
    let done = tokio::time::timeout(std::time::Duration::from_secs(20), last.run(database.url()));
    assert_eq!(done.await.expect("it waits for nobody").expect("applies").applied, ["0003"]);
    let valid = "SELECT count(*) FROM pg_index WHERE indexrelid IN ('b'::regclass, 'c'::regclass) AND indisvalid";
    assert_eq!(one::<i64>(&client, valid).await, 2);
}

#[tokio::test]
async fn an_index_that_is_there_counts_if_it_is_the_same() {
    let build = || {
        migration!("0002", |m| {
            m.create_index("k", "orders (lower(orders.number) text_pattern_ops DESC, region) WHERE times > 0")
                .concurrently()
                .await?;
        })
    };
    for (sql, same) in [
        (
            "CREATE INDEX k ON orders USING btree (lower((number)) text_pattern_ops DESC, region) WHERE (times > 0)",
            true,
        ),
        ("CREATE INDEX k ON orders (lower(number) DESC, region) WHERE times > 0", false),
        ("CREATE INDEX k ON orders (lower(number) text_pattern_ops DESC, region) WHERE times > 1", false),
        ("CREATE UNIQUE INDEX k ON orders (lower(number) text_pattern_ops DESC, region) WHERE times > 0", false),
        ("CREATE INDEX k ON orders (region, lower(number) text_pattern_ops DESC) WHERE times > 0", false),
        (
            "CREATE TABLE others (LIKE orders); CREATE INDEX k ON others (lower(number) text_pattern_ops DESC, region) WHERE times > 0",
            false,
        ),
    ] {
        let database = fresh_database().await;
        migrator(&[orders()]).run(database.url()).await.expect("applies");
        connect(database.url()).await.batch_execute(sql).await.expect("creates");
        let outcome = migrator(&[orders(), build()]).run(database.url()).await;
        assert_eq!(outcome.is_ok(), same, "{sql}: {outcome:?}");
        if let Err(error) = outcome {
            assert!(matches!(error, MigrateError::Stopped { done: 0, .. }), "{error:?}");
            let cause = std::error::Error::source(&error).expect("a cause").to_string();
            assert!(cause.contains("index k exists already"), "{cause}");
        }
    }
}

#[tokio::test]
async fn parameters_of_an_operator_class_belong_to_an_index() {
    let documents = migration!("0001", |m| {
        m.execute("CREATE TABLE documents (words tsvector)").await?;
    });
    let build = migration!("0002", |m| {
        m.create_index("k", "documents USING gist (words tsvector_ops (siglen = 64))").concurrently().await?;
    });
    for (length, same) in [(64, true), (32, false)] {
        let database = fresh_database().await;
        migrator(&[documents]).run(database.url()).await.expect("applies");
        let sql = format!("CREATE INDEX k ON documents USING gist (words tsvector_ops (siglen = {length}))");
        connect(database.url()).await.batch_execute(&sql).await.expect("creates");
        let outcome = migrator(&[documents, build]).run(database.url()).await;
        assert_eq!(outcome.is_ok(), same, "{length}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_build_that_fails_after_the_table_was_in_use_is_no_ended_transaction() {
    let database = fresh_database().await;
    let codes = migration!("0001", |m| {
        m.execute("CREATE TABLE codes (code int)").await?;
    });
    let build = migration!("0002", |m| {
        m.create_index("k", "codes (code)").unique().concurrently().await?;
    });
    migrator(&[codes]).run(database.url()).await.expect("applies");
    let (client, writer) = (connect(database.url()).await, connect(database.url()).await);
    writer.batch_execute("BEGIN; LOCK TABLE codes IN ROW EXCLUSIVE MODE").await.expect("locks");
    let url = database.url().to_owned();
    let run = tokio::spawn(async move { migrator(&[codes, build]).run(&url).await });
    let waiting = "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT granted \
                   AND l.locktype = 'virtualxid' AND a.query LIKE 'CREATE UNIQUE INDEX CONCURRENTLY%')";
    while !one::<bool>(&client, waiting).await {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    writer.batch_execute("INSERT INTO codes VALUES (1), (1); COMMIT").await.expect("writes");
    let error = run.await.expect("no panic").expect_err("a duplicate");
    assert!(matches!(error, MigrateError::Stopped { done: 0, .. }), "{error:?}");
}

/// A table whose key holds NULLs although PostgreSQL calls its column NOT NULL.
async fn assert_no_key(before: &str) {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    client.batch_execute(before).await.unwrap_or_else(|error| panic!("{error:?}"));
    let fill = migration!("0001", |m| {
        m.backfill("visits").set("done = true").batch(2).await?;
    });
    let error = migrator(&[fill]).run(database.url()).await.expect_err("rows without a key");
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert!(cause.starts_with("table visits has no primary key"), "{cause}");
    assert_eq!(one::<i64>(&client, "SELECT count(*) FROM visits WHERE done").await, 0);
}

#[tokio::test]
async fn a_backfill_refuses_a_key_that_may_hold_nulls() {
    let database = fresh_database().await;
    let major = schemata_tests::catalog::major(&connect(database.url()).await).await;
    if major >= 18 {
        assert_no_key(
            "CREATE TABLE visits (code int UNIQUE, done bool);
             INSERT INTO visits VALUES (1), (2), (3), (NULL), (NULL);
             ALTER TABLE visits ADD CONSTRAINT given NOT NULL code NOT VALID",
        )
        .await;
        assert_no_key(
            "CREATE TABLE visits (code int, done bool);
             ALTER TABLE visits ADD CONSTRAINT given NOT NULL code NO INHERIT;
             CREATE UNIQUE INDEX ON visits (code);
             CREATE TABLE old_visits () INHERITS (visits);
             INSERT INTO visits VALUES (1), (2);
             INSERT INTO old_visits VALUES (NULL), (NULL), (NULL)",
        )
        .await;
    } else {
        assert_no_key(
            "CREATE TABLE visits (code int PRIMARY KEY, done bool);
             CREATE TABLE old_visits () INHERITS (visits);
             CREATE TABLE older_visits () INHERITS (old_visits);
             ALTER TABLE older_visits ALTER code DROP NOT NULL;
             INSERT INTO visits VALUES (1), (2);
             INSERT INTO older_visits VALUES (NULL), (NULL), (NULL)",
        )
        .await;
    }
    // Children whose key holds no NULL are visited.
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    client
        .batch_execute(
            "CREATE TABLE visits (code int PRIMARY KEY, done bool);
             CREATE TABLE old_visits (code int NOT NULL) INHERITS (visits);
             INSERT INTO visits VALUES (1), (2); INSERT INTO old_visits VALUES (1), (3), (4)",
        )
        .await
        .expect("creates");
    let fill = migration!("0001", |m| {
        m.backfill("visits").set("done = true").batch(2).await?;
    });
    migrator(&[fill]).run(database.url()).await.expect("applies");
    assert_eq!(one::<i64>(&client, "SELECT count(*) FROM visits WHERE done").await, 5);
}

#[tokio::test]
async fn a_migration_fails_where_row_security_would_hide_rows_from_it() {
    let role = format!("schemata_test_owner_{}", std::process::id());
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let set_up = format!(
        "CREATE ROLE {role}; GRANT CREATE ON SCHEMA public TO {role}; SET ROLE {role};
         CREATE TABLE visits (id int PRIMARY KEY, tenant text, done bool);
         INSERT INTO visits VALUES (1, 'a'), (2, 'b');
         ALTER TABLE visits ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
         CREATE POLICY own ON visits USING (tenant = current_setting('app.tenant', true));
         RESET ROLE"
    );
    client.batch_execute(&set_up).await.expect("sets up");
    let fill = migration!("0001_fill", |m| {
        m.backfill("visits").set("done = true").await?;
    });
    let update = migration!("0001_update", |m| {
        m.execute("UPDATE visits SET done = true").await?;
    });
    let mark = if database.url().contains('?') { '&' } else { '?' };
    let url = format!("{}{mark}options=-c%20role%3D{role}", database.url());
    let outcomes = [migrator(&[update]).run(&url).await, migrator(&[fill]).run(&url).await];
    let done = one::<i64>(&client, "SELECT count(*) FROM visits WHERE done").await;
    client.batch_execute("ALTER TABLE visits NO FORCE ROW LEVEL SECURITY").await.expect("a superuser");
    let last = migrator(&[fill]).run(&url).await;
    let after = one::<i64>(&client, "SELECT count(*) FROM visits WHERE done").await;
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.expect("cleans up");
    for outcome in outcomes {
        let error = outcome.expect_err("rows are hidden");
        let text = schemata_tests::errors::with_causes(&error);
        assert!(text.contains("row-level security policy for table \"visits\""), "{text}");
    }
    assert_eq!(done, 0);
    last.expect("applies");
    assert_eq!(after, 2);
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_anything_runs() {
    let database = fresh_database().await;
    let reads = migration!("0002", |m| {
        m.create_index("k", "orders (status)").concurrently().await?;
        m.query("SELECT 1", &[]).await?;
    });
    let error = migrator(&[orders(), reads]).run(database.url()).await.expect_err("reads");
    assert!(matches!(error, MigrateError::Stepwise(_)), "{error:?}");
    assert!(error.to_string().starts_with("migration 0002 reads data"), "{error}");
    for raw in [
        migration!("0002", |m| {
            m.execute("CREATE INDEX CONCURRENTLY k ON orders (status)").await?;
        }),
        migration!("0002", |m| {
            m.create_index("k", "orders").concurrently().await?;
        }),
    ] {
        let error = migrator(&[orders(), raw]).run(database.url()).await.expect_err("not like that");
        assert!(matches!(error, MigrateError::Record { .. }), "{error:?}");
    }
    assert!(one::<bool>(&connect(database.url()).await, "SELECT to_regclass('orders') IS NULL").await);
    let after = migration!("0002", |m| {
        m.query("SELECT 1", &[]).await?;
        m.backfill("orders").set("times = 1").await?;
    });
    let error = migrator(&[orders(), after]).run(database.url()).await.expect_err("after a read");
    assert!(matches!(error, MigrateError::Failed { .. }), "{error:?}");
    let key = migration!("0002", |m| {
        m.backfill("orders").set("(times, region) = (1, 2)").await?;
    });
    let error = migrator(&[orders(), key]).run(database.url()).await.expect_err("changes the key");
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert_eq!(cause, "a backfill of orders cannot change region: it visits the rows in the order of that column");
}

#[tokio::test]
async fn an_enum_value_at_the_end_shares_the_transaction() {
    let database = fresh_database().await;
    let last = migration!("0002", |m| {
        m.execute("CREATE TABLE extra (a int)").await?;
        m.add_enum_value("status", "it's").after("pending").await?;
    });
    let set = [orders(), last];
    assert!(!migrator(&set).plan(database.url()).await.expect("plans")[1].stepwise);
    migrator(&set).run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    assert_eq!(one::<String>(&client, "SELECT max(v)::text FROM unnest(enum_range(NULL::status)) v").await, "it's");
    assert!(one::<bool>(&client, "SELECT progress IS NULL FROM schemata_migrations WHERE migration_id = '0002'").await);
}

#[tokio::test]
async fn a_ledger_of_the_first_shape_is_upgraded_by_the_first_run_that_writes() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let extra = || {
        migration!("0002", |m| {
            m.execute("CREATE TABLE extra (a int)").await?;
        })
    };
    migrator(&[orders()]).run(database.url()).await.expect("applies");
    client
        .batch_execute(
            "ALTER TABLE schemata_migrations DROP COLUMN progress, DROP COLUMN duration, DROP COLUMN allowed, \
             DROP COLUMN replaces; \
             UPDATE schemata_migrations SET finished_at = started_at + interval '90 seconds', note = 'kept'; \
             ALTER TABLE schemata_migrations ALTER COLUMN finished_at SET NOT NULL",
        )
        .await
        .expect("the shape before");
    let status = migrator(&[orders(), extra()]).status(database.url()).await.expect("reads the first shape");
    assert!(matches!(status[0].state, MigrationState::Applied { .. }), "{status:?}");
    let past = migrator(&[]).history(database.url(), "0001").await.expect("reads the first shape").remove(0);
    assert_eq!((past.took_ms, past.finished), (90_000, true));
    assert!(migrator(&[orders()]).run(database.url()).await.expect("up to date").applied.is_empty());
    let columns = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'schemata_migrations'::regclass AND attnum > 0 AND NOT attisdropped";
    assert_eq!(one::<i64>(&client, columns).await, 10, "nothing was written, so nothing was changed");
    migrator(&[orders(), extra()]).run(database.url()).await.expect("upgrades");
    assert_eq!(one::<i64>(&client, columns).await, 14);
    let kept = "SELECT duration = interval '90 seconds' AND note = 'kept' AND progress IS NULL FROM schemata_migrations WHERE migration_id = '0001'";
    assert!(one::<bool>(&client, kept).await);
}
