//! The rows that a write by condition affects: those of a condition, or explicitly all.

use std::marker::PhantomData;

use crate::error::{Error, Result};
use crate::query::Condition;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::Table;
use crate::sql::tree::Filter;

/// Every row: returned by `Order::all_rows()`, for an update or delete without a condition.
#[derive(Debug)]
pub struct AllRows<M>(pub(crate) PhantomData<fn() -> M>);

/// The rows for `update_where`, `delete_where` and similar methods: a condition, or `all_rows()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which rows of `{M}` are meant",
    label = "expected a condition",
    note = "write a condition like `{M}::column.eq(value)`, or `{M}::all_rows()` for every row"
)]
pub trait RowCondition<M> {
    #[doc(hidden)]
    fn __filter(self) -> RowFilter;
}

/// The condition of a write.
pub struct RowFilter {
    pub(crate) filter: Filter,
    /// Whether every row was asked for explicitly.
    pub(crate) all_rows: bool,
}

impl RowFilter {
    /// Refuses a condition that holds for every row, unless every row was asked for explicitly.
    pub(crate) fn reject_unconditional(&self, operation: &'static str, table: &Table) -> Result<()> {
        if self.filter.always_holds() && !self.all_rows {
            return Err(Error::Unconditional { operation, table: table.name });
        }
        Ok(())
    }
}

opaque_debug!([][RowFilter]);

impl<M> RowCondition<M> for Condition<M> {
    fn __filter(self) -> RowFilter {
        RowFilter { filter: self.filter, all_rows: false }
    }
}

impl<M> RowCondition<M> for AllRows<M> {
    fn __filter(self) -> RowFilter {
        RowFilter { filter: Filter::all([]), all_rows: true }
    }
}
