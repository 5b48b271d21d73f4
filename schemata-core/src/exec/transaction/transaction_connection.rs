//! An open transaction and its connection: begin, nest, release, roll back, commit. The connection is held from BEGIN to
//! COMMIT, and never returned to the pool with the transaction open.
//!
//! Nested transactions are savepoints, kept as a stack of levels. A handle belongs to one level and works only while that
//! level is the innermost one. An abandoned level, whose work was dropped, is rolled back before the next statement.
//!
//! Handles may outlive the transaction: they share a [`TransactionConnection`], from which the end of the transaction takes
//! the connection.

use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio_postgres::error::SqlState;

use crate::error::{Error, Result};
use crate::exec::connection::connection::Connection;
use crate::exec::connection::in_flight::InFlightGuard;
use crate::exec::connection::reset::end_transaction;
use crate::exec::pool::pool::PooledConnection;
use crate::exec::purpose::TransactionAccess;
use crate::exec::transaction::begin::Begin;
use crate::exec::transaction::isolation::TransactionMode;
use crate::exec::transaction::level_stack::{Hook, Levels};

/// The connection of a transaction, and its open levels.
pub(crate) struct TransactionConnection {
    /// The connection until the end. Statements lock it shared; savepoints and the end of the transaction exclusively. A
    /// statement takes two round trips, to prepare and to run, and if a level began or ended between them, it would run in
    /// another one than its own.
    connection: RwLock<Option<PooledConnection>>,
    levels: Mutex<Levels>,
    access: TransactionAccess,
    begin: Begin,
}

/// Shared access to the connection. While it lives, the transaction does not end.
pub(crate) struct ConnectionGuard<'h> {
    transaction: &'h TransactionConnection,
    /// Taken on drop.
    connection: Option<RwLockReadGuard<'h, Connection>>,
}

impl ConnectionGuard<'_> {
    /// Returns the access mode of the transaction.
    pub(crate) fn access(&self) -> TransactionAccess {
        self.transaction.access
    }

    /// Returns the transaction's BEGIN, unless the server has confirmed it.
    pub(crate) fn unconfirmed_begin(&self) -> Option<&Begin> {
        Some(&self.transaction.begin).filter(|begin| !begin.is_confirmed())
    }
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
        if self.transaction.levels().is_broken_off() {
            self.transaction.close_unless_in_use();
        }
    }
}

/// Sole access to the connection: no statement is running, and none begins.
struct SoleGuard<'h> {
    transaction: &'h TransactionConnection,
    connection: RwLockWriteGuard<'h, Option<PooledConnection>>,
}

impl Deref for SoleGuard<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_deref().expect("only the end of the transaction takes it")
    }
}

impl Drop for SoleGuard<'_> {
    fn drop(&mut self) {
        if self.transaction.levels().is_broken_off() {
            close(&mut self.connection);
        }
    }
}

impl TransactionConnection {
    /// Begins a transaction; returns it with the number of its first level. The answer to BEGIN is awaited later. Unless the
    /// transaction is ended, dropping it closes the connection.
    pub(crate) async fn begin(connection: PooledConnection, mode: TransactionMode) -> Result<(Self, u64)> {
        let settings = &connection.shared().on_begin;
        let begin = Begin::send(&connection, &mode.begin(settings), 1 + settings.len()).await?;
        let access = if mode.read_only { TransactionAccess::ReadOnly } else { TransactionAccess::ReadWrite };
        let this = Self { connection: RwLock::new(Some(connection)), levels: Mutex::default(), access, begin };
        let level = this.levels().push();
        Ok((this, level))
    }

    /// Returns the connection for a statement of `level`, which must be the innermost one. Abandoned levels are rolled back
    /// first.
    pub(crate) async fn connection(&self, level: u64) -> Result<ConnectionGuard<'_>> {
        let connection = self.unconfirmed_connection(level).await?;
        self.begin.confirm(&connection).await?;
        Ok(connection)
    }

    /// Returns the connection for a statement of `level` that does no harm outside the transaction: BEGIN may have failed. Before the
    /// outcome of the statement is used, BEGIN has to be confirmed.
    pub(crate) async fn unconfirmed_connection(&self, level: u64) -> Result<ConnectionGuard<'_>> {
        loop {
            let connection = self.share().await?;
            self.check(level)?;
            if !self.levels().has_abandoned() {
                return Ok(connection);
            }
            drop(connection);
            let connection = self.hold_alone().await?;
            self.roll_back_abandoned(&connection).await?;
        }
    }

    async fn share(&self) -> Result<ConnectionGuard<'_>> {
        let connection = RwLockReadGuard::try_map(self.connection.read().await, Option::as_deref);
        let connection = Some(connection.map_err(|_| Error::TransactionEnded)?);
        Ok(ConnectionGuard { transaction: self, connection })
    }

    /// Waits until the statements that are running have ended.
    async fn hold_alone(&self) -> Result<SoleGuard<'_>> {
        let connection = self.connection.write().await;
        if connection.is_none() {
            return Err(Error::TransactionEnded);
        }
        Ok(SoleGuard { transaction: self, connection })
    }

    /// Refuses a level that is not the innermost one.
    pub(crate) fn check(&self, level: u64) -> Result<()> {
        self.levels().check(level)
    }

    /// Opens a level inside `level` and returns its number.
    pub(crate) async fn nest(&self, level: u64) -> Result<u64> {
        // Before any await, so that no statement of `level` begins from here on.
        let inner = self.levels().nest(level)?;
        let mut guard = LevelGuard { transaction: self, level: inner, on_drop: OnDrop::Forget };
        let connection = self.hold_alone().await?;
        self.begin.confirm(&connection).await?;
        self.roll_back_abandoned(&connection).await?;
        // From here on, the server may have the savepoint.
        guard.on_drop = OnDrop::RollBack;
        let opened = send(&connection, "savepoint", &format!("SAVEPOINT s{inner}")).await;
        guard.on_drop = if opened.is_ok() { OnDrop::Nothing } else { OnDrop::Forget };
        opened.map(|()| inner)
    }

    /// Returns a guard that abandons `level` when it is dropped, unless it is disarmed.
    pub(crate) fn abandon_on_drop(&self, level: u64) -> LevelGuard<'_> {
        LevelGuard { transaction: self, level, on_drop: OnDrop::RollBack }
    }

    /// Releases the savepoint of a nested level, whose work then belongs to the level around it.
    pub(crate) async fn release(&self, level: u64) -> Result<()> {
        let connection = self.hold_alone().await?;
        self.check(level)?;
        self.roll_back_abandoned(&connection).await?;
        // A RELEASE that was sent cannot be undone: the savepoint is gone. The server refuses RELEASE only in a
        // transaction that has failed already, in which the next statement fails too.
        let mut guard = LevelGuard { transaction: self, level, on_drop: OnDrop::Release };
        let released = send(&connection, "release", &format!("RELEASE SAVEPOINT s{level}")).await;
        if released.is_err() {
            guard.on_drop = OnDrop::Nothing;
        }
        released
    }

    /// Rolls back a nested level. If that fails, the next statement reports it.
    pub(crate) async fn roll_back_level(&self, level: u64) {
        self.levels().abandon(level);
        if let Ok(connection) = self.hold_alone().await {
            let _ = self.roll_back_abandoned(&connection).await;
        }
    }

    /// Commits and runs the hooks.
    pub(crate) async fn commit(&self) -> Result<()> {
        self.levels().end();
        let mut held = self.connection.write().await;
        let connection = held.as_deref().ok_or(Error::TransactionEnded)?;
        let committed = async {
            self.begin.confirm(connection).await?;
            self.roll_back_abandoned(connection).await?;
            // COMMIT of a failed transaction rolls back and reports success. A statement before it fails instead, so that
            // work that has ignored a database error is not reported as committed.
            end(connection, "commit", "SELECT 1; COMMIT", 2).await
        };
        let committed = committed.await;
        if committed.is_err() {
            roll_back(&mut held).await;
            return committed;
        }
        held.take();
        drop(held);
        let hooks = self.levels().take_hooks();
        for hook in hooks {
            hook();
        }
        Ok(())
    }

    /// Rolls back. If ROLLBACK fails, the connection is closed, which rolls back too.
    pub(crate) async fn rollback(&self) {
        self.levels().end();
        let mut held = self.connection.write().await;
        if let Some(connection) = held.as_deref() {
            // Its answer precedes that to ROLLBACK, which tells what became of the transaction.
            let _ = self.begin.confirm(connection).await;
        }
        roll_back(&mut held).await;
    }

    /// Ends the transaction without waiting for anything, by closing the connection.
    pub(crate) fn break_off(&self) {
        self.levels().break_off();
        if !self.close_unless_in_use()
            && let Ok(held) = self.connection.try_read()
            && let Some(connection) = held.as_deref()
        {
            // A statement of a cloned handle is running. It is cancelled, and its guard then closes the connection.
            connection.cancel_all();
        }
    }

    /// Closes the connection, unless a statement is running; returns whether it did.
    fn close_unless_in_use(&self) -> bool {
        self.connection.try_write().is_ok_and(|mut held| {
            close(&mut held);
            true
        })
    }

    /// Adds a hook that runs after COMMIT.
    pub(crate) fn on_commit(&self, level: u64, hook: Hook) -> Result<()> {
        self.levels().on_commit(level, hook)
    }

    /// Rolls back abandoned levels on the server.
    async fn roll_back_abandoned(&self, connection: &Connection) -> Result<()> {
        // Taken before the statement is sent: what other tasks send meanwhile comes after it on the wire.
        let Some(level) = self.levels().take_abandoned() else { return Ok(()) };
        let sql = format!("ROLLBACK TO SAVEPOINT s{level}; RELEASE SAVEPOINT s{level}");
        let mut rolled_back = send(connection, "rollback", &sql).await;
        if rolled_back.as_ref().is_err_and(|error| error.sqlstate() == Some(SqlState::S_E_INVALID_SPECIFICATION.code()))
        {
            // SAVEPOINT was refused, because the transaction had failed before it. This statement fails with the error that
            // all statements get in a failed transaction.
            rolled_back = send(connection, "rollback", "SELECT 1").await;
        }
        if rolled_back.is_err() {
            self.levels().keep_abandoned(level);
        }
        rolled_back
    }

    fn levels(&self) -> MutexGuard<'_, Levels> {
        self.levels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn send(connection: &Connection, step: &'static str, sql: &str) -> Result<()> {
    let guard = InFlightGuard::begin(connection);
    // On a connection that is already closed, nothing is sent.
    let sent = !connection.client().is_closed();
    let done = connection.client().batch_execute(sql).await;
    guard.release();
    done.map_err(|source| Error::Transaction { step, sent, source: source.into() })
}

/// Ends the transaction by `sql`, which consists of this number of `commands`.
async fn end(connection: &Connection, step: &'static str, sql: &str, commands: usize) -> Result<()> {
    let guard = InFlightGuard::begin(connection);
    let sent = !connection.client().is_closed();
    let ended = end_transaction(connection, sql, commands).await;
    guard.release();
    ended.map_err(|source| Error::Transaction { step, sent, source: source.into() })
}

/// Returns the connection to the pool with its transaction rolled back, or closes it.
async fn roll_back(held: &mut Option<PooledConnection>) {
    let Some(connection) = held.as_deref() else { return };
    if end(connection, "rollback", "ROLLBACK", 1).await.is_ok() {
        held.take();
    } else {
        close(held);
    }
}

/// Closes the connection, whose transaction may still be open.
fn close(held: &mut Option<PooledConnection>) {
    if let Some(connection) = held.take() {
        connection.spoil();
    }
}

impl Drop for TransactionConnection {
    fn drop(&mut self) {
        // Not ended, because its future was dropped or panicked. Closing the connection rolls back.
        close(self.connection.get_mut());
    }
}

/// Closes a level when it is dropped; see [`TransactionConnection::abandon_on_drop`].
pub(crate) struct LevelGuard<'h> {
    transaction: &'h TransactionConnection,
    level: u64,
    on_drop: OnDrop,
}

/// What a [`LevelGuard`] does with its level when it is dropped.
enum OnDrop {
    /// The level stays open, or has already been closed.
    Nothing,
    /// The level is closed; it is not open on the server.
    Forget,
    /// The level is abandoned, and rolled back before the next statement.
    RollBack,
    /// The level is merged into the level around it; its savepoint is released.
    Release,
}

impl LevelGuard<'_> {
    /// Leaves the level as it is.
    pub(crate) fn disarm(mut self) {
        self.on_drop = OnDrop::Nothing;
    }
}

impl Drop for LevelGuard<'_> {
    fn drop(&mut self) {
        match self.on_drop {
            OnDrop::Nothing => {}
            OnDrop::Forget => self.transaction.levels().forget(self.level),
            OnDrop::RollBack => self.transaction.levels().abandon(self.level),
            OnDrop::Release => self.transaction.levels().merge(self.level),
        }
    }
}
