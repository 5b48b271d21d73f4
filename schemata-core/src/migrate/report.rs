//! What the migrator reports: while it works, and when it is done.

use std::fmt;
use std::time::Duration;

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The migrations it applied, in order.
    pub applied: Vec<String>,
    /// The squashes that it marked as applied without running them, since everything they replace is applied.
    pub marked: Vec<String>,
}

impl Report {
    /// Returns whether there was nothing to do.
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
        /// The holder of the lock.
        holder: Option<LockHolder>,
    },
    /// A migration begins.
    Started {
        /// The migration's id.
        id: &'static str,
    },
    /// A migration waits until others release a table; it continues by itself.
    Blocked {
        /// The migration's id.
        id: &'static str,
        /// The sessions that block it.
        blockers: Vec<Blocker>,
    },
    /// A migration could not get a table's lock in time, or met a deadlock, and will be tried again.
    Retrying {
        /// The migration's id.
        id: &'static str,
        /// The number of attempts so far.
        attempts: u32,
        /// The sessions that blocked it, if they could be seen.
        blockers: Vec<Blocker>,
    },
    /// A migration that runs step by step has completed steps.
    Advanced {
        /// The migration's id.
        id: &'static str,
        /// The number of steps that are done.
        done: usize,
        /// The number of steps.
        of: usize,
    },
    /// A backfill has committed a batch.
    Backfilled {
        /// The migration's id.
        id: &'static str,
        /// The table.
        table: String,
        /// The number of rows it has visited, in earlier runs too.
        rows: i64,
        /// The number of rows it has changed.
        changed: i64,
        /// The number of rows in the table, by PostgreSQL's estimate.
        estimated: Option<i64>,
        /// The number of rows it visits per second, in this run.
        rate: f64,
    },
    /// A pending migration sorts before one of its module that is applied, and will run.
    Late {
        /// The migration's id.
        id: &'static str,
        /// The id of the applied one.
        after: String,
    },
    /// A squash was marked as applied without running: everything it replaces is applied.
    Marked {
        /// The migration's id.
        id: &'static str,
    },
    /// A migration is committed.
    Finished {
        /// The migration's id.
        id: &'static str,
        /// How long it took.
        took: Duration,
    },
}

/// The session that holds the migration lock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockHolder {
    /// The process id of the server session.
    pub pid: i32,
    /// The session's `application_name`.
    pub application: String,
    /// Seconds since the session began.
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
    /// The process id of the server session; 0 for a prepared transaction.
    pub pid: i32,
    /// The session's `application_name`.
    pub application: String,
    /// Seconds since its transaction began, if it is in one that this role may see.
    pub age: Option<i64>,
    /// The first line of its latest query, if this role may see it.
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

/// A pending migration and its SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedMigration {
    /// The migration's module.
    pub module: &'static str,
    /// The migration's id.
    pub id: &'static str,
    /// The statements it will run.
    pub statements: Vec<String>,
    /// Whether it reads data, so that its further statements depend on what it finds.
    pub dynamic: bool,
    /// Whether it runs step by step, in several transactions.
    pub stepwise: bool,
    /// The applied migration of its module that sorts after it, if one does.
    pub late: Option<String>,
}

/// A migration and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MigrationStatus {
    /// The migration's module.
    pub module: String,
    /// The migration's id.
    pub id: String,
    /// The migration's state.
    pub state: MigrationState,
}

/// The state of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MigrationState {
    /// Applied, and unchanged since.
    Applied {
        /// When it finished, by the server's clock.
        at: String,
    },
    /// Not applied yet.
    Pending,
    /// Interrupted between its steps. The next run resumes it.
    Unfinished {
        /// The number of steps that are done.
        done: usize,
        /// The number of steps.
        of: usize,
    },
    /// Not applied yet, although a migration of its module that sorts after it is applied.
    Late {
        /// The id of the applied migration.
        after: String,
    },
    /// Applied, and edited since.
    Edited {
        /// The checksum in the ledger.
        stored: String,
        /// The checksum of what it does now.
        current: String,
    },
    /// A squash ran in its place, or will; or it ran, is no longer in this program, and a squash replaces it.
    Replaced {
        /// The id of the squash.
        by: String,
    },
    /// A squash that never runs here, since what it replaces ran or will. Once all of that has run, the squash counts as
    /// applied, and the next run marks it in the ledger.
    Replacing {
        /// The number of migrations it replaces that are not applied yet.
        left: usize,
    },
    /// A squash that cannot count as applied: the database has a part of what it replaces, and the program lacks the rest.
    Stuck {
        /// The missing migrations, and what to do.
        why: String,
    },
    /// Applied, but not in this program.
    Unlinked,
}

impl MigrationState {
    /// Returns whether nothing is left to do for the migration.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Applied { .. } | Self::Replaced { .. } | Self::Replacing { left: 0 })
    }
}
