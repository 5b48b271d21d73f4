//! Whole tables: created and dropped.

use crate::catalog::{Catalog, ConstraintKind, Definition, Pair, TableState};
use crate::generate::desired_schema::DesiredSchema;
use crate::generate::diff::index_text::plain_index;
use crate::generate::diff::phased_steps::{Phase, PhasedSteps};
use crate::generate::diff::{serial_columns, settings};
use crate::generate::steps::frozen::FrozenModels;
use crate::generate::steps::schema_change::SchemaChange;
use crate::generate::steps::step::Step;
use crate::generate::steps::step_action::StepAction;
use crate::generate::text::identifiers::quote_if_needed;

/// Adds the steps for tables. A table with a `frozen` model is created by it.
pub(crate) fn diff(
    desired: &DesiredSchema<'_>,
    before: &Catalog,
    tables: &[Pair<'_, TableState>],
    frozen: Option<&FrozenModels>,
    steps: &mut PhasedSteps,
) {
    if let Some(frozen) = frozen {
        steps.change(Phase::CreateTables, SchemaChange::Bootstrap(Box::new(frozen.clone())));
    }
    let mut dropped = Vec::new();
    for pair in tables {
        match *pair {
            Pair::Missing { name: key, expected: state } => match frozen.filter(|frozen| frozen.has(key)) {
                Some(frozen) => {
                    for name in frozen.outside(key) {
                        foreign_key(desired, key, name, state, steps);
                        let object = settings::constraint(&state.name, name);
                        settings::comment(&object, None, state.constraints[name].comment.as_ref(), steps);
                    }
                }
                None => create(desired, key, state, steps),
            },
            Pair::Extra { name, .. } => dropped.push(name),
            Pair::Both { .. } | Pair::Renamed { .. } => {}
        }
    }
    drop_tables(dropped, before, steps);
}

/// Adds a foreign key of a new table, once all tables exist.
fn foreign_key(desired: &DesiredSchema<'_>, key: &str, name: &str, state: &TableState, steps: &mut PhasedSteps) {
    let found = &state.constraints[name];
    let valid = if found.is_valid() { "" } else { " NOT VALID" };
    let definition = desired.constraint(key, name, &found.definition) + valid;
    let action = StepAction::AddConstraint(name.to_owned(), definition);
    steps.change(Phase::ForeignKeys, SchemaChange::Alter { table: state.name.clone(), action });
}

/// Creates a table by SQL, since no frozen model can express it: it may have a type of the application's own, for instance.
fn create(desired: &DesiredSchema<'_>, key: &str, state: &TableState, steps: &mut PhasedSteps) {
    let column = |column: &&str| {
        let found = state.columns.get(*column).filter(|found| !found.inherited)?;
        let definition = desired.definition(key, column, found, false);
        Some(format!("{} {definition}", quote_if_needed(column)))
    };
    let mut parts: Vec<String> = desired.columns_in_order(key, state).iter().filter_map(column).collect();
    for (constraint, found) in state.constraints.iter().filter(|(_, found)| !found.inherited) {
        if matches!(found.kind, ConstraintKind::ForeignKey { .. }) {
            foreign_key(desired, key, constraint, state, steps);
        } else if !found.is_valid() {
            // CREATE TABLE makes all constraints valid.
            let definition = desired.constraint(key, constraint, &found.definition) + " NOT VALID";
            let action = StepAction::AddConstraint(constraint.clone(), definition);
            steps.change(Phase::Checks, SchemaChange::Alter { table: state.name.clone(), action });
        } else {
            let definition = desired.constraint(key, constraint, &found.definition);
            parts.push(format!("CONSTRAINT {} {definition}", quote_if_needed(constraint)));
        }
    }
    for (index, found) in &state.indexes {
        steps.change(Phase::Indexes, plain_index(&state.name, index, found));
    }
    let comments = state.columns.iter().map(|(column, state)| (Some(column), &state.comment));
    for (column, text) in std::iter::once((None, &state.comment)).chain(comments).filter(|(_, text)| text.is_some()) {
        let (table, column, text) = (state.name.clone(), column.cloned(), text.clone());
        steps.change(Phase::Comments, SchemaChange::Comment { table, column, text });
    }
    steps.change(Phase::CreateTables, SchemaChange::CreateTable { name: state.name.clone(), parts });
    serial_columns::of_new_table(state, steps);
    settings::of_new_table(state, steps);
}

/// Drops tables that nothing references first; tables that reference each other are dropped together.
fn drop_tables(mut left: Vec<&str>, before: &Catalog, steps: &mut PhasedSteps) {
    while !left.is_empty() {
        let references = |other: &str, key: &str| {
            let mut kinds = before.tables[other].constraints.values().map(|constraint| &constraint.kind);
            kinds.any(|kind| matches!(kind, ConstraintKind::ForeignKey { target, .. } if target == key))
        };
        let is_referenced = |key: &str| left.iter().any(|other| *other != key && references(other, key));
        let free: Vec<&str> = left.iter().copied().filter(|key| !is_referenced(key)).collect();
        let now: Vec<Vec<&str>> =
            if free.is_empty() { vec![left.clone()] } else { free.into_iter().map(|key| vec![key]).collect() };
        for keys in now {
            left.retain(|key| !keys.contains(key));
            let names = keys.iter().map(|key| before.tables[*key].name.clone()).collect();
            let why = match keys.as_slice() {
                [one] => format!("table {one} is dropped: its rows are lost (to keep it, name it in `App::unmanaged`)"),
                _ => format!(
                    "tables {} are dropped: their rows are lost (to keep them, name them in `App::unmanaged`)",
                    keys.join(", ")
                ),
            };
            steps.add(Phase::DropTables, Step::undecided(why, vec![SchemaChange::DropTables { names }]));
        }
    }
}
