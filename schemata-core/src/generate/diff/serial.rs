//! Columns that become `serial`, or cease to be: the sequence comes and goes with the default that takes numbers from it.

use crate::catalog::ColumnState;
use crate::generate::diff::{At, Phase, Steps};
use crate::generate::steps::action::Action;
use crate::generate::steps::change::Change;
use crate::generate::steps::step::Step;
use crate::generate::text::words::short_type;
use crate::sql::literal::quote_literal;

/// What has to go before the column can be anything else. Its numbers stay.
pub(crate) fn before(at: &At<'_>, name: &str, old: &ColumnState, new: &ColumnState, steps: &mut Steps) {
    if !old.serial || new.serial || old.numbers_like(new) {
        return;
    }
    let mut changes = vec![at.alter(Action::DropDefault(name.to_owned()))];
    if let Some(sequence) = &old.owned_sequence {
        changes.push(Change::DropSequence { table: at.name.clone(), name: sequence.clone() });
    }
    if new.identity.is_some() {
        steps.add(Phase::Columns, Step { undecided: None, changes });
    } else {
        let why = format!(
            "{}.{name} is no longer serial: its default and its sequence are dropped (to keep them, write \
             `unmanaged(default)` on the field)",
            at.key
        );
        steps.add(Phase::Columns, Step::undecided(why, changes));
    }
}

/// What numbers the rows from now on. A sequence has a type too, and an end with it.
pub(crate) fn after(at: &At<'_>, name: &str, old: &ColumnState, new: &ColumnState, steps: &mut Steps) {
    let table = || at.name.clone();
    match (old.serial, new.serial, &old.owned_sequence, &new.owned_sequence) {
        (false, true, _, Some(sequence)) if !old.numbers_like(new) => {
            let sql_type = short_type(&new.sql_type);
            let (sequence, column) = (sequence.clone(), name.to_owned());
            let next = format!("SET DEFAULT nextval({})", quote_literal(&at.name.beside(&sequence)));
            for change in [
                Change::CreateSequence { table: table(), name: sequence, column: column.clone(), sql_type },
                Change::AlterColumn { table: table(), column: column.clone(), action: next },
                Change::Number { table: table(), column },
            ] {
                steps.change(Phase::Columns, change);
            }
        }
        (true, true, Some(sequence), _) if old.sql_type != new.sql_type => {
            let sql_type = short_type(&new.sql_type);
            steps.change(Phase::Columns, Change::TypeSequence { table: table(), name: sequence.clone(), sql_type });
        }
        _ => {}
    }
}
