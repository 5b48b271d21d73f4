//! Every wait is bounded: for a server that is silent, a server that is stopped, and a network that loses what is sent.
//!
//! The outer limits are many times what an idle machine needs, since a call without a limit would wait for ever.
#![cfg(unix)]

use std::future::Future;
use std::time::Duration;

use schemata::migrate::{MigrateError, Migrator};
use schemata::model::Write;
use schemata::tenants::{Rollout, Tenants};
use schemata::{Db, Error, ErrorKind, Executor, Ident, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::cluster::{Cluster, Road, silent_server};
use schemata_tests::library::Author;
use schemata_tests::shop::{self, INITIAL};

const OUTER: Duration = Duration::from_secs(60);

/// Returns the result of `work`, and panics if it does not end.
async fn ends<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(OUTER, work).await.expect("it ends in time")
}

/// A server with a table, and a proxy to it that can be blocked.
async fn behind_a_road() -> (Cluster, Road) {
    let cluster = Cluster::start().await;
    let client = connect(&cluster.url()).await;
    let tables = "CREATE TABLE authors (id int PRIMARY KEY, name varchar(100) UNIQUE, born date, mentor_id int); \
                  INSERT INTO authors SELECT n, 'author ' || n FROM generate_series(1, 20000) n";
    client.batch_execute(tables).await.expect("creates");
    let road = Road::to(&cluster.address()).await;
    (cluster, road)
}

/// Makes a pool of one connection whose calls may take 200 ms on the server, and one second more for the client.
async fn pool(address: &str) -> Db {
    let builder = Db::builder(&format!("postgres://postgres@{address}/postgres?connect_timeout=2"));
    let builder = builder.max_connections(1).statement_timeout(Duration::from_millis(200));
    builder.acquire_timeout(Duration::from_secs(20)).connect().await.expect("connects")
}

/// Connects to a server that accepts and says nothing, and returns the URL.
async fn connecting_ends() -> String {
    let address = silent_server().await;
    let url = format!("postgres://postgres@{address}/postgres?connect_timeout=1");
    let error = ends(Db::connect(&url)).await.expect_err("nobody answers");
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.is_retryable());
    assert!(format!("{error:?}").contains("no answer within 1s"), "{error:?}");
    url
}

#[tokio::test]
async fn connecting_to_a_silent_server_ends_whoever_does_it() {
    let url = connecting_ends().await;
    let unlimited = Db::builder(&url).acquire_timeout(None).statement_timeout(None);
    let migrator = || Migrator::new(shop::set(&[INITIAL]));
    let (run, status, check) = (migrator(), migrator(), migrator());
    let rollout = Rollout::new(migrator());
    let tenants = Tenants::new([Ident::new("one").expect("a name")]);
    let (pool, run, status, check, matching, query, report) = tokio::join!(
        ends(unlimited.connect()),
        ends(run.run(&url)),
        ends(status.status(&url)),
        ends(check.check(&url, &[])),
        ends(Tenants::matching(&url, "tenant_%")),
        ends(Tenants::query(&url, "SELECT 'public'")),
        ends(rollout.run(&url, &tenants)),
    );
    assert!(pool.is_err() && matching.is_err() && query.is_err());
    assert!(matches!(run, Err(MigrateError::Connect(_))), "{run:?}");
    assert!(matches!(status, Err(MigrateError::Connect(_))), "{status:?}");
    assert!(matches!(check, Err(MigrateError::Connect(_))), "{check:?}");
    assert!(!report.is_ok_and(|report| report.is_complete()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connecting_to_a_silent_server_ends_on_several_threads() {
    connecting_ends().await;
}

#[tokio::test]
async fn a_silent_host_does_not_keep_the_next_one_from_its_turn() {
    let (cluster, silent) = (Cluster::start().await, silent_server().await);
    let url = format!("postgres://postgres@{silent},{}/postgres?connect_timeout=1", cluster.address());
    let db = ends(Db::connect(&url)).await.expect("the second one answers");
    assert_eq!(ends(db.query_as::<(i32,)>("SELECT 1", &[]).fetch_one()).await.expect("reads"), (1,));
    ends(Migrator::new(shop::set(&[INITIAL])).run(&url)).await.expect("migrates on the second one");
}

#[tokio::test]
async fn the_time_to_acquire_bounds_connecting_too() {
    let (_cluster, road) = behind_a_road().await;
    let url = format!("postgres://postgres@{}/postgres?connect_timeout=3", road.address());
    let builder = Db::builder(&url).max_connections(2).acquire_timeout(Duration::from_millis(300));
    let db = builder.connect().await.expect("connects");
    let own = db.clone();
    // Holds the only connection.
    let holder = tokio::spawn(async move {
        own.transaction(|tx| async move { tx.execute_sql("SELECT pg_sleep(60)", &[]).await }).await
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    road.block(true);
    let before = road.connections();
    for _ in 0..4 {
        let error = ends(db.execute_sql("SELECT 1", &[])).await.expect_err("nobody answers");
        assert!(matches!(error, Error::Pool { .. } | Error::Connect { .. }), "{error:?}");
    }
    assert!(road.connections() <= before + 1, "who gives up makes no room for one more");
    road.block(false);
    let works = async {
        while let Err(error) = db.execute_sql("SELECT 1", &[]).await {
            assert!(matches!(error, Error::Pool { .. }), "{error:?}");
        }
    };
    ends(works).await;
    holder.abort();
}

/// A read, raw SQL, a write outside a transaction, one inside, and a COMMIT, while nothing answers.
async fn calls_end(cluster: &Cluster, road: &Road, block: impl Fn() -> Box<dyn std::any::Any + Send> + Send + Sync) {
    let db = pool(road.address()).await;
    assert!(Author::find(&db, 1).await.expect("reads").is_some());
    let blocked = block();
    let error = ends(Author::update(1).name("unsent").exec(&db)).await.expect_err("nobody answers");
    assert_eq!(error.kind(), ErrorKind::Connection, "it was being prepared: {error:?}");
    drop(blocked);

    assert!(Author::find(&db, 1).await.expect("reads").is_some());
    let blocked = block();
    let error = ends(Author::find(&db, 1)).await.expect_err("nobody answers");
    assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
    assert!(error.is_retryable(), "nothing was done");
    drop(blocked);

    assert!(ends(Author::find(&db, 1)).await.expect("the next one is answered").is_some());
    let blocked = block();
    let error = ends(db.execute_sql("SELECT 1", &[])).await.expect_err("nobody answers");
    assert!(matches!(error.kind(), ErrorKind::Connection | ErrorKind::OutcomeUnknown), "{error:?}");
    drop(blocked);

    assert!(ends(Author::find(&db, 1)).await.expect("the next one is answered").is_some());
    assert!(Author::update(1).name("old").exec(&db).await.expect("prepares it").is_some());
    let blocked = block();
    let error = ends(Author::update(1).name("new").exec(&db)).await.expect_err("nobody answers");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error:?}");
    drop(blocked);

    let block = &block;
    let work = |tx: schemata::Tx| async move {
        assert!(Author::find(&tx, 2).await?.is_some());
        let blocked = block();
        let error = Author::update(2).name("newer").exec(&tx).await.expect_err("nobody answers");
        assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
        drop(blocked);
        Err::<(), Error>(error)
    };
    ends(Box::pin(db.transaction(work))).await.expect_err("it is rolled back");
    let client = connect(&cluster.url()).await;
    let names = client.query("SELECT 1 FROM authors WHERE name = 'newer'", &[]).await.expect("reads");
    assert!(names.is_empty());
}

#[tokio::test]
async fn calls_to_a_stopped_server_end() {
    let (cluster, road) = behind_a_road().await;
    calls_end(&cluster, &road, || Box::new(cluster.stop())).await;
}

/// Makes the proxy forward again when dropped.
struct Blocked<'r>(&'r Road);

impl Drop for Blocked<'_> {
    fn drop(&mut self) {
        self.0.block(false);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_over_a_network_that_swallows_packets_end() {
    let (cluster, road) = behind_a_road().await;
    let road: &'static Road = Box::leak(Box::new(road));
    calls_end(&cluster, road, || {
        road.block(true);
        Box::new(Blocked(road))
    })
    .await;
}

#[tokio::test]
async fn the_outcome_of_a_commit_without_an_answer_is_unknown() {
    let (cluster, road) = behind_a_road().await;
    let db = pool(road.address()).await;
    let work = |tx: schemata::Tx| {
        let road = &road;
        async move {
            Author::update(1).name("committed").exec(&tx).await?;
            road.block(true);
            Ok::<_, Error>(())
        }
    };
    let error = ends(db.transaction(work)).await.expect_err("nobody answers");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error:?}");
    road.block(false);
    drop(cluster);
}

#[tokio::test]
async fn a_stream_waits_for_its_reader_and_not_for_a_server_that_is_silent() {
    let (_cluster, road) = behind_a_road().await;
    let db = pool(road.address()).await;
    let mut rows = Author::select().limit(100).stream(&db).await.expect("opens");
    assert!(rows.try_next().await.expect("reads").is_some());
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let mut left = 0;
    while rows.try_next().await.expect("the reader may take its time").is_some() {
        left += 1;
    }
    assert_eq!(left, 99);

    let mut rows = Author::select().stream(&db).await.expect("opens");
    assert!(rows.try_next().await.expect("reads").is_some());
    road.block(true);
    let outcome = ends(async {
        loop {
            match rows.try_next().await {
                Ok(Some(_)) => {}
                other => return other,
            }
        }
    });
    assert!(outcome.await.is_err(), "it has not come to its end");
    road.block(false);
}

#[tokio::test]
async fn who_sets_the_time_of_a_statement_has_it() {
    let (_cluster, road) = behind_a_road().await;
    let db = pool(road.address()).await;
    db.transaction(|tx| async move {
        tx.execute_sql("SET LOCAL Statement_Timeout = 0", &[]).await?;
        tx.execute_sql("SELECT pg_sleep(2.5)", &[]).await
    })
    .await
    .expect("it may take that long");
    let slow = db.execute_sql("SELECT pg_sleep(10)", &[]).await.expect_err("not after it");
    assert_eq!(slow.kind(), ErrorKind::Cancelled);
}

/// If nothing else bounds a call, the kernel does: unacknowledged data ends the connection.
#[tokio::test]
#[ignore = "drops all packets of the loopback device, so it needs a network namespace of its own; see CONTRIBUTING.md"]
async fn packets_that_nobody_acknowledges_end_the_call() {
    let tc = |what: &str| {
        let run = std::process::Command::new("tc").args(["qdisc", what, "dev", "lo", "root", "blackhole"]).status();
        assert!(run.is_ok_and(|status| status.success()), "tc can {what}");
    };
    let (cluster, _road) = behind_a_road().await;
    let url = format!("{}?tcp_user_timeout=2&connect_timeout=2", cluster.url());
    let builder = Db::builder(&url).max_connections(2).statement_timeout(None);
    let db = builder.acquire_timeout(Duration::from_secs(20)).connect().await.expect("connects");
    tc("add");
    let started = std::time::Instant::now();
    let read = ends(db.query_as::<(i32,)>("SELECT 1", &[]).fetch_one()).await;
    let write = ends(Author::update(1).name("new").exec(&db)).await;
    tc("del");
    assert!(read.is_err() && started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    assert_eq!(write.expect_err("nobody answers").kind(), ErrorKind::Connection, "it was never sent");
    assert!(ends(Author::find(&db, 1)).await.expect("packets arrive again").is_some());
}
