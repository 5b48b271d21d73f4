//! Retried transactions: as a whole, only where that helps, and never if the outcome is unknown.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::TryStreamExt;
use schemata::{Db, Error, ErrorKind, Executor, Isolation, TableModel, sql};
use schemata_tests::catalog::connect;
use schemata_tests::runtime::{add, emails, shop_db};
use schemata_tests::shop::first::Customer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::Barrier;

/// A typical error type of an application.
#[derive(Debug, thiserror::Error)]
enum AppError {
    #[error("the database: {0}")]
    Wrapped(#[from] Error),
    #[error("no")]
    No,
}

/// The same, with a transparent cause.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Transparent(#[from] Error);

async fn counter(db: &Db) -> i64 {
    db.query_as::<(i64,)>("SELECT n FROM counter", &[]).fetch_one().await.expect("reads").0
}

async fn with_counter() -> (schemata::testing::TestDatabase, Db) {
    let (database, db) = shop_db().await;
    db.execute_sql("CREATE TABLE counter (id int, n bigint)", &[]).await.expect("creates");
    db.execute_sql("INSERT INTO counter VALUES (1, 0), (2, 0)", &[]).await.expect("inserts");
    db.execute_sql("DELETE FROM counter WHERE id = 2", &[]).await.expect("deletes");
    (database, db)
}

async fn increment<E: From<Error> + std::error::Error + Send + 'static>(
    db: Db,
    retries: u32,
    attempts: Arc<AtomicU32>,
    meeting: Arc<Barrier>,
) -> Result<(), E> {
    db.transaction_builder()
        .isolation(Isolation::Serializable)
        .run_with_retry(retries, |tx| {
            let (attempts, meeting) = (Arc::clone(&attempts), Arc::clone(&meeting));
            async move {
                let first = attempts.fetch_add(1, Ordering::SeqCst) < 2;
                let n = tx.query_as::<(i64,)>("SELECT n FROM counter", &[]).fetch_one().await?.0;
                if first {
                    meeting.wait().await;
                }
                tx.execute_sql("UPDATE counter SET n = $1", &[&(n + 1)]).await?;
                Ok(())
            }
        })
        .await
}

#[tokio::test]
async fn the_whole_transaction_is_done_again() {
    let (_database, db) = with_counter().await;
    let (attempts, meeting) = (Arc::new(AtomicU32::new(0)), Arc::new(Barrier::new(2)));
    let run = || increment::<AppError>(db.clone(), 5, Arc::clone(&attempts), Arc::clone(&meeting));
    let (one, two) = tokio::join!(tokio::spawn(run()), tokio::spawn(run()));
    one.expect("runs").expect("commits");
    two.expect("runs").expect("commits");
    assert_eq!(counter(&db).await, 2, "no update is lost");
    assert!(attempts.load(Ordering::SeqCst) >= 3);
}

#[tokio::test]
async fn a_transparent_wrapper_is_seen_through_and_the_retries_end() {
    let (_database, db) = with_counter().await;
    let attempts = AtomicU32::new(0);
    let failed: Result<(), Transparent> = db
        .transaction_builder()
        .run_with_retry(2, |tx| {
            attempts.fetch_add(1, Ordering::SeqCst);
            async move {
                tx.execute_sql("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$", &[]).await?;
                Ok(())
            }
        })
        .await;
    assert_eq!(failed.expect_err("always").0.kind(), ErrorKind::Serialization);
    assert_eq!(attempts.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn other_failures_are_not_retried() {
    let (_database, db) = with_counter().await;
    add(&db, "a").await.expect("inserts");
    let attempts = AtomicU32::new(0);
    let run = |own: bool| {
        attempts.store(0, Ordering::SeqCst);
        let attempts = &attempts;
        db.transaction_builder().run_with_retry(5, move |tx| async move {
            attempts.fetch_add(1, Ordering::SeqCst);
            if own { Err(AppError::No) } else { Ok(add(&tx, "a").await.map(drop)?) }
        })
    };
    assert!(matches!(run(true).await, Err(AppError::No)));
    assert_eq!(attempts.load(Ordering::SeqCst), 1);
    let AppError::Wrapped(error) = run(false).await.expect_err("taken") else { panic!("the database's") };
    assert!(error.is_unique_violation() && !error.is_retryable());
    assert_eq!(attempts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_deadlock_is_retried() {
    let (_database, db) = with_counter().await;
    db.execute_sql("INSERT INTO counter VALUES (2, 0)", &[]).await.expect("inserts");
    let (attempts, meeting) = (Arc::new(AtomicU32::new(0)), Arc::new(Barrier::new(2)));
    let cross = |first: i32, second: i32| {
        let (db, attempts, meeting) = (db.clone(), Arc::clone(&attempts), Arc::clone(&meeting));
        tokio::spawn(async move {
            db.transaction_builder()
                .run_with_retry(5, |tx| {
                    let (attempts, meeting) = (Arc::clone(&attempts), Arc::clone(&meeting));
                    async move {
                        let waits = attempts.fetch_add(1, Ordering::SeqCst) < 2;
                        tx.execute_sql("UPDATE counter SET n = n + 1 WHERE id = $1", &[&first]).await?;
                        if waits {
                            meeting.wait().await;
                        }
                        tx.execute_sql("UPDATE counter SET n = n + 1 WHERE id = $1", &[&second]).await?;
                        Ok::<(), Error>(())
                    }
                })
                .await
        })
    };
    let (one, two) = tokio::join!(cross(1, 2), cross(2, 1));
    one.expect("runs").expect("commits");
    two.expect("runs").expect("commits");
    assert!(attempts.load(Ordering::SeqCst) >= 3, "they collided");
}

/// A proxy that closes the connection when the client sends COMMIT, before or after forwarding it.
async fn cut_at_commit(url: &str, pass_on: bool) -> String {
    let config: tokio_postgres::Config = url.parse().expect("a URL");
    let Some(tokio_postgres::config::Host::Unix(folder)) = config.get_hosts().first() else {
        panic!("tests run over a socket")
    };
    let socket = folder.join(format!(".s.PGSQL.{}", config.get_ports().first().copied().unwrap_or(5432)));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = UnixStream::connect(&socket).await.expect("the server answers");
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.split();
                let (mut from_server, mut to_server) = server.split();
                let answers = tokio::io::copy(&mut from_server, &mut to_client);
                let requests = async {
                    let mut buffer = [0; 8192];
                    while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
                        let commits = buffer[..length].windows(6).any(|window| window == b"COMMIT");
                        if commits && !pass_on {
                            return;
                        }
                        to_server.write_all(&buffer[..length]).await.expect("passes on");
                        if commits {
                            return;
                        }
                    }
                };
                tokio::select! { _ = answers => {}, () = requests => {} }
            });
        }
    });
    let name = config.get_dbname().expect("a database");
    format!("postgres://postgres@127.0.0.1:{port}/{name}?sslmode=disable")
}

#[tokio::test]
async fn a_connection_lost_at_commit_is_an_unknown_outcome_and_never_retried() {
    let (database, db) = shop_db().await;
    for (pass_on, email) in [(false, "lost"), (true, "kept")] {
        let cut = Db::connect(&cut_at_commit(database.url(), pass_on).await).await.expect("connects");
        let attempts = AtomicU32::new(0);
        let error = cut
            .transaction_builder()
            .run_with_retry(5, |tx| {
                attempts.fetch_add(1, Ordering::SeqCst);
                async move { add(&tx, email).await.map(drop) }
            })
            .await
            .expect_err("the connection is lost");
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error:?}");
        assert!(!error.is_retryable());
        assert_eq!(attempts.load(Ordering::SeqCst), 1);
    }
    for _ in 0..100 {
        if emails(&db).await == ["kept"] {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the outcomes differ: {:?}", emails(&db).await);
}

#[tokio::test]
async fn a_connection_lost_before_commit_wrote_nothing() {
    let (_database, db) = shop_db().await;
    let kill = "SELECT pg_terminate_backend(pg_backend_pid())";
    let error = db
        .transaction(|tx| async move {
            add(&tx, "x").await?;
            tx.execute_sql(kill, &[]).await.map(drop)
        })
        .await
        .expect_err("killed");
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.is_retryable());
    let error = db.execute_sql(kill, &[]).await.expect_err("killed");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "raw SQL could have written");
    assert!(emails(&db).await.is_empty(), "the pool has other connections");
}

schemata::query! {
    fn read_as_they_come() -> Stream<uuid::Uuid> = "SELECT {Customer::id} FROM {Customer}";

    fn changed_as_they_come() -> Stream<uuid::Uuid> = "UPDATE {Customer} SET {Customer::phone} = '1' RETURNING {Customer::id}";
}

/// Waits until a backend waits for a lock, and ends it.
async fn end_the_waiting(client: &tokio_postgres::Client) {
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE wait_event_type = 'Lock' AND datname = current_database()";
    while client.query(end, &[]).await.expect("reads").is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn only_a_read_is_retryable_after_its_connection_was_lost() {
    let (database, db) = shop_db().await;
    add(&db, "x").await.expect("inserts");
    let (holder, client) = (connect(database.url()).await, connect(database.url()).await);
    // Known statements wait for the lock after they were sent.
    assert_eq!(read_as_they_come(&db).await.expect("reads").try_collect::<Vec<_>>().await.expect("reads").len(), 1);
    holder.batch_execute("BEGIN; LOCK TABLE customers").await.expect("locks");
    let ended = sql!(bool, "pg_terminate_backend(pg_backend_pid())");
    let read = async { read_as_they_come(&db).await?.try_next().await };
    let (read, ()) = tokio::join!(read, end_the_waiting(&client));
    let read = read.expect_err("ended");
    assert!(matches!(read, Error::Database { sent: true, .. }), "{read:?}");
    assert_eq!((read.kind(), read.is_retryable()), (ErrorKind::Connection, true), "{read:?}");
    holder.batch_execute("ROLLBACK; BEGIN; UPDATE customers SET phone = '2'").await.expect("locks the row");
    let changed = async { changed_as_they_come(&db).await?.try_next().await };
    let (changed, ()) = tokio::join!(changed, end_the_waiting(&client));
    holder.batch_execute("ROLLBACK").await.expect("unlocks");
    let calling = || Customer::select().filter(ended.clone());
    let failures = [
        ("stream", changed.map(drop)),
        ("fetch", calling().fetch(&db).await.map(drop)),
        ("count", calling().count(&db).await.map(drop)),
        ("exists", calling().exists(&db).await.map(drop)),
    ];
    for (call, failed) in failures {
        let error = failed.expect_err("ended");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::OutcomeUnknown, false), "{call}: {error:?}");
    }
}
