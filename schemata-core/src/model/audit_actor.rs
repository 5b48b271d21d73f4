//! The actor of a write: who the audit columns name.

use crate::exec::Executor;
use crate::exec::actor::actor_of_scope;
use crate::param::Param;
use crate::schema::{Role, Table};
use crate::sql::write::{Assignments, ColumnValue};

/// Returns the actor of a write: the one that the call names, else that of the executor, else that of the scope.
pub(crate) fn actor_for<E: Executor + ?Sized>(call: Option<Param>, on: &E) -> Option<Param> {
    call.or_else(|| on.__actor()).or_else(actor_of_scope)
}

/// Returns the actor of a write as far as it is known before the write has an executor.
pub(crate) fn actor_without_executor(call: Option<&Param>) -> Option<Param> {
    call.cloned().or_else(actor_of_scope)
}

/// Sets the column with this role to the actor, if the table has such a column and there is an actor.
pub(crate) fn set_actor(assignments: &mut Assignments, table: &Table, role: Role, actor: Option<&Param>) {
    if let (Some(column), Some(actor)) = (table.columns.iter().position(|column| column.role == role), actor) {
        set_column(assignments, column, ColumnValue::Bound(actor.clone().into()));
    }
}

/// Sets a column; the last value given counts.
pub(crate) fn set_column(assignments: &mut Assignments, column: usize, value: ColumnValue) {
    match assignments.iter_mut().find(|(at, _)| *at == column) {
        Some((_, old)) => *old = value,
        None => assignments.push((column, value)),
    }
}
