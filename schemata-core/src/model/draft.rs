//! A write as it is built: the columns set so far, and what they are for.

use std::fmt;

use crate::exec::actor::SharedValue;
use crate::model::judge::Subject;
use crate::param::Param;
use crate::schema::{Role, Table};
use crate::sql::write::{Cell, Cells};

/// Columns set so far, and what they are for.
pub struct Draft<K> {
    pub(crate) kind: K,
    pub(crate) of: Subject,
    pub(crate) cells: Cells,
    /// Who acts, where the call says so.
    pub(crate) actor: Option<SharedValue>,
}

impl<K> Draft<K> {
    pub(crate) fn new(kind: K, of: Subject) -> Self {
        Self { kind, of, cells: Vec::new(), actor: None }
    }

    /// Sets a column; the last value given counts.
    pub(crate) fn put(&mut self, column: usize, cell: Cell) {
        put(&mut self.cells, column, cell);
    }
}

/// Sets a column; the last value given counts.
pub(crate) fn put(cells: &mut Cells, column: usize, cell: Cell) {
    match cells.iter_mut().find(|(at, _)| *at == column) {
        Some((_, old)) => *old = cell,
        None => cells.push((column, cell)),
    }
}

/// Sets the column of that role to the actor, where the table has one and somebody acts.
pub(crate) fn put_actor(cells: &mut Cells, table: &Table, role: Role, actor: Option<&SharedValue>) {
    if let (Some(column), Some(actor)) = (table.columns.iter().position(|column| column.role == role), actor) {
        put(cells, column, Cell::Value(Box::new(actor.clone()) as Param));
    }
}

impl<K> fmt::Debug for Draft<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set: Vec<&str> = self.cells.iter().map(|(column, _)| self.of.table.columns[*column].name).collect();
        f.debug_struct("Draft").field("columns", &set).finish_non_exhaustive()
    }
}
