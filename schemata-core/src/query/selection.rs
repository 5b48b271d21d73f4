//! The selection of a query: what it lists, and the type of each row.

use std::marker::PhantomData;

use crate::error::Result;
use crate::exec::row::{FromRow, RowReader};
use crate::query::column_list::{ColumnList, SelectList};
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::Table;
use crate::sql::expr::Expr;

/// What a query over model `M` lists.
pub trait Selection<M>: Send {
    /// The type that each row decodes to.
    type Row: Send;

    #[doc(hidden)]
    fn __list(&self, table: &'static Table) -> SelectList;

    #[doc(hidden)]
    fn __decode(row: &mut RowReader<'_>) -> Result<Self::Row>;
}

/// A selection with one row per row of the table, so that order, pages and locks apply to rows.
pub trait RowWise: RowSelection {}

/// Seals [`RowWise`]: it is not exported.
pub trait RowSelection {}

/// Whole rows: every column of the model.
#[derive(Debug, Clone, Copy)]
pub struct Whole;

impl RowWise for Whole {}
impl RowSelection for Whole {}

impl<M: FromRow + Send> Selection<M> for Whole {
    type Row = M;

    fn __list(&self, table: &'static Table) -> SelectList {
        SelectList(table.columns.iter().map(|column| Expr::Column(column.name)).collect())
    }

    fn __decode(row: &mut RowReader<'_>) -> Result<M> {
        M::from_row(row)
    }
}

/// Chosen columns: a handle, or a tuple of handles.
#[derive(Debug, Clone, Copy)]
pub struct Columns<C>(pub(crate) C);

impl<C> RowWise for Columns<C> {}
impl<C> RowSelection for Columns<C> {}

impl<M, C: ColumnList<M>> Selection<M> for Columns<C> {
    type Row = C::Values;

    fn __list(&self, _: &'static Table) -> SelectList {
        let mut list = SelectList::default();
        self.0.__append(&mut list);
        list
    }

    fn __decode(row: &mut RowReader<'_>) -> Result<C::Values> {
        C::__take(row)
    }
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
/// A field that is not a column of the model, or has another type than the column, does not compile:
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
    /// The model.
    type Model;
    /// The columns' names, in the order of the fields.
    const COLUMNS: &'static [&'static str];
}

/// The columns of a [`Projection`].
pub struct Projected<P>(PhantomData<fn() -> P>);

impl<P> Projected<P> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

opaque_debug!([P] [Projected<P>]);

impl<P> RowWise for Projected<P> {}
impl<P> RowSelection for Projected<P> {}

impl<P: Projection> Selection<P::Model> for Projected<P> {
    type Row = P;

    fn __list(&self, _: &'static Table) -> SelectList {
        SelectList(P::COLUMNS.iter().map(|column| Expr::Column(column)).collect())
    }

    fn __decode(row: &mut RowReader<'_>) -> Result<P> {
        P::from_row(row)
    }
}
