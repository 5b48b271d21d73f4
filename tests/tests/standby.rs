//! When a server takes no writes any more, the pool moves to one that does.
#![cfg(unix)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use schemata::{Db, Error, ErrorKind, Executor};
use schemata_tests::catalog::connect;
use schemata_tests::cluster::Cluster;
use tokio::sync::Notify;

const OUTER: Duration = Duration::from_secs(20);

async fn write(db: &Db) -> Result<u64, Error> {
    db.execute_sql("INSERT INTO t VALUES (1)", &[]).await
}

/// Returns the server to which a connection of the pool leads.
async fn port(db: &Db) -> i32 {
    let sql = "SELECT current_setting('port')::int";
    db.query_as::<(i32,)>(sql, &[]).fetch_one().await.expect("reads").0
}

/// Returns the processes of the pool's connections on a server.
async fn pids(cluster: &Cluster) -> Vec<i32> {
    let sql = "SELECT pid FROM pg_stat_activity WHERE application_name = 'pool' ORDER BY pid";
    let rows = connect(&cluster.url()).await.query(sql, &[]).await.expect("reads");
    rows.iter().map(|row| row.get(0)).collect()
}

async fn pool(url: &str) -> Db {
    Db::builder(url).max_connections(4).application_name("pool").connect().await.expect("connects")
}

/// Opens all connections of a pool.
async fn fill(db: &Db) {
    let slow = || db.execute_sql("SELECT pg_sleep(0.1)", &[]);
    let all = tokio::join!(slow(), slow(), slow(), slow());
    assert!([all.0, all.1, all.2, all.3].iter().all(Result::is_ok));
}

async fn eventually_writes(db: &Db) {
    let started = Instant::now();
    while let Err(error) = write(db).await {
        assert!(error.is_retryable(), "nothing was done: {error:?}");
        assert!(started.elapsed() < OUTER, "{error:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// After a while the first server refuses writes, and the second one takes over.
async fn moves_on(settings: &str) {
    let (primary, standby) = Cluster::pair().await;
    connect(&primary.url()).await.batch_execute("CREATE TABLE t (id int)").await.expect("creates");
    let url = format!("postgres://postgres@{},{}/postgres?{settings}", primary.address(), standby.address());
    let db = pool(&url).await;
    fill(&db).await;
    write(&db).await.expect("the first one takes writes");
    let first = port(&db).await;

    standby.promote().await;
    primary.turn_read_only().await;
    eventually_refuses(&db).await;
    eventually_writes(&db).await;
    assert_ne!(port(&db).await, first);
    // Every connection leads there now, including new ones.
    fill(&db).await;
    for _ in 0..8 {
        write(&db).await.expect("it takes writes");
    }
    let started = Instant::now();
    while !pids(&primary).await.is_empty() {
        assert!(started.elapsed() < OUTER, "the old connections are closed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(pids(&standby).await.len() <= 4);
}

/// Writes until the changed setting has reached the session.
async fn eventually_refuses(db: &Db) {
    let started = Instant::now();
    loop {
        match write(db).await {
            Err(error) => return assert_eq!(error.kind(), ErrorKind::ReadOnly),
            Ok(_) => assert!(started.elapsed() < OUTER, "it still takes writes"),
        }
    }
}

#[tokio::test]
async fn a_server_that_turned_read_only_is_left() {
    moves_on("").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_turned_read_only_is_left_where_writes_are_asked_for() {
    moves_on("target_session_attrs=read-write").await;
}

async fn eventually_has(cluster: &Cluster, connections: usize) {
    let started = Instant::now();
    while pids(cluster).await.len() != connections {
        assert!(started.elapsed() < OUTER, "{:?} instead of {connections}", pids(cluster).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_single_refused_write_moves_the_whole_pool() {
    let (primary, standby) = Cluster::pair().await;
    connect(&primary.url()).await.batch_execute("CREATE TABLE t (id int)").await.expect("creates");
    let [first, second] = [&primary, &standby].map(Cluster::address);
    let reader = pool(&format!("postgres://postgres@{second},{first}/postgres")).await;
    let own = port(&pool(&standby.url()).await).await;
    assert_eq!(port(&reader).await, own, "until a write is refused, the first host is as good as the other");
    drop(reader);
    let db = pool(&format!("postgres://postgres@{first},{second}/postgres")).await;
    fill(&db).await;
    let end = Arc::new(Notify::new());
    let (lent, waiting) = (db.clone(), Arc::clone(&end));
    let lent = tokio::spawn(async move {
        let work = |tx: schemata::Tx| {
            let waiting = Arc::clone(&waiting);
            async move {
                tx.execute_sql("SELECT 1", &[]).await?;
                waiting.notified().await;
                Ok::<(), Error>(())
            }
        };
        lent.transaction(work).await
    });
    standby.promote().await;
    primary.turn_read_only().await;
    eventually_refuses(&db).await;
    eventually_has(&primary, 1).await;
    end.notify_one();
    lent.await.expect("no panic").expect("commits");
    eventually_has(&primary, 0).await;
    eventually_has(&standby, 1).await;
    let replacement = pids(&standby).await;
    write(&db).await.expect("it takes writes");
    assert_eq!(pids(&standby).await, replacement, "the connection by which the server was found is used");
    fill(&db).await;
    assert_eq!((pids(&primary).await.len(), pids(&standby).await.len()), (0, 4), "new connections lead there");
}

#[tokio::test]
async fn a_promoted_standby_takes_writes() {
    let (primary, standby) = Cluster::pair().await;
    connect(&primary.url()).await.batch_execute("CREATE TABLE t (id int)").await.expect("creates");
    let db = pool(&standby.url()).await;
    fill(&db).await;
    let started = Instant::now();
    loop {
        let error = write(&db).await.expect_err("a standby takes no writes");
        // Waits until the table has been replicated.
        if error.kind() == ErrorKind::ReadOnly {
            break;
        }
        assert!(started.elapsed() < OUTER, "{error:?}");
    }
    // A caller that asks for a standby keeps it, whatever it refuses.
    let both = format!("{},{}", primary.address(), standby.address());
    let reader = pool(&format!("postgres://postgres@{both}/postgres?target_session_attrs=read-only")).await;
    let own = port(&reader).await;
    for _ in 0..3 {
        assert_eq!(write(&reader).await.expect_err("a standby takes no writes").kind(), ErrorKind::ReadOnly);
        tokio::time::sleep(Duration::from_millis(100)).await;
        fill(&reader).await;
        assert_eq!(port(&reader).await, own);
    }
    standby.promote().await;
    eventually_writes(&db).await;
}

#[tokio::test]
async fn what_is_read_only_by_its_own_words_costs_no_connection() {
    let cluster = Cluster::start().await;
    connect(&cluster.url()).await.batch_execute("CREATE TABLE t (id int)").await.expect("creates");
    let db = pool(&cluster.url()).await;
    fill(&db).await;
    let before = pids(&cluster).await;
    for _ in 0..20 {
        let work = |tx: schemata::Tx| async move { tx.execute_sql("INSERT INTO t VALUES (1)", &[]).await };
        let error = db.transaction_builder().read_only().run(work).await.expect_err("it is read-only");
        assert_eq!(error.kind(), ErrorKind::ReadOnly);
        let own = |tx: schemata::Tx| async move {
            tx.execute_sql("SET LOCAL transaction_read_only = on", &[]).await?;
            tx.execute_sql("INSERT INTO t VALUES (1)", &[]).await
        };
        assert_eq!(db.transaction(own).await.expect_err("it is read-only").kind(), ErrorKind::ReadOnly);
    }
    write(&db).await.expect("the session takes writes");
    assert_eq!(pids(&cluster).await, before, "the same connections");

    let url = format!("{}?options=-c%20default_transaction_read_only%3Don", cluster.url());
    let reader = Db::builder(&url).max_connections(4).application_name("reader").connect().await.expect("connects");
    fill(&reader).await;
    for _ in 0..200 {
        assert_eq!(write(&reader).await.expect_err("it is read-only").kind(), ErrorKind::ReadOnly);
    }
    let client = connect(&cluster.url()).await;
    let sql = "SELECT sessions::int8 FROM pg_stat_database WHERE datname = current_database()";
    // From 14 on, the server counts sessions. There is no storm of new connections: at most one search per half second.
    if schemata_tests::catalog::major(&client).await >= 14 {
        let sessions: i64 = schemata_tests::catalog::one(&client, sql).await;
        assert!(sessions < 100, "{sessions} sessions");
    }
}
