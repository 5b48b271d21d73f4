//! [`Tx`], the handle of a transaction, and [`TransactionBuilder`], which runs work in one.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use crate::error::{Error, Result};
use crate::exec::executor::Executor;
use crate::exec::executor::sealed::Sealed;
use crate::exec::handle::retry_policy::{is_worth_retrying, pause};
use crate::exec::pool::nested_acquire::holding;
use crate::exec::pool::pool::Pool;
use crate::exec::target::{ConnectionSource, Target, schema_name};
use crate::exec::transaction::isolation::{Isolation, TransactionMode};
use crate::exec::transaction::transaction_connection::TransactionConnection;
use crate::ident::Ident;

/// The handle of an open transaction, which calls take in place of a [`Db`](crate::Db). Owned and cheap to clone. Once the
/// transaction has ended, calls on remaining clones fail with [`Error::TransactionEnded`].
///
/// ```no_run
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64 }
/// # async fn f(db: Db) -> schemata::Result<()> {
/// db.transaction(|tx| async move {
///     let orders = Order::select().fetch(&tx).await?;
///     tx.on_commit(|| println!("committed"))?;
///     Ok::<_, schemata::Error>(orders)
/// })
/// .await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Tx {
    connection: Arc<TransactionConnection>,
    level: u64,
    schema: Ident,
}

impl Tx {
    /// Returns a handle on the same transaction with `schema` for models that name none.
    ///
    /// # Errors
    /// [`Error::Ident`] if `schema` is not a valid identifier.
    pub fn in_schema(&self, schema: &str) -> Result<Self> {
        Ok(Self { schema: schema_name(schema)?, ..self.clone() })
    }

    /// Returns the schema of models that name none.
    pub fn schema(&self) -> &Ident {
        &self.schema
    }

    /// Runs `work` in a savepoint of this transaction, which is released if `work` returns `Ok`, and rolled back if it
    /// returns `Err`, panics or is dropped. This transaction continues in either case, and its own end decides what is
    /// committed. Meanwhile, calls on this handle fail with [`Error::TransactionNested`].
    ///
    /// # Errors
    /// Those of `work`; [`Error::Transaction`] if SAVEPOINT or RELEASE fails, for example because `work` returned `Ok`
    /// after a statement had failed.
    pub async fn transaction<T, E, W, F>(&self, work: W) -> Result<T, E>
    where
        W: FnOnce(Tx) -> F + Send,
        F: Future<Output = Result<T, E>> + Send,
        T: Send,
        E: From<Error> + Send,
    {
        let level = self.connection.nest(self.level).await?;
        let guard = self.connection.abandon_on_drop(level);
        // Boxed, as in `run`.
        match Box::pin(work(Self { level, ..self.clone() })).await {
            Ok(value) => {
                if let Err(error) = self.connection.release(level).await {
                    self.connection.roll_back_level(level).await;
                    return Err(error.into());
                }
                guard.disarm();
                Ok(value)
            }
            Err(error) => {
                self.connection.roll_back_level(level).await;
                Err(error)
            }
        }
    }

    /// Calls `hook` after the outermost transaction is committed, and not at all if this one is rolled back. A hook must be
    /// quick, since the caller waits for it, and must not panic.
    ///
    /// # Errors
    /// [`Error::TransactionEnded`], [`Error::TransactionNested`].
    pub fn on_commit(&self, hook: impl FnOnce() + Send + 'static) -> Result<()> {
        self.connection.on_commit(self.level, Box::new(hook))
    }
}

/// The characteristics of a transaction that is to be run; see [`Db::transaction_builder`](crate::Db::transaction_builder).
///
/// ```no_run
/// # use schemata::{Db, Isolation, Tx};
/// # async fn transfer(tx: Tx) -> schemata::Result<()> { Ok(()) }
/// # async fn f(db: Db) -> schemata::Result<()> {
/// db.transaction_builder().isolation(Isolation::Serializable).run_with_retry(5, transfer).await
/// # }
/// ```
#[must_use = "a transaction begins with `run`"]
pub struct TransactionBuilder<'p> {
    pool: &'p Pool,
    schema: &'p Ident,
    mode: TransactionMode,
}

impl<'p> TransactionBuilder<'p> {
    pub(crate) fn new(pool: &'p Pool, schema: &'p Ident) -> Self {
        Self { pool, schema, mode: TransactionMode::default() }
    }

    /// Sets the isolation level; by default, that of the role or database.
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.mode.isolation = Some(isolation);
        self
    }

    /// Declares the transaction read only: PostgreSQL refuses writes with 25006.
    pub fn read_only(mut self) -> Self {
        self.mode.read_only = true;
        self
    }

    /// Lets a serializable read-only transaction wait at its beginning until it can no longer fail with 40001. Has no
    /// effect on other transactions.
    pub fn deferrable(mut self) -> Self {
        self.mode.deferrable = true;
        self
    }

    /// Runs `work` in the transaction; see [`Db::transaction`](crate::Db::transaction).
    ///
    /// # Errors
    /// Those of `work`; [`Error::Connect`], [`Error::Pool`], or [`Error::Transaction`] if BEGIN or COMMIT fails.
    pub async fn run<T, E, W, F>(self, work: W) -> Result<T, E>
    where
        W: FnOnce(Tx) -> F + Send,
        F: Future<Output = Result<T, E>> + Send,
        T: Send,
        E: From<Error> + Send,
    {
        let connection = self.pool.acquire(Instant::now()).await?;
        let (connection, level) = TransactionConnection::begin(connection, self.mode).await?;
        let connection = Arc::new(connection);
        let tx = Tx { connection: Arc::clone(&connection), level, schema: self.schema.clone() };
        // If this future is dropped or `work` panics, the transaction ends although clones of its handle may remain.
        let guard = BreakOffOnDrop(&connection);
        // Boxed: each future around this one would otherwise hold the user's work once or twice.
        let outcome = match holding(self.pool.id(), Box::pin(work(tx))).await {
            Ok(value) => connection.commit().await.map(|()| value).map_err(E::from),
            Err(error) => {
                connection.rollback().await;
                Err(error)
            }
        };
        drop(guard);
        outcome
    }

    /// Runs `work` in the transaction, and repeats the whole transaction up to `retries` times if it fails with a
    /// serialization failure (40001), a deadlock (40P01), or a statement that a migration made stale. Waits a random
    /// time before each repetition, at most 10 ms at first and at most one second later.
    ///
    /// Other effects of `work`, such as a mail or a count in memory, are repeated too; see [`Tx::on_commit`]. A
    /// connection lost at COMMIT is never retried, since the work may have been committed.
    ///
    /// # Errors
    /// Those of [`TransactionBuilder::run`], from the last attempt.
    pub async fn run_with_retry<T, E, W, F>(self, retries: u32, work: W) -> Result<T, E>
    where
        W: Fn(Tx) -> F + Send + Sync,
        F: Future<Output = Result<T, E>> + Send,
        T: Send,
        E: From<Error> + std::error::Error + Send + 'static,
    {
        let mut attempt = 0;
        loop {
            let again = TransactionBuilder { pool: self.pool, schema: self.schema, mode: self.mode };
            match again.run(&work).await {
                Err(error) if attempt < retries && is_worth_retrying(&error) => {
                    tracing::debug!(target: "schemata::transaction", attempt, "a transaction is repeated");
                    tokio::time::sleep(pause(attempt)).await;
                    attempt += 1;
                }
                other => return other,
            }
        }
    }
}

/// Breaks off a transaction that has not ended when this is dropped.
struct BreakOffOnDrop<'h>(&'h TransactionConnection);

impl Drop for BreakOffOnDrop<'_> {
    fn drop(&mut self) {
        self.0.break_off();
    }
}

impl Sealed for Tx {}

impl Executor for Tx {
    fn target(&self) -> Target<'_> {
        Target { source: ConnectionSource::Transaction(&self.connection, self.level), schema: &self.schema }
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("schema", &self.schema).field("level", &self.level).finish_non_exhaustive()
    }
}

impl fmt::Debug for TransactionBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionBuilder").field("mode", &self.mode).finish_non_exhaustive()
    }
}
