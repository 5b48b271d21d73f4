//! `plan --measure`: what the pending migrations would do to a busy database, seen on a scratch one.
//!
//! The applied migrations are replayed there, then each pending one runs statement by statement, and PostgreSQL is asked what
//! it locked, rewrote and read. No rule about SQL text decides; what PostgreSQL did does.

use crate::exec::dial::Address;
use crate::migrate::hazardous_steps::hazardous_steps;
use crate::migrate::record::Recorded;
use crate::migrate::session::{Connection, probe};
use crate::migrate::watch::{Run, Watch};
use crate::migrate::{HazardousStep, MigrateError, Migrator, ScratchError, plan};
use crate::prove::effect::{MeasuredStatement, judge};
use crate::prove::live::{self, Live};
use crate::prove::scratch::{Scratch, replay_failed};
use crate::prove::sizes::{self, Sizes};

/// What the pending migrations would do.
///
/// Every statement is there, in the order it ran, with its transaction ([`Runs`](crate::prove::Runs)); every table that it
/// locked, rewrote, read whole or dropped is among its effects, with its size in the live database. Not there are tables that
/// the migration makes: nobody waits for them. A statement is dangerous, whatever the size of its tables, when it rewrites or
/// reads one whole, or builds its indexes anew, while its transaction keeps others from writing to a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Measured {
    /// The migrations, in the order they would run.
    pub migrations: Vec<MeasuredMigration>,
    /// What [`Migrator::run`] would refuse on the live tables as they are now, by their size and by the words of the
    /// statements. It knows a little more than can be measured on empty tables: how many rows an `UPDATE` locks, for one.
    pub refused: Vec<HazardousStep>,
    /// How the live database differs from the scratch database, one sentence per difference: effects of these were not seen.
    pub unseen: Vec<String>,
}

/// What one pending migration would do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MeasuredMigration {
    /// Its module.
    pub module: &'static str,
    /// Its id.
    pub id: &'static str,
    /// Its statements, in order.
    pub statements: Vec<MeasuredStatement>,
}

/// The live database.
struct Survey<'r> {
    /// The migrations that are applied to their end.
    applied: Vec<&'r Recorded>,
    pending: Vec<&'r Recorded>,
    /// How large its tables are.
    sizes: Sizes,
    refused: Vec<HazardousStep>,
    /// The shape of the live database; `None` while a migration is unfinished, because part of what it does is there.
    live: Option<Live>,
}

impl Measured {
    /// Returns whether everything was seen, and no statement would hurt a busy database except those that their migration
    /// allows with a reason; [`Migrator::run`] then refuses nothing.
    pub fn is_safe(&self) -> bool {
        self.unseen.is_empty() && !self.is_dangerous()
    }

    /// Returns whether a statement would hurt a busy database and is not allowed.
    pub fn is_dangerous(&self) -> bool {
        let statements = self.migrations.iter().flat_map(|migration| &migration.statements);
        let mut dangers = statements.filter_map(|statement| statement.danger.as_ref());
        !self.refused.is_empty() || dangers.any(|danger| danger.allowed.is_none())
    }
}

impl Migrator {
    /// Runs what is pending in the database at `url` on a scratch database beside it, and reports for each statement which
    /// locks it takes on which tables, whether it rewrites or reads them whole, and how large they are in the database at
    /// `url`, which is only read. The role needs CREATEDB.
    ///
    /// First, what the live database has beyond its migrations is created on the scratch database, in the schemas that
    /// depend on the migrated one: views, functions, policies, triggers, foreign keys, publications. So a statement that
    /// they stop fails here, too ([`ScratchError::Pending`]). What could not be copied is listed in [`Measured::unseen`].
    ///
    /// The scratch tables have no rows but those that the migrations insert. Locks, rewrites and the reading that DDL does
    /// are the same on empty tables. What an UPDATE or a SELECT reads depends on its plan, which may differ there. A
    /// migration that reads data finds only those rows. Steps outside transactions are observed from a second session: it
    /// reads the table, and an index that is built or dropped concurrently waits for it. An unfinished migration is measured
    /// from its beginning.
    ///
    /// ```no_run
    /// # use schemata::migrate::{MigrateError, MigrationSet, Migrator};
    /// # async fn f() -> Result<(), MigrateError> {
    /// let measured = Migrator::new(MigrationSet::linked()?).measure("postgres://localhost/shop").await?;
    /// for statement in measured.migrations.iter().flat_map(|migration| &migration.statements) {
    ///     if let Some(danger) = &statement.danger {
    ///         eprintln!("{danger}; instead: {}", danger.instead);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Migrator::check`].
    pub async fn measure(&self, url: &str) -> Result<Measured, MigrateError> {
        let known = self.record().await?;
        let address = Address::parse(url)?;
        let survey = self.survey(&address, &known).await?;
        if survey.pending.is_empty() {
            return Ok(Measured::default());
        }
        let scratch = Scratch::create(&address, self.application_name()).await?;
        let measured = self.try_out(scratch.address(), &survey).await;
        scratch.drop().await?;
        let (migrations, unseen) = measured?;
        Ok(Measured { migrations, refused: survey.refused, unseen })
    }

    async fn survey<'r>(&self, address: &Address, known: &'r [Recorded]) -> Result<Survey<'r>, MigrateError> {
        let connection = Connection::open(address, self.application_name()).await?;
        let found = probe(&connection.client, self.target()).await?;
        let (applied, pending) = self.schema_run.applied_and_pending(&connection, &found, known).await?;
        let rows = self.schema_run.read_ledger(&connection, &found).await?;
        let refused = hazardous_steps(&connection, self.target(), &self.schema_run.settings, &pending, &rows).await?;
        let is_whole = pending.iter().all(|migration| plan::unfinished(migration, &rows).is_none());
        let live = if is_whole && !pending.is_empty() {
            Some(live::read(&connection.client, self.target(), found.major).await?)
        } else {
            None
        };
        let sizes = sizes::read(&connection.client).await?;
        connection.close().await;
        Ok(Survey { applied, pending, sizes, refused, live })
    }

    async fn try_out(
        &self,
        scratch: &Address,
        survey: &Survey<'_>,
    ) -> Result<(Vec<MeasuredMigration>, Vec<String>), MigrateError> {
        let connection = Connection::open(scratch, self.application_name()).await?;
        // Where it is off, no scan would be seen, and everything would look safe.
        let failed = |source| MigrateError::Session { step: "counting scans on a scratch database", source };
        connection.client.batch_execute(COUNTING).await.map_err(failed)?;
        self.schema_run.apply(&connection, &survey.applied, Run::Replay).await.map_err(replay_failed)?;
        let unseen = match &survey.live {
            Some(live) => live.bring(&connection, self.target()).await?,
            None => vec![UNFINISHED.to_owned()],
        };
        let mut measured = Vec::new();
        for migration in &survey.pending {
            let watch = Watch::default();
            let done = self.schema_run.apply(&connection, &[migration], Run::Watched(&watch)).await;
            done.map_err(|source| ScratchError::Pending { source: Box::new(source) })?;
            let (start, seen) = watch.into_parts();
            let statements = judge(self.target(), &start, &seen, &survey.sizes);
            let entry = migration.entry;
            measured.push(MeasuredMigration { module: entry.module, id: entry.id, statements });
        }
        connection.close().await;
        Ok((measured, unseen))
    }
}

/// The entry of `unseen` while a migration is unfinished.
const UNFINISHED: &str = "a migration is unfinished, so what the database has beyond its migrations was not copied";

const COUNTING: &str = "DO $$ BEGIN IF NOT pg_catalog.current_setting('track_counts')::boolean THEN \
     RAISE EXCEPTION 'track_counts is off on this server, so scans are not counted'; END IF; END $$";
