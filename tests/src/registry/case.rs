//! A registry of random rows on which queries are compared with SQL written by hand, row by row, and counted: each must be one
//! statement.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use schemata::query::{Select, Standalone, Ungrouped};
use schemata::testing::TestDatabase;
use schemata::tokio_postgres::types::ToSql;
use schemata::{Db, Error, Executor, RawSql, Tx};

use super::{Flat, Take, fill, registry};
use crate::dice::Dice;
use crate::wire::CountingProxy;

/// The values that SQL written by hand binds.
pub type Values<'v> = &'v [&'v (dyn ToSql + Sync)];

/// Work in a transaction.
pub type Work<'w, T> = Pin<Box<dyn Future<Output = schemata::Result<Vec<T>>> + Send + 'w>>;

/// A registry of random rows.
pub struct Case {
    /// The handle of the typed queries. All go through one connection, whose round trips are counted.
    pub db: Db,
    /// For random values of the queries; made of the same seed as the rows.
    pub dice: Dice,
    /// How many rows each statement returned or changed.
    pub rows: BTreeMap<&'static str, usize>,
    by_hand: Db,
    proxy: CountingProxy,
    seed: u64,
    _database: TestDatabase,
}

/// Ends a savepoint without keeping what it did.
enum Undo {
    Done,
    Failed(Error),
}

impl From<Error> for Undo {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Case {
    /// Fills a registry with the rows of a seed.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn new(seed: u64) -> Self {
        let (database, mut dice) = (registry().await, Dice::new(seed));
        let by_hand = Db::connect(database.url()).await.expect("connects");
        fill(&by_hand, &mut dice).await.expect("fills the registry");
        let proxy = CountingProxy::to(database.url()).await;
        let db = Db::connect(proxy.url()).await.expect("connects");
        Self { db, dice, rows: BTreeMap::new(), by_hand, proxy, seed, _database: database }
    }

    /// Compares the rows of a query with those of SQL written by hand, in their order.
    ///
    /// # Panics
    /// When they differ, or when the query takes more than one statement.
    pub async fn check<S, T>(&mut self, query: Select<S, T>, sql: &'static str, values: Values<'_>)
    where
        S: Standalone,
        T: Take + PartialEq + Debug + Send,
    {
        let seed = self.seed;
        let typed = query.clone().fetch(&self.db).await.unwrap_or_else(|error| panic!("seed {seed}: {error:?}\n{sql}"));
        // The second time it is prepared.
        self.proxy.take();
        query.fetch(&self.db).await.expect("reads again");
        assert_eq!(self.proxy.take(), 1, "one statement for\n{sql}");
        let expected = self.by_hand(sql, values).await;
        assert_eq!(typed, expected, "seed {seed}:\n{sql}");
        *self.rows.entry(sql).or_default() += typed.len();
    }

    /// Does the same, and reads the query page by page, forwards and back.
    ///
    /// # Panics
    /// When the rows differ.
    pub async fn check_paged<S, T>(&mut self, query: Select<S, T>, sql: &'static str, values: Values<'_>)
    where
        S: Ungrouped + Standalone,
        T: Take + PartialEq + Debug + Send,
    {
        self.check(query.clone(), sql, values).await;
        let whole = query.clone().fetch(&self.db).await.expect("reads");
        let size = u32::try_from(1 + self.dice.roll(7)).expect("small");
        let (mut forwards, mut backwards) = (Vec::new(), Vec::new());
        let mut page = query.clone().page(size).fetch(&self.db).await.expect("reads the first page");
        while let Some(cursor) = page.next {
            forwards.append(&mut page.rows);
            page = query.clone().page(size).after(cursor).fetch(&self.db).await.expect("reads the next page");
        }
        let mut last = page.rows;
        while let Some(cursor) = page.previous {
            page = query.clone().page(size).before(cursor).fetch(&self.db).await.expect("reads the previous page");
            page.rows.append(&mut backwards);
            backwards = std::mem::take(&mut page.rows);
        }
        assert_eq!(backwards, forwards, "seed {}, pages of {size} backwards:\n{sql}", self.seed);
        forwards.append(&mut last);
        assert_eq!(forwards, whole, "seed {}, pages of {size}:\n{sql}", self.seed);
    }

    /// Compares a result that is no list of rows: a page, a count.
    ///
    /// # Panics
    /// When they differ.
    pub async fn check_rows<T>(&mut self, typed: Vec<T>, sql: &'static str, values: Values<'_>)
    where
        T: Take + PartialEq + Debug + Send,
    {
        assert_eq!(typed, self.by_hand(sql, values).await, "seed {}:\n{sql}", self.seed);
        *self.rows.entry(sql).or_default() += typed.len();
    }

    /// Compares what a write returns, and the tables that it leaves, with SQL written by hand. Both are undone.
    ///
    /// # Panics
    /// When they differ, or when the write takes more than one statement.
    pub async fn check_write<T>(
        &mut self,
        tables: &[&str],
        work: impl Fn(Tx) -> Work<'static, T> + Sync,
        sql: &'static str,
        values: Values<'_>,
    ) where
        T: Take + PartialEq + Debug + Send,
    {
        let (seed, proxy, work) = (self.seed, &self.proxy, &work);
        // In one transaction, so that `now()` is the same.
        let compared = self.db.transaction(|tx| async move {
            // The second time it is prepared.
            undone(&tx, tables, work).await?;
            let typed = undone(&tx, tables, |tx| {
                Box::pin(async move {
                    proxy.take();
                    let rows = work(tx).await;
                    assert_eq!(proxy.take(), 1, "one statement for\n{sql}");
                    rows
                })
            });
            let (typed, before) = (typed.await?, snapshot(&tx, tables).await?);
            let by_hand = undone(&tx, tables, |tx| {
                Box::pin(async move {
                    let rows = tx.query_as::<Flat<T>>(sql, values).await?;
                    Ok(rows.into_iter().map(|row| row.0).collect())
                })
            });
            let expected = by_hand.await?;
            assert_eq!(typed, expected, "seed {seed}:\n{sql}");
            Ok::<_, Error>(usize::from(typed.1 != before))
        });
        let changed = compared.await.unwrap_or_else(|error| panic!("seed {seed}: {error:?}\n{sql}"));
        *self.rows.entry(sql).or_default() += changed;
    }

    async fn by_hand<T: Take + Send>(&self, sql: &'static str, values: Values<'_>) -> Vec<T> {
        let rows = self.by_hand.query_as::<Flat<T>>(sql, values).await;
        let rows = rows.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
        rows.into_iter().map(|row| row.0).collect()
    }
}

/// Does some work in a savepoint that is rolled back, and returns its result and the tables after it.
async fn undone<'w, T: Send + Debug>(
    tx: &Tx,
    tables: &[&str],
    work: impl FnOnce(Tx) -> Work<'w, T> + Send,
) -> schemata::Result<(Vec<T>, Vec<String>)> {
    let mut done: Option<(Vec<T>, Vec<String>)> = None;
    let kept = &mut done;
    let outcome = tx.transaction(|tx| async move {
        let mut rows = work(tx.clone()).await?;
        // The order in which a write returns its rows is not promised.
        rows.sort_by_key(|row| format!("{row:?}"));
        *kept = Some((rows, snapshot(&tx, tables).await?));
        Err::<(), _>(Undo::Done)
    });
    match outcome.await {
        Err(Undo::Failed(error)) => Err(error),
        _ => Ok(done.expect("the work ended")),
    }
}

/// Returns the rows of some tables as text.
async fn snapshot(tx: &Tx, tables: &[&str]) -> schemata::Result<Vec<String>> {
    let mut found = Vec::new();
    for table in tables {
        let rows = RawSql::trusted(format!("SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1"));
        found.extend(tx.query_as::<(String,)>(rows, &[]).await?.into_iter().map(|row| row.0));
    }
    Ok(found)
}
