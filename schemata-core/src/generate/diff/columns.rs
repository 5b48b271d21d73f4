//! Columns of a table that stays.

use crate::catalog::{ColumnState, TableState};
use crate::generate::diff::busy;
use crate::generate::diff::cast::{conversion, keeps_values};
use crate::generate::diff::tables::columns;
use crate::generate::diff::{At, Phase, Steps, serial};
use crate::generate::steps::action::Action;
use crate::generate::steps::change::Change;
use crate::generate::steps::step::Step;
use crate::generate::text::words::{mentions, plain, short_type};

/// Finds the steps; yields the columns that are dropped and added again.
pub(crate) fn diff(at: &At<'_>, steps: &mut Steps) -> Vec<String> {
    let mut replaced = Vec::new();
    for name in columns(at.target, at.key, at.after) {
        let Some(new) = at.after.columns.get(name) else { continue };
        match at.before.columns.get(name) {
            None => add(at, name, new, steps),
            Some(old) if is_replaced(at, old, new) => {
                replace(at, name, old, new, steps);
                replaced.push(name.to_owned());
            }
            Some(old) => change(at, name, old, new, steps),
        }
    }
    for (name, old) in at.before.columns.iter().filter(|(name, _)| !at.after.columns.contains_key(*name)) {
        let advice = renamed(at, old)
            .unwrap_or_else(|| format!(" (to keep it, write `unmanaged(column = {name:?})` on the model)"));
        let why = format!("{}.{name} is dropped: its values are lost{advice}", at.key);
        let change = at.alter(Action::DropColumn(name.clone()));
        // What it is computed from can change, or go, only after it.
        let phase = if old.generated.is_some() { Phase::DropGenerated } else { Phase::DropColumns };
        steps.add(phase, Step::undecided(why, vec![change]));
    }
    change_comment(at, None, (&at.before.comment, &at.after.comment), steps);
    replaced
}

/// A question, where a dropped column and an added one have one type, and no others have.
fn renamed(at: &At<'_>, dropped: &ColumnState) -> Option<String> {
    let alone = |of: &TableState, other: &TableState| {
        let gone = of.columns.iter().filter(|(name, _)| !other.columns.contains_key(*name));
        let mut found = gone.filter(|(_, column)| column.sql_type == dropped.sql_type);
        found.next().filter(|_| found.next().is_none()).map(|(name, _)| name.clone())
    };
    match (alone(at.before, at.after), alone(at.after, at.before)) {
        (Some(_), Some(new)) => {
            Some(format!(" (is it {new} now? say `renamed_from` on that field, and generate anew)"))
        }
        _ => None,
    }
}

fn comment(at: &At<'_>, column: Option<&str>, text: Option<&String>) -> Change {
    Change::Comment { table: at.name.clone(), column: column.map(str::to_owned), text: text.cloned() }
}

/// A new column of rows that exist: one that must have a value and has none to begin with is for a person to decide.
fn add(at: &At<'_>, name: &str, new: &ColumnState, steps: &mut Steps) {
    let has_value = new.nullable || new.default.is_some() || new.serial || new.identity.is_some();
    let definition = at.target.definition(at.key, name, new, !has_value);
    let first = at.alter(Action::AddColumn(name.to_owned(), definition));
    if has_value {
        steps.change(Phase::Columns, first);
    } else {
        let why = format!("{}.{name} is NOT NULL and has no default: say what existing rows get", at.key);
        let changes = std::iter::once(first).chain(busy::not_null(at, name, None)).collect();
        steps.add(Phase::Columns, Step::undecided(why, changes));
    }
    if new.comment.is_some() {
        steps.change(Phase::Comments, comment(at, Some(name), new.comment.as_ref()));
    }
}

/// Whether PostgreSQL can only drop the column and add it: no version before 17 changes what a column is computed from, and
/// none changes the type of what others are computed from.
fn is_replaced(at: &At<'_>, old: &ColumnState, new: &ColumnState) -> bool {
    let sources_change = |expression: &String| {
        at.before.columns.iter().any(|(name, before)| {
            let after = at.after.columns.get(name);
            mentions(expression, name)
                && (at.is_rebuilt(before) || after.is_some_and(|after| after.sql_type != before.sql_type))
        })
    };
    new.generated.is_some()
        && (old.generated.is_none()
            || old.default != new.default
            || old.sql_type != new.sql_type
            || new.default.as_ref().is_some_and(sources_change))
}

fn replace(at: &At<'_>, name: &str, old: &ColumnState, new: &ColumnState, steps: &mut Steps) {
    let drop = at.alter(Action::DropColumn(name.to_owned()));
    if old.generated.is_some() {
        // Computed again from what the row holds.
        steps.change(Phase::DropGenerated, drop);
    } else {
        let why = format!("{}.{name} becomes a generated column: its values are lost, and computed anew", at.key);
        steps.add(Phase::DropGenerated, Step::undecided(why, vec![drop]));
    }
    let definition = at.target.definition(at.key, name, new, false);
    steps.change(Phase::Columns, at.alter(Action::AddColumn(name.to_owned(), definition)));
    if new.comment.is_some() {
        steps.change(Phase::Comments, comment(at, Some(name), new.comment.as_ref()));
    }
}

fn change(at: &At<'_>, name: &str, old: &ColumnState, new: &ColumnState, steps: &mut Steps) {
    if let (Some(expression), Some(_), None) = (&old.default, old.generated, new.generated) {
        let why = format!("{}.{name} is no longer computed: its expression {expression} is lost", at.key);
        let drop = alter_column(at, name, "DROP EXPRESSION".to_owned());
        steps.add(Phase::Columns, Step::undecided(why, vec![drop]));
    }
    if old.identity.is_some() && new.identity.is_none() {
        let drop = alter_column(at, name, "DROP IDENTITY".to_owned());
        if new.serial {
            steps.change(Phase::Columns, drop);
        } else {
            let why = format!("{}.{name} is no longer an identity: its sequence is dropped", at.key);
            steps.add(Phase::Columns, Step::undecided(why, vec![drop]));
        }
    }
    serial::before(at, name, old, new, steps);
    let old_default = old.default.as_ref().filter(|_| old.generated.is_none());
    let new_default = at.target.default(at.key, name, new);
    if old.sql_type != new.sql_type {
        change_type(at, name, old, new, steps);
    } else if old_default != new.default.as_ref().filter(|_| new.generated.is_none()) && !old.numbers_like(new) {
        match (&new_default, old_default) {
            (Some(default), _) => {
                let action = Action::SetDefault(name.to_owned(), default.clone());
                steps.change(Phase::Columns, at.alter(action));
            }
            (None, Some(old_default)) if !is_numbered(new) => {
                let drop = at.alter(Action::DropDefault(name.to_owned()));
                steps.add(Phase::Columns, Step::undecided(default_dropped(at, name, old_default), vec![drop]));
            }
            (None, _) => steps.change(Phase::Columns, at.alter(Action::DropDefault(name.to_owned()))),
        }
    }
    serial::after(at, name, old, new, steps);
    if !old.nullable && new.nullable {
        steps.change(Phase::Columns, at.alter(Action::DropNotNull(name.to_owned())));
    }
    let mut then = identity(at, name, old, new);
    if old.nullable && !new.nullable {
        let why = format!("{}.{name} becomes NOT NULL: say what rows get that hold NULL", at.key);
        let mut changes = busy::not_null(at, name, new_default);
        changes.append(&mut then);
        steps.add(Phase::NotNulls, Step::undecided(why, changes));
    }
    for change in then {
        steps.change(Phase::Columns, change);
    }
    change_comment(at, Some(name), (&old.comment, &new.comment), steps);
}

/// Dropping a comment waits for a decision: somebody may have written it in the database.
fn change_comment(
    at: &At<'_>,
    column: Option<&str>,
    (old, new): (&Option<String>, &Option<String>),
    steps: &mut Steps,
) {
    let change = || comment(at, column, new.as_ref());
    match (old, new) {
        _ if old == new => {}
        (Some(old), None) => {
            let object = column.map_or_else(|| format!("table {}", at.key), |name| format!("column {}.{name}", at.key));
            let why = format!("comment on {object} is dropped: {old:?}");
            steps.add(Phase::Comments, Step::undecided(why, vec![change()]));
        }
        _ => steps.change(Phase::Comments, change()),
    }
}

/// What makes it an identity column, or one of the other kind: once it is NOT NULL.
fn identity(at: &At<'_>, name: &str, old: &ColumnState, new: &ColumnState) -> Vec<Change> {
    match (old.identity, new.identity) {
        (None, Some(when)) => {
            let add = alter_column(at, name, format!("ADD GENERATED {} AS IDENTITY", when.sql()));
            vec![add, Change::Number { table: at.name.clone(), column: name.to_owned() }]
        }
        (Some(old), Some(when)) if old != when => {
            vec![alter_column(at, name, format!("SET GENERATED {}", when.sql()))]
        }
        _ => Vec::new(),
    }
}

/// Returns whether PostgreSQL computes or numbers the column instead of using a default.
fn is_numbered(column: &ColumnState) -> bool {
    column.serial || column.identity.is_some() || column.generated.is_some()
}

fn default_dropped(at: &At<'_>, name: &str, old: &str) -> String {
    format!(
        "default of {}.{name} is dropped: {old} (to keep it, write `default_sql` or `unmanaged(default)` on the field)",
        at.key
    )
}

fn alter_column(at: &At<'_>, name: &str, action: String) -> Change {
    Change::AlterColumn { table: at.name.clone(), column: name.to_owned(), action }
}

/// A default is of the column's type: PostgreSQL would convert it, and print the conversion for ever.
fn change_type(at: &At<'_>, name: &str, old: &ColumnState, new: &ColumnState, steps: &mut Steps) {
    let mut sql_type = at.target.sql_type(at.key, name, new);
    // A collation is beyond models, and goes with the type unless it is named.
    if let Some(collation) = &old.collation {
        sql_type = format!("{sql_type} COLLATE {collation}");
    }
    let owned = name.to_owned();
    let mut changes = Vec::new();
    if old.default.is_some() && old.generated.is_none() {
        changes.push(at.alter(Action::DropDefault(owned.clone())));
    }
    let keeps = keeps_values(&old.sql_type, &new.sql_type);
    let convert = if keeps {
        Action::SetType(owned.clone(), sql_type.clone())
    } else {
        let using = conversion(&plain(name), &old.sql_type, &new.sql_type, &sql_type);
        Action::SetTypeUsing(owned.clone(), sql_type.clone(), using)
    };
    changes.push(at.alter(convert));
    if let Some(default) = at.target.default(at.key, name, new) {
        changes.push(at.alter(Action::SetDefault(owned, default)));
    }
    let lossy = (!keeps).then(|| {
        let before = short_type(&old.sql_type);
        format!("{}.{name} becomes {sql_type}, and was {before}: its values may not fit, or may change", at.key)
    });
    let default =
        old.default.as_ref().filter(|_| old.generated.is_none() && new.default.is_none() && !is_numbered(new));
    let default = default.map(|default| default_dropped(at, name, default));
    let undecided = lossy.into_iter().chain(default).reduce(|one, other| format!("{one}; {other}"));
    steps.add(Phase::Columns, Step { undecided, changes });
}
