//! What is to be done: the program's migrations against the ledger. Pure: no connection, no clock.

use crate::ident::Ident;
use crate::migrate::migration::entry::{MigrationEntry, compare, unaware};
use crate::migrate::error::MigrateError;
use crate::migrate::ledger::{Applied, Unfinished};
use crate::migrate::record::Recorded;
use crate::migrate::error::SquashError;
use crate::migrate::squash::coverage::SquashCoverage;
use crate::migrate::error::text::{Edit, Moved};

/// The migrations to apply, in order, up to `to` where one is named. The set of applied ones decides, not the latest:
/// a migration that was merged late still runs. Unfinished ones come first, whatever `to` says: the others may build on them.
/// What a squash stands for runs as [`SquashCoverage`] says.
///
/// # Errors
/// Nothing may run while an applied migration is edited or missing, or a squash waits for one that is missing.
pub(crate) fn pending<'r>(
    schema: &Ident,
    known: &'r [Recorded],
    applied: &[Applied],
    to: Option<&str>,
) -> Result<Vec<&'r Recorded>, MigrateError> {
    if known.is_empty() && !applied.is_empty() {
        return Err(MigrateError::NothingLinked { schema: schema.clone(), applied: applied.len() });
    }
    let standing = SquashCoverage::of(known, applied, to);
    all_linked(&standing, known, applied)?;
    let edits = edits(known, applied);
    if !edits.is_empty() {
        return Err(MigrateError::Edited { edits });
    }
    let upto = match to {
        None => known.len(),
        Some(id) => end(&standing, known, id)? + 1,
    };
    standing.can_go_on()?;
    let begun = |migration: &&Recorded| unfinished(migration, applied).is_some();
    let new = known[..upto].iter().filter(|migration| !begun(migration) && standing.is_pending(&migration.entry));
    Ok(known.iter().filter(begun).chain(new).collect())
}

/// Makes sure that the program has what is applied, or a squash that stands for it.
fn all_linked(standing: &SquashCoverage<'_>, known: &[Recorded], applied: &[Applied]) -> Result<(), MigrateError> {
    let unlinked = unlinked(standing, known, applied);
    let Some(first) = unlinked.first() else { return Ok(()) };
    if let Some(diverged) = unlinked.iter().find_map(|row| diverged(&row.module, &unlinked, standing, known)) {
        return Err(diverged);
    }
    let ids = unlinked.iter().map(|row| named(row)).collect();
    let is_known = known.iter().any(|migration| migration.entry.module == first.module);
    let crate_name = (!is_known).then(|| first.module.replace('-', "_"));
    let moved = unlinked.iter().find_map(|row| moved(row, known, applied)).map(Box::new);
    Err(MigrateError::Unlinked { ids, crate_name, moved })
}

/// Returns where the program has the migration that `row` lists, if that is a module in which it is not applied. The same id
/// alone proves nothing: many modules begin with `0001_initial`.
fn moved(row: &Applied, known: &[Recorded], applied: &[Applied]) -> Option<Moved> {
    let is_new = |migration: &&Recorded| !applied.iter().any(|row| same(&migration.entry, row));
    let there = |migration: &&Recorded| migration.entry.id == row.id && migration.checksum == row.checksum;
    let to = known.iter().filter(is_new).find(there)?.entry.module.to_owned();
    Some(Moved { id: row.id.clone(), from: row.module.clone(), to })
}

/// `shop:0042_squashed`, with how much it stands for.
fn named(row: &Applied) -> String {
    let stands_for = match row.replaces.as_slice() {
        [] => String::new(),
        [first, rest @ ..] => format!(" (a squash of {first} and {} more)", rest.len()),
    };
    format!("{}:{}{stands_for}", row.module, row.id)
}

/// Whether database and program each have migrations of `module` that the other lacks, and the program's were numbered
/// without knowing of the database's. Where they were not, a part of the program is missing.
fn diverged(module: &str, unlinked: &[&Applied], standing: &SquashCoverage<'_>, known: &[Recorded]) -> Option<MigrateError> {
    let of_database = unlinked.iter().filter(|row| row.module == module);
    let only_database: Vec<String> = of_database.map(|row| row.id.clone()).collect();
    let of_program = missing(standing, known).map(|migration| migration.entry).filter(|entry| entry.module == module);
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

/// The migrations of the program that made the database, to their end: what has to be replayed to get the same. A squash is
/// left out where everything that it replaces is there and ran; otherwise it stands for that.
pub(crate) fn applied<'r>(known: &'r [Recorded], applied: &[Applied]) -> Vec<&'r Recorded> {
    let standing = SquashCoverage::of(known, applied, None);
    let ran = |module: &str, id: &str| {
        applied.iter().any(|row| row.module == module && row.id == id && row.unfinished.is_none())
    };
    let own = |entry: &MigrationEntry| ran(entry.module, entry.id) || standing.waits_for(entry) == Some(0);
    let in_pieces = |squash: &MigrationEntry| {
        let has = |id: &str| known.iter().any(|other| other.entry.module == squash.module && other.entry.id == id);
        squash.replaces.iter().all(|id| has(id) && ran(squash.module, id))
    };
    let squashes = known.iter().map(|migration| &migration.entry).filter(|entry| !entry.replaces.is_empty());
    let whole: Vec<&MigrationEntry> = squashes.filter(|squash| own(squash) && !in_pieces(squash)).collect();
    let replayed = |migration: &&Recorded| {
        let entry = &migration.entry;
        let stood_for = || whole.iter().any(|squash| standing.belongs_to(entry, squash));
        own(entry) && !stood_for() && (entry.replaces.is_empty() || !in_pieces(entry))
    };
    known.iter().filter(replayed).collect()
}

/// The migrations of the program that are not applied, or not to their end, and will be.
pub(crate) fn missing<'r>(standing: &SquashCoverage<'_>, known: &'r [Recorded]) -> impl Iterator<Item = &'r Recorded> {
    known.iter().filter(|migration| standing.is_pending(&migration.entry))
}

/// Applied migrations that do something else now.
pub(crate) fn edits(known: &[Recorded], applied: &[Applied]) -> Vec<Edit> {
    applied.iter().filter_map(|row| edit(find(known, row)?, row)).collect()
}

/// Applied migrations that the program does not have, and no squash of its stands for, in the order they ran.
pub(crate) fn unlinked<'a>(standing: &SquashCoverage<'_>, known: &[Recorded], applied: &'a [Applied]) -> Vec<&'a Applied> {
    let is_missing = |row: &&Applied| find(known, row).is_none() && standing.replacing(row).is_none();
    applied.iter().filter(is_missing).collect()
}

pub(crate) fn same(entry: &MigrationEntry, row: &Applied) -> bool {
    entry.module == row.module && entry.id == row.id
}

pub(crate) fn find<'r>(known: &'r [Recorded], row: &Applied) -> Option<&'r Recorded> {
    known.iter().find(|migration| same(&migration.entry, row))
}

/// How far `migration` came, where it was begun and is not finished.
pub(crate) fn unfinished<'r>(migration: &Recorded, applied: &'r [Applied]) -> Option<&'r Unfinished> {
    applied.iter().find(|row| same(&migration.entry, row))?.unfinished.as_ref()
}

/// An unfinished migration may change, but for what it has done: that is looked at when it goes on.
pub(crate) fn edit(migration: &Recorded, row: &Applied) -> Option<Edit> {
    (row.unfinished.is_none() && migration.checksum != row.checksum).then(|| Edit {
        module: row.module.clone(),
        id: row.id.clone(),
        stored: row.checksum.clone(),
        current: migration.checksum.clone(),
    })
}

/// The position of the last migration to run where `id` names the end: of a squash, that of the last one it replaces.
fn end(standing: &SquashCoverage<'_>, known: &[Recorded], id: &str) -> Result<usize, MigrateError> {
    let at = match (target(known, id), standing.replacing_target(id)) {
        (Err(_), Some(by)) => return Err(SquashError::Target { id: id.to_owned(), by: by.to_owned() }.into()),
        (found, _) => found?,
    };
    let last = known.iter().rposition(|migration| standing.belongs_to(&migration.entry, &known[at].entry));
    Ok(last.map_or(at, |last| last.max(at)))
}

/// The position of the migration called `id`, or `module:id`.
pub(crate) fn target(known: &[Recorded], id: &str) -> Result<usize, MigrateError> {
    let named = |migration: &Recorded| {
        let entry = &migration.entry;
        entry.id == id || id.split_once(':').is_some_and(|(module, id)| entry.module == module && entry.id == id)
    };
    known.iter().rposition(named).ok_or_else(|| unknown(known, id))
}

/// That there is no migration `id`, with the one whose id is most like it, where one is like it at all.
pub(crate) fn unknown(known: &[Recorded], id: &str) -> MigrateError {
    let alike = known.iter().map(|migration| (strsim::jaro_winkler(id, migration.entry.id), migration.entry.id));
    let nearest = alike.filter(|(likeness, _)| *likeness >= 0.75).max_by(|a, b| a.0.total_cmp(&b.0));
    MigrateError::UnknownTarget { id: id.to_owned(), nearest: nearest.map(|(_, id)| id) }
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
            replaces: Vec::new(),
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
        assert_eq!(ids(&known, &[row("1"), begun], Some("2")), ["3", "2"]);
    }

    #[test]
    fn an_unknown_target_shows_the_nearest() {
        let known = [migration("0001_initial_catalog"), migration("0002_add_order_status")];
        let error = pending(&Ident::public(), &known, &[], Some("0002_add_status")).expect_err("unknown");
        assert_eq!(
            error.to_string(),
            r#"there is no migration "0002_add_status"; did you mean "0002_add_order_status"?"#
        );
        let error = pending(&Ident::public(), &known, &[], Some("nope")).expect_err("like none");
        assert_eq!(error.to_string(), r#"there is no migration "nope"; `status` lists those there are"#);
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
