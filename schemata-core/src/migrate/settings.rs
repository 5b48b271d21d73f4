//! The settings of a run: what to do with late migrations, how long statements may wait and run, and which tables are large.

use std::time::Duration;

/// The default number of rows of a large table: on a smaller one, a scan or a rewrite takes a moment.
const LARGE_ROWS: u64 = 100_000;
/// The size that stands for that many rows in a table that PostgreSQL has never analyzed: 64 MiB.
const LARGE_BYTES: u64 = 64 << 20;

/// What to do with pending migrations that sort before an applied one, as happens when branches are merged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutOfOrder {
    /// Run them, and report them: the set of applied migrations decides.
    #[default]
    Allow,
    /// Run nothing.
    Error,
}

/// What a run allows its statements, and which tables are large.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunSettings {
    /// How long a statement may wait for a lock. Sessions that come after it wait too, so this is short, and the work is
    /// tried again.
    pub(crate) lock_timeout: Duration,
    /// How long a statement may take; zero means no limit.
    pub(crate) statement_timeout: Duration,
    /// The number of rows from which on a table is large.
    pub(crate) large_rows: u64,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self { lock_timeout: Duration::from_secs(5), statement_timeout: Duration::ZERO, large_rows: LARGE_ROWS }
    }
}

impl RunSettings {
    /// Returns the size in bytes from which on a table that was never analyzed is large.
    pub(crate) fn large_bytes(&self) -> u64 {
        self.large_rows.saturating_mul(LARGE_BYTES / LARGE_ROWS)
    }
}

/// Returns `duration` in milliseconds, as a timeout of PostgreSQL's: zero means no limit, so less than one is rounded up.
pub(crate) fn milliseconds(duration: Duration) -> u128 {
    if duration.is_zero() { 0 } else { duration.as_millis().clamp(1, i32::MAX as u128) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_is_never_meant_by_accident() {
        assert_eq!(milliseconds(Duration::ZERO), 0);
        assert_eq!(milliseconds(Duration::from_micros(3)), 1);
        assert_eq!(milliseconds(Duration::from_secs(u64::MAX)), i32::MAX as u128);
    }

    #[test]
    fn what_is_large_in_bytes_follows_what_is_large_in_rows() {
        assert_eq!(RunSettings::default().large_bytes() >> 20, 63);
        assert_eq!(RunSettings { large_rows: 0, ..RunSettings::default() }.large_bytes(), 0);
    }
}
