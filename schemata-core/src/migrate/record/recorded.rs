//! Recording: what a migration would do, found without a database.

use crate::ident::Ident;
use crate::migrate::record::checksum::checksum;
use crate::migrate::migration::context::Migration;
use crate::migrate::migration::entry::MigrationEntry;
use crate::migrate::error::MigrateError;
use crate::migrate::record::module_order as modules;
use crate::migrate::migration::operation::{Operation, idle_commit, is_stepwise};
use crate::migrate::error::StepwiseError;
use crate::sql::ties::Ties;

/// A migration and what it does.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) entry: MigrationEntry,
    /// Over the operations in a schema of no particular name, so that it is the same for every tenant.
    pub(crate) checksum: String,
    /// The tables it makes and refers to.
    pub(crate) ties: Ties,
    /// Whether it runs in several transactions.
    pub(crate) stepwise: bool,
}

/// Stands for the migrated schema, whatever it is called.
const ANYWHERE: &str = "$schema";

/// Records `entry` as it works on any schema.
pub(crate) async fn record(entry: MigrationEntry) -> Result<Recorded, MigrateError> {
    let anywhere = Ident::new(ANYWHERE)?;
    let (operations, dynamic) = operations(entry, &anywhere).await?;
    let stepwise = is_stepwise(&operations);
    if stepwise && dynamic {
        return Err(StepwiseError::Reads { id: entry.id }.into());
    }
    if let Some(why) = idle_commit(&operations) {
        return Err(StepwiseError::IdleCommit { id: entry.id, why }.into());
    }
    let ties = Ties::of(operations.iter().map(|operation| operation.text.as_str()));
    Ok(Recorded { entry, checksum: checksum(&operations, dynamic, entry.replaces), stepwise, ties })
}

/// Puts `known` in the order in which it runs on `schema`: modules after those they need, otherwise as it is.
pub(crate) fn order(known: Vec<Recorded>, schema: &Ident) -> Result<Vec<Recorded>, MigrateError> {
    let items: Vec<_> = known.iter().map(|migration| (migration.entry, &migration.ties)).collect();
    let order = modules::order(&items, &[ANYWHERE, schema.as_str()])?;
    let mut known: Vec<Option<Recorded>> = known.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|at| known[at].take()).collect())
}

/// What `entry` does to `schema`, and whether that is only its part before its first read.
pub(crate) async fn operations(entry: MigrationEntry, schema: &Ident) -> Result<(Vec<Operation>, bool), MigrateError> {
    let mut migration = Migration::new(schema.clone(), None);
    let outcome = (entry.run)(&mut migration).await;
    if let Some(what) = migration.take_undecided() {
        return Err(MigrateError::Undecided { id: entry.id, what, file: entry.file, line: entry.line });
    }
    let (operations, dynamic, _) = migration.into_parts();
    match outcome {
        // After a read, whatever the function made of the missing answer means nothing.
        Err(source) if !dynamic => Err(MigrateError::Record { id: entry.id, source }),
        _ => Ok((operations, dynamic)),
    }
}
