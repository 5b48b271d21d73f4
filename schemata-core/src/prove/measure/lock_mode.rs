//! PostgreSQL's lock modes on tables, weakest first.

use std::fmt;

/// A lock mode on a table (PostgreSQL manual, 13.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TableLock {
    /// `SELECT`.
    AccessShare,
    /// `SELECT … FOR UPDATE`.
    RowShare,
    /// `INSERT`, `UPDATE`, `DELETE`.
    RowExclusive,
    /// `VALIDATE CONSTRAINT`, `CREATE INDEX CONCURRENTLY`: blocks neither reads nor writes.
    ShareUpdateExclusive,
    /// `CREATE INDEX`: blocks writes.
    Share,
    /// `ADD FOREIGN KEY`: blocks writes.
    ShareRowExclusive,
    /// `REFRESH MATERIALIZED VIEW CONCURRENTLY`: blocks writes.
    Exclusive,
    /// Most forms of `ALTER TABLE`: blocks reads and writes.
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

    /// Parses the name of a mode in `pg_locks`.
    pub(crate) fn parse(mode: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name, _)| *name == mode).map(|(lock, ..)| *lock)
    }

    /// Returns whether nobody else can write to the table.
    pub fn blocks_writes(self) -> bool {
        self >= Self::Share
    }

    /// Returns whether nobody else can even read the table.
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
