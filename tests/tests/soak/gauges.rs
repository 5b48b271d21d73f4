//! Measures what must not grow: this process's memory, backends, prepared statements, the pool.

use std::fmt;
use std::time::{Duration, Instant};

use schemata::{Db, Executor};
use schemata_tests::catalog::connect;

use crate::{CONNECTIONS, STATEMENTS};

/// Backends beyond the pool's: those that a fault cut off and the server has not noticed yet.
const DYING: i64 = 2;

/// The measurements.
#[derive(Default)]
pub struct Gauges {
    /// In MiB, each second.
    memory: Vec<f64>,
    most_backends: i64,
    most_statements: i64,
}

impl Gauges {
    /// Takes all measurements; prints a line every ten seconds.
    pub async fn read(&mut self, url: &str, db: &Db, second: usize) {
        self.memory.push(resident());
        let backends = backends(url).await;
        self.most_backends = self.most_backends.max(backends);
        // Any connection will do; a fault may break it now and then.
        let statements = db.query_as::<(i64,)>("SELECT count(*) FROM pg_prepared_statements", &[]).fetch_one();
        if let Ok(Ok((statements,))) = tokio::time::timeout(Duration::from_secs(5), statements).await {
            self.most_statements = self.most_statements.max(statements);
        }
        if second.is_multiple_of(10) {
            println!("{second} s: {:.1} MiB, {backends} backends", resident());
        }
    }

    /// Waits until the pool is at rest: it has as many backends as connections, and none is at work.
    ///
    /// # Panics
    /// When that takes a minute.
    pub async fn settle(&mut self, url: &str, db: &Db) {
        let began = Instant::now();
        loop {
            let status = format!("{db:?}");
            let number = |name: &str| -> usize {
                let rest = status.split_once(&format!(" {name}: ")).map(|(_, rest)| rest).unwrap_or_default();
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                digits.parse().unwrap_or_else(|_| panic!("{name} in {status}"))
            };
            let (free, idle, backends) = (number("free_slots"), number("idle_connections"), backends(url).await);
            if free == CONNECTIONS && idle <= CONNECTIONS && backends <= i64::try_from(idle).expect("small") {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{backends} backends: {status}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// # Panics
    /// When something has grown.
    pub fn judge(&self, duration: Duration) {
        let connections = i64::try_from(CONNECTIONS).expect("small");
        assert!(self.most_backends <= connections + DYING, "backends: {self}");
        // The driver has up to four of its own, to look up types.
        assert!(self.most_statements <= i64::try_from(STATEMENTS).expect("small") + 5, "prepared statements: {self}");
        if duration >= Duration::from_secs(60) {
            let (early, late) = (self.mean(0.25, 0.5), self.mean(0.75, 1.0));
            assert!(late < early + 12.0, "memory: {self}");
        }
    }

    fn mean(&self, from: f64, to: f64) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index"
        )]
        let at = |part: f64| (self.memory.len() as f64 * part) as usize;
        let part = &self.memory[at(from)..at(to)];
        #[expect(clippy::cast_precision_loss, reason = "few")]
        let length = part.len().max(1) as f64;
        part.iter().sum::<f64>() / length
    }
}

impl fmt::Display for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (early, late) = (self.mean(0.25, 0.5), self.mean(0.75, 1.0));
        let (backends, statements) = (self.most_backends, self.most_statements);
        write!(
            f,
            "memory {early:.1} MiB in the second quarter, {late:.1} MiB in the last; at most {backends} backends, \
             {statements} prepared statements on one"
        )
    }
}

async fn backends(url: &str) -> i64 {
    let client = connect(url).await;
    // Parallel workers of a query carry the name of its session, and are no connections.
    let sql = "SELECT count(*) FROM pg_stat_activity
               WHERE application_name = 'soak' AND backend_type = 'client backend'";
    schemata_tests::catalog::one(&client, sql).await
}

/// Returns this process's resident memory in MiB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
