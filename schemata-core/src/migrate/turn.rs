//! The migrator's part in migrating many schemas: the same run on another schema, and on a connection that is shared with it.

use std::sync::Arc;

use crate::ident::Ident;
use crate::migrate::error::MigrateError;
use crate::migrate::migrator::Migrator;
use crate::migrate::record::Recorded;
use crate::migrate::report::{Event, Report};
use crate::migrate::session::{Connection, probe};
use crate::migrate::set::MigrationSet;

impl Migrator {
    /// The same run on another schema, told of by `observe`.
    pub(crate) fn on(&self, schema: Ident, observe: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self {
            set: MigrationSet::default(),
            schema,
            to: self.to.clone(),
            out_of_order: self.out_of_order,
            application: self.application.clone(),
            patience: self.patience,
            settings: self.settings,
            observer: Arc::new(observe),
            unmanaged: self.unmanaged.clone(),
        }
    }

    /// Applies what is pending, on a connection that has other schemas to do as well; `None` where the schema does not
    /// exist: it may have been dropped since it was listed, and is not made again.
    pub(crate) async fn run_on(
        &self,
        connection: &Connection,
        known: &[Recorded],
    ) -> Result<Option<Report>, MigrateError> {
        self.lock(connection).await?;
        let found = probe(&connection.client, &self.schema).await?;
        if !found.schema_exists {
            return Ok(None);
        }
        let applied = self.applied(connection, &found).await?;
        self.carry_out(connection, &found, known, &applied).await.map(Some)
    }
}
