//! `Draft`: a write while it is built, and the actor it is made by.

use std::fmt;

use crate::exec::Executor;
use crate::exec::actor::{SharedValue, actor_of_scope};
use crate::model::validate::validator::ModelMeta;
use crate::param::Param;
use crate::schema::{Role, Table};
use crate::sql::write::{Assignments, ColumnValue};

/// The columns set so far, and the kind of write they are for.
pub struct Draft<K> {
    pub(crate) kind: K,
    pub(crate) meta: ModelMeta,
    pub(crate) assignments: Assignments,
    /// The actor that the call names.
    pub(crate) actor: Option<SharedValue>,
}

impl<K> Draft<K> {
    pub(crate) fn new(kind: K, meta: ModelMeta) -> Self {
        Self { kind, meta, assignments: Vec::new(), actor: None }
    }

    /// Sets a column; the last value given counts.
    pub(crate) fn set(&mut self, column: usize, value: ColumnValue) {
        set(&mut self.assignments, column, value);
    }
}

fn set(assignments: &mut Assignments, column: usize, value: ColumnValue) {
    match assignments.iter_mut().find(|(at, _)| *at == column) {
        Some((_, old)) => *old = value,
        None => assignments.push((column, value)),
    }
}

/// Sets the column with this role to the actor, if the table has such a column and there is an actor.
pub(crate) fn set_actor(assignments: &mut Assignments, table: &Table, role: Role, actor: Option<&SharedValue>) {
    if let (Some(column), Some(actor)) = (table.columns.iter().position(|column| column.role == role), actor) {
        set(assignments, column, ColumnValue::Bound(Box::new(actor.clone()) as Param));
    }
}

/// Returns the actor of a write: the one that the call names, else that of the handle, else that of the scope.
pub(crate) fn actor_for<E: Executor + ?Sized>(call: Option<SharedValue>, on: &E) -> Option<SharedValue> {
    call.or_else(|| on.__actor()).or_else(actor_of_scope)
}

/// Returns the actor of a write as far as it is known before the write has a handle.
pub(crate) fn actor_without_executor(call: Option<&SharedValue>) -> Option<SharedValue> {
    call.cloned().or_else(actor_of_scope)
}

impl<K> fmt::Debug for Draft<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.assignments.iter().map(|(column, _)| self.meta.table.columns[*column].name);
        f.debug_struct("Draft").field("columns", &columns.collect::<Vec<_>>()).finish_non_exhaustive()
    }
}
