//! The timeouts of statements, as arguments.

use std::time::Duration;

use clap::Args;

use crate::migrate::Migrator;

/// The timeouts of statements. Zero disables a timeout.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Timeouts {
    /// How long a statement may wait for a lock before the work is retried: 500ms, 5s, 2min, or seconds [default: 5s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) lock_timeout: Option<Duration>,
    /// How long a statement, or a batch of a backfill, may take [default: unlimited]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) statement_timeout: Option<Duration>,
}

impl Timeouts {
    /// Applies the given timeouts to `migrator`.
    pub(super) fn apply_to(self, migrator: Migrator) -> Migrator {
        let migrator = match self.lock_timeout {
            Some(timeout) => migrator.lock_timeout(timeout),
            None => migrator,
        };
        match self.statement_timeout {
            Some(timeout) => migrator.statement_timeout(timeout),
            None => migrator,
        }
    }
}

/// Parses `500ms`, `5s`, `2min`, `1h`, or `5`, which means seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let refused = || "write 500ms, 5s, 2min, 1h, or seconds".to_owned();
    let end = text.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..end].parse().map_err(|_| refused())?;
    let seconds = match &text[end..] {
        "ms" => return Ok(Duration::from_millis(number)),
        "" | "s" => Some(number),
        "min" => number.checked_mul(60),
        "h" => number.checked_mul(3_600),
        _ => None,
    };
    seconds.map(Duration::from_secs).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_postgresql_writes_them() {
        for (text, milliseconds) in
            [("500ms", 500), ("5s", 5_000), ("5", 5_000), ("2min", 120_000), ("1h", 3_600_000), ("0", 0)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in [
            "",
            "s",
            "-1",
            "1.5s",
            "5 s",
            "5m",
            "5S",
            "+5s",
            "\u{662}s",
            "99999999999999999999",
            "18446744073709551615min",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
