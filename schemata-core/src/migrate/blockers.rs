//! Finds the sessions that keep a statement waiting, from a second connection that is opened only when a statement
//! takes long. Who holds the migrator's own lock is read in `session/lock`.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::Mutex;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::exec::connect::Address;
use crate::migrate::report::Blocker;
use crate::migrate::session::DedicatedConnection;
use crate::sql::secret::redacted;

/// The longest time between two looks.
const MAX_INTERVAL: Duration = Duration::from_secs(1);

/// The number of characters of a blocker's query that are shown.
const QUERY_CHARS: usize = 200;

/// A prepared transaction blocks as process 0, of which nothing else is known. PostgreSQL replaces the query of another
/// role's session by a message, unless the role may see it.
const BLOCKERS: &str = "
    SELECT DISTINCT
           blocking.pid,
           coalesce(activity.application_name, '') AS application,
           extract(epoch FROM pg_catalog.clock_timestamp() - activity.xact_start)::bigint AS age,
           nullif(activity.query, '<insufficient privilege>') AS query
    FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) AS blocking (pid)
    LEFT JOIN pg_catalog.pg_stat_activity activity ON activity.pid = blocking.pid
    ORDER BY blocking.pid";

/// Watches who blocks a server process.
pub(crate) struct BlockerWatch<'a> {
    address: &'a Address,
    /// The process.
    backend: i32,
    /// The time until the first look.
    patience: Duration,
    second: Mutex<Option<DedicatedConnection>>,
}

impl<'a> BlockerWatch<'a> {
    /// Watches `backend`, whose statements wait for a lock no longer than `lock_timeout`.
    pub(crate) fn new(address: &'a Address, backend: i32, lock_timeout: Duration) -> Self {
        // Early enough to see the blockers before the wait is over, late enough that most runs need no second connection.
        let patience = if lock_timeout.is_zero() { MAX_INTERVAL } else { lock_timeout / 4 };
        let patience = patience.clamp(Duration::from_millis(5), Duration::from_millis(200));
        Self { address, backend, patience, second: Mutex::new(None) }
    }

    /// Runs `work`; calls `report` whenever another session begins to block it, and returns the last blockers.
    pub(crate) async fn during<T>(
        &self,
        work: impl Future<Output = T>,
        report: impl Fn(&[Blocker]),
    ) -> (T, Vec<Blocker>) {
        let mut work = pin!(work);
        let mut last: Vec<Blocker> = Vec::new();
        let mut delay = self.patience;
        loop {
            if let Ok(done) = tokio::time::timeout(delay, work.as_mut()).await {
                return (done, last);
            }
            let now = match select(work.as_mut(), pin!(self.blockers())).await {
                Either::Left((done, _)) => return (done, last),
                Either::Right((now, _)) => now,
            };
            if !now.is_empty() {
                let all_known = now.iter().all(|one| last.iter().any(|other| other.pid == one.pid));
                if !all_known {
                    report(&now);
                }
                last = now;
            }
            delay = (delay * 3 / 2).min(MAX_INTERVAL);
        }
    }

    /// Returns the current blockers; none if they cannot be read, which is no reason to fail.
    async fn blockers(&self) -> Vec<Blocker> {
        let mut second = self.second.lock().await;
        if second.is_none() {
            *second = DedicatedConnection::open(self.address, "schemata").await.ok();
        }
        let Some(connection) = second.as_ref() else { return Vec::new() };
        let rows = connection.client.query_typed(BLOCKERS, &[(&self.backend, Type::INT4)]).await;
        if rows.is_err() {
            *second = None;
        }
        rows.unwrap_or_default().iter().map(blocker).collect()
    }

    /// Closes the second connection, if there is one.
    pub(crate) async fn close(self) {
        if let Some(connection) = self.second.into_inner() {
            connection.close().await;
        }
    }
}

fn blocker(row: &Row) -> Blocker {
    let shown = redacted(row.get::<_, Option<&str>>("query").unwrap_or_default());
    let line = shown.trim().lines().next().unwrap_or_default();
    let query: String = line.chars().take(QUERY_CHARS).collect();
    Blocker {
        pid: row.get("pid"),
        application: row.get("application"),
        age: row.get("age"),
        query: (!query.is_empty()).then_some(query),
    }
}
