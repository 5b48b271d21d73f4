//! Which migration is running, and for how long, on standard error.

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

/// What the migrator is at.
#[derive(Debug, Clone, Default)]
struct Current(Arc<Mutex<Option<(String, Instant)>>>);

impl Current {
    fn set(&self, what: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = what.map(|what| (what, Instant::now()));
    }

    /// As `set`, while the time goes on.
    fn keep(&self, what: String) {
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

/// Shows what takes longer than a second.
#[derive(Debug)]
pub(super) struct Progress(Current);

/// Has `migrator` tell what it is at.
pub(super) fn watch(migrator: Migrator) -> (Migrator, Progress) {
    let current = Current::default();
    let told = current.clone();
    let migrator = migrator.observe(move |event| match (event, text(event)) {
        (Event::Late { id, after }, _) => output::note(&format!("note: {id} runs late: {after} is applied already")),
        (Event::Backfilled { .. }, Some(text)) => told.keep(text),
        (_, text) => told.set(text),
    });
    (migrator, Progress(current))
}

/// What an event means; nothing once a migration is finished.
fn text(event: &Event) -> Option<String> {
    Some(match event {
        Event::Started { id } => format!("running {id}"),
        Event::Blocked { id, blockers } => format!("running {id}, blocked by {}", list(blockers)),
        Event::Retrying { id, attempts, blockers } => {
            let by = if blockers.is_empty() { String::new() } else { format!(" by {}", list(blockers)) };
            format!("running {id}, a table was locked {attempts} time(s){by}")
        }
        Event::Advanced { id, done, of } => format!("running {id}, {done} of {of} steps done"),
        Event::Backfilled { id, table, rows, estimated, rate, .. } => {
            let of = estimated.map_or(String::new(), |estimated| format!(" of about {estimated}"));
            format!("running {id}, {rows}{of} rows of {table}, {rate:.0} a second,")
        }
        Event::WaitingForLock { holder } => {
            let holder = holder.as_ref().map_or(String::new(), |holder| format!(", {holder}"));
            format!("waiting for another migrator{holder}")
        }
        Event::Late { .. } | Event::Marked { .. } | Event::Finished { .. } => return None,
    })
}

/// How far a rollout is.
#[derive(Debug, Default)]
struct Tally {
    pending: usize,
    done: usize,
    failed: usize,
    /// The schemas at work and what happens there, the one that began first in front.
    at_work: VecDeque<(Ident, String)>,
}

impl Tally {
    fn hear(&mut self, event: &RolloutEvent<'_>) {
        match event {
            RolloutEvent::LedgersRead { pending, .. } => self.pending = *pending,
            RolloutEvent::Started { schema } => {
                // One that was put off because another migrator was at it begins again.
                self.at_work.retain(|(other, _)| other != *schema);
                self.at_work.push_back(((*schema).clone(), String::new()));
            }
            RolloutEvent::Step { schema, event } => {
                if let Some((_, what)) = self.at_work.iter_mut().find(|(other, _)| other == *schema) {
                    *what = text(event).unwrap_or_default();
                }
            }
            RolloutEvent::Finished { schema, outcome } => {
                self.at_work.retain(|(other, _)| other != *schema);
                self.done += 1;
                self.failed += usize::from(matches!(outcome, Outcome::Failed { .. }));
            }
        }
    }

    /// What fits into a line: of the schemas at work, only the one that has been so for longest.
    fn line(&self) -> String {
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        let at_work = self.at_work.front().map_or(String::new(), |(schema, what)| match what.as_str() {
            "" => format!("; {}", schema.as_str()),
            what => format!("; {}: {what}", schema.as_str()),
        });
        format!("{} of {} schemas done{failed}{at_work},", self.done, self.pending)
    }
}

/// Has `rollout` tell how far it is.
pub(super) fn watch_many(rollout: Rollout) -> (Rollout, Progress) {
    let current = Current::default();
    let told = current.clone();
    let tally = Mutex::new(Tally::default());
    let rollout = rollout.observe(move |event| {
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.hear(event);
        told.keep(tally.line());
    });
    (rollout, Progress(current))
}

/// Clears the line that counts, where there is one.
pub(super) fn clear() {
    if io::stderr().is_terminal() {
        show(true, "");
    }
}

impl Progress {
    /// Runs `work`, showing progress: on a terminal a line that counts, elsewhere a line every ten seconds.
    pub(super) async fn during<T>(self, work: impl Future<Output = T>) -> T {
        let terminal = io::stderr().is_terminal();
        let pace = Duration::from_secs(if terminal { 1 } else { 10 });
        let mut work = pin!(work);
        let mut shown = false;
        let done = loop {
            match tokio::time::timeout(pace, work.as_mut()).await {
                Ok(done) => break done,
                Err(_elapsed) => {
                    if let Some((what, lasting)) = self.0.get() {
                        show(terminal, &format!("{what} for {} s", lasting.as_secs()));
                        shown = true;
                    }
                }
            }
        };
        if shown && terminal {
            show(true, "");
        }
        done
    }
}

fn show(terminal: bool, text: &str) {
    if terminal {
        // Back to the line's start, and clear it.
        let mut err = io::stderr().lock();
        let _ = write!(err, "\r\x1b[K{text}");
        let _ = err.flush();
    } else {
        output::note(text);
    }
}
