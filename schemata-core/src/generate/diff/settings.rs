//! Settings of tables and columns that PostgreSQL changes in place, and comments on constraints and indexes.

use std::slice::from_ref;

use crate::catalog::{ColumnState, Definition, Pair, TableDiff, TableState, same_options};
use crate::generate::diff::phased_steps::{Phase, PhasedSteps};
use crate::generate::steps::schema_change::SchemaChange;
use crate::generate::steps::step::Step;
use crate::generate::steps::step_action::StepAction;
use crate::generate::text::identifiers::{qualified, quote_if_needed};
use crate::qualified_name::QualifiedName;
use crate::sql::ddl::generated_name;
use crate::sql::literal::quote_literal;

/// Adds the steps from the settings of a table to those of `after`; a new table has none `before`.
pub(crate) fn of_table(before: Option<&TableState>, after: &TableState, steps: &mut PhasedSteps) {
    let table = &after.name;
    let change = |action: String| SchemaChange::Printed(format!("ALTER TABLE {} {action}", qualified(table)));
    if before.is_some_and(|before| before.unlogged) != after.unlogged {
        let kept = if after.unlogged { "UNLOGGED" } else { "LOGGED" };
        steps.change(Phase::Settings, change(format!("SET {kept}")));
    }
    let old = before.map(|before| before.options.as_slice()).unwrap_or_default();
    for action in parameters(old, &after.options) {
        steps.change(Phase::Settings, change(action));
    }
}

/// Adds the steps from the settings of the column `old` to those of `new`; a new column has no `old`.
pub(crate) fn of_column(
    table: &QualifiedName,
    name: &str,
    old: Option<&ColumnState>,
    new: &ColumnState,
    steps: &mut PhasedSteps,
) {
    let mut actions = Vec::new();
    let old_storage = old.and_then(|old| old.storage.as_ref());
    if old_storage != new.storage.as_ref() {
        actions.push(format!("SET STORAGE {}", new.storage.as_deref().unwrap_or(type_storage(new))));
    }
    if old.and_then(|old| old.compression.as_ref()) != new.compression.as_ref() {
        actions.push(format!("SET COMPRESSION {}", new.compression.as_deref().unwrap_or("default")));
    }
    if old.and_then(|old| old.statistics) != new.statistics {
        actions.push(format!("SET STATISTICS {}", new.statistics.unwrap_or(-1)));
    }
    actions.extend(parameters(old.map(|old| old.options.as_slice()).unwrap_or_default(), &new.options));
    for action in actions {
        let (table, column) = (table.clone(), name.to_owned());
        steps.change(Phase::Settings, SchemaChange::AlterColumn { table, column, action });
    }
    not_null(table, name, old, new, steps);
}

/// Returns the actions that set and reset storage parameters, or options of a column.
fn parameters(old: &[String], new: &[String]) -> Vec<String> {
    let name = |option: &String| option.split_once('=').map_or(option.clone(), |(name, _)| name.to_owned());
    let is_kept = |option: &&String| old.iter().any(|old| same_options(from_ref(old), from_ref(option)));
    let set: Vec<String> = new
        .iter()
        .filter(|option| !is_kept(option))
        .map(|option| {
            let (name, value) = option.split_once('=').unwrap_or((option, "true"));
            format!("{name} = {}", quote_literal(value))
        })
        .collect();
    let reset: Vec<String> = old.iter().map(name).filter(|old| !new.iter().any(|new| name(new) == *old)).collect();
    let list = |word: &str, all: &[String]| (!all.is_empty()).then(|| format!("{word} ({})", all.join(", ")));
    list("SET", &set).into_iter().chain(list("RESET", &reset)).collect()
}

/// Returns the storage that the type has by itself. `SET STORAGE DEFAULT` needs PostgreSQL 16.
fn type_storage(column: &ColumnState) -> &'static str {
    if column.sql_type == "numeric" || column.sql_type.starts_with("numeric(") { "MAIN" } else { "EXTENDED" }
}

/// Adds the steps for NOT NULL as a constraint (PostgreSQL 18): its name, NO INHERIT, NOT VALID and its comment.
fn not_null(table: &QualifiedName, name: &str, old: Option<&ColumnState>, new: &ColumnState, steps: &mut PhasedSteps) {
    let Some(after) = &new.not_null else { return };
    let on = qualified(table);
    let print = |sql: String| SchemaChange::Printed(sql);
    // A constraint that is validated stays.
    let is_kept = |old: &&ColumnState| old.unchecked == new.unchecked || old.unchecked && !new.nullable;
    let before = old.filter(is_kept).and_then(|old| old.not_null.as_ref());
    let mut present = after.name.clone();
    if let Some(before) = before {
        if before.own_name() == after.own_name() {
            present.clone_from(&before.name);
        } else {
            let (from, to) = (before.name.clone(), after.name.clone());
            steps.change(Phase::Settings, SchemaChange::RenameConstraint { table: table.clone(), from, to });
        }
        if before.no_inherit != after.no_inherit {
            let inherit = if after.no_inherit { "NO INHERIT" } else { "INHERIT" };
            let constraint = quote_if_needed(&present);
            steps.change(Phase::Settings, print(format!("ALTER TABLE {on} ALTER CONSTRAINT {constraint} {inherit}")));
        }
    } else if new.unchecked {
        let inherit = if after.no_inherit { " NO INHERIT" } else { "" };
        let definition = format!("NOT NULL {}{inherit} NOT VALID", quote_if_needed(name));
        let action = StepAction::AddConstraint(present.clone(), definition);
        steps.change(Phase::Settings, SchemaChange::Alter { table: table.clone(), action });
    } else if old.is_some() {
        // SET NOT NULL has generated a name.
        if after.own_name().is_some() || after.no_inherit {
            let from = generated_name(&table.name, &[name], "not_null");
            let to = after.name.clone();
            if from != to {
                steps.change(Phase::LateSettings, SchemaChange::RenameConstraint { table: table.clone(), from, to });
            }
        }
    }
    let old_comment = before.and_then(|before| before.comment.as_ref());
    comment(&format!("CONSTRAINT {} ON {on}", quote_if_needed(&present)), old_comment, after.comment.as_ref(), steps);
}

/// Adds the steps for the comments on the constraints and indexes of a table. One that is `rebuilt` loses its comment.
pub(crate) fn comments(table: &QualifiedName, diff: &TableDiff<'_>, rebuilt: bool, steps: &mut PhasedSteps) {
    for pair in &diff.constraints {
        of_object(pair, |name| constraint(table, name), rebuilt, steps);
    }
    for pair in &diff.indexes {
        of_object(pair, |name| format!("INDEX {}", qualified(&table.sibling(name))), rebuilt, steps);
    }
}

/// Returns how COMMENT names a constraint.
pub(crate) fn constraint(table: &QualifiedName, name: &str) -> String {
    format!("CONSTRAINT {} ON {}", quote_if_needed(name), qualified(table))
}

fn of_object<T: Definition>(
    pair: &Pair<'_, T>,
    object: impl Fn(&str) -> String,
    rebuilt: bool,
    steps: &mut PhasedSteps,
) {
    let (name, old, new) = match *pair {
        Pair::Missing { name, expected } => (name, None, expected.comment()),
        Pair::Both { name, expected, found } | Pair::Renamed { name, expected, found, .. } => {
            let is_kept = !rebuilt && found.satisfies(expected) && found.is_valid() >= expected.is_valid();
            (name, found.comment().filter(|_| is_kept), expected.comment())
        }
        Pair::Extra { .. } => return,
    };
    comment(&object(name), old, new, steps);
}

/// Changes a comment. Dropping it waits for a decision, since somebody may have written it in the database.
pub(crate) fn comment(object: &str, old: Option<&String>, new: Option<&String>, steps: &mut PhasedSteps) {
    let text = new.map_or_else(|| "NULL".to_owned(), |text| quote_literal(text));
    let change = SchemaChange::Printed(format!("COMMENT ON {object} IS {text}"));
    match (old, new) {
        _ if old == new => {}
        (Some(old), None) => {
            let why = format!("comment on {} is dropped: {old:?}", object.to_lowercase());
            steps.add(Phase::LateComments, Step::undecided(why, vec![change]));
        }
        _ => steps.change(Phase::LateComments, change),
    }
}

/// Adds the settings and comments of a new table that no frozen model creates.
pub(crate) fn of_new_table(state: &TableState, steps: &mut PhasedSteps) {
    let empty = TableState::default();
    of_table(None, state, steps);
    for (name, column) in &state.columns {
        of_column(&state.name, name, None, column, steps);
    }
    comments(&state.name, &TableDiff::of(state, &empty), false, steps);
}
