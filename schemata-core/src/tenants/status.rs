//! Where many schemas stand, and what is pending in them: read, nothing written.

use std::collections::HashMap;
use std::ptr;
use std::sync::Arc;

use crate::exec::dial::Address;
use crate::ident::Ident;
use crate::migrate::ledger::many_schemas::{self, Found, State};
use crate::migrate::plan;
use crate::migrate::record::Recorded;
use crate::migrate::session::Connection;
use crate::migrate::squash;
use crate::migrate::{MigrateError, Migrator, PlannedMigration};
use crate::tenants::error::TenantsError;
use crate::tenants::group::Group;
use crate::tenants::list::Tenants;
use crate::tenants::report::sameness;
use crate::tenants::rollout::Rollout;

/// Where a schema stands.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Standing {
    /// It has every migration.
    UpToDate {
        /// The last of them, in the order they run.
        last: Option<String>,
        /// Squashes that count as applied, since everything they replace is; the next run notes them in the ledger.
        unmarked: Vec<String>,
    },
    /// It lacks some.
    Behind {
        /// The last migration that it has.
        last: Option<String>,
        /// The ones it lacks, in the order they will run.
        pending: Vec<String>,
    },
    /// Nothing can be applied before this is put right: a migration was edited, or is not linked.
    Refused {
        /// What is wrong.
        error: Arc<MigrateError>,
    },
    /// The role may not read its ledger.
    Unreadable,
    /// There is no such schema.
    Missing,
}

/// Where many schemas stand.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TenantsStatus {
    /// The schemas that stand alike, together.
    pub groups: Vec<Group<Standing>>,
    /// In how many queries the ledgers were read: one, or more where the server's lock table is too small for that
    /// (`max_locks_per_transaction`).
    pub queries: usize,
}

impl TenantsStatus {
    /// Whether every schema exists and has all migrations.
    pub fn is_up_to_date(&self) -> bool {
        self.groups.iter().all(|group| matches!(group.common, Standing::UpToDate { .. }))
    }
}

/// What would be done to some schemas: the SQL of the first of them.
pub type PlannedGroup = Group<Vec<PlannedMigration>>;

/// A look at all ledgers.
pub(crate) struct Look {
    /// The migrations, in the order they run.
    pub(crate) known: Vec<Recorded>,
    labels: Vec<String>,
    pub(crate) groups: Vec<Group<Standing>>,
    queries: usize,
}

impl Rollout {
    /// Where `tenants` stand in the database at `url`. The ledgers are read in one query. Nothing is written, no migration
    /// lock is taken, and the privilege to read the ledgers suffices.
    ///
    /// # Errors
    /// [`TenantsError::Migrate`] where the server or its catalog cannot be read, or there is no such migration to stop after.
    pub async fn status(&self, url: &str, tenants: &Tenants) -> Result<TenantsStatus, TenantsError> {
        let look = self.look_once(url, tenants).await?;
        Ok(TenantsStatus { groups: look.groups, queries: look.queries })
    }

    /// What is pending in `tenants`, with its SQL: for each group of schemas that lack the same, that of the first one.
    /// Nothing is written and no lock is taken.
    ///
    /// # Errors
    /// [`TenantsError::Migrate`], where nothing can be applied to a schema, for instance.
    pub async fn plan(&self, url: &str, tenants: &Tenants) -> Result<Vec<PlannedGroup>, TenantsError> {
        let look = self.look_once(url, tenants).await?;
        let mut planned = Vec::new();
        for Group { schemas, common } in look.groups {
            let Standing::Behind { pending, .. } = common else { continue };
            let named = look.known.iter().zip(&look.labels).filter(|(_, label)| pending.contains(label));
            let pending: Vec<&Recorded> = named.map(|(migration, _)| migration).collect();
            let common = self.migrator.on(schemas[0].clone(), |_| {}).describe(&pending).await?;
            planned.push(Group { schemas, common });
        }
        Ok(planned)
    }

    async fn look_once(&self, url: &str, tenants: &Tenants) -> Result<Look, TenantsError> {
        let address = Address::parse(url).map_err(MigrateError::from)?;
        let connection = Connection::open(&address, self.migrator.application_name()).await?;
        let look = self.look(&connection, tenants).await;
        connection.close().await;
        look
    }

    /// Records the migrations, once for all schemas, and reads where those stand.
    pub(crate) async fn look(&self, connection: &Connection, tenants: &Tenants) -> Result<Look, TenantsError> {
        let known = self.migrator.record().await?;
        // Said once, not by each schema. A program without any migration has something else to say.
        if let Some(id) = self.migrator.last().filter(|_| !known.is_empty()) {
            plan::target(&known, id)?;
        }
        let labels = labels(&known);
        let ledgers = many_schemas::read(&connection.client, tenants.schemas()).await?;
        let mut groups: Vec<(String, Group<Standing>)> = Vec::new();
        for State { schemas, found } in ledgers.states {
            let common = standing(&self.migrator, &known, &labels, &schemas[0], found);
            let key = match &common {
                Standing::Refused { error } => sameness(&schemas[0], error),
                other => format!("{other:?}"),
            };
            match groups.iter_mut().find(|(other, _)| *other == key) {
                Some((_, group)) => group.schemas.extend(schemas),
                None => groups.push((key, Group { schemas, common })),
            }
        }
        let mut groups: Vec<Group<Standing>> = groups.into_iter().map(|(_, group)| group).collect();
        groups.sort_by_key(|group| (rank(&group.common), std::cmp::Reverse(group.schemas.len())));
        Ok(Look { known, labels, groups, queries: ledgers.queries })
    }
}

/// What each migration is called: by its id, with its module where another one has the same.
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

fn rank(standing: &Standing) -> u8 {
    match standing {
        Standing::UpToDate { .. } => 0,
        Standing::Behind { .. } => 1,
        Standing::Refused { .. } => 2,
        Standing::Unreadable => 3,
        Standing::Missing => 4,
    }
}

fn standing(migrator: &Migrator, known: &[Recorded], labels: &[String], schema: &Ident, found: Found) -> Standing {
    let applied = match found {
        Found::Missing => return Standing::Missing,
        Found::Unreadable => return Standing::Unreadable,
        Found::Wrong(error) => return Standing::Refused { error: Arc::new(error) },
        Found::Applied(applied) => applied,
    };
    let pending = match migrator.on(schema.clone(), |_| {}).left(known, &applied) {
        Ok(pending) => pending,
        Err(error) => return Standing::Refused { error: Arc::new(error) },
    };
    let found = squash::coverage::SquashCoverage::of(known, &applied, None);
    let labelled = || known.iter().zip(labels);
    let last = labelled().rfind(|(migration, _)| found.is_done(&migration.entry)).map(|(_, label)| label.clone());
    let label_of = |wanted: &Recorded| {
        labelled().find(|(migration, _)| ptr::eq(*migration, wanted)).map(|(_, label)| label.clone())
    };
    if pending.is_empty() {
        return Standing::UpToDate { last, unmarked: found.to_mark().filter_map(label_of).collect() };
    }
    Standing::Behind { last, pending: pending.into_iter().filter_map(label_of).collect() }
}
