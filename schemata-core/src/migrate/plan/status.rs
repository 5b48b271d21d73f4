//! Where each migration stands, one by one. Pure.

use crate::migrate::migration::entry::MigrationEntry;
use crate::migrate::ledger::Applied;
use crate::migrate::plan::{after, edit, find, same};
use crate::migrate::record::Recorded;
use crate::migrate::report::{MigrationState, MigrationStatus};
use crate::migrate::error::SquashError;
use crate::migrate::squash::coverage::SquashCoverage;

/// Every migration that the program or the ledger knows, those of the program first.
pub(crate) fn status(known: &[Recorded], applied: &[Applied]) -> Vec<MigrationStatus> {
    let standing = SquashCoverage::of(known, applied, None);
    let stuck = standing.can_go_on().err();
    let of_program = known.iter().map(|migration| {
        let entry = &migration.entry;
        let state = match applied.iter().find(|row| same(entry, row)) {
            Some(row) => state_of_row(migration, row),
            None => state_without_row(entry, &standing, stuck.as_ref(), applied),
        };
        MigrationStatus { module: entry.module.to_owned(), id: entry.id.to_owned(), state }
    });
    let others = applied.iter().filter(|row| find(known, row).is_none()).map(|row| {
        let state = match standing.replacing(row) {
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
    standing: &SquashCoverage<'_>,
    stuck: Option<&SquashError>,
    applied: &[Applied],
) -> MigrationState {
    if let Some(by) = standing.instead_of(entry) {
        return MigrationState::Replaced { by: by.to_owned() };
    }
    match (standing.waits_for(entry), stuck) {
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
