//! A connection of the pool: the driver's client, its prepared statements, and whether it may be used again.
//!
//! A connection that is *spoiled* is closed after its current use. Closing waits for the server; see
//! `connect::cancel_and_close`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, RowStream};

use crate::error::DriverError;
use crate::exec::connect::cancel_and_close::DriverTask;
use crate::exec::connect::dial;
use crate::exec::connection::call_timeout::PendingCalls;
use crate::exec::connection::pool_shared::PoolShared;
use crate::exec::connection::statement_cache::{Prepared, StatementCache};
use crate::exec::connection::type_lookup::column_types;
use crate::exec::message_limits::{StatementValues, size_limited, with_types};
use crate::exec::purpose::StatementFailure;
use crate::sql::declared_type::DeclaredType;
use crate::sql::statement_text::TextRef;

/// A connection of the pool.
pub(crate) struct Connection {
    client: Client,
    statements: StatementCache,
    shared: Arc<PoolShared>,
    /// Set if work was broken off or left something behind that other callers must not find.
    spoiled: Arc<AtomicBool>,
    /// Set if the session has not been reset since raw SQL ran.
    needs_reset: AtomicBool,
    /// Set if the server refused a write outside a transaction that was declared read only.
    refused_write: AtomicBool,
    pending: Arc<PendingCalls>,
    created: Instant,
    /// The pool's generation in which the connection was made.
    generation: u64,
    /// Taken on drop, or when the connection is ended.
    driver_task: Option<DriverTask>,
}

impl Connection {
    pub(crate) fn new(client: Client, driver_task: DriverTask, shared: Arc<PoolShared>, generation: u64) -> Self {
        Self {
            statements: StatementCache::new(shared.statement_cache),
            client,
            shared,
            spoiled: Arc::default(),
            needs_reset: AtomicBool::new(false),
            refused_write: AtomicBool::new(false),
            pending: Arc::default(),
            created: Instant::now(),
            generation,
            driver_task: Some(driver_task),
        }
    }

    /// Returns the driver's client.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Returns what all connections of the pool share.
    pub(crate) fn shared(&self) -> &PoolShared {
        &self.shared
    }

    /// Returns whether the connection is neither spoiled nor closed.
    pub(crate) fn is_usable(&self) -> bool {
        !self.spoiled.load(Ordering::Acquire) && !self.client.is_closed()
    }

    /// Marks the connection to be closed after its current use.
    pub(crate) fn spoil(&self) {
        self.spoiled.store(true, Ordering::Release);
    }

    /// Marks the session to be reset before another caller gets the connection; see
    /// [`reset`](crate::exec::connection::reset).
    pub(crate) fn reset_afterwards(&self) {
        self.needs_reset.store(true, Ordering::Release);
    }

    /// Returns whether the session has to be reset before another caller gets the connection.
    pub(crate) fn needs_reset(&self) -> bool {
        self.needs_reset.load(Ordering::Acquire)
    }

    /// Returns whether the pool has to reset the session. Behind a pooler, the end of the transaction has already done so.
    pub(crate) fn needs_reset_by_pool(&self) -> bool {
        self.needs_reset() && !self.shared.behind_pooler
    }

    /// Notes that the session has been reset.
    pub(crate) fn mark_reset(&self) {
        self.needs_reset.store(false, Ordering::Release);
    }

    /// Returns the number of prepared statements that the connection keeps on the server, without the driver's own.
    pub(crate) fn kept_statements(&self) -> usize {
        self.statements.len()
    }

    /// Returns the time from when the connection was made until `now`.
    pub(crate) fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.created)
    }

    /// Returns the pool's generation that the connection belongs to.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Moves the connection to another generation.
    pub(crate) fn with_generation(mut self: Box<Self>, generation: u64) -> Box<Self> {
        self.generation = generation;
        self
    }

    /// Returns the calls that wait for an answer.
    pub(crate) fn pending(&self) -> &Arc<PendingCalls> {
        &self.pending
    }

    /// Returns a handle whose abort closes the socket at once.
    pub(crate) fn abort_handle(&self) -> Option<AbortHandle> {
        self.driver_task.as_ref().and_then(DriverTask::abort_handle)
    }

    /// Returns a handle that closes the connection at once, also after another caller has got it.
    pub(crate) fn close_handle(&self) -> CloseHandle {
        CloseHandle { spoiled: Arc::clone(&self.spoiled), task: self.abort_handle() }
    }

    /// Closes the connection at once for all its users, so that nothing that still arrives is taken for an answer.
    pub(crate) fn close(&self) {
        self.spoil();
        if let Some(task) = self.abort_handle() {
            task.abort();
        }
    }

    /// Cancels all statements that run on the connection, and spoils it.
    pub(crate) fn cancel_all(&self) {
        self.spoil();
        if let Some(driver_task) = &self.driver_task {
            let pending = Arc::downgrade(&self.pending);
            driver_task.cancel_while(move || pending.upgrade().is_some_and(|pending| pending.has_any()));
        }
    }

    /// Ends the connection, and returns when the server has ended it or no longer answers.
    pub(crate) async fn end(mut self: Box<Self>) {
        let (is_idle, driver_task) = (!self.spoiled.load(Ordering::Acquire), self.driver_task.take());
        // Drops the client too.
        drop(self);
        match driver_task {
            Some(driver_task) if is_idle => driver_task.close().await,
            Some(driver_task) => driver_task.cancel_and_close().await,
            None => {}
        }
    }

    /// Notes that the server refused a write because it is read only.
    pub(crate) fn note_refused_write(&self) {
        self.refused_write.store(true, Ordering::Release);
    }

    /// Returns whether a refused write was noted since the last call.
    pub(crate) fn take_refused_write(&self) -> bool {
        self.refused_write.load(Ordering::Acquire) && self.refused_write.swap(false, Ordering::AcqRel)
    }

    /// Returns whether a transaction that begins now would be read only.
    pub(crate) async fn is_read_only(&self) -> Result<bool, DriverError> {
        dial::is_read_only(&self.client).await
    }

    /// Notes that the server has reported a stale prepared statement: it no longer fits the schema, or, with `is_gone`, no
    /// longer exists. In the latter case the driver's own statements may be gone too, which the driver never prepares again,
    /// so the connection is closed after use. Behind a pooler, the statement that is gone is always the driver's own, which
    /// does not mean that the schema has changed; see [`TypeLookup::look_up`](super::type_lookup::TypeLookup::look_up).
    pub(crate) fn note_stale_statement(&self, is_gone: bool) {
        if is_gone {
            self.spoil();
            if self.shared.behind_pooler {
                return;
            }
        }
        self.shared.forget_statements();
    }

    /// Runs a statement and returns the number of rows that it affected.
    pub(crate) async fn execute(
        &self,
        text: &TextRef<'_>,
        values: StatementValues<'_>,
        in_transaction: bool,
    ) -> Result<u64, StatementFailure> {
        let prepared = self.prepare(text, in_transaction).await?;
        let failed = self.failure_of_next();
        match prepared {
            Prepared::Named(statement) => self.client.execute_raw(&statement, size_limited(values)).await,
            Prepared::Typed(text, types, _) => {
                let bound: Vec<_> = with_types(values, &types).collect();
                let values = bound.iter().map(|(value, ty)| (value as &(dyn ToSql + Sync), ty.clone()));
                self.client.execute_typed(&text, &values.collect::<Vec<_>>()).await
            }
        }
        .map_err(failed)
    }

    /// Runs a statement and returns its rows as a stream.
    pub(crate) async fn stream(
        &self,
        text: &TextRef<'_>,
        values: StatementValues<'_>,
        in_transaction: bool,
    ) -> Result<RowStream, StatementFailure> {
        let prepared = self.prepare(text, in_transaction).await?;
        let failed = self.failure_of_next();
        match prepared {
            Prepared::Named(statement) => self.client.query_raw(&statement, size_limited(values)).await,
            Prepared::Typed(text, types, _) => self.client.query_typed_raw(&text, with_types(values, &types)).await,
        }
        .map_err(failed)
    }

    /// Returns the types of the columns of a statement, without running it.
    pub(crate) async fn describe(
        &self,
        text: &TextRef<'_>,
        in_transaction: bool,
    ) -> Result<Arc<[DeclaredType]>, StatementFailure> {
        match self.prepare(text, in_transaction).await? {
            Prepared::Named(statement) => Ok(column_types(&statement)),
            Prepared::Typed(_, _, columns) => Ok(columns),
        }
    }

    /// Returns a function that converts an error of the next message to a failure. On a connection that is already closed,
    /// nothing is sent.
    fn failure_of_next(&self) -> impl FnOnce(Error) -> StatementFailure + Send + 'static {
        let sent = !self.client.is_closed();
        move |source| StatementFailure::Failed { source, sent }
    }

    async fn prepare(&self, text: &TextRef<'_>, in_transaction: bool) -> Result<Prepared, StatementFailure> {
        let prepared = self.statements.prepare(&self.client, &self.shared, text, in_transaction).await;
        if self.statements.needs_new_connection() {
            self.spoil();
        }
        prepared
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.spoiled.load(Ordering::Acquire)
            && let Some(driver_task) = self.driver_task.take()
        {
            // The connection is idle. Dropping the task would send a cancel request.
            driver_task.detach();
        }
    }
}

/// Closes a connection at once, also after its transaction has ended and another caller has got it.
pub(crate) struct CloseHandle {
    spoiled: Arc<AtomicBool>,
    task: Option<AbortHandle>,
}

impl CloseHandle {
    /// Closes the connection, so that nothing that still arrives is taken for an answer.
    pub(crate) fn close(&self) {
        self.spoiled.store(true, Ordering::Release);
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Values for the parameters of a statement.
pub(crate) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];
