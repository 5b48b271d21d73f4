//! Migrations replayed on a scratch database: what `check`, `plan --measure`, the comparison of squashes and `generate`
//! read.

use tokio_postgres::Client;

use crate::catalog::{self, Catalog, DatabaseContents};
use crate::exec::connect::Address;
use crate::ident::Ident;
use crate::migrate::migration::effect_recorder::{EffectRecorder, ObservedStatement, RunMode, Snapshot};
use crate::migrate::record::Recorded;
use crate::migrate::session::DedicatedConnection;
use crate::migrate::{MigrateError, Migrator};
use crate::prove::model_tables;
use crate::prove::read_catalog::read_catalog;
use crate::prove::scratch::Scratch;
use crate::schema::Table;

/// A scratch database on which the migrations of a migrator are replayed. Statements that reach beyond the database are left
/// out.
pub(crate) struct Replay<'a> {
    pub(crate) migrator: &'a Migrator,
    pub(crate) connection: DedicatedConnection,
}

impl Replay<'_> {
    /// Runs `work` on a new scratch database beside the database at `address`: see [`Scratch::with`].
    pub(crate) async fn with<T, E: From<MigrateError>>(
        migrator: &Migrator,
        address: &Address,
        work: impl AsyncFnOnce(&Replay<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        Scratch::with(address, migrator.application_name(), async |scratch| {
            let connection = DedicatedConnection::open(scratch.address(), migrator.application_name()).await?;
            let replay = Replay { migrator, connection };
            let outcome = work(&replay).await;
            replay.connection.close().await;
            outcome
        })
        .await
    }

    pub(crate) fn client(&self) -> &Client {
        &self.connection.client
    }

    /// The migrated schema.
    pub(crate) fn schema(&self) -> &Ident {
        self.migrator.target()
    }

    /// Runs `migrations`.
    pub(crate) async fn apply(&self, migrations: &[&Recorded]) -> Result<(), MigrateError> {
        let applied = self.migrator.schema_run.apply(&self.connection, migrations, RunMode::Replay).await;
        applied.map_err(|source| MigrateError::Replay { source: Box::new(source) })?;
        Ok(())
    }

    /// Runs a pending migration, and returns the snapshot before it and its statements with their effects.
    pub(crate) async fn observe(
        &self,
        migration: &Recorded,
    ) -> Result<(Snapshot, Vec<ObservedStatement>), MigrateError> {
        let recorder = EffectRecorder::default();
        let applied =
            self.migrator.schema_run.apply(&self.connection, &[migration], RunMode::Recorded(&recorder)).await;
        applied.map_err(|source| MigrateError::PendingFails { source: Box::new(source) })?;
        Ok(recorder.into_parts())
    }

    /// Replaces the tables by those of `models`, and returns their catalog.
    pub(crate) async fn build_models(
        &self,
        models: &[&'static Table],
        further: &[&str],
    ) -> Result<Catalog, MigrateError> {
        model_tables::build(&self.connection, self.schema(), models, further).await
    }

    /// Reads the migrated schema and the `further` ones.
    pub(crate) async fn catalog(&self, further: &[&str]) -> Result<Catalog, MigrateError> {
        read_catalog(self.client(), self.schema(), further).await
    }

    /// Reads everything in the database.
    pub(crate) async fn whole_catalog(&self) -> Result<DatabaseContents, MigrateError> {
        let read = catalog::read_database(self.client(), self.schema()).await;
        read.map_err(|source| MigrateError::Session { step: "reading the whole catalog", source })
    }
}
