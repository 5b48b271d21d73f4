//! Squashes in every state of a database and a program, as planning, status and replays see them.

use crate::ident::Ident;
use crate::migrate::MigrateError;
use crate::migrate::error::SquashError;
use crate::migrate::ledger::{Applied, Unfinished};
use crate::migrate::migration::entry::{MigrationEntry, MigrationFn};
use crate::migrate::plan;
use crate::migrate::record::Recorded;
use crate::migrate::report::MigrationState;
use crate::migrate::set::MigrationSet;
use crate::migrate::squash::compared_migrations::compared_migrations;
use crate::migrate::squash::coverage::SquashCoverage;
use crate::sql::dependencies::Dependencies;

const NOTHING: MigrationFn = |_| Box::pin(async { Ok(()) });

const fn entry(id: &'static str) -> MigrationEntry {
    MigrationEntry::new("shop", id, NOTHING, "", 0)
}

const SQUASH: MigrationEntry = entry("3_s").replacing(&["1", "2", "3"]);
/// Replaces that squash and two more migrations.
const OUTER: MigrationEntry = entry("5_s").replacing(&["1", "2", "3", "3_s", "4", "5"]);

fn sum(id: &str) -> String {
    format!("sum of {id}")
}

fn program(entries: &[MigrationEntry]) -> Vec<Recorded> {
    let set = MigrationSet::new(entries.iter().copied()).expect("no contradiction");
    let record = |entry: &MigrationEntry| Recorded {
        entry: *entry,
        checksum: sum(entry.id),
        stepwise: false,
        dependencies: Dependencies::default(),
    };
    set.entries().iter().map(record).collect()
}

/// The numbered migrations and the squash.
fn both() -> Vec<Recorded> {
    program(&[entry("1"), entry("2"), entry("3"), SQUASH, entry("4")])
}

/// The squash, and what it replaces is gone.
fn alone() -> Vec<Recorded> {
    program(&[SQUASH, entry("4")])
}

fn row(id: &str) -> Applied {
    let replaces = match id {
        "3_s" => SQUASH.replaces,
        "5_s" => OUTER.replaces,
        _ => &[],
    };
    Applied {
        module: "shop".into(),
        id: id.into(),
        checksum: sum(id),
        at: "then".into(),
        unfinished: None,
        replaces: replaces.iter().map(|id| (*id).to_owned()).collect(),
    }
}

fn rows(ids: &[&str]) -> Vec<Applied> {
    ids.iter().map(|id| row(id)).collect()
}

fn begun(id: &str) -> Applied {
    Applied { unfinished: Some(Unfinished::default()), ..row(id) }
}

fn to(known: &[Recorded], applied: &[Applied], to: Option<&str>) -> Result<Vec<&'static str>, MigrateError> {
    let pending = plan::pending(&Ident::public(), known, applied, to)?;
    Ok(pending.iter().map(|migration| migration.entry.id).collect())
}

/// Returns the migrations to run, and the squashes to mark at once.
fn plan(known: &[Recorded], applied: &[Applied]) -> (Vec<&'static str>, Vec<&'static str>) {
    let marks = SquashCoverage::of(known, applied, None).to_mark().map(|squash| squash.entry.id).collect();
    (to(known, applied, None).expect("a valid state"), marks)
}

fn refused(known: &[Recorded], applied: &[Applied]) -> MigrateError {
    to(known, applied, None).expect_err("an invalid state")
}

fn replayed(known: &[Recorded], applied: &[Applied]) -> Vec<&'static str> {
    plan::applied(known, applied).iter().map(|migration| migration.entry.id).collect()
}

fn state(known: &[Recorded], applied: &[Applied], id: &str) -> MigrationState {
    let all = plan::status(known, applied);
    all.into_iter().find(|one| one.id == id).unwrap_or_else(|| panic!("{id} has a state")).state
}

/// Returns the reason why a squash cannot stand for its migrations.
fn squash(error: &MigrateError) -> &SquashError {
    let MigrateError::Squash(cause) = error else { panic!("{error:?}") };
    cause.downcast_ref().expect("a squash's own error")
}

#[test]
fn if_nothing_ran_the_squash_runs_and_what_it_replaces_never_does() {
    for known in [both(), alone()] {
        assert_eq!(plan(&known, &[]), (vec!["3_s", "4"], vec![]));
        assert_eq!(plan(&known, &rows(&["3_s"])), (vec!["4"], vec![]));
        assert_eq!(state(&known, &[], "3_s"), MigrationState::Pending);
        assert_eq!(replayed(&known, &rows(&["3_s", "4"])), ["3_s", "4"]);
    }
    for applied in [vec![], rows(&["3_s"])] {
        assert_eq!(state(&both(), &applied, "2"), MigrationState::Replaced { by: "3_s".into() });
    }
}

#[test]
fn if_everything_ran_the_squash_counts_and_is_marked() {
    for known in [both(), alone()] {
        assert_eq!(plan(&known, &rows(&["1", "2", "3"])), (vec!["4"], vec!["3_s"]));
        assert_eq!(plan(&known, &rows(&["1", "2", "3", "4"])), (vec![], vec!["3_s"]));
        assert_eq!(plan(&known, &rows(&["1", "2", "3", "3_s", "4"])), (vec![], vec![]));
        assert_eq!(state(&known, &rows(&["1", "2", "3"]), "3_s"), MigrationState::Replacing { left: 0 });
    }
    let all = rows(&["1", "2", "3", "3_s"]);
    assert_eq!(state(&both(), &all, "2"), MigrationState::Applied { at: "then".into() });
    assert_eq!(state(&alone(), &all, "2"), MigrationState::Replaced { by: "3_s".into() });
    // The migrations that ran are replayed if the program has them, and the squash otherwise.
    for applied in [rows(&["1", "2", "3"]), all] {
        assert_eq!(replayed(&both(), &applied), ["1", "2", "3"]);
        assert_eq!(replayed(&alone(), &applied), ["3_s"]);
    }
}

#[test]
fn replaced_migrations_of_which_some_ran_run_to_the_end() {
    for ran in [&["1"][..], &["1", "2"], &["2"], &["1", "4"]] {
        let left: Vec<&str> = ["1", "2", "3", "4"].into_iter().filter(|id| !ran.contains(id)).collect();
        assert_eq!(plan(&both(), &rows(ran)), (left, vec![]));
    }
    assert_eq!(state(&both(), &rows(&["1"]), "3_s"), MigrationState::Replacing { left: 2 });
    assert_eq!(state(&both(), &rows(&["1"]), "2"), MigrationState::Pending);
    assert_eq!(state(&both(), &rows(&["1", "4"]), "2"), MigrationState::Late { after: "4".into() });
    assert_eq!(replayed(&both(), &rows(&["1", "2"])), ["1", "2"]);
}

#[test]
fn missing_migrations_of_which_some_ran_are_refused_by_name() {
    let error = refused(&alone(), &rows(&["1"]));
    assert_eq!(
        error.to_string(),
        "the database has 1 of the 3 migrations that shop:3_s replaces, and this program lacks the others: 2, 3; run \
         `migrate` with a release that still has them, then this one"
    );
    assert!(matches!(state(&alone(), &rows(&["1"]), "3_s"), MigrationState::Stuck { .. }));
    // The program has 2, so only 3 is missing.
    let error = refused(&program(&[entry("2"), SQUASH]), &rows(&["1"]));
    assert!(matches!(squash(&error), SquashError::Partly { missing, applied: 1, .. } if *missing == ["3"]));
    // The remaining migration runs; the squash does not.
    assert_eq!(plan(&program(&[entry("2"), SQUASH]), &rows(&["1", "3"])), (vec!["2"], vec![]));
}

#[test]
fn unfinished_migrations_are_not_applied() {
    let applied = [row("1"), row("2"), begun("3")];
    assert_eq!(plan(&both(), &applied), (vec!["3", "4"], vec![]));
    assert_eq!(state(&both(), &applied, "3_s"), MigrationState::Replacing { left: 1 });
    let error = refused(&alone(), &applied);
    assert!(matches!(squash(&error), SquashError::Unfinished { unfinished, .. } if unfinished == "3"));
    assert!(error.to_string().contains("run `migrate` with a release that still has 3, then this one"), "{error}");
    // A squash that stopped half-way resumes.
    assert_eq!(plan(&both(), &[begun("3_s")]), (vec!["3_s", "4"], vec![]));
    assert_eq!(state(&both(), &[begun("3_s")], "2"), MigrationState::Replaced { by: "3_s".into() });
    // A squash does not cover an unfinished migration.
    let (known, applied) = (both(), [row("3_s"), begun("2")]);
    assert_eq!(plan(&known, &applied).0, ["2", "4"]);
    let coverage = SquashCoverage::of(&known, &applied, None);
    assert_eq!(plan::missing(&coverage, &known).map(|one| one.entry.id).collect::<Vec<_>>(), ["2", "4"]);
}

#[test]
fn edited_and_unlinked_migrations_are_still_refused() {
    let edited = |id: &str| Applied { checksum: "another".into(), ..row(id) };
    assert!(matches!(refused(&both(), &[row("1"), edited("2"), row("3")]), MigrateError::Edited { .. }));
    assert!(matches!(refused(&alone(), &[edited("3_s")]), MigrateError::Edited { .. }));
    // Another list is an edit of the squash, whatever else the ledger lists.
    for list in [&[][..], &["1", "3"]] {
        let mut known = program(&[entry("3_s").replacing(list)]);
        known[0].checksum = "sum of another list".into();
        for applied in [rows(&["3_s"]), rows(&["1", "2", "3", "3_s"])] {
            assert!(matches!(refused(&known, &applied), MigrateError::Edited { .. }), "{list:?}");
        }
    }
    // A migration that is no longer in the program cannot be compared, and the squash covers it.
    assert_eq!(plan(&alone(), &[row("1"), edited("2"), row("3")]), (vec!["4"], vec!["3_s"]));
    assert!(matches!(refused(&alone(), &rows(&["3_s", "4", "9"])), MigrateError::Unlinked { .. }));
    assert!(matches!(refused(&alone(), &rows(&["1", "2", "3", "4_theirs"])), MigrateError::Diverged { .. }));
    let theirs = program(&[SQUASH, MigrationEntry::new("crm", "2", NOTHING, "", 0)]);
    let row = Applied { module: "crm".into(), ..row("1") };
    assert!(matches!(refused(&theirs, &[row]), MigrateError::Unlinked { .. }), "another module's 1");
}

#[test]
fn a_program_from_before_the_squash_never_runs_what_it_stands_for() {
    let old = program(&[entry("1"), entry("2"), entry("3")]);
    for applied in [rows(&["3_s"]), rows(&["1", "2", "3", "3_s"])] {
        let error = refused(&old, &applied);
        assert_eq!(
            error.to_string(),
            "applied, but not linked into this program: shop:3_s (a squash of 1 and 2 more); if a newer release applied \
             them, run that one; if their files were removed, restore them"
        );
        let coverage = SquashCoverage::of(&old, &applied, None);
        assert_eq!(plan::missing(&coverage, &old).count(), 0, "an older program may start on it");
        let unlinked = plan::unlinked(&coverage, &old, &applied);
        assert_eq!(unlinked.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["3_s"]);
    }
    assert_eq!(state(&old, &rows(&["3_s"]), "1"), MigrationState::Replaced { by: "3_s".into() });
    // The program has a migration that the squash does not replace: that is another branch.
    let branch = program(&[entry("1"), entry("2"), entry("3"), entry("3_theirs")]);
    assert!(matches!(refused(&branch, &rows(&["3_s"])), MigrateError::Diverged { .. }));
}

#[test]
fn a_run_may_stop_inside_and_at_the_end_of_a_squash() {
    let stops = |known: &[Recorded], ran: &[&str], at: &str| to(known, &rows(ran), Some(at)).expect("a target");
    // Up to a replaced migration, those run one by one; up to the squash, it runs.
    assert_eq!(stops(&both(), &[], "2"), ["1", "2"]);
    assert_eq!(stops(&both(), &[], "shop:3"), ["1", "2", "3"]);
    assert_eq!(stops(&both(), &[], "3_s"), ["3_s"]);
    assert_eq!(stops(&both(), &["1"], "2"), ["2"]);
    assert_eq!(stops(&both(), &["1"], "3_s"), ["2", "3"]);
    assert_eq!(stops(&both(), &["3_s"], "2"), Vec::<&str>::new());
    assert_eq!(stops(&alone(), &[], "3_s"), ["3_s"]);
    let error = to(&alone(), &[], Some("2")).expect_err("it is gone");
    assert_eq!(
        error.to_string(),
        "migration \"2\" is no longer in this program, since 3_s replaces it: name \"3_s\" or a later one"
    );
}

#[test]
fn migrations_of_another_branch_numbered_in_between_run_after_the_squash() {
    let known = program(&[entry("1"), entry("2_theirs"), entry("3"), entry("2"), SQUASH]);
    assert_eq!(plan(&known, &[]), (vec!["3_s", "2_theirs"], vec![]));
    assert_eq!(plan(&known, &rows(&["1", "2", "3"])), (vec!["2_theirs"], vec!["3_s"]));
    let known = program(&[entry("2_theirs"), SQUASH]);
    let theirs = known.iter().find(|migration| migration.entry.id == "2_theirs").expect("in the program");
    assert_eq!(plan::late_after(theirs, &rows(&["3_s"])), Some("3_s"));
}

#[test]
fn squashes_nest() {
    let whole = program(&[entry("1"), entry("2"), entry("3"), SQUASH, entry("4"), entry("5"), OUTER]);
    assert_eq!(plan(&whole, &[]), (vec!["5_s"], vec![]));
    assert_eq!(plan(&whole, &rows(&["1"])), (vec!["2", "3", "4", "5"], vec![]));
    assert_eq!(plan(&whole, &rows(&["1", "2", "3"])), (vec!["4", "5"], vec!["3_s"]));
    assert_eq!(plan(&whole, &rows(&["3_s", "4"])), (vec!["5"], vec![]));
    assert_eq!(plan(&whole, &rows(&["3_s", "4", "5"])), (vec![], vec!["5_s"]));
    assert_eq!(plan(&whole, &rows(&["1", "2", "3", "4", "5"])), (vec![], vec!["3_s", "5_s"]));
    assert_eq!(plan(&whole, &rows(&["5_s"])), (vec![], vec![]));
    assert_eq!(to(&whole, &[], Some("3_s")).expect("a target"), ["3_s"]);
    assert_eq!(to(&whole, &[], Some("4")).expect("a target"), ["3_s", "4"]);
    assert_eq!(replayed(&whole, &rows(&["1", "2", "3", "3_s", "4", "5", "5_s"])), ["1", "2", "3", "4", "5"]);
    assert_eq!(replayed(&whole, &rows(&["3_s", "4", "5", "5_s"])), ["5_s"]);
    assert_eq!(replayed(&whole, &rows(&["3_s", "4"])), ["3_s", "4"]);
    // The innermost files are gone, and then all of them.
    let half = program(&[SQUASH, entry("4"), entry("5"), OUTER]);
    assert_eq!(plan(&half, &[]), (vec!["5_s"], vec![]));
    assert_eq!(plan(&half, &rows(&["1", "2", "3"])), (vec!["4", "5"], vec!["3_s"]));
    assert_eq!(to(&half, &[], Some("4")).expect("a target"), ["3_s", "4"]);
    // An unfinished squash resumes, whatever ran of an inner one.
    assert_eq!(plan(&half, &[row("1"), begun("5_s")]).0, ["5_s"]);
    let last = program(&[OUTER]);
    for applied in [&["1", "2", "3", "3_s", "4", "5"][..], &["3_s", "4", "5"], &["5_s"]] {
        assert_eq!(plan(&last, &rows(applied)).0, Vec::<&str>::new(), "{applied:?}");
    }
    assert!(matches!(squash(&refused(&last, &rows(&["3_s", "4"]))), SquashError::Partly { .. }));
}

/// Returns the migrations before `squash`, and those that it is compared with.
fn compared(known: &[Recorded], squash: &MigrationEntry) -> Option<[Vec<&'static str>; 2]> {
    let found = compared_migrations(known, squash)?;
    Some([found.before, found.replaced].map(|all| all.iter().map(|one| one.entry.id).collect()))
}

#[test]
fn a_squash_is_compared_with_each_migration_once() {
    let all = program(&[entry("1"), entry("2"), entry("3"), SQUASH, entry("4"), entry("5"), OUTER]);
    assert_eq!(compared(&all, &SQUASH), Some([vec![], vec!["1", "2", "3"]]));
    assert_eq!(compared(&all, &OUTER), Some([vec![], vec!["1", "2", "3", "4", "5"]]), "not with the nested squash too");
    for left in [&[entry("1"), SQUASH][..], &[SQUASH]] {
        let known = program(&[left, &[entry("4"), entry("5"), OUTER]].concat());
        let nested = Some([vec![], vec!["3_s", "4", "5"]]);
        assert_eq!(compared(&known, &OUTER), nested, "the nested squash stands for what is gone");
        assert_eq!(compared(&known, &SQUASH), None);
    }
    assert_eq!(compared(&program(&[entry("4"), entry("5"), OUTER]), &OUTER), None);
}

#[test]
fn what_runs_before_the_replaced_migrations_runs_before_their_squash() {
    let middle = entry("4_s").replacing(&["3", "4"]);
    let known = program(&[entry("1"), entry("2"), entry("3"), entry("4"), middle, entry("5")]);
    assert_eq!(compared(&known, &middle), Some([vec!["1", "2"], vec!["3", "4"]]));
    let (nested, outer) = (entry("9_s").replacing(&["1", "2"]), entry("5_s").replacing(&["1", "2", "9_s", "3"]));
    let known = program(&[nested, entry("3"), outer]);
    assert_eq!(compared(&known, &outer), Some([vec![], vec!["9_s", "3"]]), "the squash itself does not");
}
