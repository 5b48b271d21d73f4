//! `Rollout`: migrates many schemas. Its options; what it does is in `run_rollout` and `status`.

use std::fmt;
use std::sync::Arc;

use crate::ident::Ident;
use crate::migrate::Migrator;
use crate::tenants::report::RolloutEvent;

pub(crate) type RolloutObserver = Arc<dyn Fn(&RolloutEvent<'_>) + Send + Sync>;

/// Migrates many schemas in parallel, or reports their states.
///
/// Every schema has its own ledger, lock and transactions, as with a [`Migrator`] of its own: what is committed stays
/// committed, and an interrupted run that is started again does what is left. One query finds all schemas that are up to
/// date; they cost nothing more. No schema is created: see
/// [`Migrator::provision`](crate::migrate::Migrator::provision).
///
/// ```no_run
/// # use schemata::{Ident, migrate::{MigrationSet, Migrator}, tenants::{Rollout, Tenants, TenantsError}};
/// # async fn f(url: &str) -> Result<(), TenantsError> {
/// let tenants = Tenants::matching(url, "tenant_*").await?;
/// let rollout = Rollout::new(Migrator::new(MigrationSet::linked()?)).canary(Ident::new("tenant_test")?);
/// let report = rollout.run(url, &tenants).await?;
/// assert!(report.is_complete());
/// # Ok(()) }
/// ```
pub struct Rollout {
    pub(crate) migrator: Migrator,
    pub(crate) jobs: Option<usize>,
    pub(crate) canary: Option<Ident>,
    pub(crate) max_failures: usize,
    pub(crate) observer: RolloutObserver,
}

impl Rollout {
    /// Migrates each schema as `migrator` would; its own schema and observer are ignored.
    pub fn new(migrator: Migrator) -> Self {
        Self { migrator, jobs: None, canary: None, max_failures: 0, observer: Arc::new(|_| {}) }
    }

    /// Sets how many schemas are migrated at once, each on a connection of its own. The default is two per processor,
    /// at most 16, and no more than half of the connections that the server has left.
    #[must_use]
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = Some(jobs.max(1));
        self
    }

    /// Migrates this schema first and alone. If that fails, no other schema is begun.
    #[must_use]
    pub fn canary(mut self, schema: Ident) -> Self {
        self.canary = Some(schema);
        self
    }

    /// Sets how many schemas may fail before no other one is begun; 0 by default. Schemas under way are finished.
    #[must_use]
    pub fn max_failures(mut self, failures: usize) -> Self {
        self.max_failures = failures;
        self
    }

    /// Calls `observe` as things happen, from several tasks.
    #[must_use]
    pub fn observe(mut self, observe: impl Fn(&RolloutEvent<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Arc::new(observe);
        self
    }
}

impl fmt::Debug for Rollout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rollout")
            .field("migrator", &self.migrator)
            .field("jobs", &self.jobs)
            .field("canary", &self.canary)
            .field("max_failures", &self.max_failures)
            .finish_non_exhaustive()
    }
}
