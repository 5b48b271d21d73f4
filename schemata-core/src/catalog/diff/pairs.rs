//! The objects of two catalogs, paired by name; constraints and indexes also by their definition, if only the name differs.

use std::collections::{BTreeMap, VecDeque};

use crate::catalog::constraint::ConstraintState;
use crate::catalog::definition::Definition;
use crate::catalog::diff::blocked_renames::remove_blocked;
use crate::catalog::index::IndexState;
use crate::catalog::snapshot::{Catalog, ColumnState, EnumState, TableState, TriggerState};

/// One object that is expected, found, or both.
#[derive(Debug)]
pub(crate) enum Pair<'a, T> {
    /// It is expected, and was not found.
    Missing { name: &'a str, expected: &'a T },
    /// It was found, and is not expected.
    Extra { name: &'a str, found: &'a T },
    /// It is in both catalogs, equal or different.
    Both { name: &'a str, expected: &'a T, found: &'a T },
    /// It is in both catalogs under different names. Its definition is the same; one of the two may be `NOT VALID`.
    Renamed { name: &'a str, expected: &'a T, found_name: &'a str, found: &'a T },
}

/// The enum types and tables of two catalogs.
#[derive(Debug)]
pub(crate) struct SchemaDiff<'a> {
    pub(crate) enums: Vec<Pair<'a, EnumState>>,
    pub(crate) tables: Vec<Pair<'a, TableState>>,
}

/// The parts of a table that is in both catalogs.
#[derive(Debug)]
pub(crate) struct TableDiff<'a> {
    pub(crate) columns: Vec<Pair<'a, ColumnState>>,
    pub(crate) constraints: Vec<Pair<'a, ConstraintState>>,
    pub(crate) indexes: Vec<Pair<'a, IndexState>>,
    pub(crate) policies: Vec<Pair<'a, String>>,
    pub(crate) triggers: Vec<Pair<'a, TriggerState>>,
}

impl<'a, T> Pair<'a, T> {
    /// The expected name; the found one of an object that is not expected.
    pub(crate) fn name(&self) -> &'a str {
        match self {
            Self::Missing { name, .. }
            | Self::Extra { name, .. }
            | Self::Both { name, .. }
            | Self::Renamed { name, .. } => name,
        }
    }
}

impl<'a> SchemaDiff<'a> {
    pub(crate) fn of(expected: &'a Catalog, found: &'a Catalog) -> Self {
        Self { enums: by_name(&expected.enums, &found.enums), tables: by_name(&expected.tables, &found.tables) }
    }
}

impl<'a> TableDiff<'a> {
    pub(crate) fn of(expected: &'a TableState, found: &'a TableState) -> Self {
        Self {
            columns: by_name(&expected.columns, &found.columns),
            constraints: by_definition(&expected.constraints, &found.constraints),
            indexes: by_definition(&expected.indexes, &found.indexes),
            policies: by_name(&expected.policies, &found.policies),
            triggers: by_name(&expected.triggers, &found.triggers),
        }
    }
}

fn by_name<'a, T>(expected: &'a BTreeMap<String, T>, found: &'a BTreeMap<String, T>) -> Vec<Pair<'a, T>> {
    let named = |(name, object): (&'a String, &'a T)| (name.as_str(), object);
    in_order(expected.iter().map(named), found.iter().map(named))
}

/// Pairs objects by their names: expected ones in their order, then those that only were found. Objects that share a
/// name are paired in their order.
pub(crate) fn in_order<'a, T>(
    expected: impl Iterator<Item = (&'a str, &'a T)>,
    found: impl Iterator<Item = (&'a str, &'a T)> + Clone,
) -> Vec<Pair<'a, T>> {
    let mut left: BTreeMap<&str, VecDeque<&T>> = BTreeMap::new();
    for (name, object) in found.clone() {
        left.entry(name).or_default().push_back(object);
    }
    let mut pairs: Vec<Pair<'a, T>> = expected
        .map(|(name, expected)| match left.get_mut(name).and_then(VecDeque::pop_front) {
            Some(found) => Pair::Both { name, expected, found },
            None => Pair::Missing { name, expected },
        })
        .collect();
    let is_left = |name: &str, object: &T| left[name].iter().any(|other| std::ptr::eq(*other, object));
    let extra = found.filter(|(name, object)| is_left(name, object));
    pairs.extend(extra.map(|(name, found)| Pair::Extra { name, found }));
    pairs
}

fn by_definition<'a, T: Definition>(
    expected: &'a BTreeMap<String, T>,
    found: &'a BTreeMap<String, T>,
) -> Vec<Pair<'a, T>> {
    let renames = renames(expected, found);
    let is_renamed = |name: &str| renames.iter().any(|(from, _)| *from == name);
    let mut pairs: Vec<Pair<'a, T>> = expected
        .iter()
        .map(|(name, expected)| {
            let former = renames.iter().find(|(_, to)| to == name).map(|(from, _)| *from);
            match (former, found.get(name).filter(|_| !is_renamed(name))) {
                (Some(found_name), _) => Pair::Renamed { name, expected, found_name, found: &found[found_name] },
                (None, Some(found)) => Pair::Both { name, expected, found },
                (None, None) => Pair::Missing { name, expected },
            }
        })
        .collect();
    let extra = found.iter().filter(|(name, _)| !expected.contains_key(*name) && !is_renamed(name));
    pairs.extend(extra.map(|(name, found)| Pair::Extra { name, found }));
    pairs
}

/// Returns the found and the expected names of objects that differ only in their name. Two objects may have exchanged their
/// names, as when columns do that the names are derived from.
fn renames<'a, T: Definition>(
    expected: &'a BTreeMap<String, T>,
    found: &'a BTreeMap<String, T>,
) -> Vec<(&'a str, &'a str)> {
    let stays = |name: &String| {
        found.get(name).zip(expected.get(name)).is_some_and(|(found, expected)| found.satisfies(expected))
    };
    let mut renames: Vec<(&str, &str)> = Vec::new();
    for (name, expected_object) in expected.iter().filter(|(name, _)| !stays(name)) {
        let is_free = |other: &String| !stays(other) && !renames.iter().any(|(from, _)| from == other);
        let matching = found.iter().filter(|(other, object)| object.is_same(expected_object) && is_free(other));
        // A name that is not expected at all is preferred.
        let former = matching.min_by_key(|(other, _)| expected.contains_key(*other));
        renames.extend(former.map(|(former, _)| (former.as_str(), name.as_str())));
    }
    remove_blocked(&mut renames, |rename| *rename, |name| found.contains_key(name));
    renames
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Text(&'static str);

    impl Definition for Text {
        fn definition(&self) -> &str {
            self.0
        }
        fn is_valid(&self) -> bool {
            true
        }
        fn comment(&self) -> Option<&String> {
            None
        }
        fn is_expressible(&self) -> bool {
            true
        }
        fn is_same(&self, other: &Self) -> bool {
            self.0 == other.0
        }
        fn is_same_to_models(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }

    fn paired(expected: &[(&str, &'static str)], found: &[(&str, &'static str)]) -> String {
        let map = |all: &[(&str, &'static str)]| -> BTreeMap<String, Text> {
            all.iter().map(|(name, text)| ((*name).to_owned(), Text(text))).collect()
        };
        let (expected, found) = (map(expected), map(found));
        let shown = |pair: &Pair<'_, Text>| match pair {
            Pair::Missing { name, .. } => format!("-{name}"),
            Pair::Extra { name, .. } => format!("+{name}"),
            Pair::Both { name, expected, found } => format!("{name}{}", if expected.0 == found.0 { "=" } else { "≠" }),
            Pair::Renamed { name, found_name, .. } => format!("{found_name}>{name}"),
        };
        by_definition(&expected, &found).iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn objects_that_share_a_name_are_paired_in_their_order() {
        let shown = |pair: &Pair<'_, i32>| match pair {
            Pair::Missing { expected, .. } => format!("-{expected}"),
            Pair::Extra { found, .. } => format!("+{found}"),
            Pair::Both { expected, found, .. } | Pair::Renamed { expected, found, .. } => format!("{expected}{found}"),
        };
        let (expected, found) = ([("a", &1), ("b", &2), ("a", &3)], [("a", &4), ("a", &5), ("a", &6), ("c", &7)]);
        let pairs = in_order(expected.into_iter(), found.into_iter());
        assert_eq!(pairs.iter().map(shown).collect::<Vec<_>>(), ["14", "-2", "35", "+6", "+7"]);
    }

    #[test]
    fn objects_are_paired_by_name_and_then_by_definition() {
        assert_eq!(paired(&[("a", "1"), ("b", "2"), ("c", "3")], &[("a", "1"), ("b", "9"), ("d", "4")]), "a= b≠ -c +d");
        assert_eq!(paired(&[("a", "1")], &[("b", "1")]), "b>a");
        assert_eq!(paired(&[("a", "1"), ("b", "2")], &[("a", "2"), ("b", "1")]), "b>a a>b");
        assert_eq!(paired(&[("a", "1"), ("b", "1")], &[("c", "1")]), "c>a -b");
        assert_eq!(paired(&[("a", "1")], &[("b", "1"), ("c", "1")]), "b>a +c");
        // The name is taken by another object.
        assert_eq!(paired(&[("a", "1")], &[("a", "2"), ("b", "1")]), "a≠ +b");
        assert_eq!(paired(&[("a", "1"), ("b", "1")], &[("b", "1"), ("c", "1")]), "c>a b=");
    }
}
