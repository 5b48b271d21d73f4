//! Finds the pending steps that would block others on large tables.

use crate::ident::Ident;
use crate::migrate::error::MigrateError;
use crate::migrate::hazard::earlier_statements::EarlierStatements;
use crate::migrate::hazard::find::{LocatedHazard, find_hazards};
use crate::migrate::hazard::refusal::HazardousStep;
use crate::migrate::ledger::Applied;
use crate::migrate::live_tables;
use crate::migrate::migration::entry::MigrationEntry;
use crate::migrate::migration::operation::Operation;
use crate::migrate::plan;
use crate::migrate::record::{self, Recorded};
use crate::migrate::session::DedicatedConnection;
use crate::migrate::settings::RunSettings;

/// Returns the steps of `pending` that are dangerous on tables that are large in the database of `connection`. Steps of an
/// unfinished migration that are done do not count, nor do steps that give a reason.
pub(crate) async fn hazardous_steps(
    connection: &DedicatedConnection,
    schema: &Ident,
    settings: &RunSettings,
    pending: &[&Recorded],
    applied: &[Applied],
) -> Result<Vec<HazardousStep>, MigrateError> {
    let mut all: Vec<(MigrationEntry, Vec<Operation>, Vec<LocatedHazard>)> = Vec::new();
    let mut earlier = EarlierStatements::default();
    for migration in pending {
        let (operations, _) = record::operations(migration.entry, schema).await?;
        let done = plan::unfinished(migration, applied).map_or(0, |unfinished| unfinished.done);
        let mut found = find_hazards(schema, &operations, &mut earlier);
        found.retain(|one| one.step >= done && one.allowed.is_none());
        all.push((migration.entry, operations, found));
    }
    let flat: Vec<&LocatedHazard> = all.iter().flat_map(|(_, _, found)| found).collect();
    if flat.is_empty() {
        return Ok(Vec::new());
    }
    let mut tables = live_tables::read(&connection.client, &flat).await?.into_iter();
    let mut steps = Vec::new();
    for (entry, operations, found) in &all {
        for one in found {
            let Some(table) = tables.next().flatten() else { continue };
            if table.is_large(settings) && !table.exempts(one.exemption.as_ref()) {
                steps.push(HazardousStep {
                    migration: entry.id,
                    statement: operations[one.step].shown(),
                    hazard: one.hazard.clone(),
                    rows: table.rows,
                    bytes: table.bytes,
                    sql_file: entry.sql_file().map(|file| file.path),
                });
            }
        }
    }
    Ok(steps)
}
