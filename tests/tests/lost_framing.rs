//! A surplus message on the wire, after which answers could go to the wrong request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use schemata::{Db, Error, ErrorKind, Executor, TableModel};
use schemata_tests::catalog::{connect, one};
use schemata_tests::warehouse::{Shelf, warehouse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// `ReadyForQuery`, outside a transaction: the server sends it once per request.
const READY: [u8; 6] = [b'Z', 0, 0, 0, 5, b'I'];

/// `BindComplete`, which never comes after a row.
const BIND_COMPLETE: [u8; 5] = [b'2', 0, 0, 0, 4];

/// A proxy to a database that inserts one `ReadyForQuery` too many before one of the answers, or a `BindComplete` after
/// a row.
struct Surplus {
    url: String,
    /// The number of answers before it is inserted; 0: it is not inserted.
    after: Arc<AtomicUsize>,
    /// Whether to insert a `BindComplete` after the next row.
    within_rows: Arc<AtomicBool>,
}

impl Surplus {
    async fn before(url: &str) -> Self {
        let config: Config = url.parse().expect("a URL");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let (port, after) = (listener.local_addr().expect("bound").port(), Arc::new(AtomicUsize::new(0)));
        let within_rows = Arc::new(AtomicBool::new(false));
        let (user, name) = (config.get_user().unwrap_or("postgres"), config.get_dbname().expect("a database"));
        let through = format!("postgres://{user}@127.0.0.1:{port}/{name}?sslmode=disable");
        let (counter, rows) = (Arc::clone(&after), Arc::clone(&within_rows));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (config, counter, rows) = (config.clone(), Arc::clone(&counter), Arc::clone(&rows));
                tokio::spawn(async move {
                    let port = config.get_ports().first().copied().unwrap_or(5432);
                    match config.get_hosts().first().expect("a host") {
                        Host::Tcp(host) => {
                            let server = TcpStream::connect((host.as_str(), port)).await.expect("the server answers");
                            carry(client, server, &counter, &rows).await;
                        }
                        Host::Unix(path) => {
                            let socket = path.join(format!(".s.PGSQL.{port}"));
                            let server = UnixStream::connect(socket).await.expect("the server answers");
                            carry(client, server, &counter, &rows).await;
                        }
                    }
                });
            }
        });
        Self { url: through, after, within_rows }
    }
}

/// The server sends each answer at once, so each read begins at the beginning of a message.
async fn carry<S>(mut client: TcpStream, server: S, after: &AtomicUsize, within_rows: &AtomicBool)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite,
{
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.split(), tokio::io::split(server));
    let requests = tokio::io::copy(&mut from_client, &mut to_server);
    let answers = async {
        let mut answer = [0; 8192];
        while let Ok(length @ 1..) = from_server.read(&mut answer).await {
            let comes = after.load(Ordering::SeqCst) == 1;
            let _ = after.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            let row = after_first_row(&answer[..length]).filter(|_| within_rows.swap(false, Ordering::SeqCst));
            let (head, rest) = answer[..length].split_at(row.unwrap_or(length));
            let inserted: &[u8] = if row.is_some() { &BIND_COMPLETE } else { &[] };
            if comes && to_client.write_all(&READY).await.is_err()
                || to_client.write_all(&[head, inserted, rest].concat()).await.is_err()
            {
                return;
            }
        }
    };
    tokio::select! {
        _ = requests => {}
        () = answers => {}
    }
}

/// Returns the position after the first `DataRow` of an answer.
fn after_first_row(answer: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some((kind, rest)) = answer.get(at..).and_then(<[u8]>::split_first) {
        let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
        at += 1 + length;
        if *kind == b'D' {
            return (at <= answer.len()).then_some(at);
        }
    }
    None
}

fn shelf(aisle: i32) -> impl schemata::model::Insertable<Model = Shelf> {
    Shelf::insert().aisle(aisle).level("x").label(format!("{aisle}"))
}

async fn find(on: &(impl Executor + ?Sized), aisle: i32) -> schemata::Result<()> {
    let row = Shelf::get(on, (aisle, "x".to_owned())).await?;
    assert_eq!((row.aisle, row.label), (aisle, Some(aisle.to_string())), "a row of another request");
    Ok(())
}

async fn write(db: &Db, first: i32) -> schemata::Result<u64> {
    Shelf::insert_many((first..first + 3).map(shelf)).exec(db).await
}

async fn transaction(db: &Db, first: i32) -> schemata::Result<u64> {
    db.transaction(|tx| async move {
        let rows = Shelf::insert_many((first..first + 2).map(shelf)).exec(&tx).await?;
        let nested = tx.transaction(|tx| async move { Shelf::insert_many([shelf(first + 2)]).exec(&tx).await });
        Ok::<_, Error>(rows + nested.await?)
    })
    .await
}

/// Work that continues after errors; each row that it gets must still be the one that it asked for.
async fn stubborn(db: &Db, first: i32) -> schemata::Result<u64> {
    db.transaction(|tx| async move {
        let mut rows = 0;
        for aisle in 1..=3 {
            let _ = find(&tx, aisle).await;
            rows += Shelf::insert_many([shelf(first + aisle)]).exec(&tx).await.unwrap_or(0);
            let _ = find(&tx, aisle + 2).await;
        }
        Ok::<_, Error>(rows)
    })
    .await
}

/// Work that fails at its end.
async fn refused(db: &Db, first: i32) -> schemata::Result<u64> {
    let refused = db
        .transaction(|tx| async move {
            tx.execute_sql("INSERT INTO refusing VALUES (1)", &[]).await?;
            Shelf::insert_many([shelf(first)]).exec(&tx).await
        })
        .await;
    match refused {
        Ok(_) => panic!("what is refused at COMMIT is not committed"),
        Err(error) if error.kind() == ErrorKind::Raised => Ok(0),
        Err(error) => Err(error),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_surplus_answer_is_noticed_and_closes_the_connection() {
    let (database, db) = warehouse().await;
    Shelf::insert_many((1..=5).map(shelf)).exec(&db).await.expect("inserts");
    let (direct, surplus) = (connect(database.url()).await, Surplus::before(database.url()).await);
    let refusing = "
        CREATE TABLE refusing (a int); CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
        CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON refusing DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION refuse()";
    direct.batch_execute(refusing).await.expect("creates");
    let mut noticed = [0; 4];
    for (after, way) in (1..=12).flat_map(|after| (0..4).map(move |way| (after, way))) {
        let db = Db::builder(&surplus.url).max_connections(1).connect().await.expect("connects");
        for aisle in 1..=5 {
            find(&db, aisle).await.expect("finds");
        }
        let first = i32::try_from(after * 10 + way).expect("small") * 1_000;
        surplus.after.store(after, Ordering::SeqCst);
        let written = match way {
            0 => write(&db, first).await,
            1 => transaction(&db, first).await,
            2 => stubborn(&db, first).await,
            _ => refused(&db, first).await,
        };
        let mut errors = Vec::new();
        for aisle in 1..=5 {
            errors.extend(find(&db, aisle).await.err());
        }
        let sql = format!("SELECT count(*) FROM shelves WHERE aisle BETWEEN {first} AND {}", first + 900);
        match written {
            Ok(rows) => assert_eq!(one::<i64>(&direct, &sql).await, i64::try_from(rows).expect("few"), "{after} {way}"),
            Err(error) => errors.push(error),
        }
        for error in errors {
            let is_lost = matches!(error.kind(), ErrorKind::Connection | ErrorKind::OutcomeUnknown);
            assert!(is_lost || matches!(error, Error::TransactionEnded), "{after} {way}: {error:?}");
            noticed[way] += 1;
        }
        surplus.after.store(0, Ordering::SeqCst);
        for aisle in 1..=5 {
            find(&db, aisle).await.expect("another connection");
        }
    }
    assert!(noticed.iter().all(|times| *times > 2), "{noticed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_in_a_transaction_closes_the_connection_at_an_unexpected_message() {
    let (database, db) = warehouse().await;
    Shelf::insert_many((1..=5).map(shelf)).exec(&db).await.expect("inserts");
    let surplus = Surplus::before(database.url()).await;
    let db = Db::builder(&surplus.url).max_connections(1).connect().await.expect("connects");
    let within_rows = Arc::clone(&surplus.within_rows);
    let outcome = db
        .transaction(|tx| async move {
            within_rows.store(true, Ordering::SeqCst);
            let mut rows = Shelf::select().stream(&tx).await?;
            assert!(rows.try_next().await?.is_some(), "the row before it");
            let error = rows.try_next().await.expect_err("an unexpected message");
            assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
            // The connection is not used again: nothing shows which request the next answer belongs to.
            let next = Shelf::select().count(&tx).await.expect_err("the connection is closed");
            assert_eq!(next.kind(), ErrorKind::Connection, "{next:?}");
            Ok::<_, Error>(())
        })
        .await;
    assert_eq!(outcome.expect_err("it cannot be committed").kind(), ErrorKind::Connection);
    find(&db, 1).await.expect("another connection");
}
