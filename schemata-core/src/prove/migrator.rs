//! The methods of [`Migrator`] that prove something, for users. Each forwards to the file that does the work.

use crate::migrate::{MigrateError, Migrator};
use crate::prove::check::{self, CheckReport};
use crate::prove::measure::{self, Measured};
#[cfg(feature = "dev")]
use crate::prove::queries::{self, WrongQuery};
use crate::schema::Table;

impl Migrator {
    /// Compares `models`, the migrations and the database at `url`. The database is only read; the migrations are
    /// replayed on scratch databases beside it, for which the role needs CREATEDB. The replay leaves out statements on
    /// roles, databases, tablespaces and the server's settings, since they would reach beyond the scratch database;
    /// what a migration does through [`Migration::client`](crate::migrate::Migration::client) is replayed as it is.
    ///
    /// ```no_run
    /// # use schemata::{migrate::{MigrateError, MigrationSet, Migrator}, schema::Table};
    /// # async fn f(models: &[&'static Table]) -> Result<(), MigrateError> {
    /// let report = Migrator::new(MigrationSet::linked()?).check("postgres://localhost/shop", models).await?;
    /// assert!(report.is_clean(), "{report:?}");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`MigrateError`] if the ledger forbids going on (an edited migration, for instance), or if a replay fails.
    pub async fn check(&self, url: &str, models: &[&'static Table]) -> Result<CheckReport, MigrateError> {
        check::check(self, url, models).await
    }

    /// Prepares every query of [`query!`](crate::query!) that the program holds, on a scratch database beside the database at `url`
    /// on which all migrations have run, and returns those that do not have the parameters and columns of their functions. No query
    /// is run. The role needs CREATEDB; the database at `url` is not read.
    ///
    /// # Errors
    /// As [`Migrator::check`].
    #[cfg(feature = "dev")]
    pub async fn check_queries(&self, url: &str) -> Result<Vec<WrongQuery>, MigrateError> {
        queries::check(self, url).await
    }

    /// Runs the pending migrations on a scratch database beside the database at `url`, and reports for each statement
    /// which locks it takes on which tables, whether it rewrites them or reads them completely, and how large they are
    /// in the database at `url`, which is only read. The role needs CREATEDB.
    ///
    /// First, the objects that the live database has beyond its migrations are created on the scratch database, in the
    /// schemas that depend on the migrated one: views, functions, policies, triggers, foreign keys, publications. So a
    /// statement that they prevent fails here, too ([`MigrateError::PendingFails`]). Objects that could not be copied
    /// are listed in [`Measured::unseen`].
    ///
    /// The scratch tables hold only the rows that the migrations insert. Locks, rewrites and the reads of DDL are the
    /// same on empty tables. What an UPDATE or a SELECT reads depends on its plan, which may differ there. A migration
    /// that reads data finds only those rows. Steps outside transactions are observed from a second session: it reads
    /// the table, and a concurrent index build or drop waits for it. An unfinished migration is measured from its
    /// beginning.
    ///
    /// ```no_run
    /// # use schemata::migrate::{MigrateError, MigrationSet, Migrator};
    /// # use schemata::prove::{LiveSize, MeasuredMigration, TableLock};
    /// # async fn f() -> Result<(), MigrateError> {
    /// let measured = Migrator::new(MigrationSet::linked()?).measure("postgres://localhost/shop").await?;
    /// for statement in measured.migrations.iter().flat_map(|migration| &migration.statements) {
    ///     if let Some(danger) = &statement.danger {
    ///         eprintln!("{danger}; instead: {}", danger.instead);
    ///     }
    ///     for effect in statement.effects.iter().filter(|effect| effect.lock.is_some_and(TableLock::blocks_reads)) {
    ///         let rows = effect.live.as_ref().and_then(|LiveSize { rows, .. }| *rows);
    ///         println!("nobody can read {} meanwhile; it has {rows:?} rows", effect.table);
    ///     }
    /// }
    /// for MeasuredMigration { id, statements, .. } in &measured.migrations {
    ///     println!("{id}: {} dangers", statements.iter().filter(|statement| statement.danger.is_some()).count());
    /// }
    /// assert!(!measured.is_dangerous(), "a deployment for the night");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Migrator::check`].
    pub async fn measure(&self, url: &str) -> Result<Measured, MigrateError> {
        measure::measure(self, url).await
    }
}
