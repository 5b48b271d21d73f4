//! Transactions: one connection held from BEGIN to COMMIT, and never given back with a transaction open.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use deadpool_postgres::{Client, Object, Pool};

use crate::error::{Error, Result};
use crate::exec::executor::{Executor, Road, Target};
use crate::ident::Ident;

/// A transaction under way: takes the place of a [`Db`](crate::Db) in every call. Owned and cheap to clone; a clone
/// that outlives the work it was made for gets [`Error::TransactionEnded`].
#[derive(Clone)]
pub struct Tx {
    held: Arc<Held>,
    schema: Ident,
}

/// The connection of a transaction.
pub(crate) struct Held {
    /// `None` only while dropping.
    client: Option<Client>,
    /// COMMIT or ROLLBACK is on its way: nothing may follow it.
    ended: AtomicBool,
    /// The server confirmed the end, so the connection is fit for the pool.
    clean: AtomicBool,
}

impl Held {
    /// The connection, while the transaction lasts.
    pub(crate) fn client(&self) -> Result<&Client> {
        if self.ended.load(Ordering::Acquire) { Err(Error::TransactionEnded) } else { Ok(self.connection()) }
    }

    fn connection(&self) -> &Client {
        self.client.as_ref().expect("taken in drop only")
    }

    async fn send(&self, step: &'static str, sql: &'static str) -> Result<()> {
        self.connection().batch_execute(sql).await.map_err(|source| Error::Transaction { step, source })
    }

    async fn commit(&self) -> Result<()> {
        self.ended.store(true, Ordering::Release);
        // COMMIT of an aborted transaction rolls back and reports success. A statement before it fails instead, so that
        // work which swallowed a database error is not told that it was committed.
        let committed = self.send("commit", "SELECT 1; COMMIT").await;
        match committed {
            Ok(()) => self.clean.store(true, Ordering::Release),
            Err(_) => self.rollback().await,
        }
        committed
    }

    /// Its own failure is left out: the connection is closed then, which rolls back too.
    async fn rollback(&self) {
        self.ended.store(true, Ordering::Release);
        if self.send("rollback", "ROLLBACK").await.is_ok() {
            self.clean.store(true, Ordering::Release);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.clean.load(Ordering::Acquire)
            && let Some(client) = self.client.take()
        {
            // Cancelled or panicked half-way: the transaction may be open. Closing the connection rolls it back.
            drop(Object::take(client));
        }
    }
}

/// Runs `work` between BEGIN and COMMIT on a connection of `pool`.
pub(crate) async fn run<T, E, W, F>(pool: &Pool, schema: &Ident, work: W) -> Result<T, E>
where
    W: FnOnce(Tx) -> F + Send,
    F: Future<Output = Result<T, E>> + Send,
    T: Send,
    E: From<Error> + Send,
{
    let client = pool.get().await.map_err(|source| Error::Pool { source: source.into() })?;
    let held = Arc::new(Held { client: Some(client), ended: AtomicBool::new(false), clean: AtomicBool::new(false) });
    held.send("begin", "BEGIN").await?;
    let tx = Tx { held: Arc::clone(&held), schema: schema.clone() };
    match work(tx).await {
        Ok(value) => {
            held.commit().await?;
            Ok(value)
        }
        Err(error) => {
            held.rollback().await;
            Err(error)
        }
    }
}

impl Executor for Tx {
    fn target(&self) -> Target<'_> {
        Target { road: Road::Held(&self.held), schema: &self.schema }
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("schema", &self.schema).finish_non_exhaustive()
    }
}
