//! What a pool knows about servers that take writes, and when it may search for one.
//!
//! A write that is refused with 25006 may mean that the server has become a standby and another one primary. The search
//! itself is [`Pool::fail_over`](crate::exec::pool::pool), since it replaces the pool's connections.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

use crate::exec::connection::connection::Connection;
use crate::exec::connection::reset::reset;

/// The minimum pause between two searches.
const SEARCH_PAUSE: Duration = Duration::from_millis(500);

/// How long a server may take to answer whether it takes writes. One that takes longer counts as one that takes none.
const ANSWER_LIMIT: Duration = Duration::from_secs(1);

/// The state of a pool's failover.
#[derive(Default)]
pub(crate) struct Failover {
    /// Set once a server that takes writes was found in place of one that takes none.
    prefers_writable: AtomicBool,
    /// The time of the last search. Locked while a search runs.
    last_search: Mutex<Option<Instant>>,
}

impl Failover {
    /// Returns whether new connections should go to a server that takes writes, if there is one.
    pub(crate) fn prefers_writable(&self) -> bool {
        self.prefers_writable.load(Ordering::Acquire)
    }

    /// Begins a search, unless one is running or has just ended.
    pub(crate) fn begin_search(&self) -> Option<Search<'_>> {
        let last_search = self.last_search.try_lock().ok()?;
        let is_due = last_search.is_none_or(|last| last.elapsed() >= SEARCH_PAUSE);
        is_due.then_some(Search { last_search, failover: self })
    }
}

/// A search for a server that takes writes. While it lives, no other search begins.
pub(crate) struct Search<'f> {
    last_search: MutexGuard<'f, Option<Instant>>,
    failover: &'f Failover,
}

impl Search<'_> {
    /// Notes that a server that takes writes was found.
    pub(crate) fn found(&self) {
        self.failover.prefers_writable.store(true, Ordering::Release);
    }

    /// Ends the search; the pause before the next one begins.
    pub(crate) fn finish(mut self) {
        *self.last_search = Some(Instant::now());
    }
}

/// Returns whether the server of `connection`, on which a write was refused, may refuse every write. By now, a transaction
/// that was declared read only is over. A session that raw SQL has made read only is reset first; if it cannot be reset, it
/// shows nothing about its server.
pub(crate) async fn may_refuse_all_writes(connection: &Connection) -> bool {
    let answer = async {
        if connection.needs_reset_by_pool() && !reset(connection).await {
            return connection.client().is_closed();
        }
        !matches!(connection.is_read_only().await, Ok(false))
    };
    timeout(ANSWER_LIMIT, answer).await.unwrap_or(true)
}
