//! Migrating many schemas: a bounded number of tasks, each with a connection of its own, that take turns from one queue.

use std::collections::HashSet;
use std::future::{self, Future};
use std::pin::pin;
use std::sync::Arc;
use std::thread::available_parallelism;

use futures_util::future::{Either, select};
use tokio::task::JoinSet;

use crate::exec::dial::Address;
use crate::ident::Ident;
use crate::migrate::MigrateError;
use crate::migrate::preconditions;
use crate::migrate::nearest::{self, nearest};
use crate::migrate::record::Recorded;
use crate::migrate::session::{Connection, Probe, probe};
use crate::tenants::error::TenantsError;
use crate::tenants::group::Group;
use crate::tenants::list::Tenants;
use crate::tenants::queue::Queue;
use crate::tenants::report::{Outcome, RolloutEvent, RolloutReport, Stop};
use crate::tenants::rollout::Rollout;
use crate::tenants::status::{Look, Standing};
use crate::tenants::turns::{Work, take_turns};

/// More at once would only wait for each other in the server.
const MOST_JOBS: usize = 16;

impl Rollout {
    /// Migrates `tenants` in the database at `url`.
    ///
    /// What happens to a schema is in the report, failures too. Dropping the future ends all connections: what is under way
    /// is rolled back by the server.
    ///
    /// # Errors
    /// [`TenantsError`] before anything is migrated: no connection, a canary that is not listed, a schema that was named and
    /// does not exist, a migration to stop after that the program does not have, a server that takes no writes.
    pub async fn run(&self, url: &str, tenants: &Tenants) -> Result<RolloutReport, TenantsError> {
        self.run_until(url, tenants, future::pending()).await
    }

    /// As [`Rollout::run`]; once `stop` is done, no other schema is begun, and those at work are finished.
    ///
    /// # Errors
    /// As [`Rollout::run`].
    pub async fn run_until(
        &self,
        url: &str,
        tenants: &Tenants,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<RolloutReport, TenantsError> {
        self.canary_is_listed(tenants)?;
        let address = Address::parse(url).map_err(MigrateError::from)?;
        let connection = Connection::open(&address, self.migrator.application_name()).await?;
        let begun = self.begin(&connection, tenants).await;
        connection.close().await;
        let Begun { known, mut pending, queue, free } = begun?;
        let jobs = self.jobs.unwrap_or_else(|| default_jobs(free)).clamp(1, pending.len().max(1));
        let migrator = self.migrator.on(Ident::public(), |_| {});
        let work = Arc::new(Work::new(migrator, known, address, queue, self.observer.clone()));
        let looked = RolloutEvent::Looked { schemas: tenants.schemas().len(), pending: pending.len(), jobs };
        (self.observer)(&looked);

        let mut stop = pin!(stop);
        if let Some(canary) = &self.canary {
            pending.retain(|schema| schema != canary);
            if matches!(work.queue().outcome(canary), Outcome::NotStarted) {
                work.queue().add([canary.clone()]);
                work_off(&work, 1, &mut stop).await;
            }
            let mut queue = work.queue();
            if matches!(queue.outcome(canary), Outcome::Failed { .. } | Outcome::Gone) {
                queue.stop_at_canary();
            }
        }
        work.queue().add(pending);
        work_off(&work, jobs, &mut stop).await;
        let queue = work.queue();
        let schemas: Vec<_> = tenants.schemas().iter().map(|schema| (schema.clone(), queue.outcome(schema))).collect();
        let rest = schemas.iter().any(|(_, outcome)| matches!(outcome, Outcome::NotStarted));
        Ok(RolloutReport { schemas, stopped: queue.stopped().filter(|_| rest) })
    }

    fn canary_is_listed(&self, tenants: &Tenants) -> Result<(), TenantsError> {
        match &self.canary {
            Some(canary) if !tenants.schemas().contains(canary) => Err(TenantsError::NoSuchCanary {
                canary: canary.clone(),
                schemas: tenants.schemas().len(),
                nearest: nearest(canary.as_str(), tenants.schemas().iter().map(Ident::as_str)),
            }),
            _ => Ok(()),
        }
    }

    /// Looks at all ledgers, and settles what needs no turn.
    async fn begin(&self, connection: &Connection, tenants: &Tenants) -> Result<Begun, TenantsError> {
        let found = direct(connection).await?;
        let Look { known, groups, .. } = self.look(connection, tenants).await?;
        if tenants.must_exist() {
            all_exist(connection, tenants, &groups).await?;
        }
        let mut queue = Queue::new(self.max_failures);
        let mut pending = Vec::new();
        for group in groups {
            let outcome = match group.common {
                Standing::Behind { .. } | Standing::Unreadable => {
                    pending.extend(group.schemas);
                    continue;
                }
                Standing::UpToDate { ref unmarked, .. } if !unmarked.is_empty() && found.read_only.is_none() => {
                    pending.extend(group.schemas);
                    continue;
                }
                Standing::UpToDate { .. } => Outcome::UpToDate,
                Standing::Refused { error } => Outcome::Failed { error },
                Standing::Missing => Outcome::Gone,
            };
            for schema in group.schemas {
                queue.finish(schema, outcome.clone());
            }
        }
        if let Some(why) = found.read_only.filter(|_| !pending.is_empty()) {
            return Err(MigrateError::ReadOnly { why, pending: pending.len() }.into());
        }
        // As they were named, whatever groups they were in.
        let order: HashSet<&Ident> = pending.iter().collect();
        let pending = tenants.schemas().iter().filter(|schema| order.contains(schema)).cloned().collect();
        Ok(Begun { known, pending, queue, free: free_connections(connection).await? })
    }
}

/// Refuses names of schemas that do not exist: a typo, or a tenant that is gone, is for a person to look at.
async fn all_exist(connection: &Connection, tenants: &Tenants, groups: &[Group<Standing>]) -> Result<(), TenantsError> {
    let gone = groups.iter().filter(|group| matches!(group.common, Standing::Missing));
    let gone: HashSet<&Ident> = gone.flat_map(|group| &group.schemas).collect();
    let missing: Vec<Ident> = tenants.schemas().iter().filter(|schema| gone.contains(schema)).cloned().collect();
    let Some(first) = missing.first() else { return Ok(()) };
    let rows = connection.client.query_typed(nearest::SCHEMAS, &[]).await;
    let rows = rows.map_err(|source| MigrateError::Session { step: "listing the schemas", source })?;
    let nearest = nearest(first.as_str(), rows.iter().map(|row| row.get(0)));
    Err(TenantsError::NoSuchSchemas { missing, nearest })
}

/// What is known before the first schema is touched.
struct Begun {
    known: Vec<Recorded>,
    pending: Vec<Ident>,
    queue: Queue,
    /// How many connections the server has left.
    free: usize,
}

/// Refuses a pooler: a lock would stay behind in it.
async fn direct(connection: &Connection) -> Result<Probe, MigrateError> {
    let (one, other) =
        (probe(&connection.client, &Ident::public()).await?, probe(&connection.client, &Ident::public()).await?);
    preconditions::same_process(connection, &one, &other)?;
    Ok(other)
}

async fn free_connections(connection: &Connection) -> Result<usize, MigrateError> {
    let sql = "SELECT pg_catalog.current_setting('max_connections')::bigint - \
               pg_catalog.current_setting('superuser_reserved_connections')::bigint - \
               (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity)";
    let rows = connection.client.query_typed(sql, &[]).await;
    let rows = rows.map_err(|source| MigrateError::Session { step: "counting the server's connections", source })?;
    Ok(rows.first().and_then(|row| usize::try_from(row.get::<_, i64>(0)).ok()).unwrap_or(0))
}

fn default_jobs(free: usize) -> usize {
    let processors = available_parallelism().map_or(1, usize::from);
    (2 * processors).min(MOST_JOBS).min(free / 2)
}

/// Has `jobs` tasks work until the queue hands out nothing more.
async fn work_off(work: &Arc<Work>, jobs: usize, stop: &mut (impl Future<Output = ()> + Unpin)) {
    let mut tasks = JoinSet::new();
    for _ in 0..jobs {
        work.enter();
        tasks.spawn(take_turns(Arc::clone(work)));
    }
    while !tasks.is_empty() {
        let joined = match select(pin!(tasks.join_next()), &mut *stop).await {
            Either::Left((joined, _)) => joined,
            Either::Right(((), _)) => {
                work.queue().stop(Stop::Asked);
                break;
            }
        };
        rethrow(joined);
    }
    while let Some(joined) = tasks.join_next().await {
        rethrow(Some(joined));
    }
}

/// A panic of a migration is the caller's to see, as it is with one schema.
fn rethrow(joined: Option<Result<(), tokio::task::JoinError>>) {
    if let Some(Err(error)) = joined
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}
