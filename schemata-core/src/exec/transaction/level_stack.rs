//! The open levels of a transaction: the transaction itself and the savepoints in it, each with its hooks.
//!
//! This is the bookkeeping of the client; [`transaction_connection`](crate::exec::transaction::transaction_connection) sends
//! the statements.

use crate::error::{Error, Result};

/// A function that runs after COMMIT.
pub(crate) type Hook = Box<dyn FnOnce() + Send>;

/// The open levels, as the client knows them.
#[derive(Default)]
pub(crate) struct Levels {
    /// Numbers of the open levels, outermost first. Empty once the transaction has ended or begins to end.
    open: Vec<u64>,
    /// The number of the next level.
    next: u64,
    /// The outermost level that was abandoned here and is still open on the server.
    abandoned: Option<u64>,
    /// Hooks, each with the number of levels that were open when it was added.
    hooks: Vec<(usize, Hook)>,
    /// Set if the transaction was broken off: the last user of the connection closes it.
    is_broken_off: bool,
}

impl Levels {
    /// Opens an inner level and returns its number.
    pub(crate) fn push(&mut self) -> u64 {
        self.next += 1;
        self.open.push(self.next);
        self.next
    }

    /// Opens a level inside `level`, which must be the innermost one, and returns its number.
    pub(crate) fn nest(&mut self, level: u64) -> Result<u64> {
        self.check(level)?;
        Ok(self.push())
    }

    /// Refuses a level that is not the innermost one.
    pub(crate) fn check(&self, level: u64) -> Result<()> {
        match self.open.last() {
            Some(innermost) if *innermost == level => Ok(()),
            _ if self.open.contains(&level) => Err(Error::TransactionNested),
            _ => Err(Error::TransactionEnded),
        }
    }

    /// Merges `level` into the level around it, which keeps its hooks.
    pub(crate) fn merge(&mut self, level: u64) {
        self.forget(level);
        let depth = self.open.len();
        for (at, _) in &mut self.hooks {
            *at = (*at).min(depth);
        }
    }

    /// Closes `level` and those inside it, which are not open on the server.
    pub(crate) fn forget(&mut self, level: u64) {
        self.open.retain(|open| *open < level);
    }

    /// Closes `level` and those inside it, and notes that the server has to roll them back.
    pub(crate) fn abandon(&mut self, level: u64) {
        if !self.open.contains(&level) {
            return;
        }
        self.forget(level);
        let depth = self.open.len();
        self.hooks.retain(|(at, _)| *at <= depth);
        self.abandoned = Some(self.abandoned.map_or(level, |outermost| outermost.min(level)));
    }

    /// Closes all levels. A nested level that is still open belongs to dropped work and is abandoned.
    pub(crate) fn end(&mut self) {
        if let Some(level) = self.open.get(1).copied() {
            self.abandon(level);
        }
        self.open.clear();
    }

    /// Closes all levels of a transaction that nobody will end.
    pub(crate) fn break_off(&mut self) {
        self.open.clear();
        self.is_broken_off = true;
    }

    /// Returns whether the transaction was broken off.
    pub(crate) fn is_broken_off(&self) -> bool {
        self.is_broken_off
    }

    /// Returns whether the server has to roll back a level.
    pub(crate) fn has_abandoned(&self) -> bool {
        self.abandoned.is_some()
    }

    /// Returns the level that the server has to roll back, once.
    pub(crate) fn take_abandoned(&mut self) -> Option<u64> {
        self.abandoned.take()
    }

    /// Notes that the server has not rolled back `level`, so that no later statement can succeed.
    pub(crate) fn keep_abandoned(&mut self, level: u64) {
        self.abandoned = Some(level);
    }

    /// Adds a hook to `level`.
    pub(crate) fn on_commit(&mut self, level: u64, hook: Hook) -> Result<()> {
        self.check(level)?;
        self.hooks.push((self.open.len(), hook));
        Ok(())
    }

    /// Takes all hooks.
    pub(crate) fn take_hooks(&mut self) -> Vec<Hook> {
        std::mem::take(&mut self.hooks).into_iter().map(|(_, hook)| hook).collect()
    }
}
