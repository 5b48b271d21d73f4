//! Derived tables: queries and functions that a query reads like tables.

use crate::exec::row::Decode;
use crate::query::condition::Condition;
use crate::query::join::{Tables, joining};
use crate::query::row_columns::{ColumnTypes, DerivedTable, RowOf, Standalone};
use crate::query::scope::{Inner, Join, Left};
use crate::query::select::Select;
use crate::query::source::{Source, from_item};
use crate::query::subselect::SubselectOf;
use crate::query::table_function::TableFunction;
use crate::sql::tree::{Filter, FromItem, Query};

/// Begins a query over the rows of another one; called by the `from_query` of a struct that derives `Projection`.
#[doc(hidden)]
pub fn from_query<D, Q, T>(select: Select<Q, T>) -> Select<D, D>
where
    D: DerivedTable,
    Q: Standalone,
    T: RowOf<D>,
{
    let item = from_item::<D>().reading(select.into_query(), false);
    Select::of_query(Query::from(item), Decode::Function(D::from_row))
}

/// Begins a query over the rows of a function; called by the `from_function` of a struct that derives `Projection`.
#[doc(hidden)]
pub fn from_function<D>(function: TableFunction<(), <D as ColumnTypes<()>>::List>) -> Select<D, D>
where
    D: DerivedTable,
{
    let item = FromItem { relation: function.relation(), ..from_item::<D>() };
    Select::of_query(Query::from(item), Decode::Function(D::from_row))
}

macro_rules! joins {
    ($($(#[$docs:meta])* $query:ident $(#[$lateral_docs:meta])* $lateral:ident $(#[$function_docs:meta])* $function:ident $kind:ident;)*) => {
        impl<S: Tables, T> Select<S, T> {$(
            $(#[$docs])*
            pub fn $query<M: Source<Row: DerivedTable>>(
                self,
                select: Select<impl Standalone, impl RowOf<M::Row>>,
                on: Condition<Join<S, M>>,
            ) -> Select<Join<S, M, $kind>, T>
            {
                joining(self, from_item::<M>().reading(select.into_query(), false), on.filter)
            }

            $(#[$lateral_docs])*
            pub fn $lateral<M: Source<Row: DerivedTable>>(
                self,
                select: Select<impl SubselectOf<S>, impl RowOf<M::Row>>,
            ) -> Select<Join<S, M, $kind>, T>
            {
                joining(self, from_item::<M>().reading(select.into_query(), true), Filter::all([]))
            }

            $(#[$function_docs])*
            pub fn $function<M: Source<Row: DerivedTable>>(
                self,
                function: TableFunction<S, <M::Row as ColumnTypes<()>>::List>,
            ) -> Select<Join<S, M, $kind>, T>
            {
                let item = FromItem { relation: function.relation(), ..from_item::<M>() };
                joining(self, item, Filter::all([]))
            }
        )*}
    };
}

joins! {
    /// Joins the rows of a query, by a condition. `M` names the columns: see [`DerivedTable`].
    ///
    /// The query reads its own tables only. Removed rows of its tables are left out, unless it says otherwise itself.
    join_query
    /// Joins to each row the rows of a query that reads the tables before it: `LATERAL`. The query is
    /// [`correlated`](Select::correlated), or begins at a relation.
    ///
    /// ```
    /// # use schemata::prelude::*;
    /// # #[derive(TableModel)]
    /// # pub struct Customer { #[column(primary_key)] pub id: i64, pub name: String }
    /// # #[derive(TableModel)]
    /// # pub struct Order { #[column(primary_key)] pub id: i64, #[column(references = Customer::id)] pub customer_id: i64, pub total: i64 }
    /// #[derive(Projection)]
    /// #[projection(source)]
    /// struct Largest {
    ///     order: i64,
    ///     total: i64,
    /// }
    ///
    /// # async fn f(db: Db) -> schemata::Result<()> {
    /// let top = Order::CUSTOMER_ID_FKEY.children().order_by(Order::total.desc()).limit(3);
    /// let largest: Vec<(String, i64)> = Customer::select()
    ///     .join_lateral::<Largest>(top.columns((Order::id, Order::total)))
    ///     .columns((Customer::name, Largest::total))
    ///     .fetch(&db)
    ///     .await?;
    /// # drop(largest); Ok(()) }
    /// ```
    join_lateral
    /// Joins to each row the rows that a function returns for it: `.join_function::<Tag>(unnest(Book::tags))`.
    join_function Inner;
    /// Like [`join_query`](Select::join_query), and keeps rows without a partner: what is listed of the query is an `Option`.
    left_join_query
    /// Like [`join_lateral`](Select::join_lateral), and keeps rows for which the query finds nothing.
    left_join_lateral
    /// Like [`join_function`](Select::join_function), and keeps rows for which the function returns nothing.
    left_join_function Left;
}
