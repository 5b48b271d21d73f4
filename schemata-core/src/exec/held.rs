//! The connection of a transaction: held from BEGIN to COMMIT, and never given back with the transaction open.

use std::sync::atomic::{AtomicBool, Ordering};

use deadpool_postgres::{Client, Object};

use crate::error::{Error, Result};

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
    /// Opens a transaction on `client`. Until it has ended for certain, dropping this closes the connection.
    pub(crate) async fn begin(client: Client) -> Result<Self> {
        let held = Self { client: Some(client), ended: AtomicBool::new(false), clean: AtomicBool::new(false) };
        held.send("begin", "BEGIN").await?;
        Ok(held)
    }

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

    /// Commits.
    pub(crate) async fn commit(&self) -> Result<()> {
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

    /// Rolls back. Its own failure is left out: the connection is closed then, which rolls back too.
    pub(crate) async fn rollback(&self) {
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
