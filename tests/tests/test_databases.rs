//! Databases for tests: isolated, filled from templates, removed afterwards, kept on request.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use schemata::testing::{TestDatabase, TestError};
use schemata_tests::private_server::{Probe, Sandbox, query, try_query, wait_until};
use tokio_postgres::{Client, NoTls};

const PROBE: &str = env!("CARGO_BIN_EXE_private_server_probe");
const OURS: &str = "SELECT datname FROM pg_database WHERE datname LIKE 'schemata\\_%' ORDER BY 1";

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the database is there");
    tokio::spawn(connection);
    client
}

/// Whether the database can still be connected to.
async fn exists(url: &str) -> bool {
    tokio_postgres::connect(url, NoTls).await.is_ok()
}

#[tokio::test]
async fn each_database_is_its_own_and_goes_with_its_value() {
    let (one, two) = (TestDatabase::create().await.expect("a server"), TestDatabase::create().await.expect("a server"));
    let client = connect(one.url()).await;
    client.batch_execute("CREATE TABLE t ()").await.expect("it is ours");
    connect(two.url()).await.batch_execute("CREATE TABLE t ()").await.expect("it is another database");
    let (first, second) = (one.url().to_owned(), two.url().to_owned());
    // `client` is still connected, and this runtime has one thread, which blocks in the drop.
    drop(one);
    assert!(!exists(&first).await);
    two.close().await.expect("it can be dropped");
    assert!(!exists(&second).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn works_on_many_threads() {
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            tokio::spawn(async {
                let database = TestDatabase::create().await.expect("a server");
                connect(database.url()).await.batch_execute("CREATE TABLE t ()").await.expect("it is ours");
                database.url().to_owned()
            })
        })
        .collect();
    for task in tasks {
        assert!(!exists(&task.await.expect("no panic")).await);
    }
}

#[tokio::test]
async fn a_panic_drops_the_database_too() {
    let (send, receive) = std::sync::mpsc::channel();
    let test = tokio::spawn(async move {
        let database = TestDatabase::create().await.expect("a server");
        send.send(database.url().to_owned()).expect("it is awaited");
        panic!("a failing test");
    });
    assert!(test.await.is_err());
    assert!(!exists(&receive.recv().expect("it was sent")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_template_is_filled_once() {
    static FILLED: AtomicU32 = AtomicU32::new(0);
    let key = format!("filled once {}", std::process::id());
    let fill = |url: String| async move {
        FILLED.fetch_add(1, Ordering::Relaxed);
        connect(&url).await.batch_execute("CREATE TABLE t (id int); INSERT INTO t VALUES (7)").await
    };
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let key = key.clone();
            tokio::spawn(async move {
                let database = TestDatabase::from_template(&key, fill).await.expect("a copy");
                let row = connect(database.url()).await.query_one("SELECT id FROM t", &[]).await.expect("it is filled");
                row.get::<_, i32>(0)
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.expect("no panic"), 7);
    }
    assert_eq!(FILLED.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_failed_template_is_made_again() {
    let key = format!("failed {}", std::process::id());
    let fail = |url: String| async move {
        connect(&url).await.batch_execute("CREATE TABLE half ()").await.expect("it is empty");
        Err::<(), _>("no more")
    };
    let error = TestDatabase::from_template(&key, fail).await.expect_err("the setup fails");
    assert!(matches!(error, TestError::Setup { .. }), "{error}");
    let fill = |url: String| async move { connect(&url).await.batch_execute("CREATE TABLE half ()").await };
    TestDatabase::from_template(&key, fill).await.expect("nothing of the first is left");
}

#[test]
fn a_given_server_is_used_and_cleaned() {
    let sandbox = Sandbox::new(PROBE);
    let mut server = sandbox.probe(["persistent"]);
    let url = server.line();
    query(&url, "CREATE ROLE tester LOGIN CREATEDB");
    query(&url, "CREATE DATABASE schemata_test_mine");
    let given = url.replace("postgres@", "tester@");
    let start = || Probe::start(sandbox.command(["test-database"]).env("TEST_DATABASE_URL", &given));
    // The process is killed, so its database stays until the next run notices that.
    let mut killed = start();
    let abandoned = killed.line();
    killed.signal("KILL");
    assert_eq!(query(&abandoned, "SELECT 1"), ["1"]);
    let mut alive = start();
    let in_use = alive.line();
    assert!(try_query(&abandoned, "SELECT 1").is_err(), "the next run removes it");
    let mut third = start();
    third.line();
    assert_eq!(query(&in_use, "SELECT 1"), ["1"], "what a living process has is left alone");
    third.finish();
    alive.finish();
    assert_eq!(query(&url, OURS), ["schemata_test_mine"], "names it did not make are not its own");
    assert!(!sandbox.path().join(".ephemeral").exists(), "no private server was needed");
    server.finish();
}

#[test]
fn an_unreachable_given_server_is_an_error() {
    let sandbox = Sandbox::new(PROBE);
    let url = "postgres://user:secret@127.0.0.1:1/db";
    let output = sandbox.command(["test-database"]).env("TEST_DATABASE_URL", url).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.starts_with("error: cannot use the server of TEST_DATABASE_URL; unset it to use a private one"),
        "{said}"
    );
    assert!(!said.contains("secret"), "{said}");
    assert!(!sandbox.path().join(".ephemeral").exists(), "no fallback");
}

#[test]
fn the_database_url_of_an_application_is_never_read() {
    let sandbox = Sandbox::new(PROBE);
    let mut command = sandbox.command(["test-database"]);
    let mut probe = Probe::start(command.env("DATABASE_URL", "postgres://127.0.0.1:1/production"));
    assert_eq!(query(&probe.line(), "SELECT 1"), ["1"]);
    probe.finish();
}

#[test]
fn a_failed_test_keeps_its_database_when_asked() {
    let sandbox = Sandbox::new(PROBE);
    let mut command = sandbox.command(["test-database", "fail"]);
    let mut failing = Probe::start(command.env("SCHEMATA_PG_KEEP", "1"));
    let url = failing.line();
    let said = failing.finish_failing();
    assert!(said.contains(&format!("kept the failed test's database: psql '{url}'")), "{said}");
    std::thread::sleep(Duration::from_millis(2500));
    assert_eq!(query(&url, "SELECT 1"), ["1"], "the server is kept with it, past its grace");
    // A passing run leaves nothing, and a run without the variable removes the kept database.
    assert!(sandbox.run(["test-database"]).status.success());
    assert!(wait_until(Duration::from_secs(5), || try_query(&url, "SELECT 1").is_err()));
    sandbox.assert_gone();
}

#[test]
fn two_runs_at_once_do_not_meet() {
    let sandbox = Sandbox::new(PROBE);
    let start = || (0..5).map(|_| sandbox.probe(["test-database"])).collect::<Vec<_>>();
    let mut probes: Vec<Probe> = start().into_iter().chain(start()).collect();
    let mut urls: Vec<String> = probes.iter_mut().map(Probe::line).collect();
    urls.sort_unstable();
    urls.dedup();
    assert_eq!(urls.len(), 10);
    for url in &urls {
        query(url, "CREATE TABLE t ()");
    }
    assert_eq!(sandbox.generations().len(), 1);
    probes.into_iter().for_each(Probe::finish);
    sandbox.assert_gone();
}
