//! Compares the ledger with the program: applied migrations that were edited, that moved to another module, or that the
//! program lacks.

use std::collections::HashMap;

use crate::migrate::error::{Edit, MigrateError, Moved};
use crate::migrate::ledger::Applied;
use crate::migrate::migration::entry::{MigrationEntry, is_unaware};
use crate::migrate::record::Recorded;
use crate::migrate::squash::coverage::SquashCoverage;

/// Refuses edited migrations, and applied ones that the program lacks.
pub(crate) fn check(
    coverage: &SquashCoverage<'_>,
    known: &[Recorded],
    applied: &[Applied],
) -> Result<(), MigrateError> {
    check_linked(coverage, known, applied)?;
    let edits = edits(known, applied);
    if edits.is_empty() { Ok(()) } else { Err(MigrateError::Edited { edits }) }
}

/// Refuses applied migrations that the program lacks, unless it has a squash that replaces them.
fn check_linked(coverage: &SquashCoverage<'_>, known: &[Recorded], applied: &[Applied]) -> Result<(), MigrateError> {
    let unlinked = unlinked(coverage, known, applied);
    let Some(first) = unlinked.first() else { return Ok(()) };
    if let Some(diverged) = unlinked.iter().find_map(|row| diverged(&row.module, &unlinked, coverage, known)) {
        return Err(diverged);
    }
    let ids = unlinked.iter().map(|row| label(row)).collect();
    let is_known = known.iter().any(|migration| migration.entry.module == first.module);
    let crate_name = (!is_known).then(|| first.module.replace('-', "_"));
    let moved = unlinked.iter().find_map(|row| moved(row, known, applied)).map(Box::new);
    Err(MigrateError::Unlinked { ids, crate_name, moved })
}

/// Returns where the program has the migration that `row` lists, if that is a module in which it is not applied. The same id
/// with another checksum proves nothing: many modules begin with `0001_initial`.
fn moved(row: &Applied, known: &[Recorded], applied: &[Applied]) -> Option<Moved> {
    let is_new = |migration: &&Recorded| !applied.iter().any(|row| same(&migration.entry, row));
    let is_equal = |migration: &&Recorded| migration.entry.id == row.id && migration.checksum == row.checksum;
    let to = known.iter().filter(is_new).find(is_equal)?.entry.module.to_owned();
    Some(Moved { id: row.id.clone(), from: row.module.clone(), to })
}

/// Returns `shop:0042_squashed`, with the number of migrations that it replaces.
fn label(row: &Applied) -> String {
    let stands_for = match row.replaces.as_slice() {
        [] => String::new(),
        [first, rest @ ..] => format!(" (a squash of {first} and {} more)", rest.len()),
    };
    format!("{}:{}{stands_for}", row.module, row.id)
}

/// Returns an error if database and program each have migrations of `module` that the other lacks, and the program's were
/// numbered without knowing of the database's. Otherwise, a part of the program is missing.
fn diverged(
    module: &str,
    unlinked: &[&Applied],
    coverage: &SquashCoverage<'_>,
    known: &[Recorded],
) -> Option<MigrateError> {
    let of_database = unlinked.iter().filter(|row| row.module == module);
    let only_database: Vec<String> = of_database.map(|row| row.id.clone()).collect();
    let of_program = missing(coverage, known).map(|migration| migration.entry).filter(|entry| entry.module == module);
    let only_program: Vec<String> = of_program
        .map(|entry| entry.id.to_owned())
        .filter(|id| only_database.iter().any(|other| is_unaware(id, other)))
        .collect();
    let module = module.to_owned();
    (!only_program.is_empty()).then_some(MigrateError::Diverged { module, only_database, only_program })
}

/// Returns the migrations of the program that are pending or unfinished.
pub(crate) fn missing<'r>(coverage: &SquashCoverage<'_>, known: &'r [Recorded]) -> impl Iterator<Item = &'r Recorded> {
    known.iter().filter(|migration| coverage.is_pending(&migration.entry))
}

/// Returns the applied migrations that do something else now.
pub(crate) fn edits(known: &[Recorded], applied: &[Applied]) -> Vec<Edit> {
    let known = by_key(known);
    applied.iter().filter_map(|row| edit(known.get(&(&*row.module, &*row.id))?, row)).collect()
}

/// Returns the applied migrations that the program lacks, and that no squash of the program replaces, in the order they ran.
pub(crate) fn unlinked<'a>(
    coverage: &SquashCoverage<'_>,
    known: &[Recorded],
    applied: &'a [Applied],
) -> Vec<&'a Applied> {
    let known = by_key(known);
    let is_missing =
        |row: &&Applied| !known.contains_key(&(&*row.module, &*row.id)) && coverage.replacing(row).is_none();
    applied.iter().filter(is_missing).collect()
}

pub(crate) fn same(entry: &MigrationEntry, row: &Applied) -> bool {
    entry.module == row.module && entry.id == row.id
}

/// Returns the program's migrations by module and id.
pub(crate) fn by_key(known: &[Recorded]) -> HashMap<(&str, &str), &Recorded> {
    known.iter().map(|migration| ((migration.entry.module, migration.entry.id), migration)).collect()
}

/// Returns how an applied migration was edited. An unfinished one is compared when it resumes: steps that have not run may
/// change.
pub(crate) fn edit(migration: &Recorded, row: &Applied) -> Option<Edit> {
    (row.unfinished.is_none() && migration.checksum != row.checksum).then(|| Edit {
        module: row.module.clone(),
        id: row.id.clone(),
        stored: row.checksum.clone(),
        current: migration.checksum.clone(),
        file: migration.entry.file,
    })
}
