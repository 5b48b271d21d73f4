//! Which migration is running, and for how long, on standard error.

use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::cli::output;
use crate::migrate::{Blocker, Event, Migrator};

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
    let migrator = migrator.observe(move |event| match event {
        Event::Started { id } => told.set(Some(format!("running {id}"))),
        Event::Blocked { id, blockers } => told.set(Some(format!("running {id}, blocked by {}", list(blockers)))),
        Event::Retrying { id, attempts, blockers } => {
            let by = if blockers.is_empty() { String::new() } else { format!(" by {}", list(blockers)) };
            told.set(Some(format!("running {id}, a table was locked {attempts} time(s){by}")));
        }
        Event::Advanced { id, done, of } => told.set(Some(format!("running {id}, {done} of {of} steps done"))),
        Event::Backfilled { id, table, rows, estimated, rate, .. } => {
            let of = estimated.map_or(String::new(), |estimated| format!(" of about {estimated}"));
            told.keep(format!("running {id}, {rows}{of} rows of {table}, {rate:.0} a second,"));
        }
        Event::WaitingForLock { holder } => {
            let holder = holder.as_ref().map_or(String::new(), |holder| format!(", {holder}"));
            told.set(Some(format!("waiting for another migrator{holder}")));
        }
        Event::Late { id, after } => output::note(&format!("note: {id} runs late: {after} is applied already")),
        Event::Finished { .. } => told.set(None),
    });
    (migrator, Progress(current))
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
