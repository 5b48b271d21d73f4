//! The connection of a transaction: held from BEGIN to COMMIT, and never given back with the transaction open.
//!
//! Nested transactions are savepoints, kept as a stack of levels. A handle belongs to one level and works only while that
//! is the innermost one. A level whose work was dropped is rolled back before the next statement.
//!
//! Handles may be kept beyond the transaction. They keep this, and not the connection: whoever ends the transaction takes
//! it out.

use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{RwLock, RwLockReadGuard};
use tokio_postgres::error::SqlState;

use crate::error::{Error, Result};
use crate::exec::connection::connection::Connection;
use crate::exec::connection::reset;
use crate::exec::pool::pool::PooledConnection;
use crate::exec::transaction::levels::{Hook, Levels};

/// The connection of a transaction.
pub(crate) struct TransactionConnection {
    /// The connection, until the end. PoolShared by statements under way, and had alone by the end: between preparing a statement
    /// and running it lies a round trip, in which the transaction must not end, or the statement would run after it, on its
    /// own.
    lease: RwLock<Option<PooledConnection>>,
    state: Mutex<Levels>,
}

/// The connection. While this lives, the transaction does not end.
pub(crate) struct ConnectionGuard<'h> {
    held: &'h TransactionConnection,
    connection: Option<RwLockReadGuard<'h, Connection>>,
}

impl Deref for ConnectionGuard<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_deref().expect("taken in drop only")
    }
}

impl Drop for ConnectionGuard<'_> {
    fn drop(&mut self) {
        self.connection.take();
        if self.held.state().is_broken_off() {
            self.held.take_out();
        }
    }
}

impl TransactionConnection {
    /// Opens a transaction with `begin`; its first level. Until it has ended for certain, dropping this closes the
    /// connection.
    pub(crate) async fn begin(connection: PooledConnection, begin: &str) -> Result<(Self, u64)> {
        let held = Self { lease: RwLock::new(Some(connection)), state: Mutex::default() };
        send(&*held.under_way().await?, "begin", begin).await?;
        let level = held.state().push();
        Ok((held, level))
    }

    /// The connection, while `level` is the innermost one.
    pub(crate) async fn connection(&self, level: u64) -> Result<ConnectionGuard<'_>> {
        let connection = self.under_way().await?;
        self.check(level)?;
        self.settle(&connection).await?;
        Ok(connection)
    }

    async fn under_way(&self) -> Result<ConnectionGuard<'_>> {
        let lease = RwLockReadGuard::try_map(self.lease.read().await, Option::as_deref);
        let connection = Some(lease.map_err(|_| Error::TransactionEnded)?);
        Ok(ConnectionGuard { held: self, connection })
    }

    /// Whether `level` is the innermost one.
    pub(crate) fn check(&self, level: u64) -> Result<()> {
        self.state().check(level)
    }

    /// Opens a level inside `level`.
    pub(crate) async fn nest(&self, level: u64) -> Result<u64> {
        self.check(level)?;
        // At once, so that two nested transactions of one handle do not both begin.
        let inner = self.state().push();
        let mut guard = LevelGuard { held: self, level: inner, end: Ending::Forget };
        let connection = self.under_way().await?;
        self.settle(&connection).await?;
        // From here on the server may have the savepoint.
        guard.end = Ending::Undo;
        let opened = send(&connection, "savepoint", &format!("SAVEPOINT s{inner}")).await;
        guard.end = if opened.is_ok() { Ending::Keep } else { Ending::Forget };
        opened.map(|()| inner)
    }

    /// Rolls `level` back later, unless the guard is disarmed.
    pub(crate) fn abandon_on_drop(&self, level: u64) -> LevelGuard<'_> {
        LevelGuard { held: self, level, end: Ending::Undo }
    }

    /// Keeps what was done in a nested level. When the server refuses, the level is rolled back.
    pub(crate) async fn release(&self, level: u64) -> Result<()> {
        let connection = self.connection(level).await?;
        // Once RELEASE is sent, it cannot be undone: the server no longer knows the savepoint. The server refuses RELEASE
        // only if the transaction has failed already, and then the next statement fails too.
        let mut guard = LevelGuard { held: self, level, end: Ending::Release };
        let released = send(&connection, "release", &format!("RELEASE SAVEPOINT s{level}")).await;
        if released.is_err() {
            guard.end = Ending::Keep;
        }
        released
    }

    /// Undoes what was done in a nested level. Its own failure shows with the next statement.
    pub(crate) async fn undo(&self, level: u64) {
        self.state().abandon(level);
        if let Ok(connection) = self.under_way().await {
            let _ = self.settle(&connection).await;
        }
    }

    /// Commits, and runs the hooks.
    pub(crate) async fn commit(&self) -> Result<()> {
        self.state().end();
        let mut lease = self.lease.write().await;
        let connection = lease.as_deref().ok_or(Error::TransactionEnded)?;
        let committed = match self.settle(connection).await {
            // COMMIT of an aborted transaction rolls back and reports success. A statement before it fails instead, so
            // that work which swallowed a database error is not told that it was committed.
            Ok(()) => end(connection, "commit", "SELECT 1; COMMIT", 2).await,
            Err(error) => Err(error),
        };
        if committed.is_err() {
            roll_back(&mut lease).await;
            return committed;
        }
        lease.take();
        drop(lease);
        let hooks = self.state().take_hooks();
        for hook in hooks {
            hook();
        }
        Ok(())
    }

    /// Rolls back. Its own failure is left out: the connection is closed then, which rolls back too.
    pub(crate) async fn rollback(&self) {
        self.state().end();
        roll_back(&mut *self.lease.write().await).await;
    }

    /// Ends the transaction without waiting for anything, by closing the connection.
    pub(crate) fn break_off(&self) {
        self.state().break_off();
        if !self.take_out()
            && let Ok(lease) = self.lease.try_read()
            && let Some(connection) = lease.as_deref()
        {
            // A clone's statement is under way. It fails with this, and takes the connection out.
            connection.break_off();
        }
    }

    /// Closes the connection, unless a statement is under way.
    fn take_out(&self) -> bool {
        self.lease.try_write().is_ok_and(|mut lease| {
            close(&mut lease);
            true
        })
    }

    /// Keeps `hook` for the time after COMMIT.
    pub(crate) fn on_commit(&self, level: u64, hook: Hook) -> Result<()> {
        self.state().on_commit(level, hook)
    }

    /// Rolls back on the server what was abandoned here.
    async fn settle(&self, connection: &Connection) -> Result<()> {
        // Taken before it is sent: what another task sends meanwhile comes after it on the wire.
        let Some(level) = self.state().take_abandoned() else { return Ok(()) };
        let sql = format!("ROLLBACK TO SAVEPOINT s{level}; RELEASE SAVEPOINT s{level}");
        let mut undone = send(connection, "rollback", &sql).await;
        if undone.as_ref().is_err_and(|error| error.sqlstate() == Some(&SqlState::S_E_INVALID_SPECIFICATION)) {
            // The savepoint was refused, because the transaction had failed before it. This gives the error that every
            // statement gets then.
            undone = send(connection, "rollback", "SELECT 1").await;
        }
        if undone.is_err() {
            // Nothing after it can pass for done.
            self.state().not_undone(level);
        }
        undone
    }

    fn state(&self) -> MutexGuard<'_, Levels> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn send(connection: &Connection, step: &'static str, sql: &str) -> Result<()> {
    let guard = connection.in_flight();
    // On a connection that is closed already, nothing is sent.
    let sent = !connection.client().is_closed();
    let done = connection.client().batch_execute(sql).await;
    guard.release();
    done.map_err(|source| Error::Transaction { step, sent, source: source.into() })
}

/// Ends the transaction by `sql`, which consists of this number of `commands`.
async fn end(connection: &Connection, step: &'static str, sql: &str, commands: usize) -> Result<()> {
    let guard = connection.in_flight();
    let sent = !connection.client().is_closed();
    let ended = reset::end(connection, sql, commands).await;
    guard.release();
    ended.map_err(|source| Error::Transaction { step, sent, source: source.into() })
}

/// Gives the connection back with its transaction rolled back, or closes it.
async fn roll_back(lease: &mut Option<PooledConnection>) {
    let Some(connection) = lease.as_deref() else { return };
    if end(connection, "rollback", "ROLLBACK", 1).await.is_ok() {
        lease.take();
    } else {
        close(lease);
    }
}

/// Closes the connection: its transaction may be open.
fn close(lease: &mut Option<PooledConnection>) {
    if let Some(lease) = lease.take() {
        lease.spoil();
    }
}

impl Drop for TransactionConnection {
    fn drop(&mut self) {
        // Still here, cancelled or panicked half-way: closing the connection rolls back.
        close(self.lease.get_mut());
    }
}

/// See [`TransactionConnection::abandon_on_drop`].
pub(crate) struct LevelGuard<'h> {
    held: &'h TransactionConnection,
    level: u64,
    end: Ending,
}

/// What becomes of a level when its guard is dropped.
enum Ending {
    /// It stays open, or ended as it should.
    Keep,
    /// The server never heard of it.
    Forget,
    /// It is rolled back.
    Undo,
    /// The savepoint is released, and its work becomes that of the level around it.
    Release,
}

impl LevelGuard<'_> {
    /// The level ended as it should.
    pub(crate) fn disarm(mut self) {
        self.end = Ending::Keep;
    }
}

impl Drop for LevelGuard<'_> {
    fn drop(&mut self) {
        match self.end {
            Ending::Keep => {}
            Ending::Forget => self.held.state().forget(self.level),
            Ending::Undo => self.held.state().abandon(self.level),
            Ending::Release => self.held.state().keep(self.level),
        }
    }
}
