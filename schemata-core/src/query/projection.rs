//! Projections: structs whose fields are columns and expressions of a query.

use crate::error::Result;
use crate::exec::row::RowReader;
use crate::query::col::Col;
use crate::query::expr::Expr;
use crate::query::scope::ReadBy;
use crate::query::select_list::{ListTrees, SelectList, is_there};
use crate::query::source::Source;
use crate::schema::{ColumnType, Never, Nullness, Perhaps};

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
/// ```compile_fail,E0277
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
///
/// With several tables, the struct is a [`ProjectionOf`] each query that reads them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection of one model",
    note = "write `#[derive(Projection)]` and `#[projection(of = …)]` on `{Self}`; a projection of several tables is read by a \
            query that joins them"
)]
pub trait Projection: Sized + Send + 'static {
    /// The model.
    type Model: Source;

    #[doc(hidden)]
    const __LEN: usize;

    #[doc(hidden)]
    fn __append(to: &mut ListTrees);

    #[doc(hidden)]
    fn __take(row: &mut RowReader<'_>) -> Result<Self>;
}

/// A struct whose fields a query over `S` can list: columns of several tables, expressions and other projections. Derived:
///
/// ```
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # pub struct Customer { #[column(primary_key)] pub id: i64, pub name: String }
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, #[column(references = Customer::id)] pub customer_id: i64, pub total: i64 }
/// # #[derive(TableModel)]
/// # pub struct Shipment { #[column(primary_key)] pub id: i64, #[column(references = Order::id)] pub order_id: i64, pub carrier: Option<String> }
/// #[derive(Projection)]
/// #[projection(of = (Order, Customer, Shipment))]
/// struct Line {
///     id: i64,
///     #[projection(column = Customer::name)]
///     customer: String,
///     #[projection(expr = Order::total * 100, reads = Order)]
///     cents: i64,
///     #[projection(nested)]
///     shipment: Option<ShipmentBrief>,
/// }
///
/// #[derive(Projection)]
/// #[projection(of = Shipment)]
/// struct ShipmentBrief {
///     carrier: Option<String>,
/// }
///
/// # async fn f(db: Db) -> schemata::Result<()> {
/// let lines: Vec<Line> = Order::select()
///     .join(Order::CUSTOMER_ID_FKEY)
///     .left_join(Shipment::ORDER_ID_FKEY)
///     .project::<Line>()
///     .fetch(&db)
///     .await?;
/// # drop(lines); Ok(()) }
/// ```
///
/// - A field is the column of its name of the first table, or `column = …` of any of the tables.
/// - `expr = …` is an expression. It reads all tables of the struct, unless `reads = …` names fewer.
/// - `nested` is another projection. As an `Option` it is a projection of one model, and `None` where the model's row is missing.
///
/// Where an outer join can leave out a table, a field that reads it is an `Option`; otherwise the query does not compile.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection that a query over `{S}` can list",
    note = "write `#[derive(Projection)]` and `#[projection(of = (…))]` on `{Self}`, and join the tables that it reads",
    note = "an `Option` of a projection is listed if it is one of a single model"
)]
pub trait ProjectionOf<S, I>: Sized + Send + 'static {
    #[doc(hidden)]
    const __LEN: usize;

    #[doc(hidden)]
    fn __append(to: &mut ListTrees);

    #[doc(hidden)]
    fn __take(row: &mut RowReader<'_>) -> Result<Self>;
}

/// The index of a projection that is an `Option`.
#[doc(hidden)]
#[derive(Debug)]
pub enum Missing {}

impl<S, I, P: Projection> ProjectionOf<S, (Missing, I)> for Option<P>
where
    P::Model: ReadBy<S, I>,
{
    const __LEN: usize = 1 + P::__LEN;

    fn __append(to: &mut ListTrees) {
        to.0.push(is_there::<P::Model>());
        P::__append(to);
    }

    fn __take(row: &mut RowReader<'_>) -> Result<Self> {
        if row.take()? {
            return P::__take(row).map(Some);
        }
        row.skip(P::__LEN)?;
        Ok(None)
    }
}

/// A field that can hold what an outer join makes of a column: anything if the join never leaves it out, an `Option` if it can.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` cannot be NULL, and an outer join of this query can leave out its table",
    note = "write `Option<{Self}>` in the projection"
)]
pub trait HoldsNull<N: Nullness> {}

impl<T> HoldsNull<Never> for T {}
impl<T> HoldsNull<Perhaps> for Option<T> {}

/// A column of type `Self` is read by a field of type `F`: of the same type, or an `Option` of it.
#[diagnostic::on_unimplemented(
    message = "a field of type `{F}` cannot hold a column of type `{Self}`",
    note = "give the field the type of the column, or an `Option` of it"
)]
pub trait ReadAs<F> {}

impl<T> ReadAs<T> for T {}
impl<T: ColumnType<Inner = T>> ReadAs<Option<T>> for T {}

/// Lists the column of a field of type `F`. The derive calls it.
#[doc(hidden)]
pub fn column_of<M: Source, F, T: ReadAs<F>, A>(column: Col<M, T, A>, to: &mut ListTrees) {
    to.0.push(column.tree());
}

/// Lists the expression of a field of type `F`, which reads tables of the scope `S`. The derive calls it.
#[doc(hidden)]
#[expect(clippy::needless_pass_by_value, reason = "expressions are listed where they are made")]
pub fn expression_of<S, F, E, V, I>(expr: E, to: &mut ListTrees)
where
    E: SelectList<S, I, V> + OneColumn,
    V: ReadAs<F>,
{
    expr.__append(to);
}

/// What lists one column. Not exported.
pub trait OneColumn {}

impl<M, T, A> OneColumn for Col<M, T, A> {}
impl<R, T> OneColumn for Expr<R, T> {}
