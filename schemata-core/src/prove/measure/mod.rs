//! `plan --measure`: runs the pending migrations on a scratch database and reports what they would do to a busy database.
//!
//! The applied migrations are replayed there, then each pending one runs statement by statement, and PostgreSQL is
//! asked what it locked, rewrote and read. The result depends on what PostgreSQL did, not on the text of the
//! statements.

mod dependent_schemas;
pub(crate) mod effect;
mod live_shape;
pub(crate) mod lock_mode;
pub(crate) mod table_sizes;

use crate::exec::connect::Address;
use crate::migrate::hazardous_steps::hazardous_steps;
use crate::migrate::record::Recorded;
use crate::migrate::session::{DedicatedConnection, probe};
use crate::migrate::{HazardousStep, MigrateError, Migrator, plan};
use crate::prove::measure::effect::{MeasuredStatement, measure_statements};
use crate::prove::measure::live_shape::LiveShape;
use crate::prove::measure::table_sizes::TableSizes;
use crate::prove::replay::Replay;

/// The effects of the pending migrations.
///
/// Lists every statement in the order it ran, with its transaction ([`Runs`](crate::prove::Runs)), and every table that it
/// locked, rewrote, read whole or dropped, with the table's size in the live database. Tables that the migration creates are
/// left out, since nobody waits for them. A statement is dangerous, whatever the size of its tables, if it rewrites a table,
/// reads it whole or rebuilds its indexes while its transaction blocks writes to a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Measured {
    /// The migrations, in the order they would run.
    pub migrations: Vec<MeasuredMigration>,
    /// The steps that [`Migrator::run`] would refuse on the live tables, by their current size and by the text of the
    /// statements. It covers a little more than can be measured on empty tables, for example how many rows an `UPDATE`
    /// locks.
    pub refused: Vec<HazardousStep>,
    /// The differences between the live database and the scratch database, one sentence per difference. Effects on these
    /// objects were not seen.
    pub unseen: Vec<String>,
}

/// The effects of one pending migration.
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

/// The entry of `unseen` while a migration is unfinished.
const UNFINISHED: &str = "a migration is unfinished, so what the database has beyond its migrations was not copied";

/// Fails if the server does not count scans: none would be seen, and every statement would look safe.
const REQUIRE_SCAN_COUNTS: &str = "
    DO $$ BEGIN
        IF NOT pg_catalog.current_setting('track_counts')::boolean THEN
            RAISE EXCEPTION 'track_counts is off on this server, so scans are not counted';
        END IF;
    END $$";

/// Measures what is pending in the database at `url`.
pub(crate) async fn measure(migrator: &Migrator, url: &str) -> Result<Measured, MigrateError> {
    let known = migrator.record().await?;
    let address = Address::parse(url)?;
    let live = LiveDatabase::read(migrator, &address, &known).await?;
    if live.pending.is_empty() {
        return Ok(Measured::default());
    }
    let (migrations, unseen) =
        Replay::with(migrator, &address, async |replay| measure_pending(replay, &live).await).await?;
    Ok(Measured { migrations, refused: live.refused, unseen })
}

/// The state of the live database that a measurement needs.
struct LiveDatabase<'r> {
    /// The migrations that are completely applied.
    applied: Vec<&'r Recorded>,
    pending: Vec<&'r Recorded>,
    sizes: TableSizes,
    refused: Vec<HazardousStep>,
    /// `None` while a migration is unfinished, because part of its effects is in the database.
    shape: Option<LiveShape>,
}

impl<'r> LiveDatabase<'r> {
    async fn read(migrator: &Migrator, address: &Address, known: &'r [Recorded]) -> Result<Self, MigrateError> {
        let connection = DedicatedConnection::open(address, migrator.application_name()).await?;
        let found = probe(&connection, migrator.target()).await?;
        let (applied, pending) = migrator.schema_run.applied_and_pending(&connection, &found, known).await?;
        let rows = migrator.schema_run.read_ledger(&connection, &found).await?;
        let settings = &migrator.schema_run.settings;
        let refused = hazardous_steps(&connection, migrator.target(), settings, &pending, &rows).await?;
        let is_finished = pending.iter().all(|migration| plan::unfinished(migration, &rows).is_none());
        let shape = if is_finished && !pending.is_empty() {
            Some(LiveShape::read(&connection.client, migrator.target(), found.major).await?)
        } else {
            None
        };
        let sizes = table_sizes::read(&connection.client).await?;
        connection.close().await;
        Ok(Self { applied, pending, sizes, refused, shape })
    }
}

/// Measures the pending migrations on a scratch database of the live database's shape. Also returns the differences
/// between the two.
async fn measure_pending(
    replay: &Replay<'_>,
    live: &LiveDatabase<'_>,
) -> Result<(Vec<MeasuredMigration>, Vec<String>), MigrateError> {
    let failed = |source| MigrateError::Session { step: "counting scans on a scratch database", source };
    replay.client().batch_execute(REQUIRE_SCAN_COUNTS).await.map_err(failed)?;
    replay.apply(&live.applied).await?;
    let unseen = match &live.shape {
        Some(shape) => shape.create_on(replay.client(), replay.schema()).await?,
        None => vec![UNFINISHED.to_owned()],
    };
    let mut measured = Vec::new();
    for migration in &live.pending {
        let (start, observed) = replay.observe(migration).await?;
        let statements = measure_statements(replay.schema(), &start, &observed, &live.sizes);
        let entry = migration.entry;
        measured.push(MeasuredMigration { module: entry.module, id: entry.id, statements });
    }
    Ok((measured, unseen))
}
