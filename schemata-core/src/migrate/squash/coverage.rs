//! How squashes stand against a ledger: which migrations need not run since a squash stands for them, which squashes need not
//! run since what they replace did. Everything that plans, tells or verifies asks here. Pure: no connection, no clock.
//!
//! For a squash without a row of its own there are three cases. Everything that it replaces is applied: it is *fulfilled*,
//! counts as applied, and the next run notes it. Nothing is: it runs, and what it replaces never does. Something is: it
//! *waits* until the rest has run as it always did; where the rest is not in the program, nothing goes on.

use std::collections::{HashMap, HashSet};

use crate::migrate::migration::entry::MigrationEntry;
use crate::migrate::ledger::Applied;
use crate::migrate::record::Recorded;
use crate::migrate::error::SquashError;
use crate::migrate::squash::lists::{Key, Lists};

/// What a program's squashes, and those in a ledger, make of the other migrations.
#[derive(Debug)]
pub(crate) struct SquashCoverage<'a> {
    known: &'a [Recorded],
    lists: Lists<'a>,
    /// What the ledger lists, and whether it is finished.
    rows: HashMap<Key<'a>, bool>,
    /// Those that ran, and squashes for which everything ran that they replace.
    fulfilled: HashSet<Key<'a>>,
    /// Those, and whatever a fulfilled squash replaces.
    done: HashSet<Key<'a>>,
    /// For everything that a squash of the program replaces: the outermost one that does.
    replaced: HashMap<Key<'a>, &'a str>,
    /// What never runs, since a squash will.
    never: HashSet<Key<'a>>,
    /// The squashes of the program that wait, and for what.
    waiting: HashMap<Key<'a>, Vec<&'a str>>,
}

fn key(migration: &Recorded) -> Key<'static> {
    (migration.entry.module, migration.entry.id)
}

fn names(to: &str, (module, id): Key<'_>) -> bool {
    to == id || to.split_once(':') == Some((module, id))
}

impl<'a> SquashCoverage<'a> {
    /// The program's migrations against the ledger. A run that is to stop at `to`, inside of what a squash replaces, goes
    /// through that one by one.
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
        this.judge(to);
        this
    }

    /// The squashes of the program, the outermost first.
    fn judge(&mut self, to: Option<&str>) {
        // One whose list was taken away is known from the ledger: it was edited, and that is what has to be told.
        let squashes = self.known.iter().map(key).filter(|key| !self.lists.of(*key).is_empty());
        let mut squashes: Vec<_> = squashes.map(|squash| (squash, self.lists.all_of(squash))).collect();
        squashes.sort_by_key(|(_, all)| std::cmp::Reverse(all.len()));
        for (squash, all) in squashes {
            let all: Vec<Key<'a>> = all.into_iter().map(|id| (squash.0, id)).collect();
            for one in &all {
                self.replaced.entry(*one).or_insert(squash.1);
            }
            if self.done.contains(&squash) {
                continue;
            }
            let begun = |one: &Key<'a>| self.rows.contains_key(one) || self.done.contains(one);
            let asked = |one: &Key<'a>| to.is_some_and(|to| names(to, *one));
            if self.rows.contains_key(&squash) || !all.iter().any(|one| begun(one) || asked(one)) {
                self.never.extend(all.into_iter().filter(|one| !self.done.contains(one)));
            } else {
                let left = self.lists.of(squash).iter().filter(|id| !self.done.contains(&(squash.0, **id)));
                self.waiting.insert(squash, left.copied().collect());
            }
        }
    }

    /// Whether the database has what `entry` does.
    pub(crate) fn is_done(&self, entry: &MigrationEntry) -> bool {
        self.done.contains(&(entry.module, entry.id))
    }

    /// Whether `entry` is to be run.
    pub(crate) fn is_pending(&self, entry: &MigrationEntry) -> bool {
        let key = (entry.module, entry.id);
        !self.done.contains(&key) && !self.never.contains(&key) && !self.waiting.contains_key(&key)
    }

    /// The squash that ran, or will run, or counts, in place of a migration without a row of its own.
    pub(crate) fn instead_of(&self, entry: &MigrationEntry) -> Option<&'a str> {
        let key = (entry.module, entry.id);
        let stands_for = |squash: &Key<'a>| {
            squash.0 == key.0 && self.fulfilled.contains(squash) && self.lists.all_of(*squash).contains(key.1)
        };
        match (self.never.contains(&key), self.done.contains(&key) && !self.fulfilled.contains(&key)) {
            (true, _) => self.replaced.get(&key).copied(),
            // Of several, the outermost.
            (false, true) => {
                let of = self.lists.squashes().filter(stands_for);
                of.max_by_key(|squash| (self.lists.all_of(*squash).len(), squash.1)).map(|(_, id)| id)
            }
            (false, false) => None,
        }
    }

    /// How many migrations a squash without a row waits for: none where it is fulfilled.
    pub(crate) fn waits_for(&self, entry: &MigrationEntry) -> Option<usize> {
        let key = (entry.module, entry.id);
        match self.waiting.get(&key) {
            Some(left) => Some(left.len()),
            None => self.is_to_be_marked(key).then_some(0),
        }
    }

    /// The squash of the program that replaces a migration of the ledger.
    pub(crate) fn replacing(&self, row: &Applied) -> Option<&'a str> {
        self.replaced.get(&(row.module.as_str(), row.id.as_str())).copied()
    }

    /// The squash of the program that replaces what `to` names.
    pub(crate) fn replacing_target(&self, to: &str) -> Option<&'a str> {
        self.replaced.iter().find(|(one, _)| names(to, **one)).map(|(_, by)| *by)
    }

    /// Whether `squash` replaces `entry`, by way of other squashes perhaps: the end of one is the end of the other.
    pub(crate) fn belongs_to(&self, entry: &MigrationEntry, squash: &MigrationEntry) -> bool {
        entry.module == squash.module && self.lists.all_of((squash.module, squash.id)).contains(entry.id)
    }

    /// The squashes that are fulfilled and have no row yet, in order.
    pub(crate) fn to_mark(&self) -> impl Iterator<Item = &'a Recorded> {
        self.known.iter().filter(|migration| self.is_to_be_marked(key(migration)))
    }

    fn is_to_be_marked(&self, key: Key<'_>) -> bool {
        self.fulfilled.contains(&key) && !self.rows.contains_key(&key)
    }

    /// Makes sure that whatever a waiting squash waits for can run.
    ///
    /// # Errors
    /// [`SquashError::Unfinished`] and [`SquashError::Partly`].
    pub(crate) fn can_go_on(&self) -> Result<(), SquashError> {
        let linked: HashSet<Key<'_>> = self.known.iter().map(key).collect();
        for entry in self.known.iter().map(|migration| &migration.entry) {
            let Some(left) = self.waiting.get(&(entry.module, entry.id)) else { continue };
            let lost = |id: &&&str| {
                let key = (entry.module, **id);
                !linked.contains(&key) && !self.never.contains(&key)
            };
            let missing: Vec<String> = left.iter().filter(lost).map(|id| (*id).to_owned()).collect();
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

/// What ran or has run piece by piece; and that, with what it stands for.
fn fulfilled<'a>(lists: &Lists<'a>, rows: &HashMap<Key<'a>, bool>) -> (HashSet<Key<'a>>, HashSet<Key<'a>>) {
    let mut fulfilled: HashSet<Key<'a>> = rows.iter().filter(|(_, finished)| **finished).map(|(key, _)| *key).collect();
    loop {
        let more: Vec<Key<'a>> = lists
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
        // What was begun is not finished, whoever stands for it.
        done.extend(all.filter(|key| rows.get(key) != Some(&false)));
    }
    (fulfilled, done)
}
