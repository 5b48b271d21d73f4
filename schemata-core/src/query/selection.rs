//! What a query lists, and what each of its rows decodes to.

use std::fmt;
use std::marker::PhantomData;

use crate::error::Result;
use crate::exec::row::{FromRow, RowReader};
use crate::query::col::Col;
use crate::schema::{ColumnType, Table};
use crate::sql::expr::Expr;

/// What a query for rows of model `M` lists. Sealed by its hidden methods: the library has all implementations.
pub trait Selection<M>: Send {
    /// What a row decodes to.
    type Row: Send;

    #[doc(hidden)]
    fn list(&self, table: &'static Table) -> List;

    #[doc(hidden)]
    fn decode(row: &mut RowReader<'_>) -> Result<Self::Row>;
}

/// The expressions of a selection.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct List(pub(crate) Vec<Expr>);

/// A selection that yields a row for each row of the table, so that order, paging and locks are about rows.
pub trait RowWise {}

/// Whole rows: every column of the model, by name.
#[derive(Debug, Clone, Copy)]
pub struct Whole;

impl RowWise for Whole {}

impl<M: FromRow + Send> Selection<M> for Whole {
    type Row = M;

    fn list(&self, table: &'static Table) -> List {
        List(table.columns.iter().map(|column| Expr::Column(column.name)).collect())
    }

    fn decode(row: &mut RowReader<'_>) -> Result<M> {
        M::from_row(row)
    }
}

/// Some columns: a handle or a tuple of them.
#[derive(Debug, Clone, Copy)]
pub struct Columns<C>(pub(crate) C);

impl<C> RowWise for Columns<C> {}

impl<M, C: ColumnList<M>> Selection<M> for Columns<C> {
    type Row = C::Values;

    fn list(&self, _: &'static Table) -> List {
        let mut list = List::default();
        self.0.append(&mut list);
        list
    }

    fn decode(row: &mut RowReader<'_>) -> Result<C::Values> {
        C::take(row)
    }
}

/// Columns of model `M` to list: one handle, or a tuple of up to twelve.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of columns of `{M}`",
    note = "write a handle, like `Order::id`, or a tuple of up to twelve of them"
)]
pub trait ColumnList<M>: Send {
    /// Their values: the handle's type, or the tuple of the handles' types.
    type Values: Send;

    #[doc(hidden)]
    fn append(&self, to: &mut List);

    #[doc(hidden)]
    fn take(row: &mut RowReader<'_>) -> Result<Self::Values>;
}

/// The columns' names.
pub(crate) fn names<M>(columns: &impl ColumnList<M>) -> Vec<&'static str> {
    let mut list = List::default();
    columns.append(&mut list);
    let names = list.0.into_iter().filter_map(|expr| match expr {
        Expr::Column(name) => Some(name),
        _ => None,
    });
    names.collect()
}

impl<M, T: ColumnType, S> ColumnList<M> for Col<M, T, S> {
    type Values = T;

    fn append(&self, to: &mut List) {
        to.0.push(self.name().into());
    }

    fn take(row: &mut RowReader<'_>) -> Result<T> {
        row.take()
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {$(
        impl<M, $($name: ColumnList<M>),+> ColumnList<M> for ($($name,)+) {
            type Values = ($($name::Values,)+);

            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn append(&self, to: &mut List) {
                let ($($name,)+) = self;
                $($name.append(to);)+
            }

            fn take(row: &mut RowReader<'_>) -> Result<Self::Values> {
                Ok(($($name::take(row)?,)+))
            }
        }
    )*};
}

tuples! {
    (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) (A B C D E F G H I)
    (A B C D E F G H I J) (A B C D E F G H I J K) (A B C D E F G H I J K L)
}

/// A struct with some of a model's columns. Derived: `#[derive(Projection)] #[projection(of = Order)]`.
///
/// ```
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, pub status: String, pub total: i64 }
/// #[derive(Projection)]
/// #[projection(of = Order)]
/// struct Brief {
///     id: i64,
///     #[projection(column = Order::status)]
///     state: String,
/// }
/// ```
///
/// A field that is no column of the model, or of another type than the column, does not compile:
///
/// ```compile_fail,E0308
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, pub status: String }
/// #[derive(Projection)]
/// #[projection(of = Order)]
/// struct Brief {
///     id: i64,
///     status: i64,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection",
    note = "write `#[derive(Projection)]` and `#[projection(of = …)]` on `{Self}`"
)]
pub trait Projection: FromRow + Send {
    /// The model whose columns they are.
    type Model;
    /// Their names, in the order of the fields.
    const COLUMNS: &'static [&'static str];
}

/// The columns of a [`Projection`].
pub struct Projected<P>(PhantomData<fn() -> P>);

impl<P> Projected<P> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<P> fmt::Debug for Projected<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Projected")
    }
}

impl<P> RowWise for Projected<P> {}

impl<P: Projection> Selection<P::Model> for Projected<P> {
    type Row = P;

    fn list(&self, _: &'static Table) -> List {
        List(P::COLUMNS.iter().map(|column| Expr::Column(column)).collect())
    }

    fn decode(row: &mut RowReader<'_>) -> Result<P> {
        P::from_row(row)
    }
}
