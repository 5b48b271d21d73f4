//! Columns of a table that stays.

use crate::catalog::{ColumnState, Generated, Pair, TableState};
use crate::generate::diff::altered_table::AlteredTable;
use crate::generate::diff::cast::{conversion, keeps_values};
use crate::generate::diff::nonblocking;
use crate::generate::diff::phased_steps::{Phase, PhasedSteps};
use crate::generate::diff::{serial_columns, settings};
use crate::generate::steps::schema_change::SchemaChange;
use crate::generate::steps::step::Step;
use crate::generate::steps::step_action::StepAction;
use crate::generate::text::identifiers::{mentions_column, quote_if_needed};
use crate::generate::text::sequence::SequenceParts;
use crate::schema::type_name::short_type;

/// Adds the steps for columns, and returns the columns that are dropped and added again.
pub(crate) fn diff(
    altered: &AlteredTable<'_>,
    columns: &[Pair<'_, ColumnState>],
    steps: &mut PhasedSteps,
) -> Vec<String> {
    let mut replaced = Vec::new();
    let order = altered.desired.columns_in_order(altered.key, altered.after);
    let place = |name: &str| order.iter().position(|known| *known == name).unwrap_or(usize::MAX);
    let mut columns: Vec<&Pair<'_, ColumnState>> = columns.iter().collect();
    columns.sort_by_cached_key(|pair| place(pair.name()));
    for pair in columns {
        match *pair {
            Pair::Missing { name, expected } => add(altered, name, expected, steps),
            Pair::Extra { name, found } => drop_column(altered, name, found, steps),
            Pair::Both { name, expected: new, found: old } | Pair::Renamed { name, expected: new, found: old, .. } => {
                if is_replaced(altered, old, new) {
                    replace(altered, name, old, new, steps);
                    replaced.push(name.to_owned());
                } else {
                    change(altered, name, old, new, steps);
                }
            }
        }
    }
    change_comment(altered, None, (&altered.before.comment, &altered.after.comment), steps);
    replaced
}

fn drop_column(altered: &AlteredTable<'_>, name: &str, old: &ColumnState, steps: &mut PhasedSteps) {
    let advice = rename_question(altered, old)
        .unwrap_or_else(|| format!(" (to keep it, write `unmanaged(column = {name:?})` on the model)"));
    let why = format!("{}.{name} is dropped: its values are lost{advice}", altered.key);
    let change = altered.alter(StepAction::DropColumn(name.to_owned()));
    // A column that it is computed from can be changed or dropped only after it.
    let phase = if old.generated.is_some() { Phase::DropGenerated } else { Phase::DropColumns };
    steps.add(phase, Step::undecided(why, vec![change]));
}

/// Asks whether a dropped column was renamed, if exactly one dropped and one added column have its type.
fn rename_question(altered: &AlteredTable<'_>, dropped: &ColumnState) -> Option<String> {
    let only_one = |of: &TableState, other: &TableState| {
        let lacking = of.columns.iter().filter(|(name, _)| !other.columns.contains_key(*name));
        let mut found = lacking.filter(|(_, column)| column.sql_type == dropped.sql_type);
        found.next().filter(|_| found.next().is_none()).map(|(name, _)| name.clone())
    };
    match (only_one(altered.before, altered.after), only_one(altered.after, altered.before)) {
        (Some(_), Some(new)) => {
            Some(format!(" (if it is {new} now, write `renamed_from` on that field and generate again)"))
        }
        _ => None,
    }
}

fn comment(altered: &AlteredTable<'_>, column: Option<&str>, text: Option<&String>) -> SchemaChange {
    SchemaChange::Comment { table: altered.name.clone(), column: column.map(str::to_owned), text: text.cloned() }
}

/// Adds a column. If it is NOT NULL and PostgreSQL cannot give existing rows a value, a person has to decide on one.
fn add(altered: &AlteredTable<'_>, name: &str, new: &ColumnState, steps: &mut PhasedSteps) {
    let has_value = new.nullable || new.default.is_some() || new.serial || new.identity.is_some();
    let definition = altered.desired.definition(altered.key, name, new, !has_value);
    let first = altered.alter(StepAction::AddColumn(name.to_owned(), definition));
    if has_value {
        steps.change(Phase::Columns, first);
    } else {
        let why =
            format!("{}.{name} is NOT NULL and has no default: decide which value existing rows get", altered.key);
        let changes = std::iter::once(first).chain(nonblocking::set_not_null(altered, name, None)).collect();
        steps.add(Phase::Columns, Step::undecided(why, changes));
    }
    if new.comment.is_some() {
        steps.change(Phase::Comments, comment(altered, Some(name), new.comment.as_ref()));
    }
    serial_columns::options(&altered.name, new, steps);
    settings::of_column(&altered.name, name, None, new, steps);
}

/// Returns whether PostgreSQL can only drop the column and add it: no version before 17 changes the expression of a
/// generated column, and none changes the type of a column that others are computed from.
fn is_replaced(altered: &AlteredTable<'_>, old: &ColumnState, new: &ColumnState) -> bool {
    let sources_change = |expression: &String| {
        altered.before.columns.iter().any(|(name, before)| {
            let after = altered.after.columns.get(name);
            mentions_column(expression, name)
                && (altered.is_rebuilt(before) || after.is_some_and(|after| after.sql_type != before.sql_type))
        })
    };
    // A virtual column has no values that a new expression would have to change.
    let both_virtual = old.generated == Some(Generated::Virtual) && new.generated == old.generated;
    new.generated.is_some()
        && (old.generated != new.generated
            || old.default != new.default && !both_virtual
            || old.sql_type != new.sql_type
            || new.default.as_ref().is_some_and(sources_change))
}

fn replace(altered: &AlteredTable<'_>, name: &str, old: &ColumnState, new: &ColumnState, steps: &mut PhasedSteps) {
    let drop = altered.alter(StepAction::DropColumn(name.to_owned()));
    if old.generated.is_some() {
        // The values are computed again from the row.
        steps.change(Phase::DropGenerated, drop);
    } else {
        let why = format!("{}.{name} becomes a generated column: its values are lost and computed again", altered.key);
        steps.add(Phase::DropGenerated, Step::undecided(why, vec![drop]));
    }
    let definition = altered.desired.definition(altered.key, name, new, false);
    steps.change(Phase::Columns, altered.alter(StepAction::AddColumn(name.to_owned(), definition)));
    if new.comment.is_some() {
        steps.change(Phase::Comments, comment(altered, Some(name), new.comment.as_ref()));
    }
    settings::of_column(&altered.name, name, None, new, steps);
}

fn change(altered: &AlteredTable<'_>, name: &str, old: &ColumnState, new: &ColumnState, steps: &mut PhasedSteps) {
    if let (Some(expression), Some(_), None) = (&old.default, old.generated, new.generated) {
        let why = format!("{}.{name} is no longer computed: its expression {expression} is lost", altered.key);
        let drop = alter_column(altered, name, "DROP EXPRESSION".to_owned());
        steps.add(Phase::Columns, Step::undecided(why, vec![drop]));
    }
    if old.identity.is_some() && new.identity.is_none() {
        let drop = alter_column(altered, name, "DROP IDENTITY".to_owned());
        if new.serial {
            steps.change(Phase::Columns, drop);
        } else {
            let why = format!("{}.{name} is no longer an identity: its sequence is dropped", altered.key);
            steps.add(Phase::Columns, Step::undecided(why, vec![drop]));
        }
    }
    serial_columns::before(altered, name, old, new, steps);
    let old_default = old.default.as_ref().filter(|_| old.generated.is_none());
    let new_default = altered.desired.default(altered.key, name, new);
    if new.generated == Some(Generated::Virtual) && old.default != new.default {
        let expression = altered.desired.expression(altered.key, name, new);
        let set = alter_column(altered, name, format!("SET EXPRESSION AS ({expression})"));
        steps.change(Phase::Columns, set);
    }
    if old.sql_type != new.sql_type || old.collation != new.collation {
        change_type(altered, name, old, new, steps);
    } else if old_default != new.default.as_ref().filter(|_| new.generated.is_none()) && !old.takes_same_numbers(new) {
        match (&new_default, old_default) {
            (Some(default), _) => {
                let action = StepAction::SetDefault(name.to_owned(), default.clone());
                steps.change(Phase::Columns, altered.alter(action));
            }
            (None, Some(old_default)) if !is_numbered(new) => {
                let drop = altered.alter(StepAction::DropDefault(name.to_owned()));
                steps.add(Phase::Columns, Step::undecided(default_dropped(altered, name, old_default), vec![drop]));
            }
            (None, _) => steps.change(Phase::Columns, altered.alter(StepAction::DropDefault(name.to_owned()))),
        }
    }
    serial_columns::after(altered, name, old, new, steps);
    if new.nullable && (!old.nullable || old.unchecked && !new.unchecked) {
        // PostgreSQL refuses it as long as the column is in the primary key.
        let is_key = altered.before.primary_key().is_some_and(|key| key.columns.iter().any(|column| column == name));
        let phase = if is_key { Phase::AfterKeys } else { Phase::Columns };
        steps.change(phase, altered.alter(StepAction::DropNotNull(name.to_owned())));
    }
    let mut then = identity(altered, name, old, new);
    if old.unchecked && !new.nullable {
        let constraint = old.not_null.as_ref().map(|constraint| constraint.name.clone()).unwrap_or_default();
        let why = format!("{}.{name} becomes NOT NULL for all rows: decide which value replaces NULL", altered.key);
        let mut changes = nonblocking::validate_not_null(altered, name, new_default, constraint);
        changes.append(&mut then);
        steps.add(Phase::NotNulls, Step::undecided(why, changes));
    } else if old.nullable && !new.nullable {
        let why = format!("{}.{name} becomes NOT NULL: decide which value replaces NULL", altered.key);
        let mut changes = nonblocking::set_not_null(altered, name, new_default);
        changes.append(&mut then);
        steps.add(Phase::NotNulls, Step::undecided(why, changes));
    }
    for change in then {
        steps.change(Phase::Columns, change);
    }
    change_comment(altered, Some(name), (&old.comment, &new.comment), steps);
    settings::of_column(&altered.name, name, Some(old), new, steps);
}

/// Changes a comment. Dropping it waits for a decision, since somebody may have written it in the database.
fn change_comment(
    altered: &AlteredTable<'_>,
    column: Option<&str>,
    (old, new): (&Option<String>, &Option<String>),
    steps: &mut PhasedSteps,
) {
    let change = || comment(altered, column, new.as_ref());
    match (old, new) {
        _ if old == new => {}
        (Some(old), None) => {
            let object = column
                .map_or_else(|| format!("table {}", altered.key), |name| format!("column {}.{name}", altered.key));
            let why = format!("comment on {object} is dropped: {old:?}");
            steps.add(Phase::Comments, Step::undecided(why, vec![change()]));
        }
        _ => steps.change(Phase::Comments, change()),
    }
}

/// Returns the changes that make it an identity column, or one of the other kind. They come once it is NOT NULL.
fn identity(altered: &AlteredTable<'_>, name: &str, old: &ColumnState, new: &ColumnState) -> Vec<SchemaChange> {
    match (old.identity, new.identity) {
        (None, Some(when)) => {
            let options = new.sequence.as_ref().map_or_else(String::new, |options| format!(" ({options})"));
            let add = alter_column(altered, name, format!("ADD GENERATED {} AS IDENTITY{options}", when.sql()));
            vec![add, SchemaChange::RestartSequence { table: altered.name.clone(), column: name.to_owned() }]
        }
        (Some(old_when), Some(when)) => {
            let kind = (old_when != when).then(|| format!("SET GENERATED {}", when.sql()));
            let options = (old.sequence != new.sequence).then(|| {
                let parts = SequenceParts::read(new.sequence.as_deref().unwrap_or_default());
                parts.all("SET ", &short_type(&new.sql_type))
            });
            let actions = kind.into_iter().chain(options);
            actions.map(|action| alter_column(altered, name, action)).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns whether PostgreSQL computes or numbers the column instead of using a default.
fn is_numbered(column: &ColumnState) -> bool {
    column.serial || column.identity.is_some() || column.generated.is_some()
}

fn default_dropped(altered: &AlteredTable<'_>, name: &str, old: &str) -> String {
    format!(
        "default of {}.{name} is dropped: {old} (to keep it, write `default_sql` or `unmanaged(default)` on the field)",
        altered.key
    )
}

fn alter_column(altered: &AlteredTable<'_>, name: &str, action: String) -> SchemaChange {
    SchemaChange::AlterColumn { table: altered.name.clone(), column: name.to_owned(), action }
}

/// Changes a column's type. The default is dropped and set again: otherwise, PostgreSQL would convert it, and print the
/// conversion from then on.
fn change_type(altered: &AlteredTable<'_>, name: &str, old: &ColumnState, new: &ColumnState, steps: &mut PhasedSteps) {
    let mut sql_type = altered.desired.sql_type(altered.key, name, new);
    // Changing the type resets a collation that is not named; one that is left to the database stays.
    if let Some(collation) = new.collation.as_ref().or(old.kept_collation.as_ref()) {
        sql_type = format!("{sql_type} COLLATE {collation}");
    }
    let owned = name.to_owned();
    let mut changes = Vec::new();
    if old.default.is_some() && old.generated.is_none() {
        changes.push(altered.alter(StepAction::DropDefault(owned.clone())));
    }
    let keeps = keeps_values(&old.sql_type, &new.sql_type);
    let convert = if keeps {
        StepAction::SetType(owned.clone(), sql_type.clone())
    } else {
        let using = conversion(&quote_if_needed(name), &old.sql_type, &new.sql_type, &sql_type);
        StepAction::SetTypeUsing(owned.clone(), sql_type.clone(), using)
    };
    changes.push(altered.alter(convert));
    if let Some(default) = altered.desired.default(altered.key, name, new) {
        changes.push(altered.alter(StepAction::SetDefault(owned, default)));
    }
    let lossy = (!keeps).then(|| {
        let before = short_type(&old.sql_type);
        format!("{}.{name} changes from {before} to {sql_type}: its values may not fit, or may change", altered.key)
    });
    let default =
        old.default.as_ref().filter(|_| old.generated.is_none() && new.default.is_none() && !is_numbered(new));
    let default = default.map(|default| default_dropped(altered, name, default));
    let undecided = lossy.into_iter().chain(default).reduce(|one, other| format!("{one}; {other}"));
    steps.add(Phase::Columns, Step { undecided, changes });
}
