//! Runs migration functions without a database to find out what they would do.

use crate::ident::Ident;
use crate::migrate::error::MigrateError;
use crate::migrate::error::StepwiseError;
use crate::migrate::migration::context::Migration;
use crate::migrate::migration::entry::MigrationEntry;
#[cfg(feature = "dev")]
use crate::migrate::migration::operation::FormerName;
use crate::migrate::migration::operation::{Operation, idle_commit, is_stepwise};
use crate::migrate::record::checksum::checksum;
use crate::migrate::record::module_order;
use crate::sql::dependencies::Dependencies;

/// A migration, and what recording it has shown.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) entry: MigrationEntry,
    /// The checksum of its operations on a schema of no particular name, so that it is the same for every tenant.
    pub(crate) checksum: String,
    /// The tables it makes, alters and references.
    pub(crate) dependencies: Dependencies,
    /// Whether it runs in several transactions.
    pub(crate) stepwise: bool,
}

/// Stands for the migrated schema, whatever its name.
const ANY_SCHEMA: &str = "$schema";

/// Records what `entry` does to any schema.
pub(crate) async fn record(entry: MigrationEntry) -> Result<Recorded, MigrateError> {
    let (operations, dynamic) = operations(entry, &Ident::new(ANY_SCHEMA)?).await?;
    let stepwise = is_stepwise(&operations);
    if stepwise && dynamic {
        return Err(StepwiseError::Reads { id: entry.id }.into());
    }
    if let Some(why) = idle_commit(&operations) {
        return Err(StepwiseError::IdleCommit { id: entry.id, why }.into());
    }
    let dependencies = Dependencies::of(operations.iter().map(|operation| operation.text.as_str()));
    Ok(Recorded { entry, checksum: checksum(&operations, dynamic, entry.replaces), stepwise, dependencies })
}

/// Records `entries`, and returns them in the order in which they run on `schema`: each module after those it needs.
pub(crate) async fn record_all(entries: &[MigrationEntry], schema: &Ident) -> Result<Vec<Recorded>, MigrateError> {
    let mut known = Vec::with_capacity(entries.len());
    for entry in entries {
        known.push(record(*entry).await?);
    }
    let items: Vec<_> = known.iter().map(|migration| (migration.entry, &migration.dependencies)).collect();
    let order = module_order::order(&items, &[ANY_SCHEMA, schema.as_str()])?;
    let mut known: Vec<Option<Recorded>> = known.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|at| known[at].take()).collect())
}

/// Returns what `entry` does to `schema`, and whether it is dynamic: then these are only the operations before its first
/// read.
pub(crate) async fn operations(entry: MigrationEntry, schema: &Ident) -> Result<(Vec<Operation>, bool), MigrateError> {
    let mut migration = Migration::new(schema.clone(), None);
    let outcome = entry.run(&mut migration).await;
    if let Some(what) = migration.take_undecided() {
        return Err(MigrateError::Undecided { id: entry.id, what, file: entry.file, line: entry.line });
    }
    let (operations, dynamic, _) = migration.into_parts();
    match outcome {
        // After a read, an error only says that the answer was missing.
        Err(source) if !dynamic => Err(MigrateError::Record { id: entry.id, source }),
        _ => Ok((operations, dynamic)),
    }
}

/// Returns the former names that `entry` states.
#[cfg(feature = "dev")]
pub(crate) async fn former_names(entry: MigrationEntry, schema: &Ident) -> Vec<FormerName> {
    let mut migration = Migration::new(schema.clone(), None);
    // Recording it once before has already reported its errors.
    let _ = entry.run(&mut migration).await;
    migration.take_former_names()
}
