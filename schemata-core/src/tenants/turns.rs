//! One task of a rollout: schemas in turn, on one connection.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::exec::connect::Address;
use crate::ident::Ident;
use crate::migrate::record::Recorded;
use crate::migrate::session::{Connection, probe};
use crate::migrate::{MigrateError, Migrator, Report};
use crate::tenants::queue::{Queue, Turn};
use crate::tenants::report::{Outcome, RolloutEvent, Stop};
use crate::tenants::rollout::Observer;

/// How often the last task tries to connect, with pauses that double from this one on.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

/// How many schemas a connection migrates before it is replaced: the server keeps what it knows of their tables in its
/// process, as long as that lives.
const TURNS: u32 = 100;

/// What the tasks share.
pub(crate) struct Work {
    pub(crate) migrator: Migrator,
    pub(crate) known: Vec<Recorded>,
    pub(crate) address: Address,
    queue: Mutex<Queue>,
    pub(crate) observer: Observer,
    /// How many tasks are at work.
    tasks: AtomicUsize,
}

impl Work {
    pub(crate) fn new(
        migrator: Migrator,
        known: Vec<Recorded>,
        address: Address,
        queue: Queue,
        observer: Observer,
    ) -> Self {
        Self { migrator, known, address, queue: Mutex::new(queue), observer, tasks: AtomicUsize::new(0) }
    }

    pub(crate) fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a task that is about to begin.
    pub(crate) fn enter(&self) {
        self.tasks.fetch_add(1, Ordering::SeqCst);
    }

    async fn connect(&self) -> Result<Connection, MigrateError> {
        Connection::open(&self.address, self.migrator.application_name()).await
    }
}

/// Takes turns until there are none.
pub(crate) async fn take_turns(work: Arc<Work>) {
    let mut line = Line { work: &work, open: None };
    loop {
        let next = work.queue().next();
        let Some(turn) = next else { break };
        if let Err(error) = line.ready().await {
            let is_last = work.tasks.fetch_sub(1, Ordering::SeqCst) == 1;
            if !is_last {
                // The server has no connection left for this task: the others do its work.
                work.queue().give_back(turn);
                return;
            }
            work.tasks.fetch_add(1, Ordering::SeqCst);
            if let Err(error) = line.insist(error).await {
                line.finish(turn.schema, Outcome::Failed { error: Arc::new(error) });
                work.queue().stop(Stop::Unreachable);
                break;
            }
        }
        line.take(turn).await;
    }
    line.close().await;
    work.tasks.fetch_sub(1, Ordering::SeqCst);
}

/// A task's connection, and how many schemas it has seen.
struct Line<'w> {
    work: &'w Work,
    open: Option<(Connection, u32)>,
}

impl Line<'_> {
    /// Sees to it that there is a connection.
    async fn ready(&mut self) -> Result<(), MigrateError> {
        if self.open.as_ref().is_some_and(|(_, turns)| *turns >= TURNS) {
            self.close().await;
        }
        if self.open.is_none() {
            self.open = Some((self.work.connect().await?, 0));
        }
        Ok(())
    }

    /// Tries to connect again for a while.
    async fn insist(&mut self, mut error: MigrateError) -> Result<(), MigrateError> {
        for attempt in 0..TRIES {
            tokio::time::sleep(PAUSE * 2_u32.pow(attempt)).await;
            match self.ready().await {
                Ok(()) => return Ok(()),
                Err(again) => error = again,
            }
        }
        Err(error)
    }

    async fn take(&mut self, turn: Turn) {
        let Some((connection, turns)) = self.open.take() else { return };
        let schema = turn.schema.clone();
        (self.work.observer)(&RolloutEvent::Started { schema: &schema });
        let done = migrate(self.work, &connection, &turn).await;
        let outcome = match done {
            Ok(outcome) => {
                // What cannot be renewed is replaced.
                if connection.renew().await.is_ok() {
                    self.open = Some((connection, turns + 1));
                } else {
                    connection.close().await;
                }
                outcome
            }
            Err(error) => {
                connection.close().await;
                self.failed(&schema, error).await
            }
        };
        match outcome {
            Some(outcome) => self.finish(schema, outcome),
            None => self.work.queue().defer(schema),
        }
    }

    /// What a failure means, seen on a new connection: if the schema is gone, it is none.
    async fn failed(&mut self, schema: &Ident, error: MigrateError) -> Option<Outcome> {
        if self.ready().await.is_ok()
            && let Some((connection, _)) = &self.open
            && let Ok(found) = probe(&connection.client, schema).await
            && !found.schema_exists
        {
            return Some(Outcome::Gone);
        }
        Some(Outcome::Failed { error: Arc::new(error) })
    }

    fn finish(&self, schema: Ident, outcome: Outcome) {
        (self.work.observer)(&RolloutEvent::Finished { schema: &schema, outcome: &outcome });
        self.work.queue().finish(schema, outcome);
    }

    async fn close(&mut self) {
        if let Some((connection, _)) = self.open.take() {
            connection.close().await;
        }
    }
}

/// Migrates one schema; `None` where another migrator is at it and there is other work meanwhile.
async fn migrate(work: &Work, connection: &Connection, turn: &Turn) -> Result<Option<Outcome>, MigrateError> {
    let observer = Arc::clone(&work.observer);
    let schema = turn.schema.clone();
    let tell = move |event: &_| observer(&RolloutEvent::Step { schema: &schema, event });
    let mut migrator = work.migrator.on(turn.schema.clone(), tell);
    if !turn.wait {
        migrator = migrator.patience(Duration::ZERO);
    }
    match migrator.run_on(connection, &work.known).await {
        Ok(None) => Ok(Some(Outcome::Gone)),
        Ok(Some(report)) if report.is_empty() => Ok(Some(Outcome::UpToDate)),
        Ok(Some(Report { applied, marked })) => Ok(Some(Outcome::Applied { migrations: applied, marked })),
        Err(MigrateError::Locked { .. }) if !turn.wait => Ok(None),
        Err(error) => Err(error),
    }
}
