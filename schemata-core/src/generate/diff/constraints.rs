//! Constraints and indexes of a table that stays. PostgreSQL cannot change them, so a different one is dropped and added.
//!
//! Those that models cannot express are left alone. Dropping one waits for a decision, since an object that a migration
//! created by hand cannot be told from one that a model declared once.

use crate::catalog::{ConstraintKind, ConstraintState, Definition, IndexKey, IndexState, Pair};
use crate::generate::diff::altered_table::AlteredTable;
use crate::generate::diff::index_text::plain_index;
use crate::generate::diff::nonblocking;
use crate::generate::diff::phased_steps::{Phase, PhasedSteps, RenamedKind};
use crate::generate::steps::schema_change::SchemaChange;
use crate::generate::steps::step::Step;
use crate::generate::steps::step_action::StepAction;
use crate::generate::text::identifiers::{mentions_column, qualified, quote_if_needed};
use crate::schema::Deferral;

/// Adds the steps for constraints. The `replaced` columns are dropped and added, and PostgreSQL drops with them the
/// constraints and indexes that use them.
pub(crate) fn constraints(
    altered: &AlteredTable<'_>,
    pairs: &[Pair<'_, ConstraintState>],
    replaced: &[String],
    steps: &mut PhasedSteps,
) {
    for pair in pairs {
        match *pair {
            Pair::Missing { name, expected } => add(altered, name, expected, steps),
            Pair::Extra { name, found } if found.is_expressible() => {
                if !is_dropped_with_a_column(altered, &found.definition) {
                    let why = drop_question(altered, "constraint", name, &found.definition);
                    let drop = altered.alter(StepAction::DropConstraint(name.to_owned()));
                    steps.add(drop_phase(found), Step::undecided(why, vec![drop]));
                }
            }
            Pair::Extra { .. } => {}
            Pair::Renamed { name, expected, found_name, found } => {
                // A constraint with an index shares its name with the index, and so has to be unique in the schema; the
                // names of others are unique per table.
                let scope = match found.kind {
                    ConstraintKind::ForeignKey { .. } | ConstraintKind::Check { .. } => {
                        format!("table {}", altered.key)
                    }
                    _ => schema_scope(altered),
                };
                steps.rename(scope, &altered.name, RenamedKind::Constraint, (found_name, name));
                if expected.is_valid() && !found.is_valid() {
                    nonblocking::validate(altered, name, steps);
                }
            }
            Pair::Both { name, expected, found } => constraint(altered, name, (found, expected), replaced, steps),
        }
    }
}

/// Adds the steps from the `old` constraint of this name to the `new` one.
fn constraint(
    altered: &AlteredTable<'_>,
    name: &str,
    (old, new): (&ConstraintState, &ConstraintState),
    replaced: &[String],
    steps: &mut PhasedSteps,
) {
    if is_unchanged(old, new) {
        let has_expression = matches!(old.kind, ConstraintKind::Check { .. } | ConstraintKind::ForeignKey { .. });
        let is_affected = mentions_any(&old.definition, replaced)
            || has_expression && mentions_rebuilt_type(altered, &old.definition);
        if is_affected {
            drop_constraint(altered, name, old, steps);
            add(altered, name, old, steps);
        }
    } else if !old.is_valid() && new.is_valid() && old.definition == new.definition {
        nonblocking::validate(altered, name, steps);
    } else if let Some(action) = in_place(old, new) {
        let action = format!("ALTER CONSTRAINT {} {action}", quote_if_needed(name));
        let alter = format!("ALTER TABLE {} {action}", qualified(&altered.name));
        steps.change(Phase::Settings, SchemaChange::Printed(alter));
    } else if !old.is_expressible() {
        let definition = altered.desired.constraint(altered.key, name, &new.definition);
        let changes = [
            altered.alter(StepAction::DropConstraint(name.to_owned())),
            altered.alter(StepAction::AddConstraint(name.to_owned(), definition)),
        ];
        let why = loss_question(altered, "constraint", name, &old.definition);
        steps.add(drop_phase(old), Step::undecided(why, changes.into()));
    } else {
        let is_swapped = nonblocking::is_untouched(altered, replaced, &old.definition)
            && nonblocking::swap(altered, name, new, steps);
        if !is_swapped {
            drop_constraint(altered, name, old, steps);
            add(altered, name, new, steps);
        }
    }
}

/// Adds the steps for indexes, like [`constraints`].
pub(crate) fn indexes(
    altered: &AlteredTable<'_>,
    pairs: &[Pair<'_, IndexState>],
    replaced: &[String],
    steps: &mut PhasedSteps,
) {
    for pair in pairs {
        match *pair {
            Pair::Missing { name, expected } => create_index(altered, name, expected, steps),
            Pair::Extra { name, found } if found.is_expressible() => {
                if !is_dropped_with_a_column(altered, &found.definition) {
                    let why = drop_question(altered, "index", name, &found.definition);
                    steps.add(Phase::DropIndexes, Step::undecided(why, vec![drop_index(altered, name)]));
                }
            }
            Pair::Extra { .. } => {}
            Pair::Renamed { name, found_name, .. } => {
                steps.rename(schema_scope(altered), &altered.name, RenamedKind::Index, (found_name, name));
            }
            Pair::Both { name, expected, found } => index(altered, name, (found, expected), replaced, steps),
        }
    }
}

/// Adds the steps from the `old` index of this name to the `new` one.
fn index(
    altered: &AlteredTable<'_>,
    name: &str,
    (old, new): (&IndexState, &IndexState),
    replaced: &[String],
    steps: &mut PhasedSteps,
) {
    if is_unchanged(old, new) {
        let expressions = old.parts.iter().filter_map(|part| match &part.key {
            IndexKey::Expression(text) => Some(text),
            IndexKey::Column(_) => None,
        });
        let mut computed = expressions.chain(&old.predicate);
        if mentions_any(&old.definition, replaced) || computed.any(|text| mentions_rebuilt_type(altered, text)) {
            steps.change(Phase::DropIndexes, drop_index(altered, name));
            create_index(altered, name, old, steps);
        }
        return;
    }
    let is_same_to_models = old.is_same_to_models(new);
    // An index with properties that models cannot express keeps them.
    let new = if is_same_to_models { old } else { new };
    if !old.is_expressible() && !is_same_to_models {
        let changes = vec![drop_index(altered, name), plain_index(&altered.name, name, new)];
        let why = loss_question(altered, "index", name, &old.definition);
        steps.add(Phase::DropIndexes, Step::undecided(why, changes));
    } else if nonblocking::is_untouched(altered, replaced, &old.definition) {
        nonblocking::swap_index(altered, name, new, steps);
    } else {
        steps.change(Phase::DropIndexes, drop_index(altered, name));
        create_index(altered, name, new, steps);
    }
}

/// Returns whether `old`, which has the name of `new`, needs no change.
fn is_unchanged<T: Definition>(old: &T, new: &T) -> bool {
    old.satisfies(new) && old.is_valid() == new.is_valid()
}

fn mentions_any(sql: &str, columns: &[String]) -> bool {
    columns.iter().any(|column| mentions_column(sql, column))
}

/// Returns whether SQL names a column whose type is rebuilt. PostgreSQL cannot compare its values with those of the old
/// type.
fn mentions_rebuilt_type(altered: &AlteredTable<'_>, sql: &str) -> bool {
    altered.before.columns.iter().any(|(name, column)| altered.is_rebuilt(column) && mentions_column(sql, name))
}

/// Returns the scope of names that tables and indexes of a schema share.
fn schema_scope(altered: &AlteredTable<'_>) -> String {
    format!("schema {}", altered.name.schema.as_deref().unwrap_or_default())
}

/// Returns the action of ALTER CONSTRAINT from the `old` foreign key to the `new` one, if only their deferral differs, or
/// if it is no longer enforced. What was not enforced has to be validated, so it is dropped and added.
fn in_place(old: &ConstraintState, new: &ConstraintState) -> Option<String> {
    if !matches!(old.kind, ConstraintKind::ForeignKey { .. }) || old.kind != new.kind || old.columns != new.columns {
        return None;
    }
    let same = |one: bool, other: bool| one == other;
    let deferral = match new.deferral() {
        _ if old.deferral() == new.deferral() => None,
        Deferral::Never => Some("NOT DEFERRABLE"),
        Deferral::Immediate => Some("DEFERRABLE INITIALLY IMMEDIATE"),
        Deferral::Deferred => Some("DEFERRABLE INITIALLY DEFERRED"),
    };
    let enforced = (old.enforced && !new.enforced).then_some("NOT ENFORCED");
    let rest = same(old.period, new.period)
        && (old.enforced || !new.enforced)
        && (old.is_valid() == new.is_valid() || enforced.is_some());
    let actions: Vec<&str> = deferral.into_iter().chain(enforced).collect();
    (rest && !actions.is_empty()).then(|| actions.join(" "))
}

fn drop_constraint(altered: &AlteredTable<'_>, name: &str, old: &ConstraintState, steps: &mut PhasedSteps) {
    steps.change(drop_phase(old), altered.alter(StepAction::DropConstraint(name.to_owned())));
}

fn drop_phase(old: &ConstraintState) -> Phase {
    match old.kind {
        ConstraintKind::ForeignKey { .. } => Phase::DropForeignKeys,
        _ => Phase::DropConstraints,
    }
}

fn drop_index(altered: &AlteredTable<'_>, name: &str) -> SchemaChange {
    SchemaChange::DropIndex { table: altered.name.clone(), name: name.to_owned() }
}

/// Returns whether PostgreSQL drops the object along with a dropped column; the column's step says so.
fn is_dropped_with_a_column(altered: &AlteredTable<'_>, definition: &str) -> bool {
    let mut dropped = altered.before.columns.keys().filter(|name| !altered.after.columns.contains_key(*name));
    dropped.any(|name| mentions_column(definition, name))
}

/// The question about a constraint or an index that no model declares.
fn drop_question(altered: &AlteredTable<'_>, kind: &str, name: &str, definition: &str) -> String {
    let key = altered.key;
    format!(
        "{kind} {name} on {key} is dropped: {definition} (to keep it, write `unmanaged({kind} = {name:?})` on the model)"
    )
}

/// The question about a constraint or an index with properties that its model cannot express.
fn loss_question(altered: &AlteredTable<'_>, kind: &str, name: &str, definition: &str) -> String {
    let key = altered.key;
    format!(
        "{kind} {name} on {key} changes to the model's definition; it is {definition} so far, and loses what the model cannot express"
    )
}

fn add(altered: &AlteredTable<'_>, name: &str, new: &ConstraintState, steps: &mut PhasedSteps) {
    let definition = altered.desired.constraint(altered.key, name, &new.definition);
    match new.kind {
        ConstraintKind::PrimaryKey | ConstraintKind::Unique { .. } => {
            nonblocking::add_key(altered, name, &definition, steps);
        }
        ConstraintKind::ForeignKey { .. } if !new.enforced => {
            nonblocking::add_at_once(altered, Phase::ForeignKeys, name, definition, steps);
        }
        ConstraintKind::Check { .. } if !new.enforced => {
            nonblocking::add_at_once(altered, Phase::Checks, name, definition, steps);
        }
        ConstraintKind::ForeignKey { .. } if !new.valid => {
            nonblocking::add_at_once(altered, Phase::ForeignKeys, name, definition + " NOT VALID", steps);
        }
        ConstraintKind::Check { .. } if !new.valid => {
            nonblocking::add_at_once(altered, Phase::Checks, name, definition + " NOT VALID", steps);
        }
        ConstraintKind::ForeignKey { .. } => {
            nonblocking::add_validated_later(altered, Phase::ForeignKeys, name, &definition, steps);
        }
        ConstraintKind::Check { .. } => {
            nonblocking::add_validated_later(altered, Phase::Checks, name, &definition, steps);
        }
        ConstraintKind::Exclusion { .. } => nonblocking::add_at_once(altered, Phase::Checks, name, definition, steps),
    }
}

fn create_index(altered: &AlteredTable<'_>, name: &str, new: &IndexState, steps: &mut PhasedSteps) {
    let (phase, change) = nonblocking::build_index(altered, name, new);
    steps.change(phase, change);
}
