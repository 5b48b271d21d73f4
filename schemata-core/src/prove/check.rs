//! `check`: the models in the code, the migrations in the code and the live database, shown to agree.
//!
//! Three catalogs are read from PostgreSQL itself: the live database's, that of a scratch database on which the migrations
//! were replayed, and that of the models' DDL on the same one. Comparing PostgreSQL's own text with itself leaves no room for
//! differences of spelling.

use crate::catalog::{self, Catalog, Declared, Difference, Extent, Side, Sides, differences};
use crate::exec::dial::Address;
use crate::migrate::record::Recorded;
use crate::migrate::session::{Connection, probe};
use crate::migrate::watch::Run;
use crate::migrate::{MigrateError, Migrator};
use crate::prove::scratch::{Scratch, replay_failed};
use crate::prove::squash::UnequalSquash;
use crate::schema::Table;
use crate::sql::ddl;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckReport {
    /// Where the migrations, all of them, do not lead to the models.
    pub models: Vec<Difference>,
    /// Where the database is not what its applied migrations made it.
    pub database: Vec<Difference>,
    /// The migrations that are not applied to the database yet.
    pub pending: Vec<String>,
    /// What the database holds that models cannot express. It is left alone.
    pub others: Vec<String>,
    /// The objects of the database that models leave to it by name. They are not compared.
    pub unmanaged: Vec<String>,
    /// The objects that models leave to the database by name, and that it does not have. They do not count as a difference.
    pub absent: Vec<String>,
    /// The squashes that do not make what the migrations make that they replace, as long as those are in the program.
    pub squashes: Vec<UnequalSquash>,
}

impl CheckReport {
    /// Whether models, migrations and database agree, squashes are equal to what they replace, and nothing is pending.
    pub fn is_clean(&self) -> bool {
        self.models.is_empty() && self.database.is_empty() && self.pending.is_empty() && self.squashes.is_empty()
    }
}

impl Migrator {
    /// Compares `models`, the migrations and the database at `url`. The database is only read; the replay happens on
    /// scratch databases beside it, for which the role needs CREATEDB. Statements on roles, databases, tablespaces and the
    /// server's settings are left out of the replay, since they would reach beyond the scratch database; what a migration
    /// does through [`Migration::client`](crate::migrate::Migration::client) is not seen through.
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
    /// [`MigrateError`] where the ledger is in no state to go on (an edited migration, for instance), or a replay fails.
    pub async fn check(&self, url: &str, models: &[&'static Table]) -> Result<CheckReport, MigrateError> {
        let known = self.record().await?;
        let further = ddl::named_schemas(models);
        let address = Address::parse(url)?;
        let declared = Declared::new(self.target(), models, &self.unmanaged);
        let (applied, pending, mut live) = self.look(&address, &known, &further).await?;

        let scratch = Scratch::create(&address, self.application_name()).await?;
        let replayed = self.replay(scratch.address(), &applied, &pending, models, &further).await;
        scratch.drop().await?;
        let Replayed { mut before, mut after, mut built } = replayed?;
        let absent = declared.absent(&live);
        for replayed in [&mut before, &mut after, &mut built] {
            declared.take(replayed, Extent::Everything);
        }
        let unmanaged = declared.take(&mut live, Extent::Everything);

        Ok(CheckReport {
            models: differences(&built, &after, Sides { expected: Side::Model, found: Side::Migrations }),
            database: differences(&before, &live, Sides { expected: Side::Migrations, found: Side::Database }),
            unmanaged,
            absent,
            pending: pending.iter().map(|migration| migration.entry.id.to_owned()).collect(),
            others: live.others,
            squashes: self.unequal_squashes(&address, &known).await?,
        })
    }

    /// The applied and the pending migrations, and what the database holds.
    async fn look<'r>(
        &self,
        address: &Address,
        known: &'r [Recorded],
        further: &[&str],
    ) -> Result<(Vec<&'r Recorded>, Vec<&'r Recorded>, Catalog), MigrateError> {
        let connection = Connection::open(address, self.application_name()).await?;
        let found = probe(&connection.client, self.target()).await?;
        let (applied, pending) = self.schema_run.applied_and_pending(&connection, &found, known).await?;
        let live = self.read_catalog(&connection, further).await?;
        connection.close().await;
        Ok((applied, pending, live))
    }

    /// Replays the migrations, then builds the models.
    async fn replay(
        &self,
        scratch: &Address,
        applied: &[&Recorded],
        pending: &[&Recorded],
        models: &[&'static Table],
        further: &[&str],
    ) -> Result<Replayed, MigrateError> {
        let connection = Connection::open(scratch, self.application_name()).await?;
        self.schema_run.apply(&connection, applied, Run::Replay).await.map_err(replay_failed)?;
        let before = self.read_catalog(&connection, further).await?;
        let after = if pending.is_empty() {
            before.clone()
        } else {
            self.schema_run.apply(&connection, pending, Run::Replay).await.map_err(replay_failed)?;
            self.read_catalog(&connection, further).await?
        };
        let built = self.build(&connection, models, further).await?;
        connection.close().await;
        Ok(Replayed { before, after, built })
    }

    /// The migrated schema and the `further` ones, as they are in the database of `connection`.
    pub(crate) async fn read_catalog(
        &self,
        connection: &Connection,
        further: &[&str],
    ) -> Result<Catalog, MigrateError> {
        let read = catalog::read(&connection.client, self.target(), further).await;
        read.map_err(|source| MigrateError::Session { step: "reading the catalog", source })
    }
}

/// The catalogs of a scratch database.
struct Replayed {
    /// After the applied migrations.
    before: Catalog,
    /// After all of them.
    after: Catalog,
    /// Of the models.
    built: Catalog,
}
