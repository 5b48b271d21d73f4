//! What the migrator tells: while it works, and when it is done.

use std::fmt;
use std::time::Duration;

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The migrations it applied, in order.
    pub applied: Vec<String>,
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
    /// A migration could not get a table's lock in time and will be tried again.
    Retrying {
        /// Its id.
        id: &'static str,
        /// How often it was tried.
        attempts: u32,
    },
    /// A pending migration sorts before one of its module that is applied, and will run.
    Late {
        /// Its id.
        id: &'static str,
        /// The applied one's.
        after: String,
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
    /// Applied, but not in this program.
    Unlinked,
}
