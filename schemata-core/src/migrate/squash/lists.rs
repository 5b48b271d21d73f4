//! The lists of what squashes replace, and their contradictions. Needs no database.

use std::collections::{HashMap, HashSet};

use crate::migrate::error::SquashError;
use crate::migrate::migration::entry::MigrationEntry;

/// A module and the id of a migration in it.
pub(crate) type MigrationKey<'a> = (&'a str, &'a str);

/// For each squash, the ids that it lists.
#[derive(Debug, Default)]
pub(crate) struct Lists<'a>(HashMap<MigrationKey<'a>, Vec<&'a str>>);

impl<'a> Lists<'a> {
    /// Adds ids to the list of `squash`.
    pub(crate) fn add(&mut self, squash: MigrationKey<'a>, replaces: impl IntoIterator<Item = &'a str>) {
        let listed = self.0.entry(squash).or_default();
        for id in replaces {
            if !listed.contains(&id) {
                listed.push(id);
            }
        }
    }

    /// Returns the list of `squash`.
    pub(crate) fn of(&self, squash: MigrationKey<'a>) -> &[&'a str] {
        self.0.get(&squash).map_or(&[], Vec::as_slice)
    }

    /// Returns all squashes.
    pub(crate) fn squashes(&self) -> impl Iterator<Item = MigrationKey<'a>> {
        self.0.keys().copied()
    }

    /// Returns everything that `squash` replaces: its list, and the lists of squashes in it.
    pub(crate) fn all_of(&self, squash: MigrationKey<'a>) -> HashSet<&'a str> {
        let (mut found, mut open) = (HashSet::new(), vec![squash.1]);
        while let Some(id) = open.pop() {
            open.extend(self.of((squash.0, id)).iter().copied().filter(|id| found.insert(*id)));
        }
        found
    }
}

/// Refuses lists that contradict each other.
///
/// # Errors
/// [`SquashError::Itself`] and [`SquashError::Overlap`].
pub(crate) fn check(entries: &[MigrationEntry]) -> Result<(), SquashError> {
    let squashes: Vec<&MigrationEntry> = entries.iter().filter(|entry| !entry.replaces.is_empty()).collect();
    let mut lists = Lists::default();
    for squash in &squashes {
        lists.add((squash.module, squash.id), squash.replaces.iter().copied());
    }
    for squash in &squashes {
        if lists.all_of((squash.module, squash.id)).contains(squash.id) {
            let mut others = squash.replaces.iter().filter(|_| !squash.replaces.contains(&squash.id));
            let via = others.find(|id| lists.all_of((squash.module, id)).contains(squash.id));
            let via = via.map(|id| (*id).to_owned());
            return Err(SquashError::Itself { module: squash.module, id: squash.id, via });
        }
    }
    for (at, other) in squashes.iter().enumerate() {
        for one in squashes[..at].iter().filter(|one| one.module == other.module) {
            let nested = lists.all_of((one.module, one.id)).contains(other.id)
                || lists.all_of((other.module, other.id)).contains(one.id);
            if let Some(id) = one.replaces.iter().find(|id| !nested && other.replaces.contains(id)) {
                return Err(SquashError::Overlap { module: one.module, id, one: one.id, other: other.id });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squash(id: &'static str, replaces: &'static [&'static str]) -> MigrationEntry {
        MigrationEntry::new("shop", id, |_| Box::pin(async { Ok(()) }), "", 0).replacing(replaces)
    }

    #[test]
    fn squashes_nest_and_do_not_overlap() {
        let inner = squash("2_s", &["1", "2"]);
        check(&[inner, squash("3_s", &["2_s", "3"])]).expect("nested");
        check(&[inner, squash("3_s", &["1", "2", "2_s", "3"])]).expect("nested, with all of it");
        let error = check(&[inner, squash("3_s", &["2", "3"])]).expect_err("half of each");
        assert_eq!(
            error.to_string(),
            "shop:2 is replaced by 2_s and by 3_s, and neither of these replaces the other: let the later one list the \
             earlier one, too, or take 2 out of one list"
        );
    }

    #[test]
    fn nothing_replaces_itself() {
        let error = check(&[squash("2_s", &["1", "2_s"])]).expect_err("itself");
        assert!(matches!(&error, SquashError::Itself { via: None, .. }), "{error:?}");
        let error = check(&[squash("2_s", &["1", "3_s"]), squash("3_s", &["2_s"])]).expect_err("a circle");
        assert!(error.to_string().starts_with("shop:2_s replaces itself by way of 3_s: take it out"), "{error}");
    }
}
