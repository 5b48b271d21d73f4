//! The columns of a row as types in order, so that rows of a query can be read as a table whose columns a struct names.

use crate::exec::row::FromRow;
use crate::query::scope::{Combined, Group, Join, Subtotals, Totals};
use crate::query::source::Source;
use crate::schema::{ColumnType, Table};

/// A struct that names the columns of a derived table: `#[derive(Projection)] #[projection(source)]`. It is a
/// [`Source`] of queries.
///
/// Its fields are the columns of a query, of a function, or of a common table expression, in this order and with exactly these types.
///
/// ```
/// # use schemata::{prelude::*, query::count};
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, pub status: String, pub total: i64 }
/// #[derive(Projection)]
/// #[projection(source)]
/// struct StatusCount {
///     status: String,
///     orders: i64,
/// }
///
/// # async fn f(db: Db) -> schemata::Result<()> {
/// let counts = Order::select().group_by(Order::status).aggregate(count());
/// let frequent: Vec<(Order, i64)> = Order::select()
///     .join_query::<StatusCount>(counts, StatusCount::status.eq(Order::status))
///     .filter(StatusCount::orders.gt(100))
///     .columns((schemata::query::model::<Order>(), StatusCount::orders))
///     .fetch(&db)
///     .await?;
/// # drop(frequent); Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name the columns of a derived table",
    note = "write `#[derive(Projection)]` and `#[projection(source)]` on `{Self}`"
)]
pub trait DerivedTable: Source<Row = Self> + FromRow + ColumnTypes<()> {
    #[doc(hidden)]
    const __TABLE: &'static Table;
}

/// What is read as a row: its columns, then those of `Rest`. Implemented for columns, for tuples of rows, and for structs that
/// derive [`Projection`](crate::query::Projection).
#[diagnostic::on_unimplemented(
    message = "the columns of `{Self}` are not known as types",
    note = "list columns and expressions: `.columns((…))`"
)]
pub trait ColumnTypes<Rest> {
    /// The types as a list: `(i64, (String, Rest))`.
    type List;
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType, Rest> ColumnTypes<Rest> for T {
    type List = (T, Rest);
}

macro_rules! tuples {
    ($(($($name:ident)+) $last:ident;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<Rest, $($name,)+ $last> ColumnTypes<Rest> for ($($name,)+ $last,)
        where
            $last: ColumnTypes<Rest>,
            ($($name,)+): ColumnTypes<$last::List>,
        {
            type List = <($($name,)+) as ColumnTypes<$last::List>>::List;
        }
    )*};
}

#[diagnostic::do_not_recommend]
impl<Rest, A: ColumnTypes<Rest>> ColumnTypes<Rest> for (A,) {
    type List = A::List;
}

tuples! {
    (A) B;
    (A B) C;
    (A B C) D;
    (A B C D) E;
    (A B C D E) F;
    (A B C D E F) G;
    (A B C D E F G) H;
    (A B C D E F G H) J;
    (A B C D E F G H J) K;
    (A B C D E F G H J K) L;
    (A B C D E F G H J K L) M;
    (A B C D E F G H J K L M) N;
    (A B C D E F G H J K L M N) O;
    (A B C D E F G H J K L M N O) P;
    (A B C D E F G H J K L M N O P) Q;
}

/// Rows with the columns of `D`, in order and with the same types.
#[diagnostic::on_unimplemented(
    message = "rows of type `{Self}` do not have the columns of `{D}`",
    label = "the columns of this query differ from the fields of `{D}`",
    note = "list as many columns as `{D}` has fields, in the order of the fields and with exactly their types"
)]
pub trait RowOf<D> {}

#[diagnostic::do_not_recommend]
impl<D: ColumnTypes<()>, T: ColumnTypes<(), List = D::List>> RowOf<D> for T {}

/// The scope of a query that reads only its own tables, not those of a query around it.
#[diagnostic::on_unimplemented(
    message = "a query over `{Self}` cannot stand alone: it reads tables of a query around it",
    note = "it goes into `exists`, `scalar`, `array`, `in_select` or `join_lateral` of that query; without `.correlated()` it stands alone"
)]
pub trait Standalone {}

#[diagnostic::do_not_recommend]
impl<M: Source> Standalone for M {}
#[diagnostic::do_not_recommend]
impl<L, M, K> Standalone for Join<L, M, K> {}
#[diagnostic::do_not_recommend]
impl<S: Standalone> Standalone for Group<S> {}
#[diagnostic::do_not_recommend]
impl<S: Standalone> Standalone for Subtotals<S> {}
#[diagnostic::do_not_recommend]
impl<S: Standalone> Standalone for Totals<S> {}
#[diagnostic::do_not_recommend]
impl Standalone for Combined {}
