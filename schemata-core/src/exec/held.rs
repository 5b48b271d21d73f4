//! The connection of a transaction: held from BEGIN to COMMIT, and never given back with the transaction open.
//!
//! Nested transactions are savepoints, kept as a stack of levels. A handle belongs to one level and works only while that
//! is the innermost one. A level whose work was dropped is rolled back before the next statement.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{RwLock, RwLockReadGuard};

use crate::error::{Error, Result};
use crate::exec::connection::Connection;
use crate::exec::pool::Lease;

/// What runs after COMMIT.
pub(crate) type Hook = Box<dyn FnOnce() + Send>;

/// The connection of a transaction.
pub(crate) struct Held {
    connection: Lease,
    state: Mutex<State>,
    /// Shared by statements under way, and had alone by the end: between preparing a statement and running it lies a round
    /// trip, in which the transaction must not end, or the statement would run after it, on its own.
    under_way: RwLock<()>,
}

/// While this lives, the transaction does not end.
pub(crate) type UnderWay<'h> = RwLockReadGuard<'h, ()>;

#[derive(Default)]
struct State {
    /// The open levels, outermost first. Empty: the transaction has ended, or is about to.
    levels: Vec<u64>,
    /// The number of the next level.
    next: u64,
    /// The outermost level whose work was dropped, and that is still open on the server.
    abandoned: Option<u64>,
    /// What runs after COMMIT, with the number of levels open when it was asked for.
    hooks: Vec<(usize, Hook)>,
    /// The server confirmed the end, so the connection is fit for the pool.
    is_clean: bool,
}

impl Held {
    /// Opens a transaction with `begin`; its first level. Until it has ended for certain, dropping this closes the
    /// connection.
    pub(crate) async fn begin(connection: Lease, begin: &str) -> Result<(Self, u64)> {
        let held = Self { connection, state: Mutex::default(), under_way: RwLock::default() };
        held.send("begin", begin).await?;
        let level = held.push_level();
        Ok((held, level))
    }

    /// The connection, while `level` is the innermost one.
    pub(crate) async fn connection(&self, level: u64) -> Result<(&Connection, UnderWay<'_>)> {
        let under_way = self.under_way.read().await;
        self.check(level)?;
        self.settle().await?;
        Ok((&self.connection, under_way))
    }

    /// Whether `level` is the innermost one.
    pub(crate) fn check(&self, level: u64) -> Result<()> {
        let state = self.state();
        match state.levels.last() {
            Some(innermost) if *innermost == level => Ok(()),
            _ if state.levels.contains(&level) => Err(Error::TransactionNested),
            _ => Err(Error::TransactionEnded),
        }
    }

    /// Behind a pooler, where sessions are anybody's?
    pub(crate) fn is_behind_pooler(&self) -> bool {
        self.connection.shared().pooler
    }

    /// Opens a level inside `level`.
    pub(crate) async fn nest(&self, level: u64) -> Result<u64> {
        self.check(level)?;
        // At once, so that two nested transactions of one handle do not both begin.
        let inner = self.push_level();
        let mut guard = Abandon { held: self, level: inner, end: Ending::Forget };
        self.settle().await?;
        // From here on the server may have the savepoint.
        guard.end = Ending::Undo;
        let opened = self.send("savepoint", &format!("SAVEPOINT s{inner}")).await;
        guard.end = if opened.is_ok() { Ending::Keep } else { Ending::Forget };
        opened.map(|()| inner)
    }

    /// Rolls `level` back later, unless the guard is disarmed.
    pub(crate) fn abandon_on_drop(&self, level: u64) -> Abandon<'_> {
        Abandon { held: self, level, end: Ending::Undo }
    }

    /// Keeps what was done in a nested level. When the server refuses, the level is rolled back.
    pub(crate) async fn release(&self, level: u64) -> Result<()> {
        self.check(level)?;
        self.settle().await?;
        self.send("release", &format!("RELEASE SAVEPOINT s{level}")).await?;
        let mut state = self.state();
        state.levels.retain(|open| *open < level);
        let depth = state.levels.len();
        for (at, _) in &mut state.hooks {
            *at = (*at).min(depth);
        }
        Ok(())
    }

    /// Undoes what was done in a nested level. Its own failure shows with the next statement.
    pub(crate) async fn undo(&self, level: u64) {
        self.abandon(level);
        let _ = self.settle().await;
    }

    /// Commits, and runs the hooks.
    pub(crate) async fn commit(&self) -> Result<()> {
        // A nested level that is still open belongs to work nobody waits for.
        let open = self.state().levels.get(1).copied();
        if let Some(level) = open {
            self.abandon(level);
        }
        self.state().levels.clear();
        drop(self.under_way.write().await);
        let settled = self.settle().await;
        let committed = match settled {
            // COMMIT of an aborted transaction rolls back and reports success. A statement before it fails instead, so
            // that work which swallowed a database error is not told that it was committed.
            Ok(()) => self.send("commit", "SELECT 1; COMMIT").await,
            Err(error) => Err(error),
        };
        if committed.is_err() {
            self.rollback().await;
            return committed;
        }
        let hooks = {
            let mut state = self.state();
            state.is_clean = true;
            std::mem::take(&mut state.hooks)
        };
        for (_, hook) in hooks {
            hook();
        }
        Ok(())
    }

    /// Rolls back. Its own failure is left out: the connection is closed then, which rolls back too.
    pub(crate) async fn rollback(&self) {
        self.state().levels.clear();
        drop(self.under_way.write().await);
        if self.send("rollback", "ROLLBACK").await.is_ok() {
            self.state().is_clean = true;
        }
    }

    /// Keeps `hook` for the time after COMMIT.
    pub(crate) fn on_commit(&self, level: u64, hook: Hook) -> Result<()> {
        self.check(level)?;
        let mut state = self.state();
        let depth = state.levels.len();
        state.hooks.push((depth, hook));
        Ok(())
    }

    fn push_level(&self) -> u64 {
        let mut state = self.state();
        state.next += 1;
        let level = state.next;
        state.levels.push(level);
        level
    }

    /// Closes `level` and those inside it, for the server to follow.
    fn abandon(&self, level: u64) {
        let mut state = self.state();
        if !state.levels.contains(&level) {
            return;
        }
        state.levels.retain(|open| *open < level);
        let depth = state.levels.len();
        state.hooks.retain(|(at, _)| *at <= depth);
        state.abandoned = Some(state.abandoned.map_or(level, |first| first.min(level)));
    }

    /// Rolls back on the server what was abandoned here.
    async fn settle(&self) -> Result<()> {
        // Taken before it is sent: what another task sends meanwhile comes after it on the wire.
        let Some(level) = self.state().abandoned.take() else { return Ok(()) };
        let sql = format!("ROLLBACK TO SAVEPOINT s{level}; RELEASE SAVEPOINT s{level}");
        let undone = self.send("rollback", &sql).await;
        if undone.is_err() {
            // Nothing after it can pass for done.
            self.state().abandoned = Some(level);
        }
        undone
    }

    async fn send(&self, step: &'static str, sql: &str) -> Result<()> {
        let sent = self.connection.client().batch_execute(sql).await;
        sent.map_err(|source| Error::Transaction { step, source: source.into() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.state().is_clean {
            // Cancelled or panicked half-way: the transaction may be open. Closing the connection rolls it back.
            self.connection.spoil();
        }
    }
}

/// See [`Held::abandon_on_drop`].
pub(crate) struct Abandon<'h> {
    held: &'h Held,
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
}

impl Abandon<'_> {
    /// The level ended as it should.
    pub(crate) fn disarm(mut self) {
        self.keep();
    }

    /// As [`Abandon::disarm`], for a guard that stays where it is.
    pub(crate) fn keep(&mut self) {
        self.end = Ending::Keep;
    }
}

impl Drop for Abandon<'_> {
    fn drop(&mut self) {
        match self.end {
            Ending::Keep => {}
            Ending::Forget => self.held.state().levels.retain(|open| *open < self.level),
            Ending::Undo => self.held.abandon(self.level),
        }
    }
}
