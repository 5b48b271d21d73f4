//! Recording: what a migration would do, found without a database.

use crate::ident::Ident;
use crate::migrate::checksum::checksum;
use crate::migrate::context::Migration;
use crate::migrate::entry::MigrationEntry;
use crate::migrate::error::MigrateError;
use crate::migrate::operation::{Operation, is_stepwise};
use crate::migrate::steps::error::StepsError;

/// A migration and what it does.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) entry: MigrationEntry,
    /// Over the operations in a schema of no particular name, so that it is the same for every tenant.
    pub(crate) checksum: String,
    /// Whether it runs in several transactions.
    pub(crate) stepwise: bool,
}

/// Records `entry` as it works on any schema.
pub(crate) async fn record(entry: MigrationEntry) -> Result<Recorded, MigrateError> {
    let anywhere = Ident::new("$schema")?;
    let (operations, dynamic) = operations(entry, &anywhere).await?;
    let stepwise = is_stepwise(&operations);
    if stepwise && dynamic {
        return Err(StepsError::Reads { id: entry.id }.into());
    }
    Ok(Recorded { entry, checksum: checksum(&operations, dynamic), stepwise })
}

/// What `entry` does to `schema`, and whether that is only its part before its first read.
pub(crate) async fn operations(entry: MigrationEntry, schema: &Ident) -> Result<(Vec<Operation>, bool), MigrateError> {
    let mut migration = Migration::new(schema.clone(), None);
    let outcome = (entry.run)(&mut migration).await;
    let (operations, dynamic, _) = migration.into_parts();
    match outcome {
        // After a read, whatever the function made of the missing answer means nothing.
        Err(source) if !dynamic => Err(MigrateError::Record { id: entry.id, source }),
        _ => Ok((operations, dynamic)),
    }
}
