//! `plan --measure`: what the pending migrations would do to a busy database, seen on a scratch one.
//!
//! The applied migrations are replayed there, then each pending one runs statement by statement, and PostgreSQL is asked what
//! it locked, rewrote and read. No rule about SQL text decides; what PostgreSQL did does.

use crate::exec::dial::Address;
use crate::migrate::record::Recorded;
use crate::migrate::session::{Connection, probe};
use crate::migrate::watch::{Run, Watch};
use crate::migrate::{MigrateError, Migrator};
use crate::prove::effect::{MeasuredStatement, judge};
use crate::prove::scratch::Scratch;
use crate::prove::sizes::{self, Sizes};

/// What the pending migrations would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Measured {
    /// The migrations, in the order they would run.
    pub migrations: Vec<MeasuredMigration>,
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

impl Measured {
    /// Whether no statement would hurt a busy database, but those that their migration allows with a reason.
    pub fn is_safe(&self) -> bool {
        let statements = self.migrations.iter().flat_map(|migration| &migration.statements);
        statements.filter_map(|statement| statement.danger.as_ref()).all(|danger| danger.allowed.is_some())
    }
}

impl Migrator {
    /// Runs what is pending in the database at `url` on a scratch database beside it, and reports for each statement which
    /// locks it takes on which tables, whether it rewrites or reads them whole, and how large they are in the database at
    /// `url`, which is only read. The role needs CREATEDB.
    ///
    /// The scratch tables have no rows. Locks, rewrites and the reading that DDL does are the same on empty tables; what an
    /// UPDATE or a SELECT reads depends on a plan, and PostgreSQL may choose another one there. A migration that reads data
    /// does what it does when it finds none.
    ///
    /// # Errors
    /// As [`Migrator::check`].
    pub async fn measure(&self, url: &str) -> Result<Measured, MigrateError> {
        let known = self.record().await?;
        let address = Address::parse(url)?;
        let (applied, pending, sizes) = self.survey(&address, &known).await?;
        if pending.is_empty() {
            return Ok(Measured::default());
        }
        let scratch = Scratch::create(&address, self.application_name()).await?;
        let measured = self.try_out(scratch.address(), &applied, &pending, &sizes).await;
        scratch.drop().await?;
        measured.map_err(|source| MigrateError::Replay { source: Box::new(source) })
    }

    /// The applied and the pending migrations, and how large the live tables are.
    async fn survey<'r>(
        &self,
        address: &Address,
        known: &'r [Recorded],
    ) -> Result<(Vec<&'r Recorded>, Vec<&'r Recorded>, Sizes), MigrateError> {
        let connection = Connection::open(address, self.application_name()).await?;
        let found = probe(&connection.client, self.target()).await?;
        let (applied, pending) = self.standing(&connection, &found, known).await?;
        let sizes = sizes::read(&connection.client).await?;
        connection.close().await;
        Ok((applied, pending, sizes))
    }

    async fn try_out(
        &self,
        scratch: &Address,
        applied: &[&Recorded],
        pending: &[&Recorded],
        sizes: &Sizes,
    ) -> Result<Measured, MigrateError> {
        let connection = Connection::open(scratch, self.application_name()).await?;
        // Where it is off, no scan would be seen, and everything would look safe.
        let failed = |source| MigrateError::Session { step: "counting scans on a scratch database", source };
        connection.client.batch_execute(COUNTING).await.map_err(failed)?;
        self.apply(&connection, applied, Run::Replay).await?;
        let mut measured = Measured::default();
        for migration in pending {
            let watch = Watch::default();
            self.apply(&connection, &[migration], Run::Watched(&watch)).await?;
            let (start, seen) = watch.into_parts();
            let statements = judge(self.target(), &start, &seen, sizes);
            let entry = migration.entry;
            measured.migrations.push(MeasuredMigration { module: entry.module, id: entry.id, statements });
        }
        connection.close().await;
        Ok(measured)
    }
}

const COUNTING: &str = "DO $$ BEGIN IF NOT pg_catalog.current_setting('track_counts')::boolean THEN \
     RAISE EXCEPTION 'track_counts is off on this server, so scans are not counted'; END IF; END $$";
