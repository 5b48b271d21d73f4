//! Columns that become `serial` or cease to be it: the sequence is created and dropped with the default that uses it.

use crate::catalog::{ColumnState, TableState};
use crate::generate::diff::altered_table::AlteredTable;
use crate::generate::diff::phased_steps::{Phase, PhasedSteps};
use crate::generate::steps::schema_change::SchemaChange;
use crate::generate::steps::step::Step;
use crate::generate::steps::step_action::StepAction;
use crate::generate::text::identifiers::qualified;
use crate::generate::text::sequence::SequenceParts;
use crate::qualified_name::QualifiedName;
use crate::schema::type_name::short_type;
use crate::sql::literal::quote_literal;

/// Drops the default and the sequence of a column that is no longer `serial`, before it becomes anything else. Its
/// numbers stay.
pub(crate) fn before(
    altered: &AlteredTable<'_>,
    name: &str,
    old: &ColumnState,
    new: &ColumnState,
    steps: &mut PhasedSteps,
) {
    if !old.serial || new.serial || old.takes_same_numbers(new) {
        return;
    }
    let mut changes = vec![altered.alter(StepAction::DropDefault(name.to_owned()))];
    if let Some(sequence) = &old.owned_sequence {
        changes.push(SchemaChange::DropSequence { table: altered.name.clone(), name: sequence.clone() });
    }
    if new.identity.is_some() {
        steps.add(Phase::Columns, Step { undecided: None, changes });
    } else {
        let why = format!(
            "{}.{name} is no longer serial: its default and its sequence are dropped (to keep them, write \
             `unmanaged(default)` on the field)",
            altered.key
        );
        steps.add(Phase::Columns, Step::undecided(why, changes));
    }
}

/// Creates the sequence of a column that becomes `serial`; or changes the sequence's type, which limits its numbers,
/// with the column's.
pub(crate) fn after(
    altered: &AlteredTable<'_>,
    name: &str,
    old: &ColumnState,
    new: &ColumnState,
    steps: &mut PhasedSteps,
) {
    let table = || altered.name.clone();
    match (old.serial, new.serial, &old.owned_sequence, &new.owned_sequence) {
        (false, true, _, Some(sequence)) if !old.takes_same_numbers(new) => {
            let sql_type = short_type(&new.sql_type);
            let (sequence, column) = (sequence.clone(), name.to_owned());
            let next = format!("SET DEFAULT nextval({})", quote_literal(&qualified(&altered.name.sibling(&sequence))));
            for change in [
                SchemaChange::CreateSequence { table: table(), name: sequence, column: column.clone(), sql_type },
                SchemaChange::AlterColumn { table: table(), column: column.clone(), action: next },
                SchemaChange::RestartSequence { table: table(), column },
            ] {
                steps.change(Phase::Columns, change);
            }
            options(&altered.name, new, steps);
        }
        (true, true, Some(sequence), _) if old.sql_type != new.sql_type => {
            let sql_type = short_type(&new.sql_type);
            steps.change(
                Phase::Columns,
                SchemaChange::AlterSequenceType { table: table(), name: sequence.clone(), sql_type },
            );
        }
        _ => {}
    }
    if let (true, true, Some(sequence)) = (old.serial, new.serial, &old.owned_sequence)
        && old.sequence != new.sequence
    {
        steps.change(Phase::Settings, all_options(&altered.name, sequence, new));
    }
}

/// Adds the options of the sequence of a new `serial` column.
pub(crate) fn options(table: &QualifiedName, new: &ColumnState, steps: &mut PhasedSteps) {
    if let (true, Some(_), Some(sequence)) = (new.serial, &new.sequence, &new.owned_sequence) {
        steps.change(Phase::Settings, all_options(table, sequence, new));
    }
}

/// Adds the options of the sequences of a new table.
pub(crate) fn of_new_table(state: &TableState, steps: &mut PhasedSteps) {
    state.columns.values().for_each(|column| options(&state.name, column, steps));
}

fn all_options(table: &QualifiedName, sequence: &str, new: &ColumnState) -> SchemaChange {
    let parts = SequenceParts::read(new.sequence.as_deref().unwrap_or_default());
    let sql_type = short_type(&new.sql_type);
    let own_type = parts.sql_type.clone().unwrap_or_else(|| sql_type.clone());
    let sequence = qualified(&table.sibling(sequence));
    SchemaChange::Printed(format!("ALTER SEQUENCE {sequence} AS {own_type} {}", parts.all("", &sql_type)))
}
