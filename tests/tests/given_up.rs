//! When callers drop their calls, the server stops working on them, and never has more connections than the pool may
//! open.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use schemata::TableModel;
use schemata::migrate::{MigrationEntry, Migrator};
use schemata::tenants::{Rollout, Tenants};
use schemata::testing::TestDatabase;
use schemata::{Db, Error, Executor, Ident};
use schemata_tests::catalog::{connect, one};
use schemata_tests::library::{Author, library};
use schemata_tests::{fresh_database, migration, shop};
use tokio_postgres::Client;

/// Far more than an idle machine needs, and far less than the statements that are given up would take.
const SOON: Duration = Duration::from_secs(10);

/// Makes a pool whose connections can be recognised on the server.
async fn pool(database: &TestDatabase, connections: usize) -> Db {
    let builder = Db::builder(database.url()).max_connections(connections).application_name("given up");
    builder.connect().await.expect("connects")
}

/// Returns how many connections of such pools the server has, and how many of them are at work.
async fn backends(client: &Client) -> (i64, i64) {
    let sql = "SELECT count(*), count(*) FILTER (WHERE state <> 'idle') FROM pg_stat_activity \
               WHERE application_name = 'given up' AND datname = current_database()";
    let row = client.query_one(sql, &[]).await.expect("reads");
    (row.get(0), row.get(1))
}

/// Waits until the pools' connections are idle.
async fn until_idle(client: &Client) -> i64 {
    let started = Instant::now();
    loop {
        let (all, busy) = backends(client).await;
        if busy == 0 {
            return all;
        }
        assert!(started.elapsed() < SOON, "{busy} of {all} are still at work");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn gives_up<T>(after: u64, work: impl Future<Output = T>) -> bool {
    tokio::time::timeout(Duration::from_millis(after), work).await.is_err()
}

/// Three hundred callers with a statement of 20 s each give up after 100 ms.
async fn a_crowd_gives_up() {
    let database = fresh_database().await;
    let db = pool(&database, 8).await;
    let (done, url) = (Arc::new(AtomicBool::new(false)), database.url().to_owned());
    let watcher = tokio::spawn({
        let done = Arc::clone(&done);
        async move {
            let (client, mut most) = (connect(&url).await, 0);
            while !done.load(Ordering::SeqCst) {
                most = most.max(backends(&client).await.0);
            }
            most
        }
    });
    let callers: Vec<_> = (0..300)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { gives_up(100, db.execute_sql("SELECT pg_sleep(20)", &[])).await })
        })
        .collect();
    for caller in callers {
        assert!(caller.await.expect("no panic"), "the statement takes longer");
    }
    let client = connect(database.url()).await;
    let left = until_idle(&client).await;
    // All places are free again.
    let all: Vec<_> = (0..8)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { db.execute_sql("SELECT pg_sleep(0.2)", &[]).await })
        })
        .collect();
    for call in all {
        tokio::time::timeout(SOON, call).await.expect("a place is free").expect("no panic").expect("runs");
    }
    done.store(true, Ordering::SeqCst);
    let most = watcher.await.expect("no panic");
    assert!(most <= 8, "{most} connections at once");
    assert!(left <= 8 && most > 0, "{left} left, {most} seen");
}

#[tokio::test]
async fn a_crowd_that_gives_up_leaves_no_statement_and_no_connection_too_many() {
    a_crowd_gives_up().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_on_several_threads_that_gives_up_leaves_none_either() {
    a_crowd_gives_up().await;
}

#[tokio::test]
async fn nobody_elses_statement_is_cancelled() {
    let database = fresh_database().await;
    let db = pool(&database, 2).await;
    for round in 0..60 {
        // Some are dropped before they begin, some when they are about to end.
        let given_up = gives_up(round % 12, db.execute_sql("SELECT pg_sleep(0.006)", &[]));
        let (_, next) = tokio::join!(given_up, db.query_as::<(i32,)>("SELECT 7", &[]).fetch_one());
        assert_eq!(next.expect("it is not what was given up").0, 7);
        db.execute_sql("SELECT pg_sleep(0.002)", &[]).await.expect("nor is this");
    }
}

#[tokio::test]
async fn a_transaction_given_up_frees_its_locks_soon() {
    let database = fresh_database().await;
    let db = pool(&database, 2).await;
    let client = connect(database.url()).await;
    client.batch_execute("CREATE TABLE t (id int); INSERT INTO t VALUES (1)").await.expect("creates");
    let slow = db.transaction(|tx| async move {
        tx.execute_sql("UPDATE t SET id = 2", &[]).await?;
        tx.execute_sql("SELECT pg_sleep(20)", &[]).await?;
        Ok::<_, Error>(())
    });
    assert!(gives_up(200, slow).await);
    let update = client.batch_execute("UPDATE t SET id = 3");
    tokio::time::timeout(SOON, update).await.expect("the row is free").expect("updates");
    until_idle(&client).await;
}

#[tokio::test]
async fn a_statement_of_a_clone_ends_with_its_transaction() {
    let database = fresh_database().await;
    let db = pool(&database, 2).await;
    let (sender, clone) = tokio::sync::oneshot::channel();
    let endless = db.transaction(|tx| async move {
        assert!(sender.send(tx).is_ok());
        std::future::pending::<Result<(), Error>>().await
    });
    let clone = async {
        let tx = clone.await.expect("sent");
        tx.execute_sql("SELECT pg_sleep(20)", &[]).await
    };
    let clone = tokio::spawn(clone);
    assert!(gives_up(300, endless).await);
    let ended = tokio::time::timeout(SOON, clone).await.expect("it ends soon").expect("no panic");
    assert!(ended.is_err());
    until_idle(&connect(database.url()).await).await;
}

#[tokio::test]
async fn a_stream_given_up_is_not_worked_on() {
    let (database, _) = library().await;
    let db = pool(&database, 2).await;
    let client = connect(database.url()).await;
    let fill = "INSERT INTO authors (id, name) SELECT n, repeat('x', 90) || n FROM generate_series(1, 60000) n";
    client.batch_execute(fill).await.expect("fills");
    let mut rows = Author::select().stream(&db).await.expect("opens");
    assert!(rows.try_next().await.expect("reads").is_some());
    drop(rows);
    assert!(until_idle(&client).await <= 2);
    // The others have ended, too: both places of the pool are free.
    let two = tokio::join!(db.execute_sql("SELECT pg_sleep(0.1)", &[]), db.execute_sql("SELECT pg_sleep(0.1)", &[]));
    assert!(two.0.is_ok() && two.1.is_ok());
    assert!(backends(&client).await.0 <= 2);
}

#[tokio::test]
async fn a_dropped_pool_takes_its_connections_with_it() {
    let database = fresh_database().await;
    let db = pool(&database, 4).await;
    let client = connect(database.url()).await;
    assert!(gives_up(100, db.execute_sql("SELECT pg_sleep(20)", &[])).await);
    let under_way = tokio::spawn({
        let db = db.clone();
        async move { db.execute_sql("SELECT pg_sleep(0.3)", &[]).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(db);
    under_way.await.expect("no panic").expect("what is under way goes on");
    let started = Instant::now();
    while backends(&client).await.0 > 0 {
        assert!(started.elapsed() < SOON, "some are left");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// When a runtime ends with calls under way, their connections end too, and nothing panics.
#[test]
fn the_end_of_a_runtime_ends_what_is_under_way() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (outer, inner) = (runtime(), runtime());
    let database = outer.block_on(fresh_database());
    let db = inner.block_on(async {
        let db = pool(&database, 2).await;
        let own = db.clone();
        tokio::spawn(async move { own.execute_sql("SELECT pg_sleep(20)", &[]).await });
        tokio::time::sleep(Duration::from_millis(200)).await;
        db
    });
    drop(inner);
    drop(db);
    outer.block_on(async {
        let client = connect(database.url()).await;
        // From version 14 on, the server checks whether its client is still connected.
        if schemata_tests::catalog::major(&client).await >= 14 {
            until_idle(&client).await;
        }
    });
}

fn slow() -> MigrationEntry {
    migration!("0001", |m| {
        m.execute("CREATE TABLE t (id int)").await?;
        m.execute("SELECT pg_sleep(20)").await?;
    })
}

/// Waits until no session of a migrator is left.
async fn until_no_migrator(client: &Client) {
    let sql =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'schemata' AND datname = current_database()";
    let started = Instant::now();
    while one::<i64>(client, sql).await > 0 {
        assert!(started.elapsed() < SOON, "its session is left");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_migration_given_up_leaves_neither_statement_nor_lock() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let migrator = Migrator::new(shop::set(&[slow()]));
    assert!(gives_up(500, migrator.run(database.url())).await);
    until_no_migrator(&client).await;
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(one::<i64>(&client, locks).await, 0);
}

#[tokio::test]
async fn a_rollout_given_up_leaves_neither() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    client.batch_execute("CREATE SCHEMA one; CREATE SCHEMA two").await.expect("creates");
    let tenants = Tenants::new(["one", "two"].map(|name| Ident::new(name).expect("a name")));
    let rollout = Rollout::new(Migrator::new(shop::set(&[slow()]))).jobs(2);
    assert!(gives_up(1000, rollout.run(database.url(), &tenants)).await);
    until_no_migrator(&client).await;
}

#[tokio::test]
async fn scratch_work_given_up_leaves_neither() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let check = Migrator::new(shop::set(&[slow()]));
    assert!(gives_up(1500, Box::pin(check.check(database.url(), &[]))).await);
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND state = 'active' \
               AND pid <> pg_backend_pid() AND application_name = 'schemata' AND datname LIKE 'schemata_scratch_' || \
               substr(md5(current_database()), 1, 8) || '%'";
    let started = Instant::now();
    while one::<i64>(&client, sql).await > 0 {
        assert!(started.elapsed() < SOON, "its session is left");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
