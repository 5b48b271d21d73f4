//! Enum types: new ones, new labels, and those whose labels went away or changed their order, which have to be built anew.

use crate::catalog::{Catalog, EnumState};
use crate::generate::diff::{Phase, Steps};
use crate::generate::steps::action::Action;
use crate::generate::steps::change::Change;
use crate::generate::steps::frozen::Frozen;
use crate::generate::steps::step::Step;
use crate::generate::target::{TableName, Target};
use crate::generate::text::words::plain;

/// Yields the types that are built anew. One that only `frozen` models use is made with them; one that no table has, for a
/// domain or a function perhaps, is not.
pub(crate) fn diff<'c>(
    target: &Target<'_>,
    before: &'c Catalog,
    frozen: Option<&Frozen>,
    steps: &mut Steps,
) -> Vec<&'c EnumState> {
    let mut rebuilt = Vec::new();
    let comes_along = |new: &EnumState| {
        let users = target.users(target.catalog, &new.into());
        !users.is_empty() && frozen.is_some_and(|frozen| users.iter().all(|(table, _)| frozen.has(table)))
    };
    let after = target.catalog;
    for (key, new) in &after.enums {
        match before.enums.get(key) {
            None if comes_along(new) => {}
            None => {
                let labels = new.labels.clone();
                steps.change(Phase::CreateTypes, Change::CreateType { name: new.into(), labels });
            }
            Some(old) if old.labels == new.labels => {}
            Some(old) if is_part(&old.labels, &new.labels) => add_labels(old, new, steps),
            Some(old) => {
                rebuild(target, before, key, old, new, steps);
                rebuilt.push(old);
            }
        }
    }
    for (key, old) in before.enums.iter().filter(|(key, _)| !after.enums.contains_key(*key)) {
        let change = Change::DropType { name: old.into() };
        let users = target.users(before, &old.into());
        if users.is_empty() {
            let labels = old.labels.join(", ");
            let why =
                format!("type {key} is dropped: its labels are {labels} (to keep it, name it in `App::unmanaged`)");
            steps.add(Phase::DropTypes, Step::undecided(why, vec![change]));
        } else {
            // Whoever keeps a column keeps its type.
            let users: Vec<String> = users.iter().map(|(table, column)| format!("{table}.{column}")).collect();
            let why =
                format!("type {key} is dropped: nothing may use it any longer; until now {} did", users.join(", "));
            steps.add(Phase::DropTypes, Step::undecided(why, vec![change]));
        }
    }
    rebuilt
}

/// Whether `all` is `some` with more labels in between.
fn is_part(some: &[String], all: &[String]) -> bool {
    let mut rest = all.iter();
    some.iter().all(|label| rest.any(|other| other == label))
}

fn add_labels(old: &EnumState, new: &EnumState, steps: &mut Steps) {
    let (old, labels) = (&old.labels, &new.labels);
    for (at, label) in labels.iter().enumerate().filter(|(_, label)| !old.contains(label)) {
        let later = labels[at..].iter().find(|label| old.contains(label));
        let place = match (later, at.checked_sub(1).map(|before| &labels[before])) {
            (None, _) => None,
            (Some(_), Some(before)) => Some(("AFTER", before.clone())),
            (Some(later), None) => Some(("BEFORE", later.clone())),
        };
        steps.change(Phase::Labels, Change::AddLabel { name: new.into(), label: label.clone(), place });
    }
}

/// PostgreSQL drops no label and moves none: a new type takes the old one's place.
fn rebuild(target: &Target<'_>, before: &Catalog, key: &str, old: &EnumState, new: &EnumState, steps: &mut Steps) {
    let (name, labels) = (TableName::from(new), &new.labels);
    let aside = format!("{}_before", new.name);
    let mut changes = vec![
        Change::RenameType { name: name.clone(), to: aside.clone() },
        Change::CreateType { name: name.clone(), labels: labels.clone() },
    ];
    for (table, column) in target.users(before, &old.into()) {
        let place = TableName::from(&before.tables[table]);
        let state = &before.tables[table].columns[column];
        let alter = |action| Change::Alter { table: place.clone(), action };
        let array = if state.sql_type.ends_with("[]") { "[]" } else { "" };
        let sql_type = format!("{}{array}", name.sql());
        let using = format!("{}::text{array}::{sql_type}", plain(column));
        changes.extend(state.default.as_ref().map(|_| alter(Action::DropDefault(column.to_owned()))));
        changes.push(alter(Action::SetTypeUsing(column.to_owned(), sql_type, using)));
        let new = target.catalog.tables.get(table).and_then(|state| state.columns.get(column));
        let default = new.and_then(|new| target.default(table, column, new));
        changes.extend(default.map(|default| alter(Action::SetDefault(column.to_owned(), default))));
    }
    changes.push(Change::DropType { name: TableName { name: aside, ..name } });
    let lost: Vec<String> =
        old.labels.iter().filter(|label| !labels.contains(label)).map(|label| format!("{label:?}")).collect();
    if lost.is_empty() {
        steps.add(Phase::RebuildTypes, Step { undecided: None, changes });
    } else {
        let why = format!("type {key} loses {}: give rows that hold it another value first", lost.join(" and "));
        steps.add(Phase::RebuildTypes, Step::undecided(why, changes));
    }
}
