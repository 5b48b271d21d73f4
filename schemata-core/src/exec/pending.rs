//! Calls that wait for an answer, and the limit on this side: a server that is stopped, or a network that swallows packets,
//! never gets to enforce its own.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::task::AbortHandle;

/// How often a connection is looked at within the limit. A call that waits too long is noticed a fraction of it late.
const LOOKS: u32 = 4;

/// What a call adds: one event, and one that waits.
const BEGIN: u64 = (1 << 32) + 1;
/// What its progress adds: one event.
const PROGRESS: u64 = 1 << 32;
/// What its end adds: one event, and one less that waits.
const END: u64 = (1 << 32) - 1;

/// What waits for answers on one connection. Costs a call two additions and no timer: whoever looks sees whether anything
/// happened since.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// The number of events, and in the lower half how many wait.
    events: AtomicU64,
    is_unlimited: AtomicBool,
}

impl Pending {
    /// A call is sent.
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

    /// Lets calls take as long as they need, or not any more. The program changes `statement_timeout` itself.
    pub(crate) fn set_unlimited(&self, unlimited: bool) {
        self.is_unlimited.store(unlimited, Ordering::Relaxed);
    }

    /// Whether any call waits.
    pub(crate) fn has_any(&self) -> bool {
        self.events.load(Ordering::Relaxed) & u64::from(u32::MAX) > 0
    }

    /// What has happened so far, if something waits.
    fn waiting(&self) -> Option<u64> {
        let events = self.events.load(Ordering::Relaxed);
        (self.has_any() && !self.is_unlimited.load(Ordering::Relaxed)).then_some(events)
    }
}

/// Closes a connection on which a call waits for longer than `limit`. Ends with the connection.
pub(crate) fn watch(pending: &Arc<Pending>, limit: Duration, driver: AbortHandle) {
    tokio::spawn(look(Arc::downgrade(pending), limit, driver));
}

async fn look(pending: Weak<Pending>, limit: Duration, driver: AbortHandle) {
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
        let pending = Pending::default();
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
