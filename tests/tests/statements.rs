//! Prepared statements: cached, bounded, and prepared again when the schema changes under them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use schemata::query::Col;
use schemata::{Db, ErrorKind, Executor, RawSql, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::label::Label;
use schemata_tests::runtime::{add, shop_database};
use schemata_tests::shop::first::Customer;
use schemata_tests::wire::CountingProxy;

const PREPARED: &str = "SELECT count(*) FROM pg_prepared_statements";

async fn one_connection(url: &str, statements: usize) -> Db {
    Db::builder(url).max_connections(1).statement_cache(statements).connect().await.expect("connects")
}

async fn prepared(db: &Db) -> i64 {
    db.query_as::<(i64,)>(PREPARED, &[]).fetch_one().await.expect("reads").0
}

#[tokio::test]
async fn the_cache_is_bounded_on_the_server() {
    let database = shop_database().await;
    let db = one_connection(database.url(), 10).await;
    for number in 0..200 {
        db.execute_sql(RawSql::trusted(format!("SELECT {number}")), &[]).await.expect("runs");
    }
    let left = prepared(&db).await;
    assert!((9..=11).contains(&left), "{left}");
    let unkept = one_connection(database.url(), 0).await;
    for number in 0..20 {
        unkept.execute_sql(RawSql::trusted(format!("SELECT {number}")), &[]).await.expect("runs");
    }
    assert!(prepared(&unkept).await <= 1);
}

#[tokio::test]
async fn what_is_used_stays_and_takes_one_round_trip() {
    let database = shop_database().await;
    let row = add(&connect(database.url()).await, "a").await.expect("inserts");
    let proxy = CountingProxy::to(database.url()).await;
    let db = one_connection(proxy.url(), 3).await;
    Customer::find(&db, row.id).await.expect("finds");
    for number in 0..20 {
        db.execute_sql(RawSql::trusted(format!("SELECT {number}")), &[]).await.expect("runs");
        // The first request waits until the session is reset after raw SQL.
        Customer::find(&db, row.id).await.expect("finds");
        proxy.take();
        Customer::find(&db, row.id).await.expect("finds");
        assert_eq!(proxy.take(), 1, "round {number}");
    }
}

#[tokio::test]
async fn a_statement_is_prepared_once_for_its_shape_and_schema() {
    let database = shop_database().await;
    let db = one_connection(database.url(), 50).await;
    let rows = [add(&db, "a").await.expect("inserts"), add(&db, "b").await.expect("inserts")];
    let before = prepared(&db).await;
    for row in rows.iter().cycle().take(10) {
        let found = Customer::find(&db, row.id).await.expect("finds").expect("is there");
        assert_eq!(found.email, row.email);
        let page = Customer::select().filter(Customer::email.eq(&row.email)).limit(7).fetch(&db).await.expect("reads");
        assert_eq!(page.len(), 1);
    }
    assert_eq!(prepared(&db).await - before, 2);
    // The same text, with a name at another address.
    let email = Col::<Customer, String>::new(String::from("email").leak());
    let page = Customer::select().filter(email.eq("a")).limit(7).fetch(&db).await.expect("reads");
    assert_eq!((page.len(), prepared(&db).await - before), (1, 2));
    let other = db.in_schema("elsewhere").expect("a name");
    let error = Customer::find(&other, rows[0].id).await.expect_err("there is no such table");
    assert_eq!(error.sqlstate(), Some("42P01"));
}

#[tokio::test]
async fn a_live_change_of_type_is_not_noticed_outside_a_transaction() {
    let database = shop_database().await;
    let db = Db::builder(database.url()).max_connections(4).connect().await.expect("connects");
    let row = add(&db, "a").await.expect("inserts");
    let (stop, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let mut readers: Vec<_> = (0..4)
        .map(|_| {
            let (db, stop, reads) = (db.clone(), Arc::clone(&stop), Arc::clone(&reads));
            tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    Customer::get(&db, row.id).await?;
                    Customer::select().filter(Customer::email.eq("a")).fetch(&db).await?;
                    reads.fetch_add(1, Ordering::SeqCst);
                }
                Ok::<(), schemata::Error>(())
            })
        })
        .collect();
    let admin = connect(database.url()).await;
    for round in 0..10 {
        let before = reads.load(Ordering::SeqCst);
        let new = if round % 2 == 0 { "text" } else { "varchar(255)" };
        admin.batch_execute(&format!("ALTER TABLE customers ALTER full_name TYPE {new}")).await.expect("alters");
        while reads.load(Ordering::SeqCst) < before + 8 {
            tokio::task::yield_now().await;
            if let Some(ended) = readers.iter().position(tokio::task::JoinHandle::is_finished) {
                panic!("a reader failed in round {round}: {:?}", readers.swap_remove(ended).await);
            }
        }
    }
    stop.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.expect("runs").expect("reads");
    }
}

#[tokio::test]
async fn inside_a_transaction_the_whole_of_it_is_retried() {
    let database = shop_database().await;
    let db = one_connection(database.url(), 256).await;
    let row = add(&db, "a").await.expect("inserts");
    Customer::get(&db, row.id).await.expect("prepares");
    let admin = connect(database.url()).await;
    admin.batch_execute("ALTER TABLE customers ALTER full_name TYPE text").await.expect("alters");
    let error = db
        .transaction(|tx| async move { Customer::get(&tx, row.id).await.map(drop) })
        .await
        .expect_err("the statement is stale, and the transaction with it");
    assert_eq!(error.kind(), ErrorKind::StaleStatement);
    assert!(error.is_retryable());
    db.transaction(|tx| async move { Customer::get(&tx, row.id).await.map(drop) }).await.expect("it was forgotten");
    admin.batch_execute("ALTER TABLE customers ALTER full_name TYPE varchar(300)").await.expect("alters");
    let attempts = AtomicU32::new(0);
    db.transaction_builder()
        .run_with_retry(1, |tx| {
            attempts.fetch_add(1, Ordering::SeqCst);
            async move { Customer::get(&tx, row.id).await.map(drop) }
        })
        .await
        .expect("the second attempt");
    assert_eq!(attempts.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_stream_of_a_stale_statement_is_opened_again_outside_a_transaction() {
    let database = shop_database().await;
    let db = one_connection(database.url(), 256).await;
    for name in ["a", "b", "c"] {
        add(&db, name).await.expect("inserts");
    }
    let admin = connect(database.url()).await;
    let read = || Customer::select().order_by(Customer::email.asc());
    for (round, new) in ["text", "varchar(300)", "text"].into_iter().enumerate() {
        let mut rows = read().stream(&db).await.unwrap_or_else(|error| panic!("round {round}: {error:?}"));
        let mut seen = Vec::new();
        while let Some(row) = rows.try_next().await.expect("reads") {
            seen.push(row.email);
        }
        assert_eq!(seen, ["a", "b", "c"], "round {round}");
        drop(rows);
        admin.batch_execute(&format!("ALTER TABLE customers ALTER full_name TYPE {new}")).await.expect("alters");
    }
    let error = db.transaction(|tx| async move { read().stream(&tx).await.map(drop) }).await.expect_err("stale");
    assert_eq!(error.kind(), ErrorKind::StaleStatement);
    db.transaction(|tx| async move { read().stream(&tx).await.map(drop) }).await.expect("it was forgotten");
}

#[tokio::test]
async fn statements_that_are_gone_are_prepared_again() {
    let database = shop_database().await;
    let db = one_connection(database.url(), 256).await;
    let row = add(&db, "a").await.expect("inserts");
    Customer::get(&db, row.id).await.expect("prepares");
    // The cause does not matter: a pooler, a function, an administrator.
    db.execute_sql("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$", &[]).await.expect("runs");
    assert_eq!(Customer::get(&db, row.id).await.expect("prepares again"), row);
}

#[tokio::test]
async fn a_recreated_type_is_looked_up_again() {
    let database = shop_database().await;
    let db = one_connection(database.url(), 256).await;
    let admin = connect(database.url()).await;
    let make = "CREATE TYPE mood AS ENUM ('calm'); CREATE TABLE moods (m mood); INSERT INTO moods VALUES ('calm')";
    admin.batch_execute(make).await.expect("creates");
    let read = "SELECT m FROM public.moods WHERE m = $1";
    for round in 0..3 {
        let calm = Label("calm".to_owned());
        let found = db.query_as::<Label>(read, &[&calm]).await.unwrap_or_else(|error| panic!("{round}: {error:?}"));
        assert_eq!(found, [calm]);
        admin.batch_execute(&format!("DROP TABLE moods; DROP TYPE mood; {make}")).await.expect("makes anew");
    }
}

#[tokio::test]
async fn a_statement_that_is_known_takes_one_round_trip_on_a_client() {
    let database = shop_database().await;
    let row = add(&connect(database.url()).await, "a").await.expect("inserts");
    let proxy = CountingProxy::to(database.url()).await;
    let mut client = connect(proxy.url()).await;
    Customer::find(&client, row.id).await.expect("finds");
    add(&client, "b").await.expect("inserts");
    // What is still on its way is counted before.
    client.simple_query("").await.expect("answers");
    proxy.take();
    for number in 0..3 {
        assert!(Customer::find(&client, row.id).await.expect("finds").is_some());
        add(&client, &number.to_string()).await.expect("inserts");
    }
    assert_eq!(proxy.take(), 3 * 2);
    let transaction = client.transaction().await.expect("begins");
    proxy.take();
    Customer::find(&transaction, row.id).await.expect("finds");
    assert_eq!(proxy.take(), 1, "the transaction's client is the same");
    drop(transaction);
    // Nothing is known of another client, even at the same place in memory.
    client = connect(proxy.url()).await;
    proxy.take();
    Customer::find(&client, row.id).await.expect("finds");
    assert!(proxy.take() > 1, "it is prepared first");
}

#[tokio::test]
async fn a_change_of_type_is_not_noticed_on_a_client_outside_a_transaction() {
    let database = shop_database().await;
    let mut client = connect(database.url()).await;
    add(&client, "7").await.expect("inserts");
    let emails = |value: &str| Customer::select().filter(Customer::email.eq(value)).columns(Customer::full_name);
    assert_eq!(emails("7").fetch(&client).await.expect("reads").len(), 1);
    client.batch_execute("CREATE TYPE of_email AS ENUM ('7', 'x')").await.expect("creates");
    let alter = "ALTER TABLE customers ALTER email TYPE of_email USING email::of_email";
    client.batch_execute(alter).await.expect("alters");
    let error = emails("7").fetch(&client).await.expect_err("a text is no value of the enum");
    // The statement was tried again with the type of today, which the value does not fit.
    assert!(
        matches!(error, schemata::Error::Encode { .. } | schemata::Error::Database { sent: false, .. }),
        "{error:?}"
    );
    client.batch_execute("ALTER TABLE customers ALTER email TYPE text USING email::text").await.expect("alters");
    assert_eq!(emails("7").fetch(&client).await.expect("reads").len(), 1);
    client.batch_execute(alter).await.expect("alters");
    let transaction = client.transaction().await.expect("begins");
    let error = emails("7").fetch(&transaction).await.expect_err("a text is no value of the enum");
    assert_eq!(error.sqlstate(), Some("42883"), "what failed first is told: {error:?}");
}
