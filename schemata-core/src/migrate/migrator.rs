//! `Migrator`: brings a schema of a database to where the program's migrations are.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::exec::dial::Address;
use crate::ident::{Ident, quoted};
use crate::migrate::error::MigrateError;
use crate::migrate::guards;
use crate::migrate::ledger::{self, Applied};
use crate::migrate::lock;
use crate::migrate::order::OutOfOrder;
use crate::migrate::record::{self, Recorded};
use crate::migrate::report::{Event, Report};
use crate::migrate::session::{Connection, Probe, probe};
use crate::migrate::set::MigrationSet;
use crate::migrate::settings::Settings;

pub(crate) type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// Applies migrations, or says what it would do.
///
/// Each migration runs in a transaction of its own, together with its ledger row; one with steps that cannot share a
/// transaction runs step by step, and the ledger says how far it is. Migrators that start at once wait
/// for each other: one applies, the others find nothing to do. An up-to-date schema costs three round trips and no lock.
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
    pub(crate) settings: Settings,
    pub(crate) observer: Observer,
    pub(crate) unmanaged: Vec<String>,
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
            settings: Settings::default(),
            observer: Arc::new(|_| {}),
            unmanaged: Vec::new(),
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

    /// Lets a statement wait so long for a lock; five seconds unless told, and zero is as long as it takes. Then the work is
    /// tried again. Indexes that are built or dropped concurrently wait as long as it takes: they block nobody meanwhile.
    #[must_use]
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.settings.lock_timeout = timeout;
        self
    }

    /// Lets a statement, or a batch of a backfill, take so long; as long as it needs unless told. Concurrent indexes are
    /// exempt.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.settings.statement_timeout = timeout;
        self
    }

    /// Takes tables for large from so many rows on; 100,000 unless told. Pending steps that are dangerous on a large table
    /// are refused.
    #[must_use]
    pub fn large(mut self, rows: u64) -> Self {
        self.settings.large_rows = rows;
        self
    }

    /// Calls `observe` as things happen.
    #[must_use]
    pub fn observe(mut self, observe: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.observer = Arc::new(observe);
        self
    }

    /// Leaves whole tables and enum types to the database: [`check`](Self::check) lists them, and they are neither compared
    /// nor changed. A name outside the migrated schema includes its schema, as in `topology.layer`; `*` stands for any
    /// characters, as in `topology.*`. `comment of mood` leaves only the comment on an enum type, which models cannot
    /// express.
    ///
    /// Objects of a model's table are declared at the model, by `#[table(unmanaged(…))]`.
    #[must_use]
    pub fn unmanaged(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.unmanaged.extend(names.into_iter().map(|name| name.as_ref().to_owned()));
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

    /// Where it stops, if it was told.
    pub(crate) fn last(&self) -> Option<&str> {
        self.to.as_deref()
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
    #[cfg(feature = "dev")]
    pub(crate) fn entries(&self) -> &[crate::migrate::MigrationEntry] {
        self.set.entries()
    }

    /// How it behaves on a busy database.
    pub(crate) fn settings(&self) -> Settings {
        self.settings
    }

    /// Whom it tells.
    pub(crate) fn observer(&self) -> &(dyn Fn(&Event) + Send + Sync) {
        &*self.observer
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
        let Some(shape) = ledger::shape(&self.schema, probe)? else { return Ok(Vec::new()) };
        let ledger = ledger::read(&connection.client, &self.schema, shape).await.map_err(|error| {
            guards::privilege(probe, error, &self.schema, "read the ledger", |schema| {
                format!(
                    "GRANT USAGE ON SCHEMA {schema} TO {0}; GRANT SELECT ON {schema}.schema_migrations TO {0}",
                    quoted(&probe.role)
                )
            })
        })?;
        Ok(ledger)
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
