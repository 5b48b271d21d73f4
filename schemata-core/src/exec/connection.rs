//! A connection of the pool: the driver's client, the statements prepared on it, and whether it may be used again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, RowStream};

use crate::error::DriverError;
use crate::exec::dial;
use crate::exec::ending::Ending;
use crate::exec::learn::column_types;
use crate::exec::pending::Pending;
use crate::exec::prepared::{Prepared, Shared, Statements};
use crate::exec::purpose::Failed;
use crate::exec::sendable::{bounded, typed};
use crate::sql::declared_type::DeclaredType;

/// A connection of the pool.
pub(crate) struct Connection {
    client: Client,
    statements: Statements,
    shared: Arc<Shared>,
    /// Work was broken off, or left something behind that others must not find.
    spoiled: AtomicBool,
    /// Raw SQL ran on it, and the session has not been reset since.
    needs_reset: AtomicBool,
    /// A write was refused since the server takes none, outside a transaction declared to be read-only.
    refused_write: AtomicBool,
    pending: Arc<Pending>,
    made: Instant,
    /// The pool's generation in which it was made.
    generation: u64,
    /// Taken on drop, or when the connection is ended.
    ending: Option<Ending>,
}

impl Connection {
    pub(crate) fn new(client: Client, ending: Ending, shared: Arc<Shared>, generation: u64) -> Self {
        Self {
            statements: Statements::new(shared.capacity),
            client,
            shared,
            spoiled: AtomicBool::new(false),
            needs_reset: AtomicBool::new(false),
            refused_write: AtomicBool::new(false),
            pending: Arc::default(),
            made: Instant::now(),
            generation,
            ending: Some(ending),
        }
    }

    /// The driver's client.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Whether it may be used again.
    pub(crate) fn is_fit(&self) -> bool {
        !self.spoiled.load(Ordering::Acquire) && !self.client.is_closed()
    }

    /// Marks the session to be reset before anybody else gets the connection; see [`reset`](crate::exec::reset).
    pub(crate) fn reset_afterwards(&self) {
        self.needs_reset.store(true, Ordering::Release);
    }

    /// Returns whether the session has to be reset before anybody else gets the connection.
    pub(crate) fn needs_reset(&self) -> bool {
        self.needs_reset.load(Ordering::Acquire)
    }

    /// Returns whether the pool has to reset the session. Behind a pooler, the end of the transaction has done so already.
    pub(crate) fn must_reset(&self) -> bool {
        self.needs_reset() && !self.shared.pooler
    }

    /// Notes that the session is as it was when it was opened.
    pub(crate) fn is_reset(&self) {
        self.needs_reset.store(false, Ordering::Release);
    }

    /// Returns how many prepared statements it keeps on the server, not counting the driver's own.
    pub(crate) fn kept_statements(&self) -> usize {
        self.statements.len()
    }

    /// Lets nobody have it after the one who has it now.
    pub(crate) fn spoil(&self) {
        self.spoiled.store(true, Ordering::Release);
    }

    /// Returns how long ago the connection was made.
    pub(crate) fn age(&self) -> Duration {
        self.made.elapsed()
    }

    /// Returns the pool's generation that the connection belongs to.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Returns the same connection, moved to another generation.
    pub(crate) fn renewed(mut self: Box<Self>, generation: u64) -> Box<Self> {
        self.generation = generation;
        self
    }

    /// Returns the calls that wait for an answer.
    pub(crate) fn pending(&self) -> &Arc<Pending> {
        &self.pending
    }

    /// Returns a handle that closes the socket at once.
    pub(crate) fn driver(&self) -> Option<AbortHandle> {
        self.ending.as_ref().and_then(Ending::driver)
    }

    /// Closes the connection at once, whoever uses it, so that nothing that still arrives is taken for an answer.
    pub(crate) fn close(&self) {
        self.spoil();
        if let Some(driver) = self.driver() {
            driver.abort();
        }
    }

    /// Cancels what the connection runs, whoever uses it, and keeps it from being used again.
    pub(crate) fn break_off(&self) {
        self.spoil();
        if let Some(ending) = &self.ending {
            ending.cancel_while(&self.pending);
        }
    }

    /// Ends the connection; returns when the server has ended it, or no longer answers.
    pub(crate) async fn end(mut self: Box<Self>) {
        let (is_idle, ending) = (!self.spoiled.load(Ordering::Acquire), self.ending.take());
        // This drops the client as well.
        drop(self);
        match ending {
            Some(ending) if is_idle => ending.close().await,
            Some(ending) => ending.break_off().await,
            None => {}
        }
    }

    /// Notes that the server takes no writes.
    pub(crate) fn refused_write(&self) {
        self.refused_write.store(true, Ordering::Release);
    }

    /// Returns whether that was noted since the last call.
    pub(crate) fn take_refused_write(&self) -> bool {
        self.refused_write.load(Ordering::Acquire) && self.refused_write.swap(false, Ordering::AcqRel)
    }

    /// Returns whether a transaction that begins now could not write.
    pub(crate) async fn is_read_only(&self) -> Result<bool, DriverError> {
        dial::is_read_only(&self.client).await
    }

    /// Spoils the connection unless the guard is [released](InFlight::release): a statement whose future was dropped may
    /// still be running, and whoever got the connection next would wait for it.
    pub(crate) fn in_flight(&self) -> InFlight<'_> {
        self.pending.begin();
        InFlight { connection: self, done: false }
    }

    /// Takes note that statements prepared earlier do not fit the schema any more, or that one is gone. Then the driver's own
    /// may be gone too, which it never prepares again, so the connection is closed afterwards. Behind a pooler, the one that
    /// is gone is the driver's own, and tells nothing of the schema: see [`Learner::learn`].
    pub(crate) fn outdated(&self, is_gone: bool) {
        if is_gone {
            self.spoil();
            if self.shared.pooler {
                return;
            }
        }
        self.shared.epoch.fetch_add(1, Ordering::AcqRel);
    }

    /// What all connections of the pool share.
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Runs a statement; the number of rows it touched.
    pub(crate) async fn execute(&self, text: &str, values: Values<'_>, in_transaction: bool) -> Result<u64, Failed> {
        let prepared = self.prepare(text, in_transaction).await.map_err(Failed::before)?;
        let failed = self.failing();
        match prepared {
            Prepared::Named(statement) => self.client.execute_raw(&statement, bounded(values)).await,
            Prepared::Typed(types, _) => {
                let bound: Vec<_> = typed(values, &types).collect();
                let values = bound.iter().map(|(value, ty)| (value as &(dyn ToSql + Sync), ty.clone()));
                self.client.execute_typed(text, &values.collect::<Vec<_>>()).await
            }
        }
        .map_err(failed)
    }

    /// Runs a statement; its rows as they arrive.
    pub(crate) async fn stream(
        &self,
        text: &str,
        values: Values<'_>,
        in_transaction: bool,
    ) -> Result<RowStream, Failed> {
        let prepared = self.prepare(text, in_transaction).await.map_err(Failed::before)?;
        let failed = self.failing();
        match prepared {
            Prepared::Named(statement) => self.client.query_raw(&statement, bounded(values)).await,
            Prepared::Typed(types, _) => self.client.query_typed_raw(text, typed(values, &types)).await,
        }
        .map_err(failed)
    }

    /// The types of the columns that a statement returns, without running it.
    pub(crate) async fn describe(&self, text: &str, in_transaction: bool) -> Result<Arc<[DeclaredType]>, Failed> {
        match self.prepare(text, in_transaction).await.map_err(Failed::before)? {
            Prepared::Named(statement) => Ok(column_types(&statement)),
            Prepared::Typed(_, columns) => Ok(columns),
        }
    }

    /// Returns what turns an error of the next message into a failure; on a connection that is closed already, nothing is
    /// sent.
    fn failing(&self) -> impl FnOnce(Error) -> Failed + Send + 'static {
        let sent = !self.client.is_closed();
        move |source| Failed { source, sent }
    }

    async fn prepare(&self, text: &str, in_transaction: bool) -> Result<Prepared, Error> {
        let prepared = self.statements.prepare(&self.client, &self.shared, text, in_transaction).await;
        if self.statements.is_stale() {
            self.spoil();
        }
        prepared
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.spoiled.load(Ordering::Acquire)
            && let Some(ending) = self.ending.take()
        {
            // It runs nothing. Without this, its drop would send a cancel request.
            ending.leave();
        }
    }
}

/// A statement under way; see [`Connection::in_flight`].
pub(crate) struct InFlight<'c> {
    connection: &'c Connection,
    done: bool,
}

impl InFlight<'_> {
    /// The server has answered in full.
    pub(crate) fn release(mut self) {
        self.done = true;
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.connection.pending.end();
        if !self.done {
            self.connection.spoil();
        }
    }
}

/// Bound values.
pub(crate) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];
