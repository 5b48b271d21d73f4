//! `Rollout`: migrates many schemas.

use std::fmt;
use std::sync::Arc;

use crate::ident::Ident;
use crate::migrate::Migrator;
use crate::tenants::report::RolloutEvent;

pub(crate) type Observer = Arc<dyn Fn(&RolloutEvent<'_>) + Send + Sync>;

/// Migrates many schemas in parallel, or says where they stand.
///
/// Every schema has its own ledger, lock and transactions, as with a [`Migrator`] of its own: what is committed is
/// committed, and a run that was interrupted is started again and does what is left. Schemas that are up to date are found
/// with one query for all and cost nothing more. No schema is created: see
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
    pub(crate) observer: Observer,
}

impl Rollout {
    /// Migrates each schema as `migrator` would; the schema and the observer it names itself do not count.
    pub fn new(migrator: Migrator) -> Self {
        Self { migrator, jobs: None, canary: None, max_failures: 0, observer: Arc::new(|_| {}) }
    }

    /// Migrates so many schemas at once, on a connection each. Unless told, two for each processor this program sees, at
    /// most 16, and no more than half of the connections that the server has left.
    #[must_use]
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = Some(jobs.max(1));
        self
    }

    /// Migrates this schema first and alone. Where that fails, nothing else is begun.
    #[must_use]
    pub fn canary(mut self, schema: Ident) -> Self {
        self.canary = Some(schema);
        self
    }

    /// Begins no other schema once more than so many have failed; those at work are finished. None is allowed unless told.
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
