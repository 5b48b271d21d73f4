//! What `plan` and `status` report: each pending migration with its statements, and the state of each migration.

use std::collections::HashMap;

use crate::ident::Ident;
use crate::migrate::error::{MigrateError, SquashError};
use crate::migrate::ledger::Applied;
use crate::migrate::migration::entry::MigrationEntry;
use crate::migrate::migration::operation::{Operation, is_stepwise};
use crate::migrate::plan::ledger_check::{by_key, edit};
use crate::migrate::plan::pending::{after, late_after};
use crate::migrate::record::{self, Recorded};
use crate::migrate::report::{MigrationState, MigrationStatus, PlannedMigration};
use crate::migrate::squash::coverage::SquashCoverage;

/// Records what each of `pending` does to `schema`, in whose ledger `applied` are.
pub(crate) async fn describe(
    pending: &[&Recorded],
    schema: &Ident,
    applied: &[Applied],
) -> Result<Vec<PlannedMigration>, MigrateError> {
    let mut planned = Vec::new();
    for migration in pending {
        let entry = &migration.entry;
        let (operations, dynamic) = record::operations(*entry, schema).await?;
        planned.push(PlannedMigration {
            module: entry.module,
            id: entry.id,
            statements: operations.iter().map(Operation::shown).collect(),
            dynamic,
            stepwise: is_stepwise(&operations),
            late: late_after(migration, applied).map(str::to_owned),
        });
    }
    Ok(planned)
}

/// Returns the state of every migration of the program, then of those that only the ledger lists.
pub(crate) fn status(known: &[Recorded], applied: &[Applied]) -> Vec<MigrationStatus> {
    let coverage = SquashCoverage::of(known, applied, None);
    let stuck = coverage.check_waiting().err();
    let rows: HashMap<(&str, &str), &Applied> = applied.iter().map(|row| ((&*row.module, &*row.id), row)).collect();
    let in_program = by_key(known);
    let of_program = known.iter().map(|migration| {
        let entry = &migration.entry;
        let state = match rows.get(&(entry.module, entry.id)) {
            Some(row) => state_of_row(migration, row),
            None => state_without_row(entry, &coverage, stuck.as_ref(), applied),
        };
        MigrationStatus { module: entry.module.to_owned(), id: entry.id.to_owned(), state }
    });
    let others = applied.iter().filter(|row| !in_program.contains_key(&(&*row.module, &*row.id))).map(|row| {
        let state = match coverage.replacing(row) {
            Some(by) => MigrationState::Replaced { by: by.to_owned() },
            None => MigrationState::Unlinked,
        };
        MigrationStatus { module: row.module.clone(), id: row.id.clone(), state }
    });
    of_program.chain(others).collect()
}

fn state_of_row(migration: &Recorded, row: &Applied) -> MigrationState {
    match (&row.unfinished, edit(migration, row)) {
        (Some(unfinished), _) => MigrationState::Unfinished { done: unfinished.done, of: unfinished.operations.len() },
        (None, None) => MigrationState::Applied { at: row.at.clone() },
        (None, Some(edit)) => MigrationState::Edited { stored: edit.stored, current: edit.current },
    }
}

fn state_without_row(
    entry: &MigrationEntry,
    coverage: &SquashCoverage<'_>,
    stuck: Option<&SquashError>,
    applied: &[Applied],
) -> MigrationState {
    if let Some(by) = coverage.instead_of(entry) {
        return MigrationState::Replaced { by: by.to_owned() };
    }
    match (coverage.waits_for(entry), stuck) {
        (None, _) => match after(entry, applied) {
            Some(after) => MigrationState::Late { after: after.to_owned() },
            None => MigrationState::Pending,
        },
        (Some(_), Some(why)) if why.squash() == Some((entry.module, entry.id)) => {
            MigrationState::Stuck { why: why.to_string() }
        }
        (Some(left), _) => MigrationState::Replacing { left },
    }
}
