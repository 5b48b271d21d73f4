//! Counts calls that wait for an answer, and limits the wait on the client's side: a server that is stopped, or a network
//! that loses packets, cannot enforce the server's limit.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::task::AbortHandle;

/// How often a connection is checked within the limit. A call that waits too long is noticed late by at most one such
/// interval.
const LOOKS: u32 = 4;

/// Added when a call is sent: one event, and one waiting call.
const BEGIN: u64 = (1 << 32) + 1;
/// What its progress adds: one event.
const PROGRESS: u64 = 1 << 32;
/// What its end adds: one event, and one less that waits.
const END: u64 = (1 << 32) - 1;

/// The calls that wait on one connection. A call costs two additions and no timer: a task compares the count with its last
/// one to see whether anything happened.
#[derive(Debug, Default)]
pub(crate) struct PendingCalls {
    /// The number of events in the upper half, and that of waiting calls in the lower half.
    events: AtomicU64,
    is_unlimited: AtomicBool,
}

impl PendingCalls {
    /// Notes that a call is sent.
    pub(crate) fn begin(&self) {
        self.events.fetch_add(BEGIN, Ordering::Relaxed);
    }

    /// Data of a call went out: the other side takes it.
    pub(crate) fn progress(&self) {
        self.events.fetch_add(PROGRESS, Ordering::Relaxed);
    }

    /// A call is answered, or nobody waits for it.
    pub(crate) fn end(&self) {
        self.events.fetch_add(END, Ordering::Relaxed);
    }

    /// Lifts the limit for calls, or restores it: the program has changed `statement_timeout` itself.
    pub(crate) fn set_unlimited(&self, unlimited: bool) {
        self.is_unlimited.store(unlimited, Ordering::Relaxed);
    }

    /// Returns whether any call waits.
    pub(crate) fn has_any(&self) -> bool {
        self.events.load(Ordering::Relaxed) & u64::from(u32::MAX) > 0
    }

    /// Returns the count of events so far if a call waits.
    fn waiting(&self) -> Option<u64> {
        let events = self.events.load(Ordering::Relaxed);
        (self.has_any() && !self.is_unlimited.load(Ordering::Relaxed)).then_some(events)
    }
}

/// Closes a connection on which a call waits for longer than `limit`. Ends with the connection.
pub(crate) fn watch(pending: &Arc<PendingCalls>, limit: Duration, driver: AbortHandle) {
    tokio::spawn(look(Arc::downgrade(pending), limit, driver));
}

async fn look(pending: Weak<PendingCalls>, limit: Duration, driver: AbortHandle) {
    let (mut seen, mut times) = (None, 0);
    while !driver.is_finished() {
        tokio::time::sleep(limit / LOOKS).await;
        let Some(now) = pending.upgrade().map(|pending| pending.waiting()) else { return };
        times = if now.is_some() && now == seen { times + 1 } else { 0 };
        seen = now;
        if times == LOOKS {
            tracing::warn!(
                target: "schemata::pool",
                limit_ms = limit.as_secs_f64() * 1000.0,
                "the server does not answer: the connection is closed"
            );
            driver.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_waits_and_sees_what_happens() {
        let pending = PendingCalls::default();
        assert_eq!(pending.waiting(), None);
        pending.begin();
        let first = pending.waiting().expect("one waits");
        assert_eq!(pending.waiting(), Some(first), "nothing happened");
        pending.progress();
        let second = pending.waiting().expect("it still waits");
        assert_ne!(second, first, "it went on");
        pending.begin();
        pending.end();
        assert!(pending.waiting().is_some_and(|now| now != second), "one ended");
        pending.set_unlimited(true);
        assert_eq!(pending.waiting(), None);
        pending.set_unlimited(false);
        pending.end();
        assert_eq!(pending.waiting(), None);
    }
}
