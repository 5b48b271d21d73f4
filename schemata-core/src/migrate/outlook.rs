//! What a run would do, and where each migration stands: read, never written.

use crate::migrate::error::MigrateError;
use crate::migrate::migrator::Migrator;
use crate::migrate::plan;
use crate::migrate::record::{self, Recorded};
use crate::migrate::report::{MigrationStatus, PlannedMigration};

impl Migrator {
    /// What is pending in the database at `url`, with its SQL. Nothing is written and no lock is taken.
    ///
    /// # Errors
    /// As [`Migrator::run`].
    pub async fn plan(&self, url: &str) -> Result<Vec<PlannedMigration>, MigrateError> {
        let known = self.record().await?;
        self.connected(url, async |connection, probe| {
            let mut planned = Vec::new();
            let (pending, late) = self.ordered(connection, &probe, &known).await?;
            for Recorded { entry, .. } in pending {
                let late =
                    late.iter().find(|(found, _)| *found == (entry.module, entry.id)).map(|(_, after)| after.clone());
                let (operations, dynamic) = record::operations(*entry, self.target()).await?;
                let statements = operations.into_iter().map(|operation| operation.text).collect();
                planned.push(PlannedMigration { module: entry.module, id: entry.id, statements, dynamic, late });
            }
            Ok(planned)
        })
        .await
    }

    /// Where each migration stands in the database at `url`. Nothing is written and no lock is taken.
    ///
    /// # Errors
    /// [`MigrateError`], where the ledger cannot be read.
    pub async fn status(&self, url: &str) -> Result<Vec<MigrationStatus>, MigrateError> {
        let known = self.record().await?;
        self.connected(url, async |connection, probe| {
            Ok(plan::status(&known, &self.applied(connection, &probe).await?))
        })
        .await
    }
}
