//! Who keeps a statement waiting: watched from a second connection, which is made only when something takes its time.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::Mutex;
use tokio_postgres::types::Type;

use crate::exec::connect::Address;
use crate::migrate::report::Blocker;
use crate::migrate::session::Connection;
use crate::sql::secret::redacted;

/// Looks no more often than this.
const PACE: Duration = Duration::from_secs(1);

/// What is longer than this is cut.
const QUERY_CHARS: usize = 200;

/// A prepared transaction blocks as process 0, of which nothing else is known. Another's query shows to those only who may
/// see it; the others get PostgreSQL's own words for that.
const BLOCKERS: &str = "SELECT DISTINCT b.pid, coalesce(a.application_name, ''), \
     extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::bigint, \
     nullif(a.query, '<insufficient privilege>'), a.state \
     FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) AS b(pid) \
     LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid ORDER BY b.pid";

/// Watches a server process from outside.
pub(crate) struct Watch<'a> {
    address: &'a Address,
    /// The process.
    backend: i32,
    /// When to look for the first time.
    patience: Duration,
    second: Mutex<Option<Connection>>,
}

impl<'a> Watch<'a> {
    /// Watches `backend`, whose statements wait for a lock no longer than `lock_timeout`.
    pub(crate) fn new(address: &'a Address, backend: i32, lock_timeout: Duration) -> Self {
        // Soon enough to see who blocks before the wait is over, and late enough that most runs need no second connection.
        let patience = if lock_timeout.is_zero() { PACE } else { lock_timeout / 4 };
        let patience = patience.clamp(Duration::from_millis(5), Duration::from_millis(200));
        Self { address, backend, patience, second: Mutex::new(None) }
    }

    /// Does `work`; tells when somebody begins to block it, and yields who did last.
    pub(crate) async fn during<T>(
        &self,
        work: impl Future<Output = T>,
        tell: impl Fn(&[Blocker]),
    ) -> (T, Vec<Blocker>) {
        let mut work = pin!(work);
        let mut seen: Vec<Blocker> = Vec::new();
        let mut delay = self.patience;
        loop {
            if let Ok(done) = tokio::time::timeout(delay, work.as_mut()).await {
                return (done, seen);
            }
            let found = match select(work.as_mut(), pin!(self.look())).await {
                Either::Left((done, _)) => return (done, seen),
                Either::Right((found, _)) => found,
            };
            if !found.is_empty() {
                let known = found.iter().all(|one| seen.iter().any(|other| other.pid == one.pid));
                if !known {
                    tell(&found);
                }
                seen = found;
            }
            delay = (delay * 3 / 2).min(PACE);
        }
    }

    /// Who blocks now. That this cannot be found out is no reason to fail.
    async fn look(&self) -> Vec<Blocker> {
        let mut second = self.second.lock().await;
        if second.is_none() {
            *second = Connection::open(self.address, "schemata").await.ok();
        }
        let Some(connection) = second.as_ref() else { return Vec::new() };
        let found = connection.client.query_typed(BLOCKERS, &[(&self.backend, Type::INT4)]).await;
        if found.is_err() {
            *second = None;
        }
        let rows = found.unwrap_or_default();
        rows.iter().map(|row| blocker(row.get(0), row.get(1), row.get(2), row.get(3))).collect()
    }

    /// Closes the second connection, if there is one.
    pub(crate) async fn close(self) {
        if let Some(connection) = self.second.into_inner() {
            connection.close().await;
        }
    }
}

fn blocker(pid: i32, application: String, age: Option<i64>, query: Option<&str>) -> Blocker {
    let shown = redacted(query.unwrap_or_default());
    let line = shown.trim().lines().next().unwrap_or_default();
    let query: String = line.chars().take(QUERY_CHARS).collect();
    Blocker { pid, application, age, query: (!query.is_empty()).then_some(query) }
}
