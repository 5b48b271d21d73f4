//! Subtotals: rows grouped by several sets of columns at once, by ROLLUP, CUBE and GROUPING SETS.

use crate::error::Result;
use crate::exec::row::RowReader;
use crate::query::col::Col;
use crate::query::expr::Expr;
use crate::query::group::Grouped;
use crate::query::scope::{Grouping, ReadBy, Subtotals};
use crate::query::select::Select;
use crate::query::select_list::ListTrees;
use crate::query::source::Source;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::ColumnType;
use crate::sql::tree::Expr as Tree;

/// Columns of the tables of `S` that rows are grouped by in several ways: a column, or a tuple of up to six. Each value is an `Option`: it
/// is NULL in the rows of sets without the column.
///
/// Expressions are no such columns: where one is NULL in a subtotal, its type would not say so. Read the expression as a column of a
/// derived table first.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not columns of a query over `{S}` that subtotals can be made by",
    label = "expected a column, or a tuple of up to six",
    note = "an expression is first made a column of a derived table, by a struct with `#[projection(source)]` and its `from_query`"
)]
pub trait SubtotalKeys<S, I> {
    /// The types of the values.
    type Values: Send + 'static;

    #[doc(hidden)]
    fn __append(&self, to: &mut ListTrees);

    #[doc(hidden)]
    fn __take(row: &mut RowReader<'_>) -> Result<Self::Values>;
}

impl<S, I, M: Source + ReadBy<S, I>, T: ColumnType, A> SubtotalKeys<S, I> for Col<M, T, A>
where
    Option<T::Inner>: ColumnType,
{
    type Values = Option<T::Inner>;

    fn __append(&self, to: &mut ListTrees) {
        to.0.push(self.tree());
    }

    fn __take(row: &mut RowReader<'_>) -> Result<Self::Values> {
        row.take()
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:ident)+))*) => {$(
        impl<S, $($name: SubtotalKeys<S, $index>, $index),+> SubtotalKeys<S, ($($index,)+)> for ($($name,)+) {
            type Values = ($($name::Values,)+);

            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __append(&self, to: &mut ListTrees) {
                let ($($name,)+) = self;
                $($name.__append(to);)+
            }

            fn __take(row: &mut RowReader<'_>) -> Result<Self::Values> {
                Ok(($($name::__take(row)?,)+))
            }
        }
    )*};
}

tuples! {
    (A IA)
    (A IA B IB)
    (A IA B IB C IC)
    (A IA B IB C IC D ID)
    (A IA B IB C IC D ID E IE)
    (A IA B IB C IC D ID E IE F IF)
}

#[expect(clippy::needless_pass_by_value, reason = "handles are copied; a reference would only be noise")]
fn trees<S, I, L: SubtotalKeys<S, I>>(keys: L) -> Vec<Tree> {
    let mut trees = ListTrees::default();
    keys.__append(&mut trees);
    trees.0
}

impl<S, T> Select<S, T> {
    /// Groups by these columns, by all but the last, and so on, down to all rows together: `GROUP BY ROLLUP (…)`. The columns are
    /// `Option`s, NULL in the rows of the subtotals; [`grouping`] tells such a NULL from one in the table.
    ///
    /// ```
    /// # use schemata::{prelude::*, query::{count, grouping}};
    /// # #[derive(TableModel)]
    /// # pub struct Order { #[column(primary_key)] pub id: i64, pub country: String, pub status: Option<String> }
    /// # async fn f(db: Db) -> schemata::Result<()> {
    /// let rows: Vec<((Option<String>, Option<String>), (i32, i64))> = Order::select()
    ///     .rollup((Order::country, Order::status))
    ///     .aggregate((grouping(Order::status), count()))
    ///     .order_by((Order::country.asc(), grouping(Order::status).asc()))
    ///     .fetch(&db)
    ///     .await?;
    /// # drop(rows); Ok(()) }
    /// ```
    ///
    /// An `array_agg` needs `.nullable()` values here.
    pub fn rollup<L, I>(self, keys: L) -> Grouped<Subtotals<S>, L::Values>
    where
        L: SubtotalKeys<S, I>,
    {
        self.subtotals(keys, |keys| Tree::call("ROLLUP (", keys))
    }

    /// Groups by every subset of these columns: `GROUP BY CUBE (…)`. See [`Select::rollup`].
    pub fn cube<L, I>(self, keys: L) -> Grouped<Subtotals<S>, L::Values>
    where
        L: SubtotalKeys<S, I>,
    {
        self.subtotals(keys, |keys| Tree::call("CUBE (", keys))
    }

    /// Lists these columns, and groups by each of the sets that follow: `GROUP BY GROUPING SETS (…)`. See [`Select::rollup`].
    ///
    /// ```
    /// # use schemata::{prelude::*, query::count};
    /// # #[derive(TableModel)]
    /// # pub struct Order { #[column(primary_key)] pub id: i64, pub country: String, pub status: String }
    /// let by_one_or_the_other = Order::select()
    ///     .grouping_sets((Order::country, Order::status))
    ///     .set(Order::country)
    ///     .set(Order::status)
    ///     .all_rows()
    ///     .grouped()
    ///     .aggregate(count());
    /// # drop(by_one_or_the_other);
    /// ```
    ///
    /// PostgreSQL refuses a listed column that is in no set (42803).
    pub fn grouping_sets<L, I>(self, keys: L) -> GroupingSets<S, L::Values>
    where
        L: SubtotalKeys<S, I>,
    {
        let (take, keys) = (L::__take as fn(&mut RowReader<'_>) -> Result<L::Values>, trees(keys));
        GroupingSets { select: self.unordered(), keys, sets: Vec::new(), take }
    }

    fn subtotals<L, I>(self, keys: L, sets: impl Fn(Vec<Tree>) -> Tree) -> Grouped<Subtotals<S>, L::Values>
    where
        L: SubtotalKeys<S, I>,
    {
        let keys = trees(keys);
        let sets = sets(keys.clone());
        Grouped::by_sets(self.unordered().in_scope(), keys, sets, L::__take)
    }
}

/// A query whose rows are grouped by several sets of columns; [`grouped`](Self::grouped) ends the sets.
#[must_use = "a query does nothing until it is fetched"]
pub struct GroupingSets<S, K> {
    select: Select<S, ()>,
    keys: Vec<Tree>,
    sets: Vec<Tree>,
    take: fn(&mut RowReader<'_>) -> Result<K>,
}

opaque_debug!([S, K] [GroupingSets<S, K>], this { select: this.select });

impl<S, K: 'static> GroupingSets<S, K> {
    /// Groups by these columns, too.
    pub fn set<L, I>(mut self, columns: L) -> Self
    where
        L: SubtotalKeys<S, I>,
    {
        self.sets.push(Tree::call("(", trees(columns)));
        self
    }

    /// Adds the row of all rows together: the empty set.
    pub fn all_rows(mut self) -> Self {
        self.sets.push(Tree::call("(", Vec::new()));
        self
    }

    /// Ends the sets. Without any, the rows are one group.
    pub fn grouped(self) -> Grouped<Subtotals<S>, K> {
        let Self { select, keys, mut sets, take } = self;
        if sets.is_empty() {
            sets.push(Tree::call("(", Vec::new()));
        }
        Grouped::by_sets(select.in_scope(), keys, Tree::call("GROUPING SETS (", sets), take)
    }
}

/// Returns 1 in the rows of sets without the column, where it is NULL, and 0 in others.
pub fn grouping<M: Source, T, A>(column: Col<M, T, A>) -> Expr<Grouping<M>, i32> {
    Expr::new(Tree::call("grouping(", vec![column.tree()]))
}
