//! Which rows a write by condition touches: a condition, or every row by name.

use std::marker::PhantomData;

use crate::query::Condition;
use crate::sql::filter::Filter;

/// Every row: what `Order::all_rows()` is, for an update or delete that means it.
#[derive(Debug)]
pub struct AllRows<M>(pub(crate) PhantomData<fn() -> M>);

/// What `update_where` and its kin take: a condition, or `all_rows()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which rows of `{M}` are meant",
    label = "expected a condition",
    note = "write a condition like `{M}::column.eq(value)`, or `{M}::all_rows()` for every row"
)]
pub trait Rows<M> {
    /// The condition, and whether it means every row.
    #[doc(hidden)]
    fn __filter(self) -> (Picker, bool);
}

/// A condition on its way.
#[doc(hidden)]
pub struct Picker(pub(crate) Filter);

impl std::fmt::Debug for Picker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Picker")
    }
}

impl<M> Rows<M> for Condition<M> {
    fn __filter(self) -> (Picker, bool) {
        (Picker(self.filter), false)
    }
}

impl<M> Rows<M> for AllRows<M> {
    fn __filter(self) -> (Picker, bool) {
        (Picker(Filter::all([])), true)
    }
}
