//! What a squash is compared with: the migrations it replaces, and what runs before them.

use crate::migrate::migration::entry::MigrationEntry;
use crate::migrate::record::Recorded;
use crate::migrate::squash::coverage::SquashCoverage;
use crate::migrate::squash::lists::Lists;

/// The migrations that lead to the state in which a squash is compared.
#[derive(Debug)]
pub(crate) struct ComparedMigrations<'r> {
    /// The migrations that run before the squash, and before what it replaces.
    pub(crate) before: Vec<&'r Recorded>,
    /// The replaced migrations, in order. A nested squash takes the place of its migrations if the program lacks them.
    pub(crate) replaced: Vec<&'r Recorded>,
}

/// Returns the migrations to compare `squash` with, if the program has all of them.
pub(crate) fn compared_migrations<'r>(
    known: &'r [Recorded],
    squash: &MigrationEntry,
) -> Option<ComparedMigrations<'r>> {
    let mut lists = Lists::default();
    for entry in known.iter().map(|migration| &migration.entry).filter(|entry| !entry.replaces.is_empty()) {
        lists.add((entry.module, entry.id), entry.replaces.iter().copied());
    }
    let has = |id: &str| known.iter().any(|other| other.entry.module == squash.module && other.entry.id == id);
    let is_whole = |id: &str| {
        let listed = lists.of((squash.module, id));
        let covered = |one: &str| listed.iter().any(|by| has(by) && lists.all_of((squash.module, by)).contains(one));
        listed.iter().all(|one| has(one) || covered(one))
    };
    if !is_whole(squash.id) {
        return None;
    }
    let all = lists.all_of((squash.module, squash.id));
    let belongs = |entry: &MigrationEntry| entry.module == squash.module && all.contains(entry.id);
    // The nested squashes that run in place of migrations that the program lacks.
    let runs_itself: Vec<&str> = all
        .iter()
        .copied()
        .filter(|id| has(id) && !lists.of((squash.module, id)).is_empty() && !is_whole(id))
        .collect();
    let is_replaced = |id: &str| runs_itself.iter().any(|by| lists.all_of((squash.module, by)).contains(id));
    let runs = |entry: &MigrationEntry| {
        !is_replaced(entry.id) && (entry.replaces.is_empty() || runs_itself.contains(&entry.id))
    };
    let replaced = known.iter().filter(|one| belongs(&one.entry) && runs(&one.entry)).collect();

    let first = known.iter().position(|one| belongs(&one.entry) || one.entry.id == squash.id)?;
    let last = known.iter().rposition(|one| belongs(&one.entry))?;
    let coverage = SquashCoverage::of(known, &[], None);
    let earlier = known[..last].iter().enumerate().filter(|(at, one)| {
        let own = one.entry.module == squash.module;
        !belongs(&one.entry) && (if own { *at < first } else { true }) && coverage.is_pending(&one.entry)
    });
    Some(ComparedMigrations { before: earlier.map(|(_, one)| one).collect(), replaced })
}
