//! `WriteDraft`: a write while it is built.

use std::fmt;

use crate::model::audit_actor::set_column;
use crate::model::validate::validator::ModelMeta;
use crate::model::write::assign::Assign;
use crate::param::Param;
use crate::sql::write::{Assignments, ColumnValue, no_assignments};

/// The columns set so far, and the kind of write they are for.
pub struct WriteDraft<K> {
    pub(crate) kind: K,
    pub(crate) meta: ModelMeta,
    pub(crate) assignments: Assignments,
    /// The actor that the call names.
    pub(crate) actor: Option<Param>,
}

impl<K> WriteDraft<K> {
    pub(crate) fn new(kind: K, meta: ModelMeta) -> Self {
        Self { kind, meta, assignments: no_assignments(), actor: None }
    }

    /// Sets the column at a position to a value. The setters of a model call it.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub fn __set<T>(mut self, column: usize, value: impl Assign<T>) -> Self {
        self.set(column, ColumnValue::Bound(value.__datum()));
        self
    }

    /// Sets a column; the last value given counts.
    pub(crate) fn set(&mut self, column: usize, value: ColumnValue) {
        set_column(&mut self.assignments, column, value);
    }
}

impl<K> fmt::Debug for WriteDraft<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.assignments.iter().map(|(column, _)| self.meta.table.columns[*column].name);
        f.debug_struct("WriteDraft").field("columns", &columns.collect::<Vec<_>>()).finish_non_exhaustive()
    }
}
