//! Enum types: new ones, new labels, and those whose labels were removed or reordered, which have to be rebuilt.

use crate::catalog::{Catalog, EnumState, Pair};
use crate::generate::desired_schema::DesiredSchema;
use crate::generate::diff::phased_steps::{Phase, PhasedSteps};
use crate::generate::steps::frozen::FrozenModels;
use crate::generate::steps::schema_change::SchemaChange;
use crate::generate::steps::step::Step;
use crate::generate::steps::step_action::StepAction;
use crate::generate::text::identifiers::{qualified, quote_if_needed};

/// Adds the steps for types, and returns the types that are rebuilt. A type that only `frozen` models use is created
/// with them; a type that no table uses, perhaps one for a domain or a function, is not.
pub(crate) fn diff<'c>(
    desired: &DesiredSchema<'_>,
    before: &Catalog,
    enums: &[Pair<'c, EnumState>],
    frozen: Option<&FrozenModels>,
    steps: &mut PhasedSteps,
) -> Vec<&'c EnumState> {
    let mut rebuilt = Vec::new();
    let is_created_with_models =
        |new: &EnumState| frozen.is_some_and(|frozen| frozen.create_type(desired.catalog, &new.name));
    for pair in enums {
        match *pair {
            Pair::Missing { expected: new, .. } if is_created_with_models(new) => {}
            Pair::Missing { expected: new, .. } => {
                let (name, labels) = (new.name.clone(), new.labels.clone());
                steps.change(Phase::CreateTypes, SchemaChange::CreateType { name, labels });
            }
            Pair::Extra { name, found } => drop_type(before, name, found, steps),
            Pair::Both { name, expected: new, found: old } | Pair::Renamed { name, expected: new, found: old, .. } => {
                if old.labels == new.labels {
                    continue;
                }
                if is_subsequence(&old.labels, &new.labels) {
                    add_labels(old, new, steps);
                } else {
                    rebuild(desired, before, name, old, new, steps);
                    rebuilt.push(old);
                }
            }
        }
    }
    rebuilt
}

fn drop_type(before: &Catalog, key: &str, old: &EnumState, steps: &mut PhasedSteps) {
    let columns = DesiredSchema::columns_of_type(before, &old.name);
    let why = if columns.is_empty() {
        let labels = old.labels.join(", ");
        format!("type {key} is dropped: its labels are {labels} (to keep it, name it in `App::unmanaged`)")
    } else {
        // A column that stays needs its type.
        let columns: Vec<String> = columns.iter().map(|(table, column)| format!("{table}.{column}")).collect();
        format!("type {key} is dropped: its uses in {} have to be removed first", columns.join(", "))
    };
    let change = SchemaChange::DropType { name: old.name.clone() };
    steps.add(Phase::DropTypes, Step::undecided(why, vec![change]));
}

/// Returns whether `all` contains `some` in the same order.
fn is_subsequence(some: &[String], all: &[String]) -> bool {
    let mut rest = all.iter();
    some.iter().all(|label| rest.any(|other| other == label))
}

fn add_labels(old: &EnumState, new: &EnumState, steps: &mut PhasedSteps) {
    let (old, labels) = (&old.labels, &new.labels);
    for (at, label) in labels.iter().enumerate().filter(|(_, label)| !old.contains(label)) {
        let later = labels[at..].iter().find(|label| old.contains(label));
        let place = match (later, at.checked_sub(1).map(|before| &labels[before])) {
            (None, _) => None,
            (Some(_), Some(before)) => Some(("AFTER", before.clone())),
            (Some(later), None) => Some(("BEFORE", later.clone())),
        };
        steps.change(Phase::Labels, SchemaChange::AddLabel { name: new.name.clone(), label: label.clone(), place });
    }
}

/// Replaces a type by a new one, since PostgreSQL can neither drop a label nor move it.
fn rebuild(
    desired: &DesiredSchema<'_>,
    before: &Catalog,
    key: &str,
    old: &EnumState,
    new: &EnumState,
    steps: &mut PhasedSteps,
) {
    let (name, labels) = (&new.name, &new.labels);
    let aside = format!("{}_before", name.name);
    let mut changes = vec![
        SchemaChange::RenameType { name: name.clone(), to: aside.clone() },
        SchemaChange::CreateType { name: name.clone(), labels: labels.clone() },
    ];
    for (table, column) in DesiredSchema::columns_of_type(before, &old.name) {
        let state = &before.tables[table].columns[column];
        let alter = |action| SchemaChange::Alter { table: before.tables[table].name.clone(), action };
        let array = if state.base.array { "[]" } else { "" };
        let sql_type = format!("{}{array}", qualified(name));
        let using = format!("{}::text{array}::{sql_type}", quote_if_needed(column));
        changes.extend(state.default.as_ref().map(|_| alter(StepAction::DropDefault(column.to_owned()))));
        changes.push(alter(StepAction::SetTypeUsing(column.to_owned(), sql_type, using)));
        let new = desired.catalog.tables.get(table).and_then(|state| state.columns.get(column));
        let default = new.and_then(|new| desired.default(table, column, new));
        changes.extend(default.map(|default| alter(StepAction::SetDefault(column.to_owned(), default))));
    }
    changes.push(SchemaChange::DropType { name: name.sibling(&aside) });
    let lost: Vec<String> =
        old.labels.iter().filter(|label| !labels.contains(label)).map(|label| format!("{label:?}")).collect();
    let why = format!("type {key} loses {}: give rows that hold it another value first", lost.join(" and "));
    steps.add(Phase::RebuildTypes, Step { undecided: (!lost.is_empty()).then_some(why), changes });
}
