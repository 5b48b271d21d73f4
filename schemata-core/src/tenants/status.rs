//! The states of many schemas, and what is pending in them. Only reads.

use std::collections::HashMap;
use std::ptr;
use std::sync::Arc;

use crate::exec::connect::Address;
use crate::ident::Ident;
use crate::migrate::ledger::many_schemas::{self, LedgerGroup, LedgerState};
use crate::migrate::plan;
use crate::migrate::record::Recorded;
use crate::migrate::run::SchemaRun;
use crate::migrate::session::DedicatedConnection;
use crate::migrate::squash::coverage::SquashCoverage;
use crate::migrate::{MigrateError, PlannedMigration};
use crate::tenants::error::TenantsError;
use crate::tenants::group::TenantGroup;
use crate::tenants::list::Tenants;
use crate::tenants::report::text_without_name;
use crate::tenants::rollout_builder::Rollout;

/// The state of a schema.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum TenantState {
    /// It has every migration.
    UpToDate {
        /// The last migration, in the order they run.
        last: Option<String>,
        /// Squashes that count as applied, since everything they replace is applied; the next run marks them in the ledger.
        unmarked: Vec<String>,
    },
    /// It lacks migrations.
    Behind {
        /// The last migration that it has.
        last: Option<String>,
        /// The migrations it lacks, in the order they will run.
        pending: Vec<String>,
    },
    /// Nothing can be applied until an error is resolved: a migration was edited, or is not linked.
    Refused {
        /// The error.
        error: Arc<MigrateError>,
    },
    /// The role may not read the ledger.
    Unreadable,
    /// The schema does not exist.
    Missing,
}

/// The states of many schemas.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TenantsStatus {
    /// The schemas, grouped by state.
    pub groups: Vec<TenantGroup<TenantState>>,
    /// The number of queries that read the ledgers: one, or more if the server's lock table is too small for that
    /// (`max_locks_per_transaction`).
    pub queries: usize,
}

impl TenantsStatus {
    /// Returns whether every schema exists and has all migrations.
    pub fn is_up_to_date(&self) -> bool {
        self.groups.iter().all(|group| matches!(group.common, TenantState::UpToDate { .. }))
    }
}

/// The migrations, and the states of all schemas.
pub(crate) struct Overview {
    /// The migrations, in the order they run.
    pub(crate) known: Vec<Recorded>,
    labels: Vec<String>,
    pub(crate) groups: Vec<TenantGroup<TenantState>>,
    queries: usize,
}

impl Rollout {
    /// Returns the states of `tenants` in the database at `url`. One query reads the ledgers. Nothing is written, no
    /// migration lock is taken, and the privilege to read the ledgers suffices.
    ///
    /// # Errors
    /// [`TenantsError::Migrate`] if the server or its catalog cannot be read, or the last migration to apply does not exist.
    pub async fn status(&self, url: &str, tenants: &Tenants) -> Result<TenantsStatus, TenantsError> {
        let overview = self.connected_overview(url, tenants).await?;
        Ok(TenantsStatus { groups: overview.groups, queries: overview.queries })
    }

    /// Returns what is pending in `tenants`, with its SQL: for each group of schemas that lack the same migrations, the
    /// SQL for the first schema. Nothing is written and no lock is taken.
    ///
    /// ```no_run
    /// # use schemata::tenants::{Rollout, TenantGroup, Tenants, TenantsError};
    /// # async fn f(rollout: Rollout, url: &str, tenants: Tenants) -> Result<(), TenantsError> {
    /// for TenantGroup { schemas, common, .. } in rollout.plan(url, &tenants).await? {
    ///     println!("{} schema(s): {} migration(s)", schemas.len(), common.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`TenantsError::Migrate`], as for [`Rollout::status`].
    pub async fn plan(
        &self,
        url: &str,
        tenants: &Tenants,
    ) -> Result<Vec<TenantGroup<Vec<PlannedMigration>>>, TenantsError> {
        let overview = self.connected_overview(url, tenants).await?;
        let mut planned = Vec::new();
        for TenantGroup { schemas, common } in overview.groups {
            let TenantState::Behind { pending, .. } = common else { continue };
            let named = overview.known.iter().zip(&overview.labels).filter(|(_, label)| pending.contains(label));
            let pending: Vec<&Recorded> = named.map(|(migration, _)| migration).collect();
            let common = plan::describe(&pending, &schemas[0], &[]).await?;
            planned.push(TenantGroup { schemas, common });
        }
        Ok(planned)
    }

    async fn connected_overview(&self, url: &str, tenants: &Tenants) -> Result<Overview, TenantsError> {
        let address = Address::parse(url).map_err(MigrateError::from)?;
        let connection = DedicatedConnection::open(&address, self.migrator.application_name()).await?;
        let overview = self.overview(&connection, tenants).await;
        connection.close().await;
        overview
    }

    /// Records the migrations, once for all schemas, and reads the states of the schemas.
    pub(crate) async fn overview(
        &self,
        connection: &DedicatedConnection,
        tenants: &Tenants,
    ) -> Result<Overview, TenantsError> {
        let (run, known) = (&self.migrator.schema_run, self.migrator.record().await?);
        // Refused here once instead of by each schema. A program without any migration gets another error.
        if let Some(id) = run.to.as_deref().filter(|_| !known.is_empty()) {
            plan::target(&known, id)?;
        }
        let labels = labels(&known);
        let ledgers = many_schemas::read(connection.session(), tenants.schemas()).await?;
        let mut groups: Vec<(String, TenantGroup<TenantState>)> = Vec::new();
        for LedgerGroup { schemas, state } in ledgers.groups {
            let common = tenant_state(run, &known, &labels, &schemas[0], state);
            let key = match &common {
                TenantState::Refused { error } => text_without_name(&schemas[0], error),
                other => format!("{other:?}"),
            };
            match groups.iter_mut().find(|(other, _)| *other == key) {
                Some((_, group)) => group.schemas.extend(schemas),
                None => groups.push((key, TenantGroup { schemas, common })),
            }
        }
        let mut groups: Vec<TenantGroup<TenantState>> = groups.into_iter().map(|(_, group)| group).collect();
        groups.sort_by_key(|group| (rank(&group.common), std::cmp::Reverse(group.schemas.len())));
        Ok(Overview { known, labels, groups, queries: ledgers.queries })
    }
}

/// Returns the label of each migration: its id, with its module if another migration has the same id.
fn labels(known: &[Recorded]) -> Vec<String> {
    let mut count: HashMap<&str, usize> = HashMap::new();
    for migration in known {
        *count.entry(migration.entry.id).or_default() += 1;
    }
    let label = |Recorded { entry, .. }: &Recorded| {
        if count[entry.id] == 1 { entry.id.to_owned() } else { format!("{}:{}", entry.module, entry.id) }
    };
    known.iter().map(label).collect()
}

fn rank(state: &TenantState) -> u8 {
    match state {
        TenantState::UpToDate { .. } => 0,
        TenantState::Behind { .. } => 1,
        TenantState::Refused { .. } => 2,
        TenantState::Unreadable => 3,
        TenantState::Missing => 4,
    }
}

fn tenant_state(
    run: &SchemaRun,
    known: &[Recorded],
    labels: &[String],
    schema: &Ident,
    ledger: LedgerState,
) -> TenantState {
    let applied = match ledger {
        LedgerState::NoSchema => return TenantState::Missing,
        LedgerState::Unreadable => return TenantState::Unreadable,
        LedgerState::Unusable(error) => return TenantState::Refused { error: Arc::new(error) },
        LedgerState::Lists(applied) => applied,
    };
    let pending = match run.on(schema.clone(), Arc::new(|_| {})).pending(known, &applied) {
        Ok(pending) => pending,
        Err(error) => return TenantState::Refused { error: Arc::new(error) },
    };
    let coverage = SquashCoverage::of(known, &applied, None);
    let labelled = || known.iter().zip(labels);
    let last = labelled().rfind(|(migration, _)| coverage.is_done(&migration.entry)).map(|(_, label)| label.clone());
    let label_of = |wanted: &Recorded| {
        labelled().find(|(migration, _)| ptr::eq(*migration, wanted)).map(|(_, label)| label.clone())
    };
    if pending.is_empty() {
        return TenantState::UpToDate { last, unmarked: coverage.to_mark().filter_map(label_of).collect() };
    }
    TenantState::Behind { last, pending: pending.into_iter().filter_map(label_of).collect() }
}
