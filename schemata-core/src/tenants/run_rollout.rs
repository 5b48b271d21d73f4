//! Migrates many schemas: a bounded number of workers, each with a connection of its own, take schemas from one queue.

use std::collections::HashSet;
use std::future::{self, Future};
use std::pin::pin;
use std::sync::Arc;
use std::thread::available_parallelism;

use futures_util::future::{Either, FutureExt, select};
use tokio::task::JoinSet;

use crate::exec::connect::Address;
use crate::ident::Ident;
use crate::migrate::MigrateError;
use crate::migrate::nearest::{self, nearest};
use crate::migrate::record::Recorded;
use crate::migrate::session::{DedicatedConnection, probe};
use crate::tenants::error::TenantsError;
use crate::tenants::group::TenantGroup;
use crate::tenants::list::Tenants;
use crate::tenants::queue::Queue;
use crate::tenants::report::{Outcome, RolloutEvent, RolloutReport, Stop};
use crate::tenants::rollout_builder::Rollout;
use crate::tenants::status::{Overview, TenantState};
use crate::tenants::worker::{SharedRollout, work};

/// The largest default number of workers: more would only wait for each other in the server.
const MOST_JOBS: usize = 16;

impl Rollout {
    /// Migrates `tenants` in the database at `url`.
    ///
    /// The report holds the outcome of each schema, failures included. Dropping the future closes all connections: the
    /// server rolls back what is under way.
    ///
    /// # Errors
    /// [`TenantsError`] before anything is migrated: no connection, a canary that is not listed, a schema that was named and
    /// does not exist, a last migration that the program does not have, a server that takes no writes.
    pub async fn run(&self, url: &str, tenants: &Tenants) -> Result<RolloutReport, TenantsError> {
        self.run_until(url, tenants, future::pending()).await
    }

    /// As [`Rollout::run`]; once `stop` is done, no other schema is begun, and schemas under way are finished.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use schemata::tenants::{Rollout, RolloutReport, Tenants, TenantsError};
    /// # async fn f(rollout: Rollout, url: &str) -> Result<RolloutReport, TenantsError> {
    /// let tenants = Tenants::matching(url, "tenant_*").await?;
    /// let window = Duration::from_secs(3600);
    /// rollout.run_until(url, &tenants, tokio::time::sleep(window)).await
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Rollout::run`].
    pub async fn run_until(
        &self,
        url: &str,
        tenants: &Tenants,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<RolloutReport, TenantsError> {
        self.check_canary(tenants)?;
        let address = Address::parse(url).map_err(MigrateError::from)?;
        let connection = DedicatedConnection::open(&address, self.migrator.application_name()).await?;
        let prepared = self.prepare(&connection, tenants).await;
        connection.close().await;
        let PreparedRollout { known, mut pending, queue, free } = prepared?;
        let jobs = self.jobs.unwrap_or_else(|| default_jobs(free)).clamp(1, pending.len().max(1));
        let run = self.migrator.schema_run.clone();
        let shared = Arc::new(SharedRollout::new(run, known, address, queue, self.observer.clone()));
        let read = RolloutEvent::LedgersRead { schemas: tenants.schemas().len(), pending: pending.len(), jobs };
        (self.observer)(&read);

        // It may be done while the canary is migrated, and is asked again after that.
        let mut stop = pin!(stop.fuse());
        if let Some(canary) = &self.canary {
            pending.retain(|schema| schema != canary);
            if matches!(shared.queue().outcome(canary), Outcome::NotStarted) {
                shared.queue().add([canary.clone()]);
                run_workers(&shared, 1, &mut stop).await;
            }
            let mut queue = shared.queue();
            if matches!(queue.outcome(canary), Outcome::Failed { .. } | Outcome::Gone) {
                queue.stop_at_canary();
            }
        }
        shared.queue().add(pending);
        run_workers(&shared, jobs, &mut stop).await;
        let queue = shared.queue();
        let schemas: Vec<_> = tenants.schemas().iter().map(|schema| (schema.clone(), queue.outcome(schema))).collect();
        let rest = schemas.iter().any(|(_, outcome)| matches!(outcome, Outcome::NotStarted));
        Ok(RolloutReport { schemas, stopped: queue.stopped().filter(|_| rest) })
    }

    fn check_canary(&self, tenants: &Tenants) -> Result<(), TenantsError> {
        match &self.canary {
            Some(canary) if !tenants.schemas().contains(canary) => Err(TenantsError::NoSuchCanary {
                canary: canary.clone(),
                schemas: tenants.schemas().len(),
                nearest: nearest(canary.as_str(), tenants.schemas().iter().map(Ident::as_str)),
            }),
            _ => Ok(()),
        }
    }

    /// Reads all ledgers, and settles the schemas that need no worker.
    async fn prepare(
        &self,
        connection: &DedicatedConnection,
        tenants: &Tenants,
    ) -> Result<PreparedRollout, TenantsError> {
        let found = probe(connection, &Ident::public()).await?;
        let Overview { known, groups, .. } = self.overview(connection, tenants).await?;
        if tenants.must_exist() {
            check_existence(connection, tenants, &groups).await?;
        }
        let mut queue = Queue::new(self.max_failures);
        let mut pending = Vec::new();
        for group in groups {
            let outcome = match group.common {
                TenantState::Behind { .. } | TenantState::Unreadable => {
                    pending.extend(group.schemas);
                    continue;
                }
                TenantState::UpToDate { ref unmarked, .. } if !unmarked.is_empty() && found.read_only.is_none() => {
                    pending.extend(group.schemas);
                    continue;
                }
                TenantState::UpToDate { .. } => Outcome::UpToDate,
                TenantState::Refused { error } => Outcome::Failed { error },
                TenantState::Missing => Outcome::Gone,
            };
            for schema in group.schemas {
                queue.finish(schema, outcome.clone());
            }
        }
        if let Some(why) = found.read_only.filter(|_| !pending.is_empty()) {
            return Err(MigrateError::ReadOnly { why, pending: pending.len() }.into());
        }
        // In the order they were named, whatever their groups.
        let is_pending: HashSet<&Ident> = pending.iter().collect();
        let pending = tenants.schemas().iter().filter(|schema| is_pending.contains(schema)).cloned().collect();
        Ok(PreparedRollout { known, pending, queue, free: free_connections(connection).await? })
    }
}

/// Refuses names of schemas that do not exist: a person has to look at a typo, or at a tenant that is gone.
async fn check_existence(
    connection: &DedicatedConnection,
    tenants: &Tenants,
    groups: &[TenantGroup<TenantState>],
) -> Result<(), TenantsError> {
    let gone = groups.iter().filter(|group| matches!(group.common, TenantState::Missing));
    let gone: HashSet<&Ident> = gone.flat_map(|group| &group.schemas).collect();
    let missing: Vec<Ident> = tenants.schemas().iter().filter(|schema| gone.contains(schema)).cloned().collect();
    let Some(first) = missing.first() else { return Ok(()) };
    let rows = connection.session().query("listing the schemas", nearest::SCHEMAS, &[]).await;
    let rows = rows.map_err(MigrateError::from)?;
    let nearest = nearest(first.as_str(), rows.iter().map(|row| row.get("name")));
    Err(TenantsError::NoSuchSchemas { missing, nearest })
}

/// What is known before the first schema is migrated.
struct PreparedRollout {
    known: Vec<Recorded>,
    pending: Vec<Ident>,
    queue: Queue,
    /// The number of connections that the server has left.
    free: usize,
}

async fn free_connections(connection: &DedicatedConnection) -> Result<usize, MigrateError> {
    let sql = "SELECT
            pg_catalog.current_setting('max_connections')::bigint
            - pg_catalog.current_setting('superuser_reserved_connections')::bigint
            - (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity) AS free";
    let row = connection.session().query_opt("counting the server's connections", sql, &[]).await?;
    Ok(row.and_then(|row| usize::try_from(row.get::<_, i64>("free")).ok()).unwrap_or(0))
}

fn default_jobs(free: usize) -> usize {
    let processors = available_parallelism().map_or(1, usize::from);
    (2 * processors).min(MOST_JOBS).min(free / 2)
}

/// Runs `jobs` workers until the queue is empty or stopped.
async fn run_workers(shared: &Arc<SharedRollout>, jobs: usize, stop: &mut (impl Future<Output = ()> + Unpin)) {
    let mut tasks = JoinSet::new();
    for _ in 0..jobs {
        shared.queue().enter();
        tasks.spawn(work(Arc::clone(shared)));
    }
    while !tasks.is_empty() {
        let joined = match select(pin!(tasks.join_next()), &mut *stop).await {
            Either::Left((joined, _)) => joined,
            Either::Right(((), _)) => {
                shared.queue().stop(Stop::Asked);
                break;
            }
        };
        rethrow(joined);
    }
    while let Some(joined) = tasks.join_next().await {
        rethrow(Some(joined));
    }
}

/// Passes a panic of a migration on to the caller, as a run on one schema does.
fn rethrow(joined: Option<Result<(), tokio::task::JoinError>>) {
    if let Some(Err(error)) = joined
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}
