//! Behind PgBouncer in transaction mode: nothing named, nothing left behind, and all the same answers.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use schemata::testing::TestDatabase;
use schemata::{Db, Error, ErrorKind, Executor, PgEnum, Pooler, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::label::Label;
use schemata_tests::process::{Folder, Server, free_port};
use schemata_tests::runtime::{add, emails, shop_database};
use schemata_tests::shop::first::Customer;
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::config::Host;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PgEnum)]
#[column(name = "mood")]
enum Mood {
    Calm,
    Wild,
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "pets")]
struct Pet {
    #[column(primary_key, sql_type = "citext")]
    name: String,
    mood: Mood,
    #[column(default_sql = "'{}'")]
    moods: Vec<Mood>,
}

/// A database, and a PgBouncer in front of it with two server connections.
struct Bounced {
    database: TestDatabase,
    _bouncer: Server,
    _folder: Folder,
    url: String,
}

/// Where PgBouncer is. A machine without it skips these tests, and says so; CI installs it, and fails without.
fn program() -> Option<&'static Path> {
    const PLACES: [&str; 4] =
        ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"];
    let found = PLACES.iter().map(Path::new).find(|path| path.exists());
    assert!(found.is_some() || std::env::var_os("CI").is_none(), "CI installs PgBouncer");
    if found.is_none() {
        eprintln!("skipped, as it needs PgBouncer: apt-get install pgbouncer, or brew install pgbouncer");
    }
    found
}

async fn bounced() -> Option<Bounced> {
    let program = program()?;
    let database = shop_database().await;
    let config: tokio_postgres::Config = database.url().parse().expect("a URL");
    let (host, port) = match config.get_hosts().first().expect("a host") {
        Host::Tcp(name) => (name.clone(), config.get_ports().first().copied().unwrap_or(5432)),
        Host::Unix(path) => (path.display().to_string(), config.get_ports().first().copied().unwrap_or(5432)),
    };
    let (folder, own) = (Folder::create("pgbouncer"), free_port());
    let ini = folder.write(
        "pgbouncer.ini",
        &format!(
            "[databases]\n* = host={host} port={port} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {own}\nunix_socket_dir =\nauth_type = any\nadmin_users = postgres\npool_mode = transaction\ndefault_pool_size = 2\n\
             logfile = {}/log\n",
            folder.path().display()
        ),
    );
    let mut command = Command::new(program);
    command.arg("-q").arg(ini);
    let bouncer = Server::start(command, own).await;
    let name = config.get_dbname().expect("a database").to_owned();
    Some(Bounced {
        database,
        _bouncer: bouncer,
        _folder: folder,
        url: format!("postgres://postgres@127.0.0.1:{own}/{name}"),
    })
}

impl Bounced {
    async fn db(&self, connections: usize) -> Db {
        let builder = Db::builder(&self.url).max_connections(connections).pooler(Pooler::Transaction);
        builder.connect().await.expect("connects")
    }

    /// The connections of the application to the pooler, as the pooler tells them apart.
    async fn clients(&self) -> BTreeSet<String> {
        let console = connect(&self.url.replace(self.url.rsplit('/').next().expect("a name"), "pgbouncer")).await;
        let shown = console.simple_query("SHOW CLIENTS").await.expect("shows");
        let rows = shown.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let ours = rows.filter(|row| row.get("database") != Some("pgbouncer"));
        ours.map(|row| format!("{:?}", (row.get("ptr"), row.get("port"), row.get("connect_time")))).collect()
    }

    /// Statements left on either of the server connections.
    async fn leftovers(&self, db: &Db) -> i64 {
        let look = || {
            db.transaction(|tx| async move {
                // Long enough for the other to take the other connection.
                tx.execute_sql("SELECT pg_sleep(0.3)", &[]).await?;
                // The query itself is unnamed, and so not in the list.
                let left = "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''";
                Ok::<_, Error>(tx.query_as::<(i64,)>(left, &[]).fetch_one().await?.0)
            })
        };
        let (one, two) = tokio::try_join!(look(), look()).expect("reads");
        one + two
    }
}

async fn work(db: Db, worker: u32) -> schemata::Result<()> {
    for round in 0..25 {
        let email = format!("{worker}-{round}");
        let row = add(&db, &email).await?;
        assert_eq!(Customer::find_by_email(&db, email.as_str()).await?.expect("just added").id, row.id);
        db.transaction(|tx| async move {
            let undone: schemata::Result<()> = tx
                .transaction(|tx| async move {
                    Customer::delete(&tx, row.id).await?;
                    Err(Error::TransactionEnded)
                })
                .await;
            assert!(undone.is_err());
            let kept = Customer::find(&tx, row.id).await?;
            assert!(kept.is_some());
            Ok::<(), Error>(())
        })
        .await?;
        let found = Customer::select().filter(Customer::email.eq(email.as_str())).limit(1).fetch(&db).await?;
        assert_eq!(found.len(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn many_clients_share_two_connections_and_leave_nothing() {
    let Some(it) = bounced().await else { return };
    let db = it.db(8).await;
    let workers: Vec<_> = (0..8).map(|worker| tokio::spawn(work(db.clone(), worker))).collect();
    for worker in workers {
        worker.await.expect("runs").expect("works");
    }
    assert_eq!(emails(&db).await.len(), 200);
    assert_eq!(it.leftovers(&db).await, 0);
}

#[tokio::test]
async fn many_rows_are_written_there_too() {
    let Some(it) = bounced().await else { return };
    let db = it.db(4).await;
    let rows = |prefix: &'static str| {
        (0..300).map(move |at| Customer::insert().email(format!("{prefix}{at}")).full_name("of many"))
    };
    assert_eq!(Customer::insert_many(rows("a")).exec(&db).await.expect("inserts"), 300);
    let inserted = db.transaction(|tx| async move { Customer::insert_many(rows("b")).exec(&tx).await });
    assert_eq!(inserted.await.expect("inserts"), 300);
    let upserted =
        Customer::upsert_many(rows("b"), Customer::by_email).update_given().fetch(&db).await.expect("upserts");
    let keys: Vec<_> = upserted.iter().map(|customer| customer.id).collect();
    assert_eq!(Customer::delete_many(keys).exec(&db).await.expect("deletes"), 300);
    assert_eq!(emails(&db).await.len(), 300);
    assert_eq!(it.leftovers(&db).await, 0);
}

#[tokio::test]
async fn the_driver_alone_breaks_there() {
    let Some(it) = bounced().await else { return };
    let (first, second) = (connect(&it.url).await, connect(&it.url).await);
    // One of the two server connections is busy, so the other client's statement moves to where it is not known.
    let statement = first.prepare("SELECT 1").await.expect("prepares");
    let mut broke = false;
    for _ in 0..2 {
        second.batch_execute("BEGIN").await.expect("begins");
        broke |= first.query(&statement, &[]).await.is_err();
        second.batch_execute("COMMIT").await.expect("commits");
        first.batch_execute("BEGIN").await.expect("begins");
        broke |= second.query("SELECT 1", &[]).await.is_err();
        first.batch_execute("COMMIT").await.expect("commits");
        let other = connect(&it.url).await;
        other.batch_execute("BEGIN; SELECT 1").await.expect("begins");
        broke |= first.query(&statement, &[]).await.is_err();
        second.batch_execute("BEGIN").await.expect("begins");
        other.batch_execute("COMMIT").await.expect("commits");
        broke |= first.query(&statement, &[]).await.is_err();
        second.batch_execute("COMMIT").await.expect("commits");
    }
    assert!(broke, "else these tests prove nothing");
}

#[tokio::test]
async fn timeouts_hold_in_transactions_and_sessions_are_left_alone() {
    let Some(it) = bounced().await else { return };
    let db = Db::builder(&it.url)
        .pooler(Pooler::Transaction)
        .statement_timeout(Duration::from_millis(100))
        .connect()
        .await
        .expect("connects");
    let slow = db.transaction(|tx| async move { tx.execute_sql("SELECT pg_sleep(9)", &[]).await.map(drop) }).await;
    assert_eq!(slow.expect_err("takes too long").kind(), ErrorKind::Cancelled);
    let outside = db.query_as::<(String,)>("SELECT current_setting('statement_timeout')", &[]).await.expect("reads");
    assert_eq!(outside, [("0".to_owned(),)], "nothing stays on the server's connection");
    assert!(matches!(db.execute_sql("SET work_mem = '1MB'", &[]).await, Err(Error::SessionState)));
}

#[tokio::test]
async fn types_of_the_users_own_are_found_again() {
    let Some(it) = bounced().await else { return };
    let client = connect(it.database.url()).await;
    let tables = "CREATE TYPE mood AS ENUM ('calm'); CREATE TYPE size AS ENUM ('big'); CREATE TABLE t (m mood, s size);
                  INSERT INTO t VALUES ('calm', 'big')";
    client.batch_execute(tables).await.expect("creates");
    let db = it.db(1).await;
    // All looking up is done after the first two rounds, and the application's connection stays.
    let mut settled = BTreeSet::new();
    for round in 0..10 {
        // The next statement has to take the other server connection, and so on in turn.
        let busy = connect(&it.url).await;
        if round == 3 {
            settled = it.clients().await;
        }
        busy.batch_execute("BEGIN").await.expect("begins");
        let (mood, size) = ("SELECT m FROM t WHERE m = $1", "SELECT s FROM t WHERE s = $1");
        for (sql, label) in [(mood, "calm"), (size, "big")] {
            let label = Label(label.to_owned());
            let found = db.query_as::<Label>(sql, &[&label]).await.unwrap_or_else(|error| panic!("{round}: {error:?}"));
            assert_eq!(found, [label], "{round}");
        }
    }
    let kept: Vec<_> = settled.intersection(&it.clients().await).cloned().collect();
    assert!(!kept.is_empty(), "{settled:?}");
    assert_eq!(it.leftovers(&db).await, 0);
}

/// Batches whose keys PostgreSQL has to compare, and whose values have types of the database's own.
async fn pets(db: Db, worker: u32) -> schemata::Result<()> {
    for round in 0..10 {
        let name = |n: u32| format!("{worker}-{round}-{n}x");
        let pet = |n: u32| Pet::insert().name(name(n)).mood(Mood::Calm).moods(vec![Mood::Wild]);
        assert_eq!(Pet::insert_many((0..120).map(pet)).exec(&db).await?, 120);
        let wild = (0..120).rev().map(|n| Pet::update(name(n).to_uppercase()).mood(Mood::Wild));
        let changed = Pet::update_many(wild).returning(Pet::mood).exec(&db).await?;
        assert_eq!(changed, vec![Mood::Wild; 120]);
        let again = (0..121).map(|n| Pet::insert().name(name(n).to_uppercase()).mood(Mood::Calm));
        assert_eq!(Pet::upsert_many(again, Pet::primary_key()).update_given().exec(&db).await?, 121);
        let mine = Pet::select().filter(Pet::mood.is_in([Mood::Calm])).filter(Pet::name.starts_with(&name(120)));
        assert_eq!(mine.count(&db).await?, 1);
    }
    Ok(())
}

#[tokio::test]
async fn batches_of_the_users_own_types_go_through_as_well() {
    let Some(it) = bounced().await else { return };
    let tables = "CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('calm', 'wild');
                  CREATE TABLE pets (name citext PRIMARY KEY, mood mood NOT NULL, moods mood[] NOT NULL DEFAULT '{}')";
    connect(it.database.url()).await.batch_execute(tables).await.expect("creates");
    let db = it.db(4).await;
    let workers: Vec<_> = (0..4).map(|worker| tokio::spawn(pets(db.clone(), worker))).collect();
    for worker in workers {
        worker.await.expect("runs").expect("works");
    }
    assert_eq!(Pet::select().count(&db).await.expect("counts"), 4 * 10 * 121);
    assert_eq!(it.leftovers(&db).await, 0);
}

#[tokio::test]
async fn the_migrator_refuses_a_pooler_and_leaves_no_lock() {
    use schemata::migrate::{MigrateError, Migrator};
    use schemata_tests::shop::{self, INITIAL, STATUS};

    let Some(it) = bounced().await else { return };
    // Clients of the pooler that come and go, so that it deals out more than one server connection.
    let busy: Vec<_> = (0..4)
        .map(|_| {
            let url = it.url.clone();
            tokio::spawn(async move {
                let client = connect(&url).await;
                for _ in 0..200 {
                    client.simple_query("SELECT pg_sleep(0.002)").await.expect("runs");
                }
            })
        })
        .collect();
    let mut refused = 0;
    for tenant in 0..10 {
        let schema = schemata::Ident::new(format!("tenant_{tenant}")).expect("short");
        let outcome = Migrator::new(shop::set(&[INITIAL, STATUS])).schema(schema).run(&it.url).await;
        match outcome {
            Err(MigrateError::Pooler) => refused += 1,
            Err(other) => panic!("{other}"),
            // One server connection served the whole run: as good as a direct one.
            Ok(_) => {}
        }
    }
    for task in busy {
        task.await.expect("no panic");
    }
    let direct = connect(it.database.url()).await;
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let left: i64 = direct.query_one(locks, &[]).await.expect("one row").get(0);
    assert_eq!(left, 0, "refused {refused} times");
}
