//! How a run behaves on a database that others use.

use std::time::Duration;

/// What counts as large, unless told otherwise: below it, a scan or a rewrite takes a moment.
const LARGE_ROWS: u64 = 100_000;
/// The size of a table of that many rows, where PostgreSQL has never counted them: 64 MiB.
const LARGE_BYTES: u64 = 64 << 20;

/// The settings of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// How long a statement may wait for a lock. Whoever comes after it waits too, so it is short, and the work is tried
    /// again.
    pub(crate) lock_timeout: Duration,
    /// How long a statement may take; zero is as long as it needs.
    pub(crate) statement_timeout: Duration,
    /// From how many rows on a table is large.
    pub(crate) large_rows: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { lock_timeout: Duration::from_secs(5), statement_timeout: Duration::ZERO, large_rows: LARGE_ROWS }
    }
}

impl Settings {
    /// From how many bytes on a table is large whose rows nobody has counted.
    pub(crate) fn large_bytes(&self) -> u64 {
        self.large_rows.saturating_mul(LARGE_BYTES / LARGE_ROWS)
    }
}

/// `duration` as a setting of PostgreSQL's, in which zero means no limit; less than a millisecond is rounded up.
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
        assert_eq!(Settings::default().large_bytes() >> 20, 63);
        assert_eq!(Settings { large_rows: 0, ..Settings::default() }.large_bytes(), 0);
    }
}
