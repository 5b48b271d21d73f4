//! A worker of a rollout: migrates one schema after another, on one connection.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::exec::connect::Address;
use crate::ident::Ident;
use crate::migrate::record::Recorded;
use crate::migrate::run::SchemaRun;
use crate::migrate::session::{DedicatedConnection, probe};
use crate::migrate::{MigrateError, Report};
use crate::tenants::queue::{Queue, QueuedSchema};
use crate::tenants::report::{Outcome, RolloutEvent, Stop};
use crate::tenants::rollout_builder::RolloutObserver;

/// How many times the last worker tries to connect. The first pause is `PAUSE`; each further one is twice as long.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

/// How many schemas a connection migrates before it is replaced: the server process keeps its cache of
/// their tables as long as it runs.
const SCHEMAS_PER_CONNECTION: u32 = 100;

/// What the workers share.
pub(crate) struct SharedRollout {
    pub(crate) run: SchemaRun,
    pub(crate) known: Vec<Recorded>,
    pub(crate) address: Address,
    queue: Mutex<Queue>,
    pub(crate) observer: RolloutObserver,
}

impl SharedRollout {
    pub(crate) fn new(
        run: SchemaRun,
        known: Vec<Recorded>,
        address: Address,
        queue: Queue,
        observer: RolloutObserver,
    ) -> Self {
        Self { run, known, address, queue: Mutex::new(queue), observer }
    }

    pub(crate) fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Migrates schemas from the queue until it is empty.
pub(crate) async fn work(shared: Arc<SharedRollout>) {
    let mut worker = Worker { shared: &shared, open: None };
    loop {
        let next = shared.queue().next();
        let Some(mut next) = next else { break };
        if let Err(error) = worker.connect().await {
            // The server has no connection left for this worker: the others do its work.
            let given_back = shared.queue().give_back(next);
            let Some(last) = given_back else { return };
            next = last;
            if let Err(error) = worker.reconnect(error).await {
                worker.finish(next.schema, Outcome::Failed { error: Arc::new(error) });
                shared.queue().stop(Stop::Unreachable);
                // Nothing is next any more.
                continue;
            }
        }
        worker.migrate(next).await;
    }
    worker.close().await;
}

/// A worker's connection, with the number of schemas it has migrated.
struct Worker<'w> {
    shared: &'w SharedRollout,
    open: Option<(DedicatedConnection, u32)>,
}

impl Worker<'_> {
    /// Opens a connection, unless the open one can still be used.
    async fn connect(&mut self) -> Result<(), MigrateError> {
        if self.open.as_ref().is_some_and(|(_, schemas)| *schemas >= SCHEMAS_PER_CONNECTION) {
            self.close().await;
        }
        if self.open.is_none() {
            let connection = DedicatedConnection::open(&self.shared.address, &self.shared.run.application).await?;
            self.open = Some((connection, 0));
        }
        Ok(())
    }

    /// Tries to connect again for a while.
    async fn reconnect(&mut self, mut error: MigrateError) -> Result<(), MigrateError> {
        for attempt in 0..TRIES {
            tokio::time::sleep(PAUSE * 2_u32.pow(attempt)).await;
            match self.connect().await {
                Ok(()) => return Ok(()),
                Err(again) => error = again,
            }
        }
        Err(error)
    }

    async fn migrate(&mut self, next: QueuedSchema) {
        let Some((connection, schemas)) = self.open.take() else { return };
        let schema = next.schema.clone();
        (self.shared.observer)(&RolloutEvent::Started { schema: &schema });
        let outcome = match migrate(self.shared, &connection, &next).await {
            Ok(outcome) => {
                // A connection that cannot be renewed is replaced.
                if connection.renew().await.is_ok() {
                    self.open = Some((connection, schemas + 1));
                } else {
                    connection.close().await;
                }
                outcome
            }
            Err(error) => {
                connection.close().await;
                Some(self.outcome_of(&schema, error).await)
            }
        };
        match outcome {
            Some(outcome) => self.finish(schema, outcome),
            None => self.shared.queue().defer(schema),
        }
    }

    /// Returns the outcome of a failure. A new connection shows whether the schema still exists: if it is gone, that is no
    /// failure.
    async fn outcome_of(&mut self, schema: &Ident, error: MigrateError) -> Outcome {
        if self.connect().await.is_ok()
            && let Some((connection, _)) = &self.open
            && let Ok(found) = probe(connection, schema).await
            && !found.schema_exists
        {
            return Outcome::Gone;
        }
        Outcome::Failed { error: Arc::new(error) }
    }

    fn finish(&self, schema: Ident, outcome: Outcome) {
        (self.shared.observer)(&RolloutEvent::Finished { schema: &schema, outcome: &outcome });
        self.shared.queue().finish(schema, outcome);
    }

    async fn close(&mut self) {
        if let Some((connection, _)) = self.open.take() {
            connection.close().await;
        }
    }
}

/// Migrates one schema; returns `None` if another migrator holds its lock and there is other work meanwhile.
async fn migrate(
    shared: &SharedRollout,
    connection: &DedicatedConnection,
    next: &QueuedSchema,
) -> Result<Option<Outcome>, MigrateError> {
    let (observer, schema) = (Arc::clone(&shared.observer), next.schema.clone());
    let report = move |event: &_| observer(&RolloutEvent::Step { schema: &schema, event });
    let mut run = shared.run.on(next.schema.clone(), Arc::new(report));
    if !next.wait {
        run.patience = Duration::ZERO;
    }
    match run.lock(connection).await {
        Err(MigrateError::Locked { .. }) if !next.wait => return Ok(None),
        locked => locked?,
    }
    let found = probe(connection, &run.schema).await?;
    if !found.schema_exists {
        // It was dropped since it was listed, and is not created again.
        return Ok(Some(Outcome::Gone));
    }
    let Report { applied: migrations, marked } = run.run_locked(connection, &found, &shared.known).await?;
    let is_up_to_date = migrations.is_empty() && marked.is_empty();
    Ok(Some(if is_up_to_date { Outcome::UpToDate } else { Outcome::Applied { migrations, marked } }))
}
