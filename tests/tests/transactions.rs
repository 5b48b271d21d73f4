//! Transactions: all or nothing, however they end.

use std::time::Duration;

use schemata::migrate::Migrator;
use schemata::model::Write;
use schemata::testing::TestDatabase;
use schemata::{Db, Error, Executor, TableModel, Tx};
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, INITIAL, first::Customer};
use schemata_tests::wire::CountingProxy;

async fn database() -> (TestDatabase, Db) {
    let database = fresh_database().await;
    Migrator::new(shop::set(&[INITIAL])).run(database.url()).await.expect("applies");
    let db = Db::connect(database.url()).await.expect("connects");
    (database, db)
}

async fn add(on: &impl Executor, email: &str) -> schemata::Result<Customer> {
    Customer::insert().email(email).full_name("N").exec(on).await
}

async fn emails(db: &Db) -> Vec<String> {
    let rows = Customer::select().order_by(Customer::email.asc()).fetch(db).await.expect("reads");
    rows.into_iter().map(|row| row.email).collect()
}

#[tokio::test]
async fn commits_on_ok_and_rolls_back_on_err() {
    let (_database, db) = database().await;
    db.transaction(|tx| async move { add(&tx, "a").await.map(drop) }).await.expect("commits");
    let failed: schemata::Result<()> = db
        .transaction(|tx| async move {
            add(&tx, "b").await?;
            assert_eq!(Customer::select().count(&tx).await?, 2, "it sees its own rows");
            add(&tx, "a").await.map(drop)
        })
        .await;
    assert!(failed.expect_err("taken").is_unique_violation());
    // PostgreSQL accepts this one.
    let refused = db.transaction(|tx| async move {
        add(&tx, "c").await?;
        Err::<(), Error>(Error::NotFound { table: "nothing" })
    });
    assert!(matches!(refused.await, Err(Error::NotFound { .. })));
    assert_eq!(emails(&db).await, ["a"]);
}

#[tokio::test]
async fn a_swallowed_error_does_not_pass_for_a_commit() {
    let (_database, db) = database().await;
    add(&db, "a").await.expect("inserts");
    let outcome: schemata::Result<()> = db
        .transaction(|tx| async move {
            add(&tx, "b").await?;
            let _ = add(&tx, "a").await;
            Ok(())
        })
        .await;
    assert!(matches!(outcome, Err(Error::Transaction { step: "commit", .. })), "{outcome:?}");
    assert_eq!(emails(&db).await, ["a"]);
}

#[tokio::test]
async fn rolls_back_when_dropped_or_panicking_and_the_pool_stays_clean() {
    let (_database, db) = database().await;
    for round in 0..20 {
        let endless = db.transaction(|tx| async move {
            add(&tx, "dropped").await?;
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<(), Error>(())
        });
        assert!(tokio::time::timeout(Duration::from_millis(30), endless).await.is_err(), "round {round}");
        let handle = db.clone();
        let panicking = tokio::spawn(async move {
            handle
                .transaction(|tx| async move {
                    add(&tx, "panicked").await?;
                    assert!(round > 100, "on purpose");
                    Ok::<(), Error>(())
                })
                .await
        });
        assert!(panicking.await.expect_err("panics").is_panic());
    }
    // If a connection had been returned with its transaction open, this insert would be lost, or the rows above would
    // be visible.
    add(&db, "after").await.expect("inserts");
    assert_eq!(emails(&db).await, ["after"]);
}

#[tokio::test]
async fn a_handle_that_outlives_its_transaction_is_refused() {
    let (_database, db) = database().await;
    let escaped: Tx = db.transaction(|tx| async move { Ok::<_, Error>(tx) }).await.expect("commits");
    assert!(matches!(add(&escaped, "late").await, Err(Error::TransactionEnded)));
    assert!(emails(&db).await.is_empty());
}

#[tokio::test]
async fn a_kept_handle_keeps_neither_the_connection_nor_the_transaction() {
    let (database, _) = database().await;
    let db = Db::builder(database.url())
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .connect()
        .await
        .expect("connects");
    let kept: Tx = db.transaction(|tx| async move { Ok::<_, Error>(tx) }).await.expect("commits");
    add(&db, "the only connection is back").await.expect("inserts");
    assert!(matches!(add(&kept, "late").await, Err(Error::TransactionEnded)));

    for busy in [false, true] {
        let (sender, kept) = tokio::sync::oneshot::channel();
        let endless = db.transaction(|tx| async move {
            add(&tx, "dropped").await?;
            assert!(sender.send(tx).is_ok());
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<(), Error>(())
        });
        let work = async {
            let kept: Tx = kept.await.expect("sent");
            let statement = tokio::spawn({
                let kept = kept.clone();
                async move { if busy { kept.execute_sql("SELECT pg_sleep(2)", &[]).await.map(drop) } else { Ok(()) } }
            });
            tokio::time::sleep(Duration::from_millis(100)).await;
            (kept, statement)
        };
        let (kept, statement) = tokio::select! {
            _ = endless => panic!("it is endless"),
            kept = work => kept,
        };
        // The transaction has been dropped, but not its handle.
        let statement = tokio::time::timeout(Duration::from_secs(5), statement).await.expect("ends with it");
        assert_eq!(statement.expect("no panic").is_err(), busy);
        assert!(matches!(add(&kept, "late").await, Err(Error::TransactionEnded)), "busy: {busy}");
        let again = add(&db, "dropped").await.expect("neither its row nor its connection is in the way");
        Customer::delete(&db, again.id).await.expect("deletes");
    }
    assert_eq!(emails(&db).await, ["the only connection is back"]);
}

/// A function like a web handler: generic, spawned, with every kind of operation.
async fn handler<E: Executor + Send + Clone + 'static>(on: E) -> schemata::Result<i64> {
    let row = add(&on, "h").await?;
    Customer::update(row.id).phone("1".to_owned()).exec(&on).await?;
    Customer::find(&on, row.id).await?;
    Customer::find_by_email(&on, "h").await?;
    Customer::get(&on, row.id).await?;
    Customer::select().filter(Customer::phone.eq("1")).order_by(Customer::email.asc()).fetch(&on).await?;
    Customer::delete(&on, row.id).await?;
    Customer::select().count(&on).await
}

#[tokio::test]
async fn every_operation_runs_in_a_spawned_task() {
    let (_database, db) = database().await;
    assert_eq!(tokio::spawn(handler(db.clone())).await.expect("no panic").expect("runs"), 0);
    let captured = String::from("captured");
    let in_transaction = tokio::spawn(async move {
        db.transaction(|tx| async move {
            add(&tx, &captured).await?;
            handler(tx.clone()).await
        })
        .await
    });
    assert_eq!(in_transaction.await.expect("no panic").expect("runs"), 1);
}

/// `clippy::large_futures` warns users at 16 KB.
#[tokio::test]
#[expect(clippy::large_futures, clippy::large_stack_arrays, reason = "the work is large on purpose")]
async fn the_future_of_a_transaction_is_small_whatever_the_work() {
    let (_database, db) = database().await;
    let work = async |tx: &Tx, email| {
        let large = [1_u8; 20_000];
        add(tx, email).await?;
        Ok::<_, Error>(std::hint::black_box(large)[0])
    };
    let transaction = db.transaction(|tx| async move {
        let nested = tx.transaction(|tx| async move { work(&tx, "a").await });
        let bytes = size_of_val(&nested);
        nested.await.map(|_| bytes)
    });
    let bytes = size_of_val(&transaction);
    let nested = transaction.await.expect("commits");
    let retried = db.transaction_builder().run_with_retry(1, |tx| async move { work(&tx, "b").await });
    let sizes = [bytes, nested, size_of_val(&retried)];
    retried.await.expect("commits");
    assert!(sizes.iter().all(|bytes| *bytes < 2_048), "{sizes:?}");
    let select = Customer::select().filter(Customer::email.eq("a"));
    let calls = [
        size_of_val(&add(&db, "c")),
        size_of_val(&Customer::find_by_email(&db, "a")),
        size_of_val(&select.fetch(&db)),
        size_of_val(&Customer::update_where(Customer::email.eq("a")).full_name("B").exec(&db)),
        size_of_val(&Customer::delete_where(Customer::email.eq("a")).exec(&db)),
        size_of_val(&Customer::insert_many([Customer::insert().email("d").full_name("D")]).exec(&db)),
    ];
    println!("{sizes:?} {calls:?}");
    assert!(calls.iter().all(|bytes| *bytes < 8_192), "{calls:?}");
}

#[tokio::test]
async fn begin_travels_with_the_first_query() {
    let (database, direct) = database().await;
    let ada = add(&direct, "a").await.expect("inserts");
    let proxy = CountingProxy::to(database.url()).await;
    let db = Db::builder(proxy.url()).max_connections(1).connect().await.expect("connects");
    assert_eq!(Customer::find(&db, ada.id).await.expect("reads and prepares"), Some(ada.clone()));
    proxy.take();
    // Neither request is answered before both have arrived.
    proxy.hold_answers(2);
    let read = db.transaction(|tx| async move { Customer::find(&tx, ada.id).await });
    let read = tokio::time::timeout(Duration::from_secs(20), read).await.expect("the query does not wait for BEGIN");
    assert!(read.expect("commits").is_some());
    assert_eq!(proxy.take(), 3, "BEGIN, the query, and the end");
}

#[tokio::test]
async fn where_begin_fails_nothing_is_written_and_nothing_is_read() {
    let (database, direct) = database().await;
    let ada = add(&direct, "a").await.expect("inserts").id;
    let proxy = CountingProxy::to(database.url()).await;
    let db = Db::builder(proxy.url()).max_connections(1).connect().await.expect("connects");
    Customer::find(&db, ada).await.expect("reads and prepares");
    let is_begin = |error: &Error| matches!(error, Error::Transaction { step: "begin", .. });
    proxy.misspell_begin();
    let error = db.transaction(|tx| async move { add(&tx, "b").await }).await.expect_err("BEGIN failed");
    assert!(is_begin(&error), "{error}");
    proxy.misspell_begin();
    let error = db.transaction(|tx| async move { Customer::find(&tx, ada).await }).await.expect_err("BEGIN failed");
    assert!(is_begin(&error), "{error}");
    proxy.misspell_begin();
    let none = db.transaction(|_| async move { Ok::<_, Error>(()) }).await.expect_err("BEGIN failed");
    assert!(is_begin(&none), "{none}");
    proxy.misspell_begin();
    let ignored = db.transaction(|tx| async move {
        let error = Customer::find(&tx, ada).await.expect_err("BEGIN failed");
        assert!(is_begin(&error), "{error}");
        assert!(matches!(add(&tx, "c").await, Err(Error::TransactionEnded)));
        assert!(matches!(tx.transaction(|tx| async move { add(&tx, "d").await }).await, Err(Error::TransactionEnded)));
        Ok::<_, Error>(())
    });
    assert!(matches!(ignored.await, Err(Error::TransactionEnded)));
    assert_eq!(emails(&db).await, ["a"]);
    db.transaction(|tx| async move { add(&tx, "e").await.map(drop) }).await.expect("the pool goes on");
    assert_eq!(emails(&direct).await, ["a", "e"]);
}

#[tokio::test]
async fn a_query_that_may_write_waits_for_begin() {
    let (database, direct) = database().await;
    let client = schemata_tests::catalog::connect(database.url()).await;
    let function = "CREATE TABLE noted (n int); CREATE FUNCTION note(n int) RETURNS int LANGUAGE sql AS 'INSERT INTO noted VALUES (n) RETURNING n'";
    client.batch_execute(function).await.expect("creates");
    add(&direct, "a").await.expect("inserts");
    let proxy = CountingProxy::to(database.url()).await;
    let db = Db::builder(proxy.url()).max_connections(1).connect().await.expect("connects");
    let noting = || Customer::select().columns(note(1));
    assert_eq!(noting().fetch(&db).await.expect("reads and prepares"), [1]);
    let noting_by_fragment = || Customer::select().columns(schemata::sql!(i32, "note({})", schemata::query::bind(2)));
    assert_eq!(noting_by_fragment().fetch(&db).await.expect("reads and prepares"), [2]);
    for query in [noting(), noting_by_fragment()] {
        proxy.misspell_begin();
        let query = &query;
        db.transaction(|tx| async move { query.clone().fetch(&tx).await }).await.expect_err("BEGIN failed");
    }
    let noted = client.query_one("SELECT count(*) FROM noted", &[]).await.expect("reads");
    assert_eq!(noted.get::<_, i64>(0), 2);
}

schemata::sql_fn! {
    /// Notes a number.
    fn note(n: i32) -> i32;
}
