//! What the migrator tells: while it works, and when it is done.

use std::fmt;
use std::time::Duration;

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The migrations it applied, in order.
    pub applied: Vec<String>,
    /// The squashes that it noted as applied without running them, since everything they replace is.
    pub marked: Vec<String>,
}

impl Report {
    /// Whether there was nothing to do.
    pub fn is_empty(&self) -> bool {
        self.applied.is_empty() && self.marked.is_empty()
    }
}

/// What a run is doing, as it happens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// Another migrator holds the lock.
    WaitingForLock {
        /// Who.
        holder: Option<LockHolder>,
    },
    /// A migration begins.
    Started {
        /// Its id.
        id: &'static str,
    },
    /// A migration waits for others to let go of a table; it goes on by itself.
    Blocked {
        /// Its id.
        id: &'static str,
        /// Who.
        blockers: Vec<Blocker>,
    },
    /// A migration could not get a table's lock in time, or would have waited for ever, and will be tried again.
    Retrying {
        /// Its id.
        id: &'static str,
        /// How often it was tried.
        attempts: u32,
        /// Who was in its way, where that could be seen.
        blockers: Vec<Blocker>,
    },
    /// A migration that runs step by step has done some of them.
    Advanced {
        /// Its id.
        id: &'static str,
        /// The steps that are done.
        done: usize,
        /// All of them.
        of: usize,
    },
    /// A backfill has committed a batch.
    Backfilled {
        /// The migration's id.
        id: &'static str,
        /// The table.
        table: String,
        /// The rows it went past, those of earlier runs included.
        rows: i64,
        /// The rows it changed.
        changed: i64,
        /// How many rows the table has, by PostgreSQL's estimate.
        estimated: Option<i64>,
        /// Rows it went past a second, in this run.
        rate: f64,
    },
    /// A pending migration sorts before one of its module that is applied, and will run.
    Late {
        /// Its id.
        id: &'static str,
        /// The applied one's.
        after: String,
    },
    /// A squash was noted as applied without running: everything it replaces is.
    Marked {
        /// Its id.
        id: &'static str,
    },
    /// A migration is committed.
    Finished {
        /// Its id.
        id: &'static str,
        /// How long it took.
        took: Duration,
    },
}

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockHolder {
    /// The server process.
    pub pid: i32,
    /// Its `application_name`.
    pub application: String,
    /// Seconds since its session began.
    pub age: i64,
}

impl fmt::Display for LockHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} (pid {}, connected for {} s)", self.application, self.pid, self.age)
    }
}

/// A session that keeps a migration waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blocker {
    /// The server process; 0 is a prepared transaction.
    pub pid: i32,
    /// Its `application_name`.
    pub application: String,
    /// Seconds since its transaction began, where it is in one and that may be seen.
    pub age: Option<i64>,
    /// The first line of its latest query, where that may be seen.
    pub query: Option<String>,
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} (pid {}", self.application, self.pid)?;
        if let Some(age) = self.age {
            write!(f, ", in a transaction for {age} s")?;
        }
        match &self.query {
            Some(query) => write!(f, ", latest query: {query})"),
            None => f.write_str(")"),
        }
    }
}

/// `, blocked by …`, or nothing.
pub(crate) fn blocked_by(blockers: &[Blocker]) -> String {
    if blockers.is_empty() {
        return String::new();
    }
    let all: Vec<String> = blockers.iter().map(Blocker::to_string).collect();
    format!(", blocked by {}", all.join(" and "))
}

/// A pending migration and its SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedMigration {
    /// Its module.
    pub module: &'static str,
    /// Its id.
    pub id: &'static str,
    /// The statements it will run.
    pub statements: Vec<String>,
    /// Whether it reads data, so that further statements depend on what it finds.
    pub dynamic: bool,
    /// Whether it runs step by step, in several transactions.
    pub stepwise: bool,
    /// The applied migration of its module that sorts after it, if one does.
    pub late: Option<String>,
}

/// One migration's state.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MigrationStatus {
    /// Its module.
    pub module: String,
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: MigrationState,
}

/// Where a migration stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MigrationState {
    /// Applied, and unchanged since.
    Applied {
        /// When, by the server's clock.
        at: String,
    },
    /// Not applied yet.
    Pending,
    /// It runs step by step, and was interrupted. The next run carries on.
    Unfinished {
        /// The steps that are done.
        done: usize,
        /// All of them.
        of: usize,
    },
    /// Not applied yet, though a migration of its module is that sorts after it.
    Late {
        /// The id of that one.
        after: String,
    },
    /// Applied, and changed since.
    Edited {
        /// The ledger's checksum.
        stored: String,
        /// The checksum of what it does now.
        current: String,
    },
    /// A squash ran in its place, or will; or it ran, is no longer in this program, and a squash stands for it.
    Replaced {
        /// The squash.
        by: String,
    },
    /// A squash that never runs here, since what it replaces ran or will. Once none of that is left, it counts as applied,
    /// and the next run notes it in the ledger.
    Replacing {
        /// How many of the migrations it replaces are not applied yet.
        left: usize,
    },
    /// A squash for which the database has only a part of what it replaces, while the program lacks the rest.
    Stuck {
        /// What is missing, and what to do.
        why: String,
    },
    /// Applied, but not in this program.
    Unlinked,
}

impl MigrationState {
    /// Whether nothing is left to do for the migration.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Applied { .. } | Self::Replaced { .. } | Self::Replacing { left: 0 })
    }
}
