//! PostgreSQL's lock modes on tables, weakest first.

use std::fmt;

/// A lock on a table (PostgreSQL manual, 13.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TableLock {
    /// Reading.
    AccessShare,
    /// Locking rows.
    RowShare,
    /// Writing rows.
    RowExclusive,
    /// `VALIDATE CONSTRAINT`, `CREATE INDEX CONCURRENTLY`: reads and writes go on.
    ShareUpdateExclusive,
    /// `CREATE INDEX`: nobody writes.
    Share,
    /// `ADD FOREIGN KEY`: nobody writes.
    ShareRowExclusive,
    /// Nobody writes.
    Exclusive,
    /// Most of `ALTER TABLE`: nobody reads or writes.
    AccessExclusive,
}

impl TableLock {
    const ALL: [(Self, &'static str, &'static str); 8] = [
        (Self::AccessShare, "AccessShareLock", "ACCESS SHARE"),
        (Self::RowShare, "RowShareLock", "ROW SHARE"),
        (Self::RowExclusive, "RowExclusiveLock", "ROW EXCLUSIVE"),
        (Self::ShareUpdateExclusive, "ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE"),
        (Self::Share, "ShareLock", "SHARE"),
        (Self::ShareRowExclusive, "ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE"),
        (Self::Exclusive, "ExclusiveLock", "EXCLUSIVE"),
        (Self::AccessExclusive, "AccessExclusiveLock", "ACCESS EXCLUSIVE"),
    ];

    /// The mode that `pg_locks` calls so.
    pub(crate) fn parse(mode: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name, _)| *name == mode).map(|(lock, ..)| *lock)
    }

    /// Whether nobody else can write to the table.
    pub fn blocks_writes(self) -> bool {
        self >= Self::Share
    }

    /// Whether nobody else can even read it.
    pub fn blocks_reads(self) -> bool {
        self == Self::AccessExclusive
    }
}

impl fmt::Display for TableLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Self::ALL.iter().find(|(lock, ..)| lock == self);
        f.write_str(found.map_or("", |(_, _, sql)| sql))
    }
}
