//! Plans a run: which of the program's migrations are pending, given the ledger. What the ledger must not contain is
//! checked in `ledger_check`.

use std::collections::HashSet;

use crate::ident::Ident;
use crate::migrate::error::{MigrateError, SquashError};
use crate::migrate::ledger::{Applied, Unfinished};
use crate::migrate::migration::entry::{MigrationEntry, compare};
use crate::migrate::plan::ledger_check::{check, same};
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
    check(&coverage, known, applied)?;
    let end = match to {
        None => known.len(),
        Some(id) => last(&coverage, known, id)? + 1,
    };
    coverage.check_waiting()?;
    let rows: Vec<&Applied> = applied.iter().filter(|row| row.unfinished.is_some()).collect();
    let begun = |migration: &&Recorded| rows.iter().any(|row| same(&migration.entry, row));
    let new = known[..end].iter().filter(|migration| !begun(migration) && coverage.is_pending(&migration.entry));
    Ok(known.iter().filter(begun).chain(new).collect())
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

/// Returns the finished migrations of the program that made the database: replaying them gives the same. A squash is
/// left out if everything it replaces is in the program and ran; otherwise it is replayed instead.
pub(crate) fn applied<'r>(known: &'r [Recorded], applied: &[Applied]) -> Vec<&'r Recorded> {
    let coverage = SquashCoverage::of(known, applied, None);
    let finished = applied.iter().filter(|row| row.unfinished.is_none());
    let finished: HashSet<(&str, &str)> = finished.map(|row| (&*row.module, &*row.id)).collect();
    let ran = |module: &str, id: &str| finished.contains(&(module, id));
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

/// Returns how far `migration` has come, if it is unfinished.
pub(crate) fn unfinished<'r>(migration: &Recorded, applied: &'r [Applied]) -> Option<&'r Unfinished> {
    applied.iter().find(|row| same(&migration.entry, row))?.unfinished.as_ref()
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
