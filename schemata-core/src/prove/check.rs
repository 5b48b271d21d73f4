//! Compares the models, the migrations and the live database.
//!
//! Four catalogs are read from PostgreSQL: that of the live database, those of a scratch database after the applied and
//! after all migrations, and that of the models' tables on the same scratch database. As all text is PostgreSQL's own,
//! there are no differences of spelling, but for expressions that came from an older major.

use crate::catalog::{Catalog, CatalogSource, Comparison, Difference, UnmanagedObjects, UnmanagedScope, differences};
use crate::exec::connect::Address;
use crate::migrate::record::Recorded;
use crate::migrate::session::{DedicatedConnection, probe};
use crate::migrate::{MigrateError, MigrationTool, Migrator};
use crate::prove::read_catalog::read_catalog;
use crate::prove::replay::Replay;
use crate::prove::same_expressions;
use crate::prove::squash_equality::{self, UnequalSquash};
use crate::schema::Table;
use crate::sql::ddl;

/// The result of [`Migrator::check`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckReport {
    /// The differences between the models and the end of the migrations.
    pub models: Vec<Difference>,
    /// The differences between the applied migrations and the database.
    pub database: Vec<Difference>,
    /// The migrations that are not applied to the database yet.
    pub pending: Vec<String>,
    /// The objects of the database that models cannot express. They are not compared.
    pub others: Vec<String>,
    /// The objects of the database that models leave to it by name. They are not compared.
    pub unmanaged: Vec<String>,
    /// The objects that models leave to the database by name, and that it does not have. They do not count as a difference.
    pub absent: Vec<String>,
    /// The tables in which other tools record their migrations, each with its tool. They are not compared.
    pub ledgers: Vec<(String, MigrationTool)>,
    /// The squashes whose result differs from that of the migrations they replace. Only squashes with replaced
    /// migrations still in the program can be compared.
    pub squashes: Vec<UnequalSquash>,
}

impl CheckReport {
    /// Returns whether models, migrations and database agree, squashes are equal to what they replace, and nothing is
    /// pending.
    pub fn is_clean(&self) -> bool {
        self.models.is_empty() && self.database.is_empty() && self.pending.is_empty() && self.squashes.is_empty()
    }
}

/// Compares `models`, the migrations of `migrator` and the database at `url`.
pub(crate) async fn check(
    migrator: &Migrator,
    url: &str,
    models: &[&'static Table],
) -> Result<CheckReport, MigrateError> {
    let known = migrator.record().await?;
    let further = ddl::named_schemas(models);
    let address = Address::parse(url)?;
    let declared = UnmanagedObjects::new(migrator.target(), models, &migrator.unmanaged);
    let LiveDatabase { applied, pending, catalog: mut live } = read_live(migrator, &address, &known, &further).await?;

    let (mut before, mut after, mut built) = Replay::with(migrator, &address, async |replay| {
        replay.apply(&applied).await?;
        let before = replay.catalog(&further).await?;
        same_expressions::unify(replay.client(), migrator.target(), &before, &mut live).await?;
        let mut after = if pending.is_empty() {
            before.clone()
        } else {
            replay.apply(&pending).await?;
            replay.catalog(&further).await?
        };
        let built = replay.build_models(models, &further).await?;
        same_expressions::unify(replay.client(), migrator.target(), &built, &mut after).await?;
        Ok::<_, MigrateError>((before, after, built))
    })
    .await?;
    let absent = declared.missing_from(&live);
    for replayed in [&mut before, &mut after, &mut built] {
        declared.remove_from(replayed, UnmanagedScope::Everything);
    }
    let unmanaged = declared.remove_from(&mut live, UnmanagedScope::Everything);
    // Domains and composite types that no model declares are the database's own.
    for catalog in [&mut before, &mut after, &mut live] {
        catalog.keep_created_types(&built);
    }

    Ok(CheckReport {
        models: differences(
            &built,
            &after,
            Comparison { expected: CatalogSource::Model, found: CatalogSource::Migrations },
        ),
        database: differences(
            &before,
            &live,
            Comparison { expected: CatalogSource::Migrations, found: CatalogSource::Database },
        ),
        unmanaged,
        absent,
        pending: pending.iter().map(|migration| migration.entry.id.to_owned()).collect(),
        others: live.others,
        ledgers: live.ledgers.into_iter().collect(),
        squashes: squash_equality::unequal_squashes(migrator, &address, &known).await?,
    })
}

/// The live database: its migrations and its catalog.
struct LiveDatabase<'r> {
    applied: Vec<&'r Recorded>,
    pending: Vec<&'r Recorded>,
    catalog: Catalog,
}

async fn read_live<'r>(
    migrator: &Migrator,
    address: &Address,
    known: &'r [Recorded],
    further: &[&str],
) -> Result<LiveDatabase<'r>, MigrateError> {
    let connection = DedicatedConnection::open(address, migrator.application_name()).await?;
    let found = probe(&connection, migrator.target()).await?;
    let (applied, pending) = migrator.schema_run.applied_and_pending(&connection, &found, known).await?;
    let catalog = read_catalog(&connection.client, migrator.target(), further).await?;
    connection.close().await;
    Ok(LiveDatabase { applied, pending, catalog })
}
