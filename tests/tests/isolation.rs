//! A transaction gets the isolation that it asks for, and a session keeps its settings.

use std::time::Duration;

use schemata::{Db, Error, ErrorKind, Executor, Ident, Isolation, Session};
use schemata_tests::catalog::{connect, major};
use schemata_tests::runtime::{add, emails, shop_database, shop_db};

async fn setting(on: &impl Executor, name: &str) -> String {
    let rows = on.query_as::<(String,)>("SELECT current_setting($1)", &[&name]).await.expect("reads");
    rows.into_iter().next().expect("a row").0
}

#[tokio::test]
async fn a_transaction_is_what_was_asked_for() {
    let (_database, db) = shop_db().await;
    for (isolation, name) in [
        (Isolation::ReadCommitted, "read committed"),
        (Isolation::RepeatableRead, "repeatable read"),
        (Isolation::Serializable, "serializable"),
    ] {
        let found = db
            .transaction_builder()
            .isolation(isolation)
            .read_only()
            .deferrable()
            .run(|tx| async move {
                let refused = add(&tx, "x").await.expect_err("read-only");
                assert_eq!((refused.kind(), refused.is_retryable()), (ErrorKind::ReadOnly, false));
                Err::<(), Error>(Error::TransactionEnded)
            })
            .await;
        assert!(found.is_err());
        let found = db
            .transaction_builder()
            .isolation(isolation)
            .deferrable()
            .run(|tx| async move {
                Ok::<_, Error>((
                    setting(&tx, "transaction_isolation").await,
                    setting(&tx, "transaction_deferrable").await,
                ))
            })
            .await
            .expect("commits");
        assert_eq!(found, (name.to_owned(), "on".to_owned()));
    }
    assert_eq!(setting(&db, "transaction_read_only").await, "off", "nothing stays");
}

#[tokio::test]
async fn a_refused_write_is_retryable_unless_the_caller_declared_the_transaction_read_only() {
    let (database, db) = shop_db().await;
    let refused = |error: &Error| (error.kind(), error.is_retryable());
    let declared = db
        .transaction_builder()
        .read_only()
        .run(|tx| async move {
            let raw = tx.transaction(|tx| async move { tx.execute_sql("DELETE FROM customers", &[]).await }).await;
            let error = raw.expect_err("read-only");
            assert_eq!(refused(&error), (ErrorKind::ReadOnly, false), "a savepoint");
            let query = tx
                .query_as::<(i64,)>("WITH gone AS (DELETE FROM customers RETURNING 1) SELECT count(*) FROM gone", &[])
                .await;
            Err::<(), Error>(query.expect_err("read-only"))
        })
        .await;
    assert_eq!(refused(&declared.expect_err("read-only")), (ErrorKind::ReadOnly, false));

    let url = format!("{}?options=-c%20default_transaction_read_only%3Don", database.url());
    let reader = Db::connect(&url).await.expect("connects");
    assert_eq!(refused(&add(&reader, "x").await.expect_err("read-only")), (ErrorKind::ReadOnly, true));
    let inside = reader.transaction(|tx| async move { add(&tx, "x").await }).await;
    assert_eq!(refused(&inside.expect_err("read-only")), (ErrorKind::ReadOnly, true), "not declared by the caller");
}

#[tokio::test]
async fn connections_have_timeouts_and_a_name() {
    let (database, db) = shop_db().await;
    assert_eq!(setting(&db, "statement_timeout").await, "1min");
    assert_eq!(setting(&db, "idle_in_transaction_session_timeout").await, "1min");
    assert!(setting(&db, "application_name").await.starts_with("isolation"));
    let db = Db::builder(database.url())
        .statement_timeout(Duration::from_millis(50))
        .idle_in_transaction_timeout(None)
        .lock_timeout(Duration::from_secs(2))
        .application_name("mine")
        .connect()
        .await
        .expect("connects");
    assert_eq!(setting(&db, "lock_timeout").await, "2s");
    assert_eq!(setting(&db, "idle_in_transaction_session_timeout").await, "0");
    assert_eq!(setting(&db, "application_name").await, "mine");
    let slow = db.execute_sql("SELECT pg_sleep(10)", &[]).await.expect_err("takes too long");
    assert_eq!(slow.kind(), ErrorKind::Cancelled);
    assert!(!slow.is_retryable());
    let url = format!("{}?options=-c%20statement_timeout%3D7s", database.url());
    let db = Db::connect(&url).await.expect("connects");
    assert_eq!(setting(&db, "statement_timeout").await, "7s", "the URL wins");
    // Older servers do not know the setting, and connections to them work nevertheless.
    if major(&connect(database.url()).await).await >= 14 {
        assert_eq!(setting(&db, "client_connection_check_interval").await, "2s");
        let url = format!("{}?options=-c%20client_connection_check_interval%3D0", database.url());
        let db = Db::connect(&url).await.expect("connects");
        assert_eq!(setting(&db, "client_connection_check_interval").await, "0", "the URL wins");
    }
}

/// Returns the server process behind the only connection of a pool.
async fn process(db: &Db) -> i32 {
    db.query_as::<(i32,)>("SELECT pg_backend_pid()", &[]).fetch_one().await.expect("reads").0
}

#[tokio::test]
async fn a_connection_is_replaced_when_it_is_old_enough() {
    let database = shop_database().await;
    let builder = || Db::builder(database.url()).max_connections(1);
    let (young, lasting) = tokio::try_join!(
        builder().max_lifetime(Duration::from_millis(300)).connect(),
        builder().max_lifetime(None).connect()
    )
    .expect("connect");
    let (first, kept) = (process(&young).await, process(&lasting).await);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_ne!(process(&young).await, first, "it is too old");
    assert_eq!(process(&lasting).await, kept, "it may become as old as it likes");
    let there = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1";
    let left: (i64,) = lasting.query_as(there, &[&first]).fetch_one().await.expect("reads");
    assert_eq!(left.0, 0, "the old one ended before the new one began");
}

#[tokio::test]
async fn a_call_waits_for_a_connection_only_so_long() {
    let database = shop_database().await;
    let db = Db::builder(database.url())
        .max_connections(1)
        .acquire_timeout(Duration::from_millis(50))
        .connect()
        .await
        .expect("connects");
    let work = db.transaction(|tx| {
        let db = &db;
        async move {
            let nested = add(db, "x").await;
            drop(tx);
            nested.map(drop)
        }
    });
    let outcome = tokio::time::timeout(Duration::from_secs(20), work).await.expect("it does not wait for ever");
    let error = outcome.expect_err("the only connection is in use");
    assert!(matches!(error, Error::Pool { exhausted: true, .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    add(&db, "y").await.expect("it is back");
}

#[tokio::test]
async fn what_changes_the_session_stays_with_it() {
    let database = shop_database().await;
    let db = Db::builder(database.url()).max_connections(1).connect().await.expect("connects");
    for sql in ["SET work_mem = '7MB'", "SELECT set_config('work_mem', '7MB', false)", "SELECT pg_advisory_lock(7)"] {
        db.execute_sql(sql, &[]).await.expect("runs");
        assert_ne!(setting(&db, "work_mem").await, "7MB", "{sql}");
        db.transaction(|tx| async move { tx.execute_sql(sql, &[]).await.map(drop) }).await.expect("commits");
        assert_ne!(setting(&db, "work_mem").await, "7MB", "{sql}");
    }
    let temporary = [
        "CREATE TEMP TABLE leak (a int)",
        "CREATE OR REPLACE TEMP VIEW leak AS SELECT 1 AS a",
        "SELECT 1 AS a INTO TEMP leak",
        "CREATE TABLE pg_temp.leak (a int)",
    ];
    for sql in temporary {
        db.execute_sql(sql, &[]).await.expect("runs");
        let left = "SELECT count(*) FROM pg_class WHERE oid = to_regclass('pg_temp.leak')";
        assert_eq!(db.query_as::<(i64,)>(left, &[]).fetch_one().await.expect("reads").0, 0, "{sql}");
    }
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7";
    for _ in 0..100 {
        if db.query_as::<(i64,)>(held, &[]).fetch_one().await.expect("reads").0 == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the lock is still held");
}

#[tokio::test]
async fn a_statement_broken_off_does_not_keep_the_next_one_waiting() {
    let database = shop_database().await;
    let db = Db::builder(database.url()).max_connections(1).connect().await.expect("connects");
    let slow = db.execute_sql("SELECT pg_sleep(30)", &[]);
    assert!(tokio::time::timeout(Duration::from_millis(50), slow).await.is_err());
    let next = tokio::time::timeout(Duration::from_secs(5), add(&db, "a")).await;
    next.expect("does not wait for the other").expect("inserts");
}

#[tokio::test]
async fn raw_sql_cannot_end_or_begin_a_transaction() {
    let (_database, db) = shop_db().await;
    for sql in ["BEGIN", "COMMIT", "/* */ rollback", "START TRANSACTION"] {
        assert!(matches!(db.execute_sql(sql, &[]).await, Err(Error::TransactionControl)), "{sql}");
        let inside: schemata::Result<()> =
            db.transaction(|tx| async move { tx.execute_sql(sql, &[]).await.map(drop) }).await;
        assert!(matches!(inside, Err(Error::TransactionControl)), "{sql}");
    }
}

#[tokio::test]
async fn every_call_takes_the_drivers_own_handles() {
    let (database, db) = shop_db().await;
    let mut client = connect(database.url()).await;
    add(&client, "client").await.expect("inserts");
    let transaction = client.transaction().await.expect("begins");
    add(&transaction, "rolled back").await.expect("inserts");
    assert_eq!(emails(&transaction).await.len(), 2);
    transaction.rollback().await.expect("rolls back");
    let public = Ident::public();
    add(&Session::new(&client, &public), "session").await.expect("inserts");
    assert_eq!(emails(&db).await, ["client", "session"]);
}

#[tokio::test]
async fn a_schema_is_chosen_for_a_handle_alone() {
    let (_database, db) = shop_db().await;
    db.execute_sql("CREATE SCHEMA \"tenant x\"", &[]).await.expect("creates");
    db.execute_sql("CREATE TABLE \"tenant x\".customers (LIKE public.customers INCLUDING ALL)", &[])
        .await
        .expect("creates");
    db.transaction(|tx| async move {
        let tenant = tx.in_schema("tenant x")?;
        add(&tenant, "tenant's").await?;
        assert_eq!(tenant.schema().as_str(), "tenant x");
        add(&tx, "mine").await.map(drop)
    })
    .await
    .expect("commits");
    assert_eq!(emails(&db).await, ["mine"]);
    assert_eq!(emails(&db.in_schema("tenant x").expect("a name")).await, ["tenant's"]);
    assert!(matches!(db.in_schema(""), Err(Error::Ident(_))));
}
