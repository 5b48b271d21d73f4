//! Shows on standard error which migration is running, and for how long.

use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::cli::output;
use crate::ident::Ident;
use crate::migrate::{Blocker, Event, Migrator};
use crate::tenants::{Outcome, Rollout, RolloutEvent};

/// The current activity and when it started.
#[derive(Debug, Clone, Default)]
struct Current(Arc<Mutex<Option<(String, Instant)>>>);

impl Current {
    fn set(&self, what: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = what.map(|what| (what, Instant::now()));
    }

    /// Changes the text without restarting the time.
    fn update(&self, what: String) {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = current.as_ref().map_or_else(Instant::now, |(_, since)| *since);
        *current = Some((what, since));
    }

    fn get(&self) -> Option<(String, Duration)> {
        let current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().map(|(what, since)| (what.clone(), since.elapsed()))
    }
}

fn list(blockers: &[Blocker]) -> String {
    blockers.iter().map(Blocker::to_string).collect::<Vec<_>>().join(" and ")
}

/// The display of activities that take longer than a second.
#[derive(Debug)]
pub(super) struct ProgressDisplay(Current);

/// Reports the activity of `migrator` to the returned display.
pub(super) fn observe(migrator: Migrator) -> (Migrator, ProgressDisplay) {
    let current = Current::default();
    let shown = current.clone();
    let migrator = migrator.observe(move |event| match (event, text(event)) {
        (Event::Late { id, after }, _) => output::note(&format!("note: {id} runs late: {after} is already applied")),
        (Event::Backfilled { .. }, Some(text)) => shown.update(text),
        (_, text) => shown.set(text),
    });
    (migrator, ProgressDisplay(current))
}

/// Describes the activity that an event begins; `None` if it ends one.
fn text(event: &Event) -> Option<String> {
    Some(match event {
        Event::Started { id } => format!("running {id}"),
        Event::Blocked { id, blockers } => format!("running {id}, blocked by {}", list(blockers)),
        Event::Retrying { id, attempts, blockers } => {
            let by = if blockers.is_empty() { String::new() } else { format!(" by {}", list(blockers)) };
            format!("running {id}, retried {attempts} time(s), as a table was locked{by}")
        }
        Event::Advanced { id, done, of } => format!("running {id}, {done} of {of} steps done"),
        Event::Backfilled { id, table, rows, estimated, rate, .. } => {
            let of = estimated.map_or(String::new(), |estimated| format!(" of about {estimated}"));
            format!("running {id}, {rows}{of} rows of {table}, {rate:.0} per second,")
        }
        Event::WaitingForLock { holder } => {
            let holder = holder.as_ref().map_or(String::new(), |holder| format!(", {holder}"));
            format!("waiting for another migrator{holder}")
        }
        Event::Late { .. } | Event::Marked { .. } | Event::Finished { .. } => return None,
    })
}

/// The progress of a rollout.
#[derive(Debug, Default)]
struct Tally {
    pending: usize,
    done: usize,
    failed: usize,
    /// The schemas being migrated and what happens in each, in the order they started.
    running: VecDeque<(Ident, String)>,
}

impl Tally {
    fn record(&mut self, event: &RolloutEvent<'_>) {
        match event {
            RolloutEvent::LedgersRead { pending, .. } => self.pending = *pending,
            RolloutEvent::Started { schema } => {
                // A schema that another migrator had locked was put off, and starts again.
                self.running.retain(|(other, _)| other != *schema);
                self.running.push_back(((*schema).clone(), String::new()));
            }
            RolloutEvent::Step { schema, event } => {
                if let Some((_, what)) = self.running.iter_mut().find(|(other, _)| other == *schema) {
                    *what = text(event).unwrap_or_default();
                }
            }
            RolloutEvent::Finished { schema, outcome } => {
                self.running.retain(|(other, _)| other != *schema);
                self.done += 1;
                self.failed += usize::from(matches!(outcome, Outcome::Failed { .. }));
            }
        }
    }

    /// Returns the line to show: the counts, and the schema that has been running for longest.
    fn line(&self) -> String {
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        let running = self.running.front().map_or(String::new(), |(schema, what)| match what.as_str() {
            "" => format!("; {}", schema.as_str()),
            what => format!("; {}: {what}", schema.as_str()),
        });
        format!("{} of {} schemas done{failed}{running},", self.done, self.pending)
    }
}

/// Reports the progress of `rollout` to the returned display.
pub(super) fn observe_rollout(rollout: Rollout) -> (Rollout, ProgressDisplay) {
    let current = Current::default();
    let shown = current.clone();
    let tally = Mutex::new(Tally::default());
    let rollout = rollout.observe(move |event| {
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.record(event);
        shown.update(tally.line());
    });
    (rollout, ProgressDisplay(current))
}

/// Clears the progress line of a terminal.
pub(super) fn clear() {
    if io::stderr().is_terminal() {
        show(true, "");
    }
}

impl ProgressDisplay {
    /// Runs `work` and shows progress: on a terminal in a line that is updated, elsewhere in a new line every ten seconds.
    pub(super) async fn during<T>(self, work: impl Future<Output = T>) -> T {
        let terminal = io::stderr().is_terminal();
        let pace = Duration::from_secs(if terminal { 1 } else { 10 });
        let mut work = pin!(work);
        let mut printed = false;
        let done = loop {
            match tokio::time::timeout(pace, work.as_mut()).await {
                Ok(done) => break done,
                Err(_elapsed) => {
                    if let Some((what, lasting)) = self.0.get() {
                        show(terminal, &format!("{what} for {} s", lasting.as_secs()));
                        printed = true;
                    }
                }
            }
        };
        if printed && terminal {
            show(true, "");
        }
        done
    }
}

fn show(terminal: bool, text: &str) {
    if terminal {
        // Returns to the start of the line and clears it.
        let mut err = io::stderr().lock();
        let _ = write!(err, "\r\x1b[K{text}");
        let _ = err.flush();
    } else {
        output::note(text);
    }
}
