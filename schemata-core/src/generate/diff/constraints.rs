//! Constraints and indexes of a table that stays. PostgreSQL cannot change them, so one that differs is dropped and added.
//! Those that models cannot express are left alone. A drop waits for a decision, since an object that a migration made by
//! hand cannot be told from one that a model once declared.

use std::collections::BTreeMap;

use crate::catalog::{ConstraintKind, ConstraintState, IndexKey, IndexState, Named};
use crate::generate::diff::busy;
use crate::generate::diff::order::possible;
use crate::generate::diff::{At, Kind, Phase, Steps};
use crate::generate::steps::action::Action;
use crate::generate::steps::change::Change;
use crate::generate::steps::step::Step;
use crate::generate::target::TableName;
use crate::generate::text::words::mentions;

fn mentions_any(sql: &str, columns: &[String]) -> bool {
    columns.iter().any(|column| mentions(sql, column))
}

/// Whether SQL has a column of a type that is built anew: PostgreSQL compares no value of it with one of the old type.
fn compares(at: &At<'_>, sql: &str) -> bool {
    at.before.columns.iter().any(|(name, column)| at.is_rebuilt(column) && mentions(sql, name))
}

/// `replaced` columns are dropped and added, and take what stands on them with them.
pub(crate) fn diff(at: &At<'_>, replaced: &[String], steps: &mut Steps) {
    for found in pairs(&at.before.constraints, &at.after.constraints) {
        constraint(at, &found, replaced, steps);
    }
    for found in pairs(&at.before.indexes, &at.after.indexes) {
        let drop = |name: &str| Change::DropIndex { table: at.name.clone(), name: name.to_owned() };
        match found {
            Pair::Gone(name, old) => {
                if !goes_with_a_column(at, &old.definition) {
                    let why = dropped(at, "index", name, &old.definition);
                    steps.add(Phase::DropIndexes, Step::undecided(why, vec![drop(name)]));
                }
            }
            Pair::New(name, new) => busy::index(at, index(&at.name, name, new), new, steps),
            Pair::Renamed(from, to) => steps.rename(in_schema(at), &at.name, Kind::Index, (from, to)),
            Pair::Changed(name, old, new) => {
                let swaps = busy::is_untouched(at, replaced, &old.definition);
                // One that says more than a model can keeps what it says.
                let new = if old.looks_like(new) { old } else { new };
                if !old.is_expressible() && !old.looks_like(new) {
                    let changes = vec![drop(name), index(&at.name, name, new)];
                    let why = loses(at, "index", name, &old.definition);
                    steps.add(Phase::DropIndexes, Step::undecided(why, changes));
                } else if swaps {
                    busy::swap_index(at, name, |name| index(&at.name, name, new), new, steps);
                } else {
                    steps.change(Phase::DropIndexes, drop(name));
                    busy::index(at, index(&at.name, name, new), new, steps);
                }
            }
            Pair::Same(name, old) => {
                let parts = old.parts.iter().filter_map(|part| match &part.key {
                    IndexKey::Expression(text) => Some(text),
                    IndexKey::Column(_) => None,
                });
                let mut computed = parts.chain(&old.predicate);
                if mentions_any(&old.definition, replaced) || computed.any(|text| compares(at, text)) {
                    steps.change(Phase::DropIndexes, drop(name));
                    busy::index(at, index(&at.name, name, old), old, steps);
                }
            }
        }
    }
}

fn constraint(at: &At<'_>, found: &Pair<'_, ConstraintState>, replaced: &[String], steps: &mut Steps) {
    match *found {
        Pair::Gone(name, old) => {
            if !goes_with_a_column(at, &old.definition) {
                let why = dropped(at, "constraint", name, &old.definition);
                let drop = at.alter(Action::DropConstraint(name.to_owned()));
                steps.add(drop_phase(old), Step::undecided(why, vec![drop]));
            }
        }
        Pair::New(name, new) => add(at, name, new, steps),
        Pair::Renamed(from, to) => {
            // A constraint with an index shares its name, and so the schema's scope of names; the names of others belong to
            // their table.
            let scope = match at.before.constraints[from].kind {
                ConstraintKind::ForeignKey { .. } | ConstraintKind::Check { .. } => format!("table {}", at.key),
                _ => in_schema(at),
            };
            steps.rename(scope, &at.name, Kind::Constraint, (from, to));
        }
        Pair::Changed(name, old, new) if !old.valid && unvalidated(&old.definition) == new.definition => {
            busy::validate(at, name, steps);
        }
        Pair::Changed(name, old, new) if !old.is_expressible() => {
            let definition = at.target.constraint(at.key, name, &new.definition);
            let name_of = || name.to_owned();
            let changes = [Action::DropConstraint(name_of()), Action::AddConstraint(name_of(), definition)];
            let why = loses(at, "constraint", name, &old.definition);
            steps.add(drop_phase(old), Step::undecided(why, changes.map(|action| at.alter(action)).into()));
        }
        Pair::Changed(name, old, new)
            if busy::is_untouched(at, replaced, &old.definition) && busy::swap(at, name, new, steps) => {}
        Pair::Changed(name, _, new) => {
            drop_constraint(at, name, steps);
            add(at, name, new, steps);
        }
        Pair::Same(name, old)
            if mentions_any(&old.definition, replaced)
                || matches!(old.kind, ConstraintKind::Check { .. } | ConstraintKind::ForeignKey { .. })
                    && compares(at, &old.definition) =>
        {
            drop_constraint(at, name, steps);
            add(at, name, old, steps);
        }
        Pair::Same(..) => {}
    }
}

/// The scope of names that tables and indexes share.
fn in_schema(at: &At<'_>) -> String {
    format!("schema {}", at.name.schema.as_deref().unwrap_or_default())
}

/// A definition without what is said of old rows.
fn unvalidated(definition: &str) -> &str {
    definition.strip_suffix(" NOT VALID").unwrap_or(definition)
}

fn drop_constraint(at: &At<'_>, name: &str, steps: &mut Steps) {
    let phase = drop_phase(&at.before.constraints[name]);
    steps.change(phase, at.alter(Action::DropConstraint(name.to_owned())));
}

fn drop_phase(old: &ConstraintState) -> Phase {
    match old.kind {
        ConstraintKind::ForeignKey { .. } => Phase::DropForeignKeys,
        _ => Phase::DropConstraints,
    }
}

/// Returns whether PostgreSQL drops it along with a dropped column; the column's step says so.
fn goes_with_a_column(at: &At<'_>, definition: &str) -> bool {
    let mut gone = at.before.columns.keys().filter(|name| !at.after.columns.contains_key(*name));
    gone.any(|name| mentions(definition, name))
}

/// The question about a constraint or an index that no model declares.
fn dropped(at: &At<'_>, kind: &str, name: &str, definition: &str) -> String {
    let key = at.key;
    format!(
        "{kind} {name} on {key} is dropped: {definition} (to keep it, write `unmanaged({kind} = {name:?})` on the model)"
    )
}

/// The question about one with properties that its model cannot express.
fn loses(at: &At<'_>, kind: &str, name: &str, definition: &str) -> String {
    let key = at.key;
    format!(
        "{kind} {name} on {key} becomes what the model says, and is {definition} so far: what the model cannot say is lost"
    )
}

fn add(at: &At<'_>, name: &str, new: &ConstraintState, steps: &mut Steps) {
    let definition = at.target.constraint(at.key, name, &new.definition);
    match new.kind {
        ConstraintKind::PrimaryKey | ConstraintKind::Unique { .. } => busy::key(at, name, &definition, steps),
        ConstraintKind::ForeignKey { .. } => busy::checked(at, Phase::ForeignKeys, name, &definition, steps),
        ConstraintKind::Check { .. } => busy::checked(at, Phase::Checks, name, &definition, steps),
        ConstraintKind::Exclusion => busy::plain(at, Phase::Checks, name, definition, steps),
    }
}

/// The index, as people write it: btree goes without saying.
pub(crate) fn index(table: &TableName, name: &str, state: &IndexState) -> Change {
    let rest = state.definition.strip_prefix("UNIQUE ").unwrap_or(&state.definition);
    let definition = match rest.strip_prefix("btree ") {
        Some(plain) => plain.to_owned(),
        None => format!("USING {rest}"),
    };
    Change::CreateIndex { table: table.clone(), name: name.to_owned(), unique: state.unique, definition }
}

/// One name, or two that mean the same.
enum Pair<'a, T> {
    Gone(&'a str, &'a T),
    New(&'a str, &'a T),
    Renamed(&'a str, &'a str),
    Changed(&'a str, &'a T, &'a T),
    Same(&'a str, &'a T),
}

/// What differs only in its name is renamed: the same constraint keeps holding. What models cannot express is neither dropped
/// nor changed, unless it says something else in what models can express.
fn pairs<'a, T: Named>(before: &'a BTreeMap<String, T>, after: &'a BTreeMap<String, T>) -> Vec<Pair<'a, T>> {
    let renamed = renamed(before, after);
    let moved = |name: &str| renamed.iter().any(|(from, _)| *from == name);
    let mut found = Vec::new();
    for (name, new) in after {
        if let Some((from, to)) = renamed.iter().find(|(_, to)| to == name) {
            found.push(Pair::Renamed(from, to));
            continue;
        }
        found.push(match before.get(name).filter(|_| !moved(name)) {
            Some(old) if is_same(old, new) => Pair::Same(name, old),
            Some(old) => Pair::Changed(name, old, new),
            None => Pair::New(name, new),
        });
    }
    let gone = before.iter().filter(|(name, old)| old.is_expressible() && !after.contains_key(*name) && !moved(name));
    found.extend(gone.map(|(name, old)| Pair::Gone(name, old)));
    found
}

/// Returns whether `old`, which has the name of `new`, needs no change.
fn is_same<T: Named>(old: &T, new: &T) -> bool {
    let beyond = !(old.is_expressible() && new.is_expressible()) && old.looks_like(new);
    (beyond || old.is_same(new)) && old.is_valid() == new.is_valid()
}

/// Returns the former and the new names of what is renamed. When columns swap their names, names derived from them swap too.
fn renamed<'a, T: Named>(before: &'a BTreeMap<String, T>, after: &'a BTreeMap<String, T>) -> Vec<(&'a str, &'a str)> {
    let stays = |name: &String| before.get(name).zip(after.get(name)).is_some_and(|(old, new)| is_same(old, new));
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for (name, new) in after.iter().filter(|(name, _)| !stays(name)) {
        let matches = |other: &String, old: &T| {
            let same = old.is_same(new) && old.is_valid() == new.is_valid();
            same && !stays(other) && !pairs.iter().any(|(from, _)| from == other)
        };
        let mut others: Vec<&String> =
            before.iter().filter(|(other, old)| matches(other, old)).map(|(name, _)| name).collect();
        // A name that nothing needs afterwards is given up first.
        others.sort_by_key(|other| after.contains_key(*other));
        pairs.extend(others.first().map(|other| (other.as_str(), name.as_str())));
    }
    possible(&mut pairs, |(from, to)| (from, to), |name| before.contains_key(name));
    pairs
}
