//! The queue of a rollout: decides which schema is next, and when to stop. No connection.

use std::collections::{HashMap, VecDeque};

use crate::ident::Ident;
use crate::tenants::report::{Outcome, Stop};

/// A schema to migrate next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct QueuedSchema {
    pub(crate) schema: Ident,
    /// Whether to wait if another migrator holds its lock: only when nothing else is left to do.
    pub(crate) wait: bool,
}

/// The schemas that wait, and the outcomes so far.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: VecDeque<Ident>,
    /// Schemas whose lock another migrator held.
    busy: VecDeque<Ident>,
    outcomes: HashMap<Ident, Outcome>,
    failures: usize,
    allowed: usize,
    stopped: Option<Stop>,
    /// The number of workers that are still to take a schema.
    workers: usize,
}

impl Queue {
    /// Returns an empty queue that stops once more than `allowed` schemas have failed.
    pub(crate) fn new(allowed: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            busy: VecDeque::new(),
            outcomes: HashMap::new(),
            failures: 0,
            allowed,
            stopped: None,
            workers: 0,
        }
    }

    /// Adds schemas at the end.
    pub(crate) fn add(&mut self, schemas: impl IntoIterator<Item = Ident>) {
        self.waiting.extend(schemas);
    }

    /// Counts a worker that is about to start.
    pub(crate) fn enter(&mut self) {
        self.workers += 1;
    }

    /// Returns the next schema of a worker; `None` if nothing is left, or the queue was stopped. The worker then counts no longer.
    pub(crate) fn next(&mut self) -> Option<QueuedSchema> {
        let next = self.take();
        self.workers -= usize::from(next.is_none());
        next
    }

    fn take(&mut self) -> Option<QueuedSchema> {
        if self.stopped.is_some() {
            return None;
        }
        let fresh = self.waiting.pop_front().map(|schema| QueuedSchema { schema, wait: false });
        fresh.or_else(|| self.busy.pop_front().map(|schema| QueuedSchema { schema, wait: true }))
    }

    /// Puts `schema` last, since another migrator holds its lock: perhaps nothing is left to do by then.
    pub(crate) fn defer(&mut self, schema: Ident) {
        self.busy.push_back(schema);
    }

    /// Puts back a schema that could not be begun, and no longer counts its worker. Returns the schema if that is the last worker:
    /// nobody else would take it.
    pub(crate) fn give_back(&mut self, next: QueuedSchema) -> Option<QueuedSchema> {
        if self.workers == 1 {
            return Some(next);
        }
        self.workers -= 1;
        if next.wait { &mut self.busy } else { &mut self.waiting }.push_front(next.schema);
        None
    }

    /// Records the outcome of a schema.
    pub(crate) fn finish(&mut self, schema: Ident, outcome: Outcome) {
        if matches!(outcome, Outcome::Failed { .. }) {
            self.failures += 1;
            if self.failures > self.allowed {
                self.stop(Stop::Failures { allowed: self.allowed });
            }
        }
        self.outcomes.insert(schema, outcome);
    }

    /// Stops the queue. Of several reasons, the first is kept.
    pub(crate) fn stop(&mut self, why: Stop) {
        self.stopped.get_or_insert(why);
    }

    /// Stops the queue since the canary failed: this reason replaces any other.
    pub(crate) fn stop_at_canary(&mut self) {
        self.stopped = Some(Stop::Canary);
    }

    /// Returns what happened to `schema` so far.
    pub(crate) fn outcome(&self, schema: &Ident) -> Outcome {
        self.outcomes.get(schema).cloned().unwrap_or(Outcome::NotStarted)
    }

    /// Returns why the queue was stopped, if it was.
    pub(crate) fn stopped(&self) -> Option<Stop> {
        self.stopped
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::migrate::MigrateError;

    fn queue(allowed: usize, names: &[&str]) -> Queue {
        let mut queue = Queue::new(allowed);
        queue.add(names.iter().map(|name| Ident::new(*name).expect("short")));
        queue.workers = 3;
        queue
    }

    fn next(queue: &mut Queue) -> Option<(String, bool)> {
        queue.next().map(|next| (next.schema.as_str().to_owned(), next.wait))
    }

    fn failed() -> Outcome {
        Outcome::Failed { error: Arc::new(MigrateError::ServerTooOld { version: "12".to_owned() }) }
    }

    #[test]
    fn a_schema_that_is_busy_comes_last_and_waits() {
        let mut queue = queue(0, &["a", "b"]);
        let first = queue.next().expect("two are waiting");
        queue.defer(first.schema);
        assert_eq!(next(&mut queue), Some(("b".into(), false)));
        assert_eq!(next(&mut queue), Some(("a".into(), true)));
        assert_eq!(next(&mut queue), None);
    }

    #[test]
    fn one_failure_more_than_allowed_stops_it() {
        let mut queue = queue(1, &["a", "b", "c", "d"]);
        let (a, b) = (queue.next().expect("a"), queue.next().expect("b"));
        queue.finish(a.schema, failed());
        assert_eq!(next(&mut queue), Some(("c".into(), false)));
        queue.finish(b.schema.clone(), failed());
        assert_eq!((next(&mut queue), queue.stopped()), (None, Some(Stop::Failures { allowed: 1 })));
        queue.stop(Stop::Asked);
        assert_eq!(queue.stopped(), Some(Stop::Failures { allowed: 1 }));
        assert!(matches!(queue.outcome(&b.schema), Outcome::Failed { .. }));
        assert!(matches!(queue.outcome(&Ident::new("d").expect("short")), Outcome::NotStarted));
    }

    #[test]
    fn a_schema_that_could_not_be_begun_is_next() {
        let mut queue = queue(0, &["a", "b"]);
        let first = queue.next().expect("a");
        assert_eq!(queue.give_back(first), None);
        assert_eq!(next(&mut queue), Some(("a".into(), false)));
    }

    #[test]
    fn the_last_worker_keeps_its_schema_while_others_are_still_closing() {
        let mut queue = queue(0, &["a"]);
        let taken = queue.next().expect("a");
        assert_eq!((next(&mut queue), next(&mut queue)), (None, None), "two workers are done");
        assert_eq!(queue.give_back(taken).expect("nobody else takes it").schema.as_str(), "a");
        assert_eq!(next(&mut queue), None);
    }
}
