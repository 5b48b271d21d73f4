//! The client's time limit for calls: a stopped server, or a network that loses packets, cannot enforce the server's limit.
//!
//! One task per connection enforces it. A call costs two atomic additions and no timer.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::task::AbortHandle;

/// The number of checks within the limit. A call that exceeds the limit is noticed at most one interval late.
const CHECKS_PER_LIMIT: u32 = 4;

/// Added when a call begins: one event and one pending call.
const BEGIN: u64 = (1 << 32) + 1;
/// Added when a call makes progress: one event.
const PROGRESS: u64 = 1 << 32;
/// Added when a call ends: one event, minus one pending call.
const END: u64 = (1 << 32) - 1;

/// The pending calls of one connection. The count of events shows whether anything has happened since the last check.
#[derive(Debug, Default)]
pub(crate) struct PendingCalls {
    /// The number of events in the upper half, the number of pending calls in the lower half.
    events: AtomicU64,
    is_unlimited: AtomicBool,
}

impl PendingCalls {
    /// Notes that a call begins to wait.
    pub(crate) fn begin(&self) {
        self.events.fetch_add(BEGIN, Ordering::Relaxed);
    }

    /// Notes that the network has taken data of a call.
    pub(crate) fn progress(&self) {
        self.events.fetch_add(PROGRESS, Ordering::Relaxed);
    }

    /// Notes that a call was answered or dropped.
    pub(crate) fn end(&self) {
        self.events.fetch_add(END, Ordering::Relaxed);
    }

    /// Lifts the limit, for a program that changes `statement_timeout` itself, or restores it.
    pub(crate) fn set_unlimited(&self, unlimited: bool) {
        self.is_unlimited.store(unlimited, Ordering::Relaxed);
    }

    /// Returns whether a call is pending.
    pub(crate) fn has_any(&self) -> bool {
        self.events.load(Ordering::Relaxed) & u64::from(u32::MAX) > 0
    }

    /// Returns the count of events if a call is pending and the limit applies.
    fn events_if_pending(&self) -> Option<u64> {
        let events = self.events.load(Ordering::Relaxed);
        (self.has_any() && !self.is_unlimited.load(Ordering::Relaxed)).then_some(events)
    }
}

/// Starts the task that closes a connection on which nothing has happened for `limit` while a call was pending. It ends with
/// the connection.
pub(crate) fn enforce(pending: &Arc<PendingCalls>, limit: Duration, connection: AbortHandle) {
    tokio::spawn(close_if_stuck(Arc::downgrade(pending), limit, connection));
}

async fn close_if_stuck(pending: Weak<PendingCalls>, limit: Duration, connection: AbortHandle) {
    let (mut before, mut unchanged) = (None, 0);
    while !connection.is_finished() {
        tokio::time::sleep(limit / CHECKS_PER_LIMIT).await;
        let Some(now) = pending.upgrade().map(|pending| pending.events_if_pending()) else { return };
        unchanged = if now.is_some() && now == before { unchanged + 1 } else { 0 };
        before = now;
        if unchanged == CHECKS_PER_LIMIT {
            tracing::warn!(
                target: "schemata::pool",
                limit_ms = limit.as_secs_f64() * 1000.0,
                "the server does not answer: the connection is closed"
            );
            connection.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_pending_calls_and_events() {
        let pending = PendingCalls::default();
        assert_eq!(pending.events_if_pending(), None);
        pending.begin();
        let first = pending.events_if_pending().expect("one is pending");
        assert_eq!(pending.events_if_pending(), Some(first), "nothing happened");
        pending.progress();
        let second = pending.events_if_pending().expect("it is still pending");
        assert_ne!(second, first, "it went on");
        pending.begin();
        pending.end();
        assert!(pending.events_if_pending().is_some_and(|now| now != second), "one ended");
        pending.set_unlimited(true);
        assert_eq!(pending.events_if_pending(), None);
        pending.set_unlimited(false);
        pending.end();
        assert_eq!(pending.events_if_pending(), None);
    }
}
