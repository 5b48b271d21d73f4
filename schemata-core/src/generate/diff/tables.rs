//! Tables as a whole: new ones, dropped ones, and the order in which tables are looked at.

use crate::catalog::{Catalog, ConstraintKind, TableState};
use crate::generate::diff::{Phase, Steps, constraints};
use crate::generate::steps::action::Action;
use crate::generate::steps::change::Change;
use crate::generate::steps::frozen::Frozen;
use crate::generate::steps::step::Step;
use crate::generate::target::{TableName, Target};
use crate::generate::text::words::plain;

/// What is created is so by its `frozen` model, where it has one.
pub(crate) fn diff(target: &Target<'_>, before: &Catalog, frozen: Option<&Frozen>, steps: &mut Steps) {
    if let Some(frozen) = frozen {
        steps.change(Phase::CreateTables, Change::Bootstrap(Box::new(frozen.clone())));
    }
    for key in target.order(target.catalog) {
        let Some(state) = target.catalog.tables.get(&key).filter(|_| !before.tables.contains_key(&key)) else {
            continue;
        };
        match frozen.filter(|frozen| frozen.has(&key)) {
            Some(frozen) => frozen.outside(&key).iter().for_each(|name| foreign_key(target, &key, name, state, steps)),
            None => create(target, &key, state, steps),
        }
    }
    drop_tables(target, before, steps);
}

/// The columns of a table: in the model's order, then the others in their own.
pub(crate) fn columns<'s>(target: &Target<'_>, key: &str, state: &'s TableState) -> Vec<&'s str> {
    let declared = target.table(key).map(|table| table.columns).unwrap_or_default();
    let position = |name: &str| declared.iter().position(|column| column.name == name).unwrap_or(usize::MAX);
    let mut names: Vec<&str> = state.columns.keys().map(String::as_str).collect();
    names.sort_by_key(|name| (position(name), state.columns[*name].position));
    names
}

/// A foreign key that comes when all tables are there.
fn foreign_key(target: &Target<'_>, key: &str, name: &str, state: &TableState, steps: &mut Steps) {
    let definition = target.constraint(key, name, &state.constraints[name].definition);
    let action = Action::AddConstraint(name.to_owned(), definition);
    steps.change(Phase::ForeignKeys, Change::Alter { table: state.into(), action });
}

/// The table as text, for one that no model can say: with a type of the application's own, for instance.
fn create(target: &Target<'_>, key: &str, state: &TableState, steps: &mut Steps) {
    let name = TableName::from(state);
    let column = |column: &&str| {
        Some(format!("{} {}", plain(column), target.definition(key, column, state.columns.get(*column)?, false)))
    };
    let mut parts: Vec<String> = columns(target, key, state).iter().filter_map(column).collect();
    for (constraint, found) in &state.constraints {
        if matches!(found.kind, ConstraintKind::ForeignKey { .. }) {
            foreign_key(target, key, constraint, state, steps);
        } else {
            let definition = target.constraint(key, constraint, &found.definition);
            parts.push(format!("CONSTRAINT {} {definition}", plain(constraint)));
        }
    }
    for (index, found) in &state.indexes {
        steps.change(Phase::Indexes, constraints::index(&name, index, found));
    }
    let comments = state.columns.iter().map(|(column, state)| (Some(column), &state.comment));
    for (column, text) in std::iter::once((None, &state.comment)).chain(comments).filter(|(_, text)| text.is_some()) {
        let (column, text) = (column.cloned(), text.clone());
        steps.change(Phase::Comments, Change::Comment { table: name.clone(), column, text });
    }
    steps.change(Phase::CreateTables, Change::CreateTable { name, parts });
}

/// Tables that nothing references go first; those that reference each other go together.
fn drop_tables(target: &Target<'_>, before: &Catalog, steps: &mut Steps) {
    let mut left: Vec<&String> = before.tables.keys().filter(|key| !target.catalog.tables.contains_key(*key)).collect();
    while !left.is_empty() {
        let references = |other: &String, key: &String| {
            let mut kinds = before.tables[other].constraints.values().map(|constraint| &constraint.kind);
            kinds.any(|kind| matches!(kind, ConstraintKind::ForeignKey { target, .. } if target == key))
        };
        let is_needed = |key: &String| left.iter().any(|other| *other != key && references(other, key));
        let free: Vec<&String> = left.iter().copied().filter(|key| !is_needed(key)).collect();
        let now: Vec<Vec<&String>> =
            if free.is_empty() { vec![left.clone()] } else { free.into_iter().map(|key| vec![key]).collect() };
        for keys in now {
            left.retain(|key| !keys.contains(key));
            let names = keys.iter().map(|key| TableName::from(&before.tables[*key])).collect();
            let listed: Vec<&str> = keys.iter().map(|key| key.as_str()).collect();
            let why = match listed.as_slice() {
                [one] => format!("table {one} is dropped: its rows are lost (to keep it, name it in `App::unmanaged`)"),
                _ => format!(
                    "tables {} are dropped: their rows are lost (to keep them, name them in `App::unmanaged`)",
                    listed.join(", ")
                ),
            };
            steps.add(Phase::DropTables, Step::undecided(why, vec![Change::DropTables { names }]));
        }
    }
}
