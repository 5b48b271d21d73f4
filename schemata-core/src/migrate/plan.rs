//! What is to be done: the program's migrations against the ledger. Pure: no connection, no clock.

use crate::ident::Ident;
use crate::migrate::entry::{MigrationEntry, compare, unaware};
use crate::migrate::error::MigrateError;
use crate::migrate::ledger::{Applied, Unfinished};
use crate::migrate::record::Recorded;
use crate::migrate::report::{MigrationState, MigrationStatus};
use crate::migrate::wording::Edit;

/// The migrations to apply, in order, up to `to` where one is named. The set of applied ones decides, not the latest:
/// a migration that was merged late still runs. Unfinished ones come first, whatever `to` says: the others may build on them.
///
/// # Errors
/// Nothing may run while an applied migration is edited or missing.
pub(crate) fn pending<'r>(
    schema: &Ident,
    known: &'r [Recorded],
    applied: &[Applied],
    to: Option<&str>,
) -> Result<Vec<&'r Recorded>, MigrateError> {
    if known.is_empty() && !applied.is_empty() {
        return Err(MigrateError::NothingLinked { schema: schema.clone(), applied: applied.len() });
    }
    let unlinked = unlinked(known, applied);
    if let Some(first) = unlinked.first() {
        if let Some(diverged) = unlinked.iter().find_map(|row| diverged(&row.module, &unlinked, known, applied)) {
            return Err(diverged);
        }
        let ids = unlinked.iter().map(|row| format!("{}:{}", row.module, row.id)).collect();
        return Err(MigrateError::Unlinked { ids, crate_name: first.module.replace('-', "_") });
    }
    let edits = edits(known, applied);
    if !edits.is_empty() {
        return Err(MigrateError::Edited { edits });
    }
    let upto = match to {
        None => known.len(),
        Some(id) => target(known, id)? + 1,
    };
    let begun = |migration: &&Recorded| unfinished(migration, applied).is_some();
    let new = known[..upto].iter().filter(|migration| !begun(migration) && !is_applied(migration, applied));
    Ok(known.iter().filter(begun).chain(new).collect())
}

/// Whether database and program each have migrations of `module` that the other lacks, and the program's were numbered
/// without knowing of the database's. Where they were not, a part of the program is missing.
fn diverged(module: &str, unlinked: &[&Applied], known: &[Recorded], applied: &[Applied]) -> Option<MigrateError> {
    let of_database = unlinked.iter().filter(|row| row.module == module);
    let only_database: Vec<String> = of_database.map(|row| row.id.clone()).collect();
    let of_program = missing(known, applied).map(|migration| migration.entry).filter(|entry| entry.module == module);
    let only_program: Vec<String> = of_program
        .map(|entry| entry.id.to_owned())
        .filter(|id| only_database.iter().any(|other| unaware(id, other)))
        .collect();
    let module = module.to_owned();
    (!only_program.is_empty()).then_some(MigrateError::Diverged { module, only_database, only_program })
}

/// The last applied migration of `entry`'s module, if it sorts after `entry`.
pub(crate) fn after<'a>(entry: &MigrationEntry, applied: &'a [Applied]) -> Option<&'a str> {
    let of_module = applied.iter().filter(|row| row.module == entry.module).map(|row| row.id.as_str());
    of_module.max_by(|a, b| compare(a, b)).filter(|last| compare(entry.id, last).is_lt())
}

/// Module and id of a late migration, and the id of the applied one.
pub(crate) type Lateness = ((&'static str, &'static str), String);

/// Those of `pending` that are late. One that was begun is not: it goes on.
pub(crate) fn late(pending: &[&Recorded], applied: &[Applied]) -> Vec<Lateness> {
    let new = pending.iter().filter(|migration| unfinished(migration, applied).is_none());
    new.filter_map(|Recorded { entry, .. }| Some(((entry.module, entry.id), after(entry, applied)?.to_owned())))
        .collect()
}

/// The migrations of the program that are applied, to their end.
pub(crate) fn applied<'r>(known: &'r [Recorded], applied: &[Applied]) -> Vec<&'r Recorded> {
    known.iter().filter(|migration| is_done(migration, applied)).collect()
}

/// The migrations of the program that are not applied, or not to their end.
pub(crate) fn missing<'r>(known: &'r [Recorded], applied: &[Applied]) -> impl Iterator<Item = &'r Recorded> {
    known.iter().filter(|migration| !is_done(migration, applied))
}

fn is_done(migration: &Recorded, applied: &[Applied]) -> bool {
    is_applied(migration, applied) && unfinished(migration, applied).is_none()
}

/// Applied migrations that do something else now.
pub(crate) fn edits(known: &[Recorded], applied: &[Applied]) -> Vec<Edit> {
    applied.iter().filter_map(|row| edit(find(known, row)?, row)).collect()
}

/// Applied migrations that the program does not have, in the order they ran.
pub(crate) fn unlinked<'a>(known: &[Recorded], applied: &'a [Applied]) -> Vec<&'a Applied> {
    applied.iter().filter(|row| find(known, row).is_none()).collect()
}

/// Every migration that the program or the ledger knows, those of the program first.
pub(crate) fn status(known: &[Recorded], applied: &[Applied]) -> Vec<MigrationStatus> {
    let of_program = known.iter().map(|migration| {
        let row = applied.iter().find(|row| same(&migration.entry, row));
        let state = match row.map(|row| (row, edit(migration, row))) {
            None => match after(&migration.entry, applied) {
                Some(after) => MigrationState::Late { after: after.to_owned() },
                None => MigrationState::Pending,
            },
            Some((Applied { unfinished: Some(unfinished), .. }, _)) => {
                MigrationState::Unfinished { done: unfinished.done, of: unfinished.operations.len() }
            }
            Some((row, None)) => MigrationState::Applied { at: row.at.clone() },
            Some((_, Some(edit))) => MigrationState::Edited { stored: edit.stored, current: edit.current },
        };
        MigrationStatus { module: migration.entry.module.to_owned(), id: migration.entry.id.to_owned(), state }
    });
    let unlinked = unlinked(known, applied).into_iter().map(|row| MigrationStatus {
        module: row.module.clone(),
        id: row.id.clone(),
        state: MigrationState::Unlinked,
    });
    of_program.chain(unlinked).collect()
}

fn same(entry: &MigrationEntry, row: &Applied) -> bool {
    entry.module == row.module && entry.id == row.id
}

fn find<'r>(known: &'r [Recorded], row: &Applied) -> Option<&'r Recorded> {
    known.iter().find(|migration| same(&migration.entry, row))
}

fn is_applied(migration: &Recorded, applied: &[Applied]) -> bool {
    applied.iter().any(|row| same(&migration.entry, row))
}

/// How far `migration` came, where it was begun and is not finished.
pub(crate) fn unfinished<'r>(migration: &Recorded, applied: &'r [Applied]) -> Option<&'r Unfinished> {
    applied.iter().find(|row| same(&migration.entry, row))?.unfinished.as_ref()
}

/// An unfinished migration may change, but for what it has done: that is looked at when it goes on.
fn edit(migration: &Recorded, row: &Applied) -> Option<Edit> {
    (row.unfinished.is_none() && migration.checksum != row.checksum).then(|| Edit {
        module: row.module.clone(),
        id: row.id.clone(),
        stored: row.checksum.clone(),
        current: migration.checksum.clone(),
    })
}

/// The position of the migration called `id`, or `module:id`.
pub(crate) fn target(known: &[Recorded], id: &str) -> Result<usize, MigrateError> {
    let named = |migration: &Recorded| {
        let entry = &migration.entry;
        entry.id == id || id.split_once(':').is_some_and(|(module, id)| entry.module == module && entry.id == id)
    };
    known.iter().rposition(named).ok_or_else(|| {
        let nearest = known
            .iter()
            .map(|migration| migration.entry.id)
            .max_by(|a, b| strsim::jaro_winkler(id, a).total_cmp(&strsim::jaro_winkler(id, b)));
        MigrateError::UnknownTarget { id: id.to_owned(), nearest }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::ties::Ties;

    fn migration(id: &'static str) -> Recorded {
        let entry = MigrationEntry::new("shop", id, |_| Box::pin(async { Ok(()) }), "", 0);
        Recorded { entry, checksum: format!("sum of {id}"), stepwise: false, ties: Ties::default() }
    }

    fn row(id: &str) -> Applied {
        Applied {
            module: "shop".into(),
            id: id.into(),
            checksum: format!("sum of {id}"),
            at: String::new(),
            unfinished: None,
        }
    }

    fn ids(known: &[Recorded], applied: &[Applied], to: Option<&str>) -> Vec<&'static str> {
        let pending = pending(&Ident::public(), known, applied, to).expect("a valid state");
        pending.iter().map(|migration| migration.entry.id).collect()
    }

    #[test]
    fn the_set_of_applied_migrations_decides() {
        let known = [migration("1"), migration("2"), migration("3")];
        assert_eq!(ids(&known, &[row("2")], None), ["1", "3"]);
        assert_eq!(ids(&known, &[row("1")], Some("2")), ["2"]);
        assert_eq!(ids(&known, &[row("1")], Some("shop:2")), ["2"]);
        assert!(ids(&known, &[row("1"), row("2"), row("3")], None).is_empty());
    }

    #[test]
    fn unfinished_migrations_come_first() {
        let known = [migration("1"), migration("2"), migration("3")];
        let begun = Applied { unfinished: Some(Unfinished::default()), checksum: "another".into(), ..row("3") };
        assert_eq!(ids(&known, &[row("1"), begun.clone()], None), ["3", "2"]);
        assert_eq!(ids(&known, &[row("1"), begun.clone()], Some("2")), ["3", "2"]);
        let status = status(&known, &[begun]);
        assert_eq!(status[2].state, MigrationState::Unfinished { done: 0, of: 0 });
    }

    #[test]
    fn an_unknown_target_shows_the_nearest() {
        let known = [migration("0001_initial_catalog"), migration("0002_add_order_status")];
        let error = pending(&Ident::public(), &known, &[], Some("0002_add_status")).expect_err("unknown");
        assert_eq!(
            error.to_string(),
            r#"there is no migration "0002_add_status"; did you mean "0002_add_order_status"?"#
        );
    }

    #[test]
    fn edited_missing_and_empty_are_told_apart() {
        let mut edited = row("1");
        edited.checksum = "other".into();
        let known = [migration("1")];
        let of =
            |known: &[Recorded], applied: &[Applied]| pending(&Ident::public(), known, applied, None).expect_err("bad");
        assert!(matches!(of(&known, &[edited]), MigrateError::Edited { .. }));
        assert!(matches!(of(&known, &[row("1"), row("0")]), MigrateError::Unlinked { .. }));
        assert!(matches!(of(&[], &[row("1")]), MigrateError::NothingLinked { applied: 1, .. }));
    }
}
