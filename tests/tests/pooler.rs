//! Behind PgBouncer in transaction mode: no named statements, nothing left in sessions, and the same results.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::time::Duration;

use schemata::testing::TestDatabase;
use schemata::{Db, Error, ErrorKind, Executor, PgEnum, Pooler, TableModel};
use schemata_tests::bouncer::Bouncer;
use schemata_tests::catalog::{connect, one};
use schemata_tests::label::Label;
use schemata_tests::runtime::{add, emails, shop_database};
use schemata_tests::shop::first::Customer;
use tokio_postgres::SimpleQueryMessage;

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
    _bouncer: Bouncer,
    url: String,
}

async fn bounced() -> Option<Bounced> {
    let database = shop_database().await;
    let bouncer = Bouncer::start(database.url(), "pool_mode = transaction").await?;
    let url = bouncer.url().to_owned();
    Some(Bounced { database, _bouncer: bouncer, url })
}

impl Bounced {
    async fn db(&self, connections: usize) -> Db {
        let builder = Db::builder(&self.url).max_connections(connections).pooler(Pooler::Transaction);
        builder.connect().await.expect("connects")
    }

    /// The application's connections to the pooler, by the pooler's identifiers.
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

    /// Looks at both server connections.
    async fn is_clean(&self, after: &str) {
        let (one, two) = (connect(&self.url).await, connect(&self.url).await);
        for client in [&one, &two] {
            client.batch_execute("BEGIN").await.expect("takes a server connection");
        }
        let dirty = "SELECT concat_ws(', ', nullif(current_setting('work_mem'), '4MB'), nullif(current_user, 'postgres'),
                (SELECT min(c) FROM pg_listening_channels() c), (SELECT 'lock' FROM pg_locks WHERE locktype = 'advisory' LIMIT 1),
                (SELECT 'table' WHERE to_regclass('pg_temp.leak') IS NOT NULL),
                (SELECT min(name) FROM pg_prepared_statements WHERE from_sql))";
        for client in [&one, &two] {
            let found = client.simple_query(dirty).await.expect("reads");
            let found = found.iter().find_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0),
                _ => None,
            });
            assert_eq!(found, Some(""), "after {after}");
        }
    }

    /// Returns the prepared statements left on either server connection.
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
    // One of the two server connections is busy, so the other client's statement moves to the one where it is not
    // prepared.
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
    let outside = one::<String>(&connect(&it.url).await, "SELECT current_setting('statement_timeout')").await;
    assert_eq!(outside, "0", "nothing stays on the server's connection");
    assert!(matches!(db.execute_sql("SET work_mem = '1MB'", &[]).await, Err(Error::SessionState)));
}

/// Changes that raw SQL makes to the session although its words do not show them, on each of the server's connections.
#[tokio::test]
async fn what_raw_sql_hides_does_not_stay_on_the_servers_connections() {
    let Some(it) = bounced().await else { return };
    let function = "
        CREATE FUNCTION sneaky() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            SET work_mem = '7MB'; LISTEN news; PERFORM pg_advisory_lock(7); CREATE TEMP TABLE leak (a int);
            EXECUTE 'PREPARE leak AS SELECT 1'; SET ROLE pg_monitor;
        END $$";
    connect(it.database.url()).await.batch_execute(function).await.expect("creates");
    let hidden = [
        "SELECT sneaky()",
        "DO $$ BEGIN PERFORM sneaky(); END $$",
        "UPDATE pg_settings SET setting = '7MB' WHERE name = 'work_mem'",
    ];
    let db = it.db(2).await;
    for sql in hidden {
        db.execute_sql(sql, &[]).await.expect(sql);
        it.is_clean(sql).await;
        db.query_as::<(i32,)>("SELECT 1 FROM sneaky()", &[]).fetch_one().await.expect(sql);
        it.is_clean(sql).await;
        db.transaction(|tx| async move { tx.execute_sql(sql, &[]).await.map(drop) }).await.expect(sql);
        it.is_clean(sql).await;
        let undone: schemata::Result<()> =
            db.transaction(|tx| async move { tx.execute_sql(sql, &[]).await.and(Err(Error::TransactionEnded)) }).await;
        assert!(matches!(undone, Err(Error::TransactionEnded)), "{undone:?}");
        it.is_clean(sql).await;
    }
    add(&db, "a").await.expect("writes");
    let vacuum = db.execute_sql("VACUUM customers", &[]).await.expect_err("raw SQL has a transaction there");
    assert_eq!(vacuum.sqlstate(), Some("25001"));
}

#[tokio::test]
async fn types_of_the_users_own_are_found_again() {
    let Some(it) = bounced().await else { return };
    let client = connect(it.database.url()).await;
    let tables = "CREATE TYPE mood AS ENUM ('calm'); CREATE TYPE size AS ENUM ('big'); CREATE TABLE t (m mood, s size);
                  INSERT INTO t VALUES ('calm', 'big')";
    client.batch_execute(tables).await.expect("creates");
    let db = it.db(1).await;
    // All type look-ups are done after the first two rounds, and the application's connection stays open.
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

/// Batches whose keys PostgreSQL has to compare, and whose values have types defined in the database.
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
        let mine = Pet::select().filter(Pet::mood.is_in([Mood::Calm])).filter(Pet::name.starts_with(name(120)));
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
