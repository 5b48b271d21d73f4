//! `Migrator`: brings a schema of a database to the program's migrations. Its options, and what it can be asked to do.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::catalog::MigrationTool;
use crate::ident::Ident;
use crate::migrate::baseline_and_repair;
use crate::migrate::error::MigrateError;
use crate::migrate::ledger::{self, HistoryEntry, LedgerVersion};
use crate::migrate::other_ledger::{self, OtherLedger};
use crate::migrate::plan;
use crate::migrate::record::{self, Recorded};
use crate::migrate::report::{Event, MigrationStatus, PlannedMigration, Report};
use crate::migrate::run::SchemaRun;
use crate::migrate::set::MigrationSet;
use crate::migrate::settings::{OutOfOrder, RunSettings};
use crate::migrate::take_over;

/// Applies migrations, or reports what it would do.
///
/// Each migration runs in a transaction of its own, together with its ledger row; one with steps that cannot share a
/// transaction runs step by step, and the ledger records how far it has come. Migrators that start at once wait
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
    set: MigrationSet,
    /// The schema to migrate, and how.
    pub(crate) schema_run: SchemaRun,
    pub(crate) unmanaged: Vec<String>,
    /// Whether models are written of tables without a primary key.
    #[cfg(feature = "dev")]
    pub(crate) keyless: bool,
}

impl Migrator {
    /// Migrates schema `public` to the end of `set`.
    pub fn new(set: MigrationSet) -> Self {
        let schema_run = SchemaRun {
            schema: Ident::public(),
            to: None,
            out_of_order: OutOfOrder::Allow,
            application: "schemata".to_owned(),
            patience: Duration::from_secs(300),
            settings: RunSettings::default(),
            observer: Arc::new(|_| {}),
        };
        Self {
            set,
            schema_run,
            unmanaged: Vec::new(),
            #[cfg(feature = "dev")]
            keyless: false,
        }
    }

    /// Migrates another schema. If it does not exist, it is created with the first migration.
    #[must_use]
    pub fn schema(mut self, schema: Ident) -> Self {
        self.schema_run.schema = schema;
        self
    }

    /// Stops after the migration with this id (or `module:id`).
    #[must_use]
    pub fn to(mut self, id: impl Into<String>) -> Self {
        self.schema_run.to = Some(id.into());
        self
    }

    /// Sets what to do with pending migrations that sort before applied ones. By default, they run.
    #[must_use]
    pub fn out_of_order(mut self, policy: OutOfOrder) -> Self {
        self.schema_run.out_of_order = policy;
        self
    }

    /// Names the application: in the ledger, and in the server's list of processes.
    #[must_use]
    pub fn application(mut self, name: impl Into<String>) -> Self {
        self.schema_run.application = name.into();
        self
    }

    /// Sets how long to wait for another migrator to finish; five minutes by default.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.schema_run.patience = patience;
        self
    }

    /// Sets how long a statement may wait for a lock before the work is tried again; five seconds by default, and zero means
    /// no limit. Indexes that are built or dropped concurrently wait as long as it takes: they block nobody meanwhile.
    #[must_use]
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.schema_run.settings.lock_timeout = timeout;
        self
    }

    /// Sets how long a statement, or a batch of a backfill, may take; there is no limit by default. Concurrent indexes are
    /// exempt.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.schema_run.settings.statement_timeout = timeout;
        self
    }

    /// Sets from how many rows on a table is large; 100,000 by default. Pending steps that are dangerous on a large table
    /// are refused.
    #[must_use]
    pub fn large(mut self, rows: u64) -> Self {
        self.schema_run.settings.large_rows = rows;
        self
    }

    /// Calls `observe` as things happen.
    #[must_use]
    pub fn observe(mut self, observe: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.schema_run.observer = Arc::new(observe);
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

    /// Applies the pending migrations to the database at `url`.
    ///
    /// # Errors
    /// [`MigrateError`]: nothing runs while an applied migration is edited or missing; a migration that fails is rolled
    /// back whole, and those before it stay.
    pub async fn run(&self, url: &str) -> Result<Report, MigrateError> {
        let known = self.record().await?;
        self.schema_run.run(url, &known).await
    }

    /// Returns the migrations pending in the database at `url`, with their SQL. Writes nothing and takes no lock.
    ///
    /// # Errors
    /// As [`Migrator::run`].
    pub async fn plan(&self, url: &str) -> Result<Vec<PlannedMigration>, MigrateError> {
        let (run, known) = (&self.schema_run, self.record().await?);
        run.connected(url, async |connection, found| {
            let applied = run.read_ledger(connection, &found).await?;
            let pending = run.pending(&known, &applied)?;
            plan::describe(&pending, &run.schema, &applied).await
        })
        .await
    }

    /// Returns the state of each migration in the database at `url`. Writes nothing and takes no lock.
    ///
    /// ```no_run
    /// # use schemata::migrate::{MigrateError, MigrationSet, MigrationStatus, Migrator};
    /// # async fn f(url: &str) -> Result<(), MigrateError> {
    /// let all: Vec<MigrationStatus> = Migrator::new(MigrationSet::linked()?).status(url).await?;
    /// for migration in all.iter().filter(|migration| !migration.state.is_settled()) {
    ///     println!("{}:{} is left to do", migration.module, migration.id);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`MigrateError`] if the ledger cannot be read.
    pub async fn status(&self, url: &str) -> Result<Vec<MigrationStatus>, MigrateError> {
        let (run, known) = (&self.schema_run, self.record().await?);
        run.connected(url, async |connection, found| {
            Ok(plan::status(&known, &run.read_ledger(connection, &found).await?))
        })
        .await
    }

    /// Returns what the ledger of the database at `url` records about the migrations called `id` (or `module:id`): one per
    /// module that has such an id, in the order in which they finished.
    ///
    /// ```no_run
    /// # use schemata::migrate::{HistoryEntry, MigrateError, Migrator, StepProgress};
    /// # async fn f(migrator: Migrator, url: &str) -> Result<(), MigrateError> {
    /// for HistoryEntry { module, by, at, steps, .. } in migrator.history(url, "0002_add_order_status").await? {
    ///     let steps = steps.map(|StepProgress { done, of, .. }| format!(", {done} of {of} steps")).unwrap_or_default();
    ///     println!("{module}: by {by} at {at}{steps}");
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`MigrateError`] if the ledger cannot be read.
    pub async fn history(&self, url: &str, id: &str) -> Result<Vec<HistoryEntry>, MigrateError> {
        let schema = self.target();
        self.schema_run
            .connected(url, async |connection, found| match LedgerVersion::of(schema, &found)? {
                Some(shape) => Ok(ledger::history(connection.session(), schema, shape, id).await?),
                None => Ok(Vec::new()),
            })
            .await
    }

    /// Marks what is pending in the database at `url` as applied without running it: for a database whose tables were made
    /// in another way. A squash is marked in place of what it replaces. [`Migrator::to`] sets the last migration to mark. An
    /// unfinished migration is not marked: it has to be resumed or repaired.
    ///
    /// # Hazards
    /// A marked migration never runs. If the database is not what the migration would have made it, nothing notices until
    /// a later migration fails: compare with [`Migrator::check`] afterwards.
    ///
    /// # Errors
    /// As [`Migrator::run`].
    pub async fn baseline(&self, url: &str) -> Result<Report, MigrateError> {
        baseline_and_repair::baseline(&self.schema_run, url, &self.record().await?).await
    }

    /// Marks as applied what the ledger of another tool in the database at `url` lists, and returns what was marked. The tool's
    /// table stays as it is; each row of the ledger notes the tool's version, time and checksum.
    ///
    /// The versions are matched with the files of [`sql_migrations!`](crate::sql_migrations) by their numbers. A program without
    /// such files, or a tool that does not number its migrations (Django, Alembic), has its first migration marked, which then
    /// stands for all versions.
    ///
    /// # Hazards
    /// As [`baseline`](Self::baseline): compare with [`Migrator::check`] afterwards.
    ///
    /// # Errors
    /// [`MigrateError::TakeOver`] if the schema has no ledger of the tool, a version has no file or is recorded as failed, or a
    /// file is not what sqlx applied, by its checksum; otherwise as [`Migrator::run`].
    pub async fn baseline_from(&self, url: &str, tool: MigrationTool) -> Result<Report, MigrateError> {
        take_over::baseline_from(&self.schema_run, url, &self.record().await?, tool).await
    }

    /// Returns the ledgers of other tools in the schema of the database at `url`, with what they list.
    ///
    /// # Errors
    /// [`MigrateError`] if they cannot be read.
    pub async fn other_ledgers(&self, url: &str) -> Result<Vec<OtherLedger>, MigrateError> {
        let schema = self.target();
        self.schema_run
            .connected(url, async |connection, _| other_ledger::read(connection.session(), schema).await)
            .await
    }

    /// Gives the applied migration `id` (or `module:id`) the checksum of what it does now, for an edit that changes nothing
    /// on a database that has it, and keeps `reason` in the ledger. An unfinished migration keeps what it has done, and
    /// continues with what it does now.
    ///
    /// # Hazards
    /// From then on the ledger lists the edited migration, though another one ran. A new database gets the edited one: make
    /// sure that both end up the same.
    ///
    /// # Errors
    /// [`MigrateError::UnknownTarget`] if this program has no migration of that id, [`MigrateError::NotApplied`] if the
    /// ledger lacks it.
    pub async fn repair(&self, url: &str, id: &str, reason: &str) -> Result<(), MigrateError> {
        baseline_and_repair::repair(&self.schema_run, url, &self.record().await?, id, reason).await
    }

    /// Returns the schema that is migrated.
    pub(crate) fn target(&self) -> &Ident {
        &self.schema_run.schema
    }

    /// Returns the name of the application.
    pub(crate) fn application_name(&self) -> &str {
        &self.schema_run.application
    }

    /// Returns the migrations, in the order of their ids.
    #[cfg(feature = "dev")]
    pub(crate) fn entries(&self) -> &[crate::migrate::MigrationEntry] {
        self.set.entries()
    }

    /// Records what each migration does; returns them in the order in which they run.
    pub(crate) async fn record(&self) -> Result<Vec<Recorded>, MigrateError> {
        record::record_all(self.set.entries(), self.target()).await
    }
}

impl fmt::Debug for Migrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Migrator")
            .field("schema", &self.schema_run.schema)
            .field("to", &self.schema_run.to)
            .field("migrations", &self.set.entries().len())
            .finish_non_exhaustive()
    }
}
