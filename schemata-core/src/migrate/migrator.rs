//! `Migrator`: brings a schema of a database to where the program's migrations are.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::exec::dial::Address;
use crate::ident::{Ident, quoted};
use crate::migrate::apply::{self, Place};
use crate::migrate::entry::MigrationEntry;
use crate::migrate::error::MigrateError;
use crate::migrate::guards;
use crate::migrate::ledger::{self, Applied};
use crate::migrate::lock;
use crate::migrate::order::OutOfOrder;
use crate::migrate::record::{self, Recorded};
use crate::migrate::report::{Event, Report};
use crate::migrate::session::{Connection, Probe, probe};
use crate::migrate::set::MigrationSet;
use crate::migrate::watch::Run;

pub(crate) type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// Applies migrations, or says what it would do.
///
/// Each migration runs in a transaction of its own, together with its ledger row. Migrators that start at once wait
/// for each other: one applies, the others find nothing to do. An up-to-date schema costs two round trips and no lock.
///
/// ```no_run
/// # use schemata::migrate::{MigrateError, MigrationSet, Migrator};
/// # async fn f() -> Result<(), MigrateError> {
/// let report = Migrator::new(MigrationSet::linked()?).run("postgres://localhost/shop").await?;
/// println!("{} applied", report.applied.len());
/// # Ok(()) }
/// ```
pub struct Migrator {
    pub(crate) set: MigrationSet,
    pub(crate) schema: Ident,
    pub(crate) to: Option<String>,
    pub(crate) out_of_order: OutOfOrder,
    pub(crate) application: String,
    pub(crate) patience: Duration,
    pub(crate) observer: Observer,
}

impl Migrator {
    /// Migrates schema `public` to the end of `set`.
    pub fn new(set: MigrationSet) -> Self {
        Self {
            set,
            schema: Ident::public(),
            to: None,
            out_of_order: OutOfOrder::Allow,
            application: "schemata".to_owned(),
            patience: Duration::from_secs(300),
            observer: Arc::new(|_| {}),
        }
    }

    /// Migrates another schema. It is created with the first migration where it does not exist.
    #[must_use]
    pub fn schema(mut self, schema: Ident) -> Self {
        self.schema = schema;
        self
    }

    /// Stops after the migration with this id (or `module:id`).
    #[must_use]
    pub fn to(mut self, id: impl Into<String>) -> Self {
        self.to = Some(id.into());
        self
    }

    /// What to do with pending migrations that sort before applied ones; they run unless told.
    #[must_use]
    pub fn out_of_order(mut self, policy: OutOfOrder) -> Self {
        self.out_of_order = policy;
        self
    }

    /// Names the application: in the ledger, and in the server's list of processes.
    #[must_use]
    pub fn application(mut self, name: impl Into<String>) -> Self {
        self.application = name.into();
        self
    }

    /// Waits so long for another migrator to finish; five minutes unless told.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Calls `observe` as things happen.
    #[must_use]
    pub fn observe(mut self, observe: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.observer = Arc::new(observe);
        self
    }

    /// Applies what is pending in the database at `url`.
    ///
    /// # Errors
    /// [`MigrateError`]: nothing runs while an applied migration is edited or missing; a migration that fails is rolled
    /// back whole, and those before it stay.
    pub async fn run(&self, url: &str) -> Result<Report, MigrateError> {
        let known = self.record().await?;
        self.connected(url, async |connection, probe| self.migrate(connection, probe, &known).await).await
    }

    /// Runs `work` on a connection of its own, closed whatever comes of it.
    pub(crate) async fn connected<T>(
        &self,
        url: &str,
        work: impl AsyncFnOnce(&Connection, Probe) -> Result<T, MigrateError>,
    ) -> Result<T, MigrateError> {
        guards::not_reserved(&self.schema)?;
        let connection = Connection::open(&Address::parse(url)?, &self.application).await?;
        let outcome = match probe(&connection.client, &self.schema).await {
            Ok(found) => work(&connection, found).await,
            Err(error) => Err(error),
        };
        connection.close().await;
        outcome
    }

    /// The schema that is migrated.
    pub(crate) fn target(&self) -> &Ident {
        &self.schema
    }

    /// Waits for the right to change the schema.
    pub(crate) async fn lock(&self, connection: &Connection) -> Result<(), MigrateError> {
        lock::acquire(connection, &self.schema, self.patience, &*self.observer).await
    }

    /// The migrations, in the order they run.
    pub(crate) fn entries(&self) -> &[MigrationEntry] {
        self.set.entries()
    }

    /// What the application is called.
    pub(crate) fn application_name(&self) -> &str {
        &self.application
    }

    /// The migrations with what they do, in the order they run.
    pub(crate) async fn record(&self) -> Result<Vec<Recorded>, MigrateError> {
        let mut known = Vec::with_capacity(self.set.entries().len());
        for entry in self.set.entries() {
            known.push(record::record(*entry).await?);
        }
        record::order(known, &self.schema)
    }

    pub(crate) async fn applied(&self, connection: &Connection, probe: &Probe) -> Result<Vec<Applied>, MigrateError> {
        if !ledger::exists(&self.schema, probe)? {
            return Ok(Vec::new());
        }
        let ledger = ledger::read(&connection.client, &self.schema).await.map_err(|error| {
            guards::privilege(probe, error, &self.schema, "read the ledger", |schema| {
                format!(
                    "GRANT USAGE ON SCHEMA {schema} TO {0}; GRANT SELECT ON {schema}.schema_migrations TO {0}",
                    quoted(&probe.role)
                )
            })
        })?;
        Ok(ledger)
    }

    async fn migrate(&self, connection: &Connection, found: Probe, known: &[Recorded]) -> Result<Report, MigrateError> {
        let pending = self.pending(connection, &found, known).await?;
        if pending.is_empty() {
            return Ok(Report::default());
        }
        if let Some(why) = found.read_only {
            return Err(MigrateError::ReadOnly { why, pending: pending.len() });
        }
        let again = probe(&connection.client, &self.schema).await?;
        guards::same_process(&found, &again)?;
        self.lock(connection).await?;
        // Another migrator may have been at work until now: only what the lock protects counts.
        let found = probe(&connection.client, &self.schema).await?;
        guards::same_process(&again, &found)?;
        let (pending, late) = self.ordered(connection, &found, known).await?;
        for ((_, id), after) in late {
            (self.observer)(&Event::Late { id, after });
        }
        self.apply_found(connection, &found, &pending, Run::Live).await
    }

    /// Applies `pending`, one transaction each; in a replay, without what reaches beyond the database.
    pub(crate) async fn apply(
        &self,
        connection: &Connection,
        pending: &[&Recorded],
        run: Run<'_>,
    ) -> Result<Report, MigrateError> {
        let found = probe(&connection.client, &self.schema).await?;
        self.apply_found(connection, &found, pending, run).await
    }

    /// As [`Migrator::apply`], where the server was found as `found`.
    pub(crate) async fn apply_found(
        &self,
        connection: &Connection,
        found: &Probe,
        pending: &[&Recorded],
        run: Run<'_>,
    ) -> Result<Report, MigrateError> {
        let mut report = Report::default();
        let mut place = Place {
            client: &connection.client,
            major: found.major,
            schema: &self.schema,
            application: &self.application,
            run,
            prepare: self.prepare(found)?,
        };
        for migration in pending {
            let started = Instant::now();
            let id = migration.entry.id;
            (self.observer)(&Event::Started { id });
            apply::apply(&place, migration, &report.applied, &*self.observer).await.map_err(|error| {
                guards::privilege(found, error, &self.schema, "create tables in the schema", |schema| {
                    if found.schema_exists {
                        format!("GRANT USAGE, CREATE ON SCHEMA {schema} TO {}", quoted(&found.role))
                    } else {
                        format!("GRANT CREATE ON DATABASE {} TO {}", quoted(&found.database), quoted(&found.role))
                    }
                })
            })?;
            (self.observer)(&Event::Finished { id, took: started.elapsed() });
            report.applied.push(id.to_owned());
            place.prepare.clear();
        }
        Ok(report)
    }

    /// What has to be created before the first migration.
    pub(crate) fn prepare(&self, found: &Probe) -> Result<Vec<String>, MigrateError> {
        let mut statements = Vec::new();
        if !found.schema_exists {
            statements.push(format!("CREATE SCHEMA {}", self.schema));
        }
        if !ledger::exists(&self.schema, found)? {
            statements.push(ledger::create(&self.schema));
        }
        Ok(statements)
    }
}

impl fmt::Debug for Migrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Migrator")
            .field("schema", &self.schema)
            .field("to", &self.to)
            .field("migrations", &self.set.entries().len())
            .finish_non_exhaustive()
    }
}
