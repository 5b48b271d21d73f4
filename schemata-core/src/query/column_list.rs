//! `ColumnList`: columns of one model, for writes to set or to return.

use crate::error::Result;
use crate::exec::row::RowReader;
use crate::query::col::{Col, Settable};
use crate::schema::ColumnType;

/// Columns of model `M`: one handle, a tuple of up to twelve, or `()` for none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of columns of `{M}`",
    note = "write a handle, like `Order::id`, or a tuple of up to twelve of them"
)]
pub trait ColumnList<M>: Send + Sync + 'static {
    /// Their values: the handle's type, or the tuple of the handles' types.
    type Values: Send + 'static;
    /// How many columns there are.
    #[doc(hidden)]
    const LENGTH: usize;

    #[doc(hidden)]
    fn __append(&self, to: &mut ColumnNames);

    #[doc(hidden)]
    fn __take(row: &mut RowReader<'_>) -> Result<Self::Values>;
}

/// Columns of model `M` that a write may set.
pub trait SettableColumns<M>: ColumnList<M> {}

/// The names of columns.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct ColumnNames(pub(crate) Vec<&'static str>);

/// Returns the names of the columns.
pub(crate) fn names<M>(columns: &impl ColumnList<M>) -> Vec<&'static str> {
    let mut list = ColumnNames::default();
    columns.__append(&mut list);
    list.0
}

impl<M: 'static, T: ColumnType, S: 'static> ColumnList<M> for Col<M, T, S> {
    type Values = T;
    const LENGTH: usize = 1;

    fn __append(&self, to: &mut ColumnNames) {
        to.0.push(self.name());
    }

    fn __take(row: &mut RowReader<'_>) -> Result<T> {
        row.take()
    }
}

impl<M: 'static, T: ColumnType, S: Settable + 'static> SettableColumns<M> for Col<M, T, S> {}

impl<M> ColumnList<M> for () {
    type Values = ();
    const LENGTH: usize = 0;

    fn __append(&self, _: &mut ColumnNames) {}

    fn __take(_: &mut RowReader<'_>) -> Result<()> {
        Ok(())
    }
}

impl<M> SettableColumns<M> for () {}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {$(
        impl<M, $($name: ColumnList<M>),+> ColumnList<M> for ($($name,)+) {
            type Values = ($($name::Values,)+);
            const LENGTH: usize = 0 $(+ $name::LENGTH)+;

            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __append(&self, to: &mut ColumnNames) {
                let ($($name,)+) = self;
                $($name.__append(to);)+
            }

            fn __take(row: &mut RowReader<'_>) -> Result<Self::Values> {
                Ok(($($name::__take(row)?,)+))
            }
        }

        impl<M, $($name: SettableColumns<M>),+> SettableColumns<M> for ($($name,)+) {}
    )*};
}

tuples! {
    (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) (A B C D E F G H I)
    (A B C D E F G H I J) (A B C D E F G H I J K) (A B C D E F G H I J K L)
}
