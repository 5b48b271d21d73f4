//! What a run would do, and where each migration stands: read, never written.

use crate::migrate::error::MigrateError;
use crate::migrate::ledger::Applied;
use crate::migrate::migrator::Migrator;
use crate::migrate::migration::operation;
use crate::migrate::order::{Late, OutOfOrder};
use crate::migrate::plan;
use crate::migrate::record::{self, Recorded};
use crate::migrate::report::{MigrationStatus, PlannedMigration};
use crate::migrate::session::{Connection, Probe};
use crate::migrate::plan::status;

impl Migrator {
    /// What is pending in the database at `url`, with its SQL. Nothing is written and no lock is taken.
    ///
    /// # Errors
    /// As [`Migrator::run`].
    pub async fn plan(&self, url: &str) -> Result<Vec<PlannedMigration>, MigrateError> {
        let known = self.record().await?;
        self.connected(url, async |connection, probe| {
            let (pending, late) = self.ordered(connection, &probe, &known).await?;
            let mut planned = self.describe(&pending).await?;
            for one in &mut planned {
                let found = late.iter().find(|(found, _)| *found == (one.module, one.id));
                one.late = found.map(|(_, after)| after.clone());
            }
            Ok(planned)
        })
        .await
    }

    /// What `pending` would do.
    pub(crate) async fn describe(&self, pending: &[&Recorded]) -> Result<Vec<PlannedMigration>, MigrateError> {
        let mut planned = Vec::new();
        for Recorded { entry, .. } in pending {
            let (operations, dynamic) = record::operations(*entry, self.target()).await?;
            let stepwise = operation::is_stepwise(&operations);
            let statements = operations.iter().map(operation::Operation::shown).collect();
            planned.push(PlannedMigration {
                module: entry.module,
                id: entry.id,
                statements,
                dynamic,
                stepwise,
                late: None,
            });
        }
        Ok(planned)
    }

    /// Where each migration stands in the database at `url`. Nothing is written and no lock is taken.
    ///
    /// # Errors
    /// [`MigrateError`], where the ledger cannot be read.
    pub async fn status(&self, url: &str) -> Result<Vec<MigrationStatus>, MigrateError> {
        let known = self.record().await?;
        self.connected(url, async |connection, probe| {
            Ok(status::status(&known, &self.applied(connection, &probe).await?))
        })
        .await
    }

    /// The migrations to apply, in order.
    pub(crate) async fn pending<'r>(
        &self,
        connection: &Connection,
        found: &Probe,
        known: &'r [Recorded],
    ) -> Result<Vec<&'r Recorded>, MigrateError> {
        Ok(self.ordered(connection, found, known).await?.0)
    }

    /// The migrations to apply, in order, and which of them are late, if that is allowed.
    pub(crate) async fn ordered<'r>(
        &self,
        connection: &Connection,
        found: &Probe,
        known: &'r [Recorded],
    ) -> Result<(Vec<&'r Recorded>, Vec<plan::Lateness>), MigrateError> {
        let applied = self.applied(connection, found).await?;
        let pending = self.left(known, &applied)?;
        let late = plan::late(&pending, &applied);
        Ok((pending, late))
    }

    /// What is pending where `applied` are.
    pub(crate) fn left<'r>(
        &self,
        known: &'r [Recorded],
        applied: &[Applied],
    ) -> Result<Vec<&'r Recorded>, MigrateError> {
        let pending = plan::pending(self.target(), known, applied, self.last())?;
        let late = plan::late(&pending, applied);
        if self.out_of_order == OutOfOrder::Error && !late.is_empty() {
            let late = late.into_iter().map(|((_, id), after)| Late { id: id.to_owned(), after }).collect();
            return Err(MigrateError::OutOfOrder { late });
        }
        Ok(pending)
    }

    /// The applied migrations, and those to apply, each in order. What lies beyond [`Migrator::to`] is neither.
    pub(crate) async fn standing<'r>(
        &self,
        connection: &Connection,
        found: &Probe,
        known: &'r [Recorded],
    ) -> Result<(Vec<&'r Recorded>, Vec<&'r Recorded>), MigrateError> {
        let applied = self.applied(connection, found).await?;
        let pending = plan::pending(self.target(), known, &applied, self.last())?;
        Ok((plan::applied(known, &applied), pending))
    }
}
