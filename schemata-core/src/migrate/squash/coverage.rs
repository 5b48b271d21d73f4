//! What squashes cover, given a ledger: the migrations that need not run since a squash replaces them, and the squashes that
//! need not run since their migrations did. Planning, status, replays and `verify` all ask here. No connection, no clock.
//!
//! A squash without a row of its own is in one of three states. If everything it replaces is applied, it is *fulfilled*: it
//! counts as applied, and the next run marks it in the ledger. If nothing is, it runs, and what it replaces never does. If
//! some of it is, the squash *waits* until the rest has run one by one; if the program lacks the rest, nothing runs.

use std::collections::{HashMap, HashSet};

use crate::migrate::error::SquashError;
use crate::migrate::ledger::Applied;
use crate::migrate::migration::entry::MigrationEntry;
use crate::migrate::record::Recorded;
use crate::migrate::squash::lists::{Lists, MigrationKey};

/// How a program's squashes, and those in a ledger, decide about the other migrations.
#[derive(Debug)]
pub(crate) struct SquashCoverage<'a> {
    known: &'a [Recorded],
    lists: Lists<'a>,
    /// The migrations of the ledger, each with whether it is finished.
    rows: HashMap<MigrationKey<'a>, bool>,
    /// The migrations that ran, and the squashes for which everything they replace ran.
    fulfilled: HashSet<MigrationKey<'a>>,
    /// The fulfilled ones, and everything that a fulfilled squash replaces.
    done: HashSet<MigrationKey<'a>>,
    /// For each migration that a squash of the program replaces: the outermost such squash.
    replaced: HashMap<MigrationKey<'a>, &'a str>,
    /// The migrations that never run, since a squash will.
    never: HashSet<MigrationKey<'a>>,
    /// The squashes of the program that wait, each with the migrations it waits for.
    waiting: HashMap<MigrationKey<'a>, Vec<&'a str>>,
}

fn key(migration: &Recorded) -> MigrationKey<'static> {
    (migration.entry.module, migration.entry.id)
}

fn names(to: &str, (module, id): MigrationKey<'_>) -> bool {
    to == id || to.split_once(':') == Some((module, id))
}

impl<'a> SquashCoverage<'a> {
    /// Compares the program's migrations with the ledger. If `to` names a migration that a squash replaces, those run one by
    /// one.
    pub(crate) fn of(known: &'a [Recorded], applied: &'a [Applied], to: Option<&str>) -> Self {
        let mut lists = Lists::default();
        for migration in known.iter().filter(|migration| !migration.entry.replaces.is_empty()) {
            lists.add(key(migration), migration.entry.replaces.iter().copied());
        }
        for row in applied.iter().filter(|row| !row.replaces.is_empty()) {
            lists.add((&row.module, &row.id), row.replaces.iter().map(String::as_str));
        }
        let rows =
            applied.iter().map(|row| ((row.module.as_str(), row.id.as_str()), row.unfinished.is_none())).collect();
        let (fulfilled, done) = fulfilled(&lists, &rows);
        let mut this = Self {
            known,
            lists,
            rows,
            fulfilled,
            done,
            replaced: HashMap::new(),
            never: HashSet::new(),
            waiting: HashMap::new(),
        };
        this.decide(to);
        this
    }

    /// Decides about each squash of the program, the outermost first.
    fn decide(&mut self, to: Option<&str>) {
        // A squash without a list, which the ledger has, was edited: planning reports that.
        let squashes = self.known.iter().map(key).filter(|key| !self.lists.of(*key).is_empty());
        let mut squashes: Vec<_> = squashes.map(|squash| (squash, self.lists.all_of(squash))).collect();
        squashes.sort_by_key(|(_, all)| std::cmp::Reverse(all.len()));
        for (squash, all) in squashes {
            let all: Vec<MigrationKey<'a>> = all.into_iter().map(|id| (squash.0, id)).collect();
            for one in &all {
                self.replaced.entry(*one).or_insert(squash.1);
            }
            if self.done.contains(&squash) {
                continue;
            }
            let is_begun = |one: &MigrationKey<'a>| self.rows.contains_key(one) || self.done.contains(one);
            let is_target = |one: &MigrationKey<'a>| to.is_some_and(|to| names(to, *one));
            if self.rows.contains_key(&squash) || !all.iter().any(|one| is_begun(one) || is_target(one)) {
                self.never.extend(all.into_iter().filter(|one| !self.done.contains(one)));
            } else {
                let left = self.lists.of(squash).iter().filter(|id| !self.done.contains(&(squash.0, **id)));
                self.waiting.insert(squash, left.copied().collect());
            }
        }
    }

    /// Returns whether the database has what `entry` does.
    pub(crate) fn is_done(&self, entry: &MigrationEntry) -> bool {
        self.done.contains(&(entry.module, entry.id))
    }

    /// Returns whether `entry` has to run.
    pub(crate) fn is_pending(&self, entry: &MigrationEntry) -> bool {
        let key = (entry.module, entry.id);
        !self.done.contains(&key) && !self.never.contains(&key) && !self.waiting.contains_key(&key)
    }

    /// Returns the squash that ran, will run, or counts as applied in place of a migration without a row of its own.
    pub(crate) fn instead_of(&self, entry: &MigrationEntry) -> Option<&'a str> {
        let key = (entry.module, entry.id);
        let stands_for = |squash: &MigrationKey<'a>| {
            squash.0 == key.0 && self.fulfilled.contains(squash) && self.lists.all_of(*squash).contains(key.1)
        };
        match (self.never.contains(&key), self.done.contains(&key) && !self.fulfilled.contains(&key)) {
            (true, _) => self.replaced.get(&key).copied(),
            // If there are several, the outermost.
            (false, true) => {
                let of = self.lists.squashes().filter(stands_for);
                of.max_by_key(|squash| (self.lists.all_of(*squash).len(), squash.1)).map(|(_, id)| id)
            }
            (false, false) => None,
        }
    }

    /// Returns the number of migrations that a squash without a row waits for: 0 if it is fulfilled.
    pub(crate) fn waits_for(&self, entry: &MigrationEntry) -> Option<usize> {
        let key = (entry.module, entry.id);
        match self.waiting.get(&key) {
            Some(left) => Some(left.len()),
            None => self.is_to_be_marked(key).then_some(0),
        }
    }

    /// Returns the squash of the program that replaces a migration of the ledger.
    pub(crate) fn replacing(&self, row: &Applied) -> Option<&'a str> {
        self.replaced.get(&(row.module.as_str(), row.id.as_str())).copied()
    }

    /// Returns the squash of the program that replaces the migration that `to` names.
    pub(crate) fn replacing_target(&self, to: &str) -> Option<&'a str> {
        self.replaced.iter().find(|(one, _)| names(to, **one)).map(|(_, by)| *by)
    }

    /// Returns whether `squash` replaces `entry`, directly or through other squashes.
    pub(crate) fn belongs_to(&self, entry: &MigrationEntry, squash: &MigrationEntry) -> bool {
        entry.module == squash.module && self.lists.all_of((squash.module, squash.id)).contains(entry.id)
    }

    /// Returns the squashes that are fulfilled and have no row yet, in order.
    pub(crate) fn to_mark(&self) -> impl Iterator<Item = &'a Recorded> {
        self.known.iter().filter(|migration| self.is_to_be_marked(key(migration)))
    }

    fn is_to_be_marked(&self, key: MigrationKey<'_>) -> bool {
        self.fulfilled.contains(&key) && !self.rows.contains_key(&key)
    }

    /// Refuses a squash that waits for a migration that the program lacks.
    ///
    /// # Errors
    /// [`SquashError::Unfinished`] and [`SquashError::Partly`].
    pub(crate) fn check_waiting(&self) -> Result<(), SquashError> {
        let linked: HashSet<MigrationKey<'_>> = self.known.iter().map(key).collect();
        for entry in self.known.iter().map(|migration| &migration.entry) {
            let Some(left) = self.waiting.get(&(entry.module, entry.id)) else { continue };
            let is_missing = |id: &&&str| {
                let key = (entry.module, **id);
                !linked.contains(&key) && !self.never.contains(&key)
            };
            let missing: Vec<String> = left.iter().filter(is_missing).map(|id| (*id).to_owned()).collect();
            let (module, id) = (entry.module, entry.id);
            if let Some(unfinished) = missing.iter().find(|one| self.rows.contains_key(&(module, one.as_str()))) {
                return Err(SquashError::Unfinished { module, id, unfinished: unfinished.clone() });
            }
            if !missing.is_empty() {
                let of = entry.replaces.len();
                return Err(SquashError::Partly { module, id, applied: of - left.len(), of, missing });
            }
        }
        Ok(())
    }
}

/// Returns the migrations that ran, with the squashes whose migrations all ran; and the same with everything they replace.
fn fulfilled<'a>(
    lists: &Lists<'a>,
    rows: &HashMap<MigrationKey<'a>, bool>,
) -> (HashSet<MigrationKey<'a>>, HashSet<MigrationKey<'a>>) {
    let mut fulfilled: HashSet<MigrationKey<'a>> =
        rows.iter().filter(|(_, finished)| **finished).map(|(key, _)| *key).collect();
    loop {
        let more: Vec<MigrationKey<'a>> = lists
            .squashes()
            .filter(|squash| {
                let listed = lists.of(*squash);
                let has = |id: &&'a str| {
                    let by = |other: &&str| {
                        let other = (squash.0, *other);
                        fulfilled.contains(&other) && lists.all_of(other).contains(*id)
                    };
                    fulfilled.contains(&(squash.0, *id))
                        || (!rows.contains_key(&(squash.0, *id)) && listed.iter().any(by))
                };
                !rows.contains_key(squash) && !fulfilled.contains(squash) && listed.iter().all(has)
            })
            .collect();
        if more.is_empty() {
            break;
        }
        fulfilled.extend(more);
    }
    let mut done = fulfilled.clone();
    for squash in lists.squashes().filter(|squash| fulfilled.contains(squash)) {
        let all = lists.all_of(squash).into_iter().map(|id| (squash.0, id));
        // An unfinished migration is not done, even if a squash replaces it.
        done.extend(all.filter(|key| rows.get(key) != Some(&false)));
    }
    (fulfilled, done)
}
