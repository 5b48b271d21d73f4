//! Values as setters, finders and `set` take them.

use crate::datum::Datum;
use crate::param::Param;
use crate::query::SideTree;
use crate::schema::{ColumnType, IntoValue};
use crate::sql::write::ColumnValue;

/// A value for a column of type `T`: anything that is [`IntoValue<T>`].
#[diagnostic::on_unimplemented(
    message = "a column of type `{T}` cannot be set to a value of type `{Self}`",
    label = "expected `{T}`"
)]
pub trait Assign<T> {
    #[doc(hidden)]
    fn __datum(self) -> Datum;
}

impl<T: ColumnType, V: IntoValue<T>> Assign<T> for V {
    fn __datum(self) -> Datum {
        Datum::new(self.into_value())
    }
}

/// A value that a finder looks a column of type `T` up by: anything that is [`IntoValue`] of the type without its `Option`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{T}` cannot be found by a value of type `{Self}`",
    label = "expected `{T}`"
)]
pub trait Lookup<T> {
    /// Returns the value, with the position of its column.
    #[doc(hidden)]
    fn __at(self, column: usize) -> (usize, Param);
}

impl<T: ColumnType, V: IntoValue<T::Inner>> Lookup<T> for V {
    fn __at(self, column: usize) -> (usize, Param) {
        (column, Param::new(self.into_value()))
    }
}

/// Returns what a column is set to.
pub(crate) fn column_value(side: SideTree) -> ColumnValue {
    match side {
        SideTree::Value(value) => ColumnValue::Bound(value.into()),
        SideTree::Expr(expr) => ColumnValue::Computed(expr),
    }
}
