//! The open levels of a transaction: the transaction itself and the savepoints in it, each with what is to run after COMMIT.
//! What happens on the wire is [`held`](crate::exec::transaction::transaction_connection)'s affair.

use crate::error::{Error, Result};

/// What runs after COMMIT.
pub(crate) type Hook = Box<dyn FnOnce() + Send>;

/// The open levels, as far as this side knows.
#[derive(Default)]
pub(crate) struct Levels {
    /// Outermost first. Empty: the transaction has ended, or is about to.
    open: Vec<u64>,
    /// The number of the next level.
    next: u64,
    /// The outermost level whose work was dropped, and that is still open on the server.
    abandoned: Option<u64>,
    /// What runs after COMMIT, with the number of levels open when it was asked for.
    hooks: Vec<(usize, Hook)>,
    /// Nobody waits for the end: whoever still has the connection closes it.
    is_broken_off: bool,
}

impl Levels {
    /// Opens one more; its number.
    pub(crate) fn push(&mut self) -> u64 {
        self.next += 1;
        self.open.push(self.next);
        self.next
    }

    /// Whether `level` is the innermost one.
    pub(crate) fn check(&self, level: u64) -> Result<()> {
        match self.open.last() {
            Some(innermost) if *innermost == level => Ok(()),
            _ if self.open.contains(&level) => Err(Error::TransactionNested),
            _ => Err(Error::TransactionEnded),
        }
    }

    /// Makes the work of `level` that of the level around it.
    pub(crate) fn keep(&mut self, level: u64) {
        self.forget(level);
        let depth = self.open.len();
        for (at, _) in &mut self.hooks {
            *at = (*at).min(depth);
        }
    }

    /// Closes `level` and those inside it, of which the server knows nothing.
    pub(crate) fn forget(&mut self, level: u64) {
        self.open.retain(|open| *open < level);
    }

    /// Closes `level` and those inside it, for the server to follow.
    pub(crate) fn abandon(&mut self, level: u64) {
        if !self.open.contains(&level) {
            return;
        }
        self.forget(level);
        let depth = self.open.len();
        self.hooks.retain(|(at, _)| *at <= depth);
        self.abandoned = Some(self.abandoned.map_or(level, |first| first.min(level)));
    }

    /// Closes all. A nested one that is still open belongs to work nobody waits for.
    pub(crate) fn end(&mut self) {
        if let Some(level) = self.open.get(1).copied() {
            self.abandon(level);
        }
        self.open.clear();
    }

    /// Closes all, with nobody to wait for it.
    pub(crate) fn break_off(&mut self) {
        self.open.clear();
        self.is_broken_off = true;
    }

    /// Whether nobody waits for the end.
    pub(crate) fn is_broken_off(&self) -> bool {
        self.is_broken_off
    }

    /// The level that the server has to undo, which is not told again.
    pub(crate) fn take_abandoned(&mut self) -> Option<u64> {
        self.abandoned.take()
    }

    /// The server did not undo `level`: nothing after it can pass for done.
    pub(crate) fn not_undone(&mut self, level: u64) {
        self.abandoned = Some(level);
    }

    /// Keeps `hook` for the time after COMMIT.
    pub(crate) fn on_commit(&mut self, level: u64, hook: Hook) -> Result<()> {
        self.check(level)?;
        self.hooks.push((self.open.len(), hook));
        Ok(())
    }

    /// What is to run now.
    pub(crate) fn take_hooks(&mut self) -> Vec<Hook> {
        std::mem::take(&mut self.hooks).into_iter().map(|(_, hook)| hook).collect()
    }
}
