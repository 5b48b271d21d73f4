//! Every call, dropped at every poll: later calls get their own answers, and nothing is half done, left open or lost.
#![allow(clippy::large_futures, reason = "a future that is dropped at each of its polls is not moved")]

use std::time::Duration;

use schemata::model::Write;
use schemata::{Db, Error, ErrorKind, Executor, RawSql, TableModel, Tx};
use schemata_tests::catalog::{connect, one};
use schemata_tests::library::{Author, Book, author, book, library};
use schemata_tests::polls::{Moment, at_every_poll, poll_at_most};
use schemata_tests::warehouse::{Shelf, warehouse};
use tokio_postgres::Client;

/// The number of rows that a batch writes.
const ROWS: i32 = 6;

/// Rows 1 to 5 exist before; a call works on rows numbered from 1,000 times its attempt's number.
fn shelf(aisle: i32) -> impl schemata::model::Insertable<Model = Shelf> {
    Shelf::insert().aisle(aisle).level("x").amount(0).label(format!("{aisle}"))
}

fn key(aisle: i32) -> (i32, String) {
    (aisle, "x".to_owned())
}

/// Rows of different columns, so that a batch takes several statements, in a transaction of its own.
fn mixed(first: i32) -> Vec<impl schemata::model::Insertable<Model = Shelf>> {
    let row = |aisle| {
        let row = Shelf::insert_from(Shelf::insert().aisle(aisle).level("x").label(format!("{aisle}")));
        if aisle % 2 == 0 { row.amount(0) } else { row }
    };
    (first..first + ROWS).map(row).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Find,
    Select,
    Count,
    Stream,
    RawQuery,
    RawExecute,
    Insert,
    InsertMany,
    InsertManyMixed,
    UpsertManyMixed,
    UpdateManyMixed,
    Delete,
    DeleteMany,
}

impl Call {
    const ALL: [Self; 13] = [
        Self::Find,
        Self::Select,
        Self::Count,
        Self::Stream,
        Self::RawQuery,
        Self::RawExecute,
        Self::Insert,
        Self::InsertMany,
        Self::InsertManyMixed,
        Self::UpsertManyMixed,
        Self::UpdateManyMixed,
        Self::Delete,
        Self::DeleteMany,
    ];

    /// Returns whether it needs existing rows.
    fn changes(self) -> bool {
        matches!(self, Self::UpdateManyMixed | Self::Delete | Self::DeleteMany)
    }

    async fn run<E: Executor + ?Sized>(self, on: &E, first: i32) -> schemata::Result<()> {
        let all = first..first + ROWS;
        match self {
            Self::Find => assert_eq!(Shelf::find(on, key(3)).await?.expect("it is there").aisle, 3),
            Self::Select => assert_eq!(Shelf::select().filter(Shelf::aisle.lt(6)).fetch(on).await?.len(), 5),
            Self::Count => assert_eq!(Shelf::select().filter(Shelf::aisle.lt(6)).count(on).await?, 5),
            Self::Stream => {
                let mut rows =
                    Shelf::select().filter(Shelf::aisle.lt(6)).order_by(Shelf::aisle.asc()).stream(on).await?;
                for aisle in 1..=3 {
                    assert_eq!(rows.try_next().await?.expect("it is there").aisle, aisle);
                    tokio::task::yield_now().await;
                }
            }
            Self::RawQuery => {
                let sql = RawSql::from("SELECT aisle FROM shelves WHERE aisle = $1");
                let rows = on.query_as::<(i32,)>(sql, &[&4]).fetch().await?;
                assert_eq!(rows, [(4,)]);
            }
            Self::RawExecute => {
                let sql = "INSERT INTO shelves (aisle, level) SELECT n, 'x' FROM generate_series($1::int, $2::int) n";
                on.execute_sql(RawSql::from(sql), &[&first, &(first + ROWS - 1)]).await?;
            }
            Self::Insert => drop(put(on, first).await?),
            Self::InsertMany => drop(Shelf::insert_many(all.map(shelf)).exec(on).await?),
            Self::InsertManyMixed => drop(Shelf::insert_many(mixed(first)).exec(on).await?),
            Self::UpsertManyMixed => {
                Shelf::upsert_many(mixed(first), Shelf::primary_key()).update_given().exec(on).await?;
            }
            Self::UpdateManyMixed => {
                let change = |aisle: i32| {
                    let change = Shelf::update(key(aisle)).amount(7);
                    if aisle % 2 == 0 { change.label(None) } else { change }
                };
                Shelf::update_many(all.map(change)).exec(on).await?;
            }
            Self::Delete => {
                Shelf::delete(on, key(first)).await?;
            }
            Self::DeleteMany => drop(Shelf::delete_many(all.map(key)).exec(on).await?),
        }
        Ok(())
    }

    /// Returns how many rows another connection sees written, and how many the call has to write.
    async fn done(self, watcher: &Client, first: i32) -> (i64, i64) {
        let all = format!("FROM shelves WHERE aisle BETWEEN {first} AND {}", first + ROWS - 1);
        let rows = i64::from(ROWS);
        match self {
            Self::Find | Self::Select | Self::Count | Self::Stream | Self::RawQuery => (0, 0),
            Self::Insert => (one(watcher, &format!("SELECT count(*) {all}")).await, 1),
            Self::UpdateManyMixed => (one(watcher, &format!("SELECT count(*) {all} AND amount = 7")).await, rows),
            Self::Delete => (rows - one::<i64>(watcher, &format!("SELECT count(*) {all}")).await, 1),
            Self::DeleteMany => (rows - one::<i64>(watcher, &format!("SELECT count(*) {all}")).await, rows),
            _ => (one(watcher, &format!("SELECT count(*) {all}")).await, rows),
        }
    }
}

async fn put(on: &(impl Executor + ?Sized), aisle: i32) -> schemata::Result<Shelf> {
    Shelf::insert().aisle(aisle).level("x").amount(0).label(format!("{aisle}")).exec(on).await
}

/// A database with rows 1 to 5, and a connection that looks at it from outside.
struct Scene {
    _database: schemata::testing::TestDatabase,
    url: String,
    watcher: Client,
    next: std::cell::Cell<i32>,
}

impl Scene {
    async fn new() -> Self {
        let (database, db) = warehouse().await;
        Shelf::insert_many((1..=5).map(shelf)).exec(&db).await.expect("inserts");
        let (url, watcher) = (database.url().to_owned(), connect(database.url()).await);
        Self { _database: database, url, watcher, next: std::cell::Cell::new(1_000) }
    }

    async fn db(&self) -> Db {
        Db::builder(&self.url).max_connections(1).connect().await.expect("connects")
    }

    /// Returns the first of 1,000 row numbers that nobody has used.
    fn first(&self) -> i32 {
        self.next.replace(self.next.get() + 1_000)
    }

    /// Waits until the other connections have nothing under way, and nothing open.
    async fn settled(&self, what: &str) {
        let busy = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
        for _ in 0..500 {
            if one::<i64>(&self.watcher, busy).await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let left: Vec<String> = self
            .watcher
            .query("SELECT state || ': ' || query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()", &[])
            .await
            .expect("reads")
            .iter()
            .map(|row| row.get(0))
            .collect();
        panic!("{what}: something is left open: {left:?}");
    }

    /// Checks that each answer is its own, and that what is reported as written is visible from outside.
    async fn works(&self, on: &(impl Executor + ?Sized), what: &str) {
        for aisle in 1..=5 {
            let row = Shelf::get(on, key(aisle)).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
            assert_eq!((row.aisle, row.label), (aisle, Some(aisle.to_string())), "{what}");
        }
        let first = self.first();
        put(on, first).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let seen: i64 = one(&self.watcher, &format!("SELECT count(*) FROM shelves WHERE aisle = {first}")).await;
        assert_eq!(seen, 1, "{what}: an insert that returned is committed");
    }

    /// Checks that the call wrote all or nothing, and all if it completed.
    async fn is_whole(&self, call: Call, first: i32, completed: bool, what: &str) {
        let (done, all) = call.done(&self.watcher, first).await;
        assert!(done == all || done == 0 && !completed, "{what}: {done} of {all} rows");
    }
}

async fn every_call_at_every_poll(bare: bool, moments: &[Moment]) {
    let scene = Scene::new().await;
    for (call, moment) in Call::ALL.into_iter().flat_map(|call| moments.iter().map(move |moment| (call, *moment))) {
        let (db, client) = (scene.db().await, connect(&scene.url).await);
        let attempts = at_every_poll(async |polls| {
            let (first, what) =
                (scene.first(), format!("{call:?} dropped {moment:?} after {polls} polls, bare: {bare}"));
            if call.changes() {
                Shelf::insert_many((first..first + ROWS).map(shelf)).exec(&db).await.expect("inserts");
            }
            let output = if bare {
                let output = poll_at_most(call.run(&client, first), polls, moment).await;
                scene.works(&client, &what).await;
                output
            } else {
                let output = poll_at_most(call.run(&db, first), polls, moment).await;
                scene.works(&db, &what).await;
                output
            };
            scene.settled(&what).await;
            scene.is_whole(call, first, output.is_some(), &what).await;
            output.map(|done| done.unwrap_or_else(|error| panic!("{what}: {error:?}"))).is_some()
        })
        .await;
        assert!(attempts > 1, "{call:?} was never dropped half-way");
    }
}

#[tokio::test]
async fn a_call_on_the_pool_dropped_anywhere_harms_no_other() {
    every_call_at_every_poll(false, &Moment::ALL).await;
}

#[tokio::test]
async fn a_call_on_the_drivers_client_dropped_anywhere_harms_no_other() {
    every_call_at_every_poll(true, &Moment::ALL).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_dropped_anywhere_harms_no_other_on_several_threads() {
    every_call_at_every_poll(true, &[Moment::AtOnce]).await;
    every_call_at_every_poll(false, &[Moment::AtOnce]).await;
}

/// Rows written before and after the dropped call, in the same transaction.
async fn around(tx: Tx, call: Call, first: i32, (polls, moment): (usize, Moment)) -> schemata::Result<bool> {
    put(&tx, first + 500).await?;
    let output = poll_at_most(call.run(&tx, first), polls, moment).await;
    put(&tx, first + 501).await?;
    for aisle in 1..=5 {
        assert_eq!(Shelf::get(&tx, key(aisle)).await?.aisle, aisle);
    }
    output.transpose().map(|done| done.is_some())
}

#[tokio::test]
async fn a_call_in_a_transaction_dropped_anywhere_leaves_the_transaction_usable() {
    let scene = Scene::new().await;
    for (call, moment) in Call::ALL.into_iter().flat_map(|call| Moment::ALL.map(|moment| (call, moment))) {
        let db = scene.db().await;
        at_every_poll(async |polls| {
            let (first, what) = (scene.first(), format!("{call:?} dropped {moment:?} after {polls} polls"));
            if call.changes() {
                Shelf::insert_many((first..first + ROWS).map(shelf)).exec(&db).await.expect("inserts");
            }
            let completed = db.transaction(|tx| Box::pin(around(tx, call, first, (polls, moment)))).await;
            let completed = completed.unwrap_or_else(|error| panic!("{what}: {error:?}"));
            let outer = format!("SELECT count(*) FROM shelves WHERE aisle IN ({}, {})", first + 500, first + 501);
            assert_eq!(one::<i64>(&scene.watcher, &outer).await, 2, "{what}: the transaction said that it committed");
            scene.is_whole(call, first, completed, &what).await;
            scene.works(&db, &what).await;
            scene.settled(&what).await;
            completed
        })
        .await;
    }
}

/// A transaction with a nested one and a batch in it: BEGIN, SAVEPOINT, RELEASE and COMMIT are among its polls.
async fn transaction(db: &Db, first: i32) -> schemata::Result<()> {
    db.transaction(|tx| async move {
        put(&tx, first).await?;
        tx.transaction(|tx| async move { put(&tx, first + 1).await.map(drop) }).await?;
        let undone = tx.transaction(|tx| async move {
            put(&tx, first + 100).await?;
            Err::<(), _>(Error::NotFound { table: "nothing" })
        });
        assert!(matches!(undone.await, Err(Error::NotFound { .. })));
        Shelf::insert_many(mixed(first + 2)).exec(&tx).await.map(drop)
    })
    .await
}

#[tokio::test]
async fn a_transaction_dropped_anywhere_is_whole_or_not_at_all_and_leaves_nothing_open() {
    let scene = Scene::new().await;
    for moment in Moment::ALL {
        let db = scene.db().await;
        let attempts = at_every_poll(async |polls| {
            let (first, what) = (scene.first(), format!("a transaction dropped {moment:?} after {polls} polls"));
            let output = poll_at_most(Box::pin(transaction(&db, first)), polls, moment).await;
            scene.works(&db, &what).await;
            scene.settled(&what).await;
            let seen = format!("SELECT count(*) FROM shelves WHERE aisle BETWEEN {first} AND {}", first + 900);
            let seen: i64 = one(&scene.watcher, &seen).await;
            assert!(seen == i64::from(ROWS + 2) || seen == 0 && output.is_none(), "{what}: {seen} rows");
            output.map(|done| done.unwrap_or_else(|error| panic!("{what}: {error:?}"))).is_some()
        })
        .await;
        assert!(attempts > 6, "{attempts} polls: BEGIN, statements, COMMIT");
    }
}

/// A nested transaction dropped at every poll, SAVEPOINT and RELEASE among them, in a transaction that continues.
async fn nested(tx: Tx, first: i32, (polls, moment): (usize, Moment)) -> schemata::Result<bool> {
    put(&tx, first).await?;
    let work = tx.transaction(|tx| async move {
        put(&tx, first + 100).await?;
        tx.transaction(|tx| async move { put(&tx, first + 101).await.map(drop) }).await?;
        Shelf::insert_many(mixed(first + 102)).exec(&tx).await.map(drop)
    });
    let output = poll_at_most(work, polls, moment).await;
    put(&tx, first + 1).await?;
    tx.transaction(|tx| async move { put(&tx, first + 2).await.map(drop) }).await?;
    output.transpose().map(|done| done.is_some())
}

#[tokio::test]
async fn a_nested_transaction_dropped_anywhere_leaves_the_outer_one_to_go_on() {
    let scene = Scene::new().await;
    for moment in Moment::ALL {
        let db = scene.db().await;
        at_every_poll(async |polls| {
            let (first, what) = (scene.first(), format!("a nested transaction dropped {moment:?} after {polls} polls"));
            let completed = Box::pin(db.transaction(|tx| nested(tx, first, (polls, moment)))).await;
            let completed = completed.unwrap_or_else(|error| panic!("{what}: {error:?}"));
            let seen = async |from: i32, to: i32| {
                let sql = format!("SELECT count(*) FROM shelves WHERE aisle BETWEEN {from} AND {to}");
                one::<i64>(&scene.watcher, &sql).await
            };
            assert_eq!(seen(first, first + 99).await, 3, "{what}: the outer work is committed");
            let inner = seen(first + 100, first + 900).await;
            assert!(inner == i64::from(ROWS + 2) || inner == 0 && !completed, "{what}: {inner} rows of the inner one");
            scene.works(&db, &what).await;
            scene.settled(&what).await;
            completed
        })
        .await;
    }
}

#[tokio::test]
async fn a_savepoint_dropped_in_a_failed_transaction_does_not_hide_why_it_failed() {
    let scene = Scene::new().await;
    let db = scene.db().await;
    for moment in Moment::ALL {
        let failed = db.transaction(|tx| async move {
            let _ = put(&tx, 1).await.expect_err("taken");
            let nested = tx.transaction(|_| async { Ok::<(), Error>(()) });
            assert!(poll_at_most(nested, 1, moment).await.is_none());
            Shelf::get(&tx, key(1)).await.map(drop)
        });
        assert_eq!(failed.await.expect_err("it has failed").kind(), ErrorKind::TransactionAborted, "{moment:?}");
        scene.works(&db, "afterwards").await;
    }
}

/// In a transaction that the caller opened on the driver's own client, a batch uses a savepoint.
#[tokio::test]
async fn a_batch_in_the_drivers_own_transaction_dropped_anywhere_leaves_it_to_go_on() {
    let scene = Scene::new().await;
    for (call, moment) in Call::ALL.into_iter().flat_map(|call| Moment::ALL.map(|moment| (call, moment))) {
        let mut client = connect(&scene.url).await;
        at_every_poll(async |polls| {
            let (first, what) = (scene.first(), format!("{call:?} dropped {moment:?} after {polls} polls"));
            if call.changes() {
                Shelf::insert_many((first..first + ROWS).map(shelf)).exec(&client).await.expect("inserts");
            }
            let tx = client.transaction().await.expect("begins");
            put(&tx, first + 500).await.expect("inserts");
            let output = poll_at_most(call.run(&tx, first), polls, moment).await;
            put(&tx, first + 501).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
            tx.commit().await.expect("commits");
            let outer = format!("SELECT count(*) FROM shelves WHERE aisle IN ({}, {})", first + 500, first + 501);
            assert_eq!(one::<i64>(&scene.watcher, &outer).await, 2, "{what}: the transaction is committed");
            scene.is_whole(call, first, output.is_some(), &what).await;
            scene.works(&client, &what).await;
            scene.settled(&what).await;
            output.map(|done| done.unwrap_or_else(|error| panic!("{what}: {error:?}"))).is_some()
        })
        .await;
    }
}

/// The books of all authors, loaded through the relation.
async fn books(on: &(impl Executor + ?Sized)) -> schemata::Result<usize> {
    let authors = Author::select().order_by(Author::id.asc()).fetch(on).await?;
    let books = Book::AUTHOR_ID_FKEY.children_of(&authors).fetch(on).await?;
    Ok(books.rows().len())
}

async fn loading_at_every_poll(on: &(impl Executor + ?Sized), moment: Moment) {
    at_every_poll(async |polls| {
        let loaded = poll_at_most(books(on), polls, moment).await;
        for id in 1..=3 {
            let name = Author::get(on, id).await.expect("finds").name;
            assert_eq!(name, format!("author {id}"), "{moment:?} after {polls} polls");
        }
        loaded.is_some_and(|books| books.expect("loads") == 3)
    })
    .await;
}

#[tokio::test]
async fn loading_along_relations_dropped_anywhere_mixes_up_no_answers() {
    let (database, db) = library().await;
    for id in 1..=3 {
        author(&db, id, &format!("author {id}")).await;
        book(&db, id, &format!("book {id}"), id).await;
    }
    for moment in Moment::ALL {
        let db = Db::builder(database.url()).max_connections(1).connect().await.expect("connects");
        loading_at_every_poll(&db, moment).await;
        loading_at_every_poll(&connect(database.url()).await, moment).await;
    }
}
