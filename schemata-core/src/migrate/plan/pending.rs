//! Plans a run: which of the program's migrations are pending, given the ledger, and why nothing may run.

use crate::ident::Ident;
use crate::migrate::error::{Edit, MigrateError, Moved, SquashError};
use crate::migrate::ledger::{Applied, Unfinished};
use crate::migrate::migration::entry::{MigrationEntry, compare, is_unaware};
use crate::migrate::record::Recorded;
use crate::migrate::squash::coverage::SquashCoverage;

/// Returns the migrations to apply, in order, up to `to` if it names one. The set of applied ones decides, not the latest:
/// a migration that was merged late still runs. Unfinished ones come first, whatever `to` names: the others may build on
/// them. [`SquashCoverage`] decides whether a squash runs, or the migrations it replaces.
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
    let coverage = SquashCoverage::of(known, applied, to);
    check_linked(&coverage, known, applied)?;
    let edits = edits(known, applied);
    if !edits.is_empty() {
        return Err(MigrateError::Edited { edits });
    }
    let end = match to {
        None => known.len(),
        Some(id) => last(&coverage, known, id)? + 1,
    };
    coverage.check_waiting()?;
    let begun = |migration: &&Recorded| unfinished(migration, applied).is_some();
    let new = known[..end].iter().filter(|migration| !begun(migration) && coverage.is_pending(&migration.entry));
    Ok(known.iter().filter(begun).chain(new).collect())
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

/// Returns the last applied migration of `entry`'s module, if it sorts after `entry`.
pub(crate) fn after<'a>(entry: &MigrationEntry, applied: &'a [Applied]) -> Option<&'a str> {
    let of_module = applied.iter().filter(|row| row.module == entry.module).map(|row| row.id.as_str());
    of_module.max_by(|a, b| compare(a, b)).filter(|last| compare(entry.id, last).is_lt())
}

/// Returns the applied migration that sorts after a pending one, if that is late. An unfinished one is not late: it resumes.
pub(crate) fn late_after<'a>(pending: &Recorded, applied: &'a [Applied]) -> Option<&'a str> {
    if unfinished(pending, applied).is_some() { None } else { after(&pending.entry, applied) }
}

/// Returns the finished migrations of the program that made the database: replaying them gives the same. A squash is left out
/// if everything it replaces is in the program and ran; otherwise it is replayed instead.
pub(crate) fn applied<'r>(known: &'r [Recorded], applied: &[Applied]) -> Vec<&'r Recorded> {
    let coverage = SquashCoverage::of(known, applied, None);
    let ran = |module: &str, id: &str| {
        applied.iter().any(|row| row.module == module && row.id == id && row.unfinished.is_none())
    };
    let own = |entry: &MigrationEntry| ran(entry.module, entry.id) || coverage.waits_for(entry) == Some(0);
    let in_pieces = |squash: &MigrationEntry| {
        let has = |id: &str| known.iter().any(|other| other.entry.module == squash.module && other.entry.id == id);
        squash.replaces.iter().all(|id| has(id) && ran(squash.module, id))
    };
    let squashes = known.iter().map(|migration| &migration.entry).filter(|entry| !entry.replaces.is_empty());
    let whole: Vec<&MigrationEntry> = squashes.filter(|squash| own(squash) && !in_pieces(squash)).collect();
    let replayed = |migration: &&Recorded| {
        let entry = &migration.entry;
        let stood_for = || whole.iter().any(|squash| coverage.belongs_to(entry, squash));
        own(entry) && !stood_for() && (entry.replaces.is_empty() || !in_pieces(entry))
    };
    known.iter().filter(replayed).collect()
}

/// Returns the migrations of the program that are pending or unfinished.
pub(crate) fn missing<'r>(coverage: &SquashCoverage<'_>, known: &'r [Recorded]) -> impl Iterator<Item = &'r Recorded> {
    known.iter().filter(|migration| coverage.is_pending(&migration.entry))
}

/// Returns the applied migrations that do something else now.
pub(crate) fn edits(known: &[Recorded], applied: &[Applied]) -> Vec<Edit> {
    applied.iter().filter_map(|row| edit(find(known, row)?, row)).collect()
}

/// Returns the applied migrations that the program lacks, and that no squash of the program replaces, in the order they ran.
pub(crate) fn unlinked<'a>(
    coverage: &SquashCoverage<'_>,
    known: &[Recorded],
    applied: &'a [Applied],
) -> Vec<&'a Applied> {
    let is_missing = |row: &&Applied| find(known, row).is_none() && coverage.replacing(row).is_none();
    applied.iter().filter(is_missing).collect()
}

pub(crate) fn same(entry: &MigrationEntry, row: &Applied) -> bool {
    entry.module == row.module && entry.id == row.id
}

pub(crate) fn find<'r>(known: &'r [Recorded], row: &Applied) -> Option<&'r Recorded> {
    known.iter().find(|migration| same(&migration.entry, row))
}

/// Returns how far `migration` has come, if it is unfinished.
pub(crate) fn unfinished<'r>(migration: &Recorded, applied: &'r [Applied]) -> Option<&'r Unfinished> {
    applied.iter().find(|row| same(&migration.entry, row))?.unfinished.as_ref()
}

/// Returns how an applied migration was edited. An unfinished one is compared when it resumes: steps that have not run may
/// change.
pub(crate) fn edit(migration: &Recorded, row: &Applied) -> Option<Edit> {
    (row.unfinished.is_none() && migration.checksum != row.checksum).then(|| Edit {
        module: row.module.clone(),
        id: row.id.clone(),
        stored: row.checksum.clone(),
        current: migration.checksum.clone(),
    })
}

/// Returns the position of the last migration to run if `id` names it: for a squash, that of the last one it replaces.
fn last(coverage: &SquashCoverage<'_>, known: &[Recorded], id: &str) -> Result<usize, MigrateError> {
    let at = match (target(known, id), coverage.replacing_target(id)) {
        (Err(_), Some(by)) => return Err(SquashError::Target { id: id.to_owned(), by: by.to_owned() }.into()),
        (found, _) => found?,
    };
    let last = known.iter().rposition(|migration| coverage.belongs_to(&migration.entry, &known[at].entry));
    Ok(last.map_or(at, |last| last.max(at)))
}

/// Returns the position of the migration called `id`, or `module:id`.
pub(crate) fn target(known: &[Recorded], id: &str) -> Result<usize, MigrateError> {
    let named = |migration: &Recorded| {
        let entry = &migration.entry;
        entry.id == id || id.split_once(':').is_some_and(|(module, id)| entry.module == module && entry.id == id)
    };
    known.iter().rposition(named).ok_or_else(|| unknown(known, id))
}

/// Returns the error for an unknown `id`, with the most similar id if one is similar at all.
pub(crate) fn unknown(known: &[Recorded], id: &str) -> MigrateError {
    let alike = known.iter().map(|migration| (strsim::jaro_winkler(id, migration.entry.id), migration.entry.id));
    let nearest = alike.filter(|(likeness, _)| *likeness >= 0.75).max_by(|a, b| a.0.total_cmp(&b.0));
    MigrateError::UnknownTarget { id: id.to_owned(), nearest: nearest.map(|(_, id)| id) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::dependencies::Dependencies;

    fn migration(id: &'static str) -> Recorded {
        let entry = MigrationEntry::new("shop", id, |_| Box::pin(async { Ok(()) }), "", 0);
        Recorded { entry, checksum: format!("sum of {id}"), stepwise: false, dependencies: Dependencies::default() }
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
        assert_eq!(error.to_string(), r#"there is no migration "nope"; `status` lists the existing ones"#);
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
