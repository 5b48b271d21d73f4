//! What the ledger remembers, and the two ways to correct it by hand: `baseline` and `repair`.

use crate::exec::dial::Address;
use crate::migrate::error::MigrateError;
use crate::migrate::ledger::{self, Applied, Entry, Past};
use crate::migrate::migrator::Migrator;
use crate::migrate::plan;
use crate::migrate::record::{self, Recorded};
use crate::migrate::report::Report;
use crate::migrate::session::{Connection, probe};
use crate::migrate::apply::mark;
use crate::migrate::squash::coverage::SquashCoverage;
use crate::migrate::apply::transaction;
use crate::migrate::error::Undermined;
use crate::migrate::watch::Run;

/// Why a migration stands in the ledger that did not run.
const BASELINE: &str = "baseline: marked as applied, not run";

impl Migrator {
    /// What the migrations called `id` did when they were applied to the database at `url`: one a module that has such an
    /// id, in the order they ran.
    ///
    /// # Errors
    /// [`MigrateError`], where the ledger cannot be read.
    pub async fn history(&self, url: &str, id: &str) -> Result<Vec<Past>, MigrateError> {
        let connection = Connection::open(&Address::parse(url)?, self.application_name()).await?;
        let found = probe(&connection.client, self.target()).await?;
        let past = match ledger::shape(self.target(), &found)? {
            Some(shape) => ledger::past(&connection.client, self.target(), shape, id).await?,
            None => Vec::new(),
        };
        connection.close().await;
        Ok(past)
    }

    /// Marks what is pending in the database at `url` as applied, and runs none of it: for a database that got its tables
    /// some other way. A squash stands for what it replaces. [`Migrator::to`] says how far. An unfinished migration is not
    /// marked: it goes on, or is repaired.
    ///
    /// # Hazards
    /// A migration that is marked never runs. Where the database is not what it would have made it, nothing notices until
    /// a later migration fails: compare with [`Migrator::check`] afterwards.
    ///
    /// # Errors
    /// As [`Migrator::run`].
    pub async fn baseline(&self, url: &str) -> Result<Report, MigrateError> {
        let known = self.record().await?;
        let connection = Connection::open(&Address::parse(url)?, self.application_name()).await?;
        self.lock(&connection).await?;
        let found = probe(&connection.client, self.target()).await?;
        let pending = self.pending(&connection, &found, &known).await?;
        let place = self.place(&connection, &found, Run::Live)?;
        let transaction = transaction::begin(&place).await?;
        let mut report = Report::default();
        let mut rows = self.applied(&connection, &found).await?;
        let pending = pending.into_iter().filter(|migration| plan::unfinished(migration, &rows).is_none());
        let pending: Vec<&Recorded> = pending.collect();
        rows.extend(pending.iter().map(|migration| Applied::now(migration)));
        for migration in pending {
            self.note(&connection, migration, BASELINE, &transaction).await?;
            report.applied.push(migration.entry.id.to_owned());
        }
        for squash in SquashCoverage::of(&known, &rows, None).to_mark() {
            self.note(&connection, squash, mark::NOTE, &transaction).await?;
            report.marked.push(squash.entry.id.to_owned());
        }
        connection.client.batch_execute("COMMIT").await.map_err(|source| self.not_written(source))?;
        connection.close().await;
        Ok(report)
    }

    /// Gives the applied migration `id` (or `module:id`) the checksum of what it does now, for an edit that changes nothing
    /// on a database that has it, and keeps `reason` in the ledger. An unfinished one keeps what it has done, and goes on with
    /// what it does now.
    ///
    /// # Hazards
    /// From then on the ledger vouches for the edited migration, though another one ran. A fresh database gets the edited
    /// one: make sure that both end up the same.
    ///
    /// # Errors
    /// [`MigrateError::UnknownTarget`] when no migration of this program is called so, [`MigrateError::NotApplied`] when the
    /// ledger lacks it.
    pub async fn repair(&self, url: &str, id: &str, reason: &str) -> Result<(), MigrateError> {
        let known = self.record().await?;
        let connection = Connection::open(&Address::parse(url)?, self.application_name()).await?;
        self.lock(&connection).await?;
        let found = probe(&connection.client, self.target()).await?;
        let migration = &known[plan::target(&known, id)?];
        let not_applied = || MigrateError::NotApplied { id: id.to_owned(), schema: self.target().clone() };
        let shape = ledger::shape(self.target(), &found)?.ok_or_else(not_applied)?;
        let operations = record::operations(migration.entry, self.target()).await?.0;
        let repaired = ledger::repair(&connection.client, self.target(), shape, migration, &operations, reason).await;
        let repaired = repaired.map_err(|source| self.not_written(source))?;
        connection.close().await;
        if repaired { Ok(()) } else { Err(not_applied()) }
    }

    /// Writes the row of a migration that does not run.
    async fn note(
        &self,
        connection: &Connection,
        migration: &Recorded,
        why: &str,
        transaction: &str,
    ) -> Result<(), MigrateError> {
        let operations = record::operations(migration.entry, self.target()).await?.0;
        let entry =
            Entry { note: Some(why), ..Entry::of(migration, &operations, self.application_name(), transaction) };
        let written = ledger::write(&connection.client, self.target(), &entry).await;
        if written.map_err(|source| self.not_written(source))? {
            Ok(())
        } else {
            Err(Undermined::TransactionEnded { id: migration.entry.id, committed: None, source: None }.into())
        }
    }

    fn not_written(&self, source: tokio_postgres::Error) -> MigrateError {
        MigrateError::Ledger { schema: self.target().clone(), step: "written", source }
    }
}
