//! Transactions: the work between BEGIN and COMMIT, and the handle it runs on.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::exec::executor::Executor;
use crate::exec::handle::retry::{is_worth_retrying, pause};
use crate::exec::pool::nested_acquire::holding;
use crate::exec::pool::pool::{Pool, borrow};
use crate::exec::target::{ConnectionSource, Target, schema_name};
use crate::exec::transaction::isolation::{Isolation, TransactionMode};
use crate::exec::transaction::transaction_connection::TransactionConnection;
use crate::ident::Ident;

/// A transaction under way: takes the place of a [`Db`](crate::Db) in every call. Owned and cheap to clone; a clone
/// that outlives the work it was made for gets [`Error::TransactionEnded`].
#[derive(Clone)]
pub struct Tx {
    held: Arc<TransactionConnection>,
    level: u64,
    schema: Ident,
}

impl Tx {
    /// The same transaction, with `schema` for the models that name none.
    ///
    /// # Errors
    /// [`Error::Ident`] when `schema` cannot be an identifier.
    pub fn in_schema(&self, schema: &str) -> Result<Self> {
        Ok(Self { schema: schema_name(schema)?, ..self.clone() })
    }

    /// The schema of the models that name none.
    pub fn schema(&self) -> &Ident {
        &self.schema
    }

    /// Runs `work` in a transaction nested in this one, a savepoint: kept when it returns `Ok`, undone when it returns
    /// `Err`, panics, or is dropped half-way. This transaction goes on either way, and decides what is committed.
    /// Meanwhile this handle is refused with [`Error::TransactionNested`].
    ///
    /// # Errors
    /// What `work` returns; [`Error::Transaction`] where the database refuses, also when `work` returned `Ok` after a
    /// failed statement.
    pub async fn transaction<T, E, W, F>(&self, work: W) -> Result<T, E>
    where
        W: FnOnce(Tx) -> F + Send,
        F: Future<Output = Result<T, E>> + Send,
        T: Send,
        E: From<Error> + Send,
    {
        let level = self.held.nest(self.level).await?;
        let guard = self.held.abandon_on_drop(level);
        match work(Self { level, ..self.clone() }).await {
            Ok(value) => {
                if let Err(error) = self.held.release(level).await {
                    self.held.undo(level).await;
                    return Err(error.into());
                }
                guard.disarm();
                Ok(value)
            }
            Err(error) => {
                self.held.undo(level).await;
                Err(error)
            }
        }
    }

    /// Calls `hook` once the outermost transaction is committed, and not at all when this one is rolled back. A hook
    /// must be quick: the caller waits for it, and it must not panic.
    ///
    /// # Errors
    /// [`Error::TransactionEnded`], [`Error::TransactionNested`].
    pub fn on_commit(&self, hook: impl FnOnce() + Send + 'static) -> Result<()> {
        self.held.on_commit(self.level, Box::new(hook))
    }
}

/// A transaction in the making.
#[must_use = "nothing happens before `run`"]
pub struct TransactionBuilder<'p> {
    pool: &'p Pool,
    schema: &'p Ident,
    mode: TransactionMode,
}

impl<'p> TransactionBuilder<'p> {
    pub(crate) fn new(pool: &'p Pool, schema: &'p Ident) -> Self {
        Self { pool, schema, mode: TransactionMode::default() }
    }

    /// How much of other transactions' work it sees. Else the role's default.
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.mode.isolation = Some(isolation);
        self
    }

    /// Refuses writes.
    pub fn read_only(mut self) -> Self {
        self.mode.read_only = true;
        self
    }

    /// Waits for a moment in which a serializable read-only transaction cannot fail; without effect on others.
    pub fn deferrable(mut self) -> Self {
        self.mode.deferrable = true;
        self
    }

    /// Runs `work`, as [`Db::transaction`](crate::Db::transaction) does.
    ///
    /// # Errors
    /// What `work` returns; [`Error::Connect`], [`Error::Pool`] or [`Error::Transaction`] where the database refuses.
    pub async fn run<T, E, W, F>(self, work: W) -> Result<T, E>
    where
        W: FnOnce(Tx) -> F + Send,
        F: Future<Output = Result<T, E>> + Send,
        T: Send,
        E: From<Error> + Send,
    {
        let lease = borrow(self.pool).await?;
        let begin = self.mode.begin(&lease.shared().on_begin);
        let (held, level) = TransactionConnection::begin(lease, &begin).await?;
        let held = Arc::new(held);
        let tx = Tx { held: Arc::clone(&held), level, schema: self.schema.clone() };
        // Dropped half-way, or panicking: the transaction ends, whoever may have a clone of its handle.
        let end = BreakOffOnDrop(&held);
        let outcome = match holding(self.pool.id(), work(tx)).await {
            Ok(value) => held.commit().await.map(|()| value).map_err(E::from),
            Err(error) => {
                held.rollback().await;
                Err(error)
            }
        };
        drop(end);
        outcome
    }

    /// Runs `work`, and all of it again, up to `retries` times, when PostgreSQL could not put it in an order with other
    /// transactions (40001), had to end a deadlock (40P01), or a migration made one of its statements stale. In between
    /// it waits, up to 10 ms at first and up to a second in the end, at random.
    ///
    /// Whatever `work` does besides, a mail or a count in memory, is done again too: see [`Tx::on_commit`]. A connection
    /// lost at COMMIT is never retried: the work may be committed.
    ///
    /// # Errors
    /// As [`TransactionBuilder::run`], with the last attempt's error.
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
                    tracing::debug!(target: "schemata::transaction", attempt, "retries a transaction");
                    tokio::time::sleep(pause(attempt)).await;
                    attempt += 1;
                }
                other => return other,
            }
        }
    }
}

/// Ends a transaction that has not ended yet when it is dropped.
struct BreakOffOnDrop<'h>(&'h TransactionConnection);

impl Drop for BreakOffOnDrop<'_> {
    fn drop(&mut self) {
        self.0.break_off();
    }
}

impl Executor for Tx {
    fn target(&self) -> Target<'_> {
        Target { road: ConnectionSource::Transaction(&self.held, self.level), schema: &self.schema }
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
