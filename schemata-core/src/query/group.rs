//! Queries for aggregates: over all rows, or over groups of rows with equal values.

use crate::error::Result;
use crate::exec::row::RowReader;
use crate::query::aggregate::{AggregateList, Group};
use crate::query::column_list::{ColumnList, SelectList, names};
use crate::query::condition::Condition;
use crate::query::order::{IntoOrder, Order, SortKeys};
use crate::query::select::Select;
use crate::query::selection::Selection;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::Table;

/// Aggregates over all rows.
#[derive(Debug, Clone, Copy)]
pub struct Totals<A>(A);

impl<M, A: AggregateList<M>> Selection<M> for Totals<A> {
    type Row = A::Values;

    fn __list(&self, _: &'static Table) -> SelectList {
        let mut list = SelectList::default();
        self.0.__append(&mut list);
        list
    }

    fn __decode(row: &mut RowReader<'_>) -> Result<A::Values> {
        A::__take(row)
    }
}

/// Aggregates over each group.
#[derive(Debug, Clone, Copy)]
pub struct Groups<G, A> {
    by: G,
    aggregates: A,
}

impl<M, G: ColumnList<M>, A: AggregateList<M>> Selection<M> for Groups<G, A> {
    type Row = (G::Values, A::Values);

    fn __list(&self, _: &'static Table) -> SelectList {
        let mut list = SelectList::default();
        self.by.__append(&mut list);
        self.aggregates.__append(&mut list);
        list
    }

    fn __decode(row: &mut RowReader<'_>) -> Result<Self::Row> {
        Ok((G::__take(row)?, A::__take(row)?))
    }
}

/// A query whose rows are grouped; [`Grouped::aggregate`] chooses the aggregates.
#[must_use = "a query does nothing until it is fetched"]
pub struct Grouped<M, G> {
    select: Select<M>,
    by: G,
}

opaque_debug!([M, G] [Grouped<M, G>], this { select: this.select });

impl<M> Select<M> {
    /// Returns aggregates over all rows, as one row: `.aggregate((count(), Order::total.sum()))` returns `(i64,
    /// Option<Decimal>)`. An order or a limit set before does not apply.
    pub fn aggregate<A: AggregateList<M>>(mut self, aggregates: A) -> Select<M, Totals<A>> {
        self.query.order.clear();
        (self.query.limit, self.query.offset) = (None, None);
        self.listing(Totals(aggregates))
    }

    /// Groups the rows that are equal in these columns; NULLs are equal here. An order or a limit set before does not apply.
    ///
    /// ```no_run
    /// # use schemata::{prelude::*, query::count};
    /// # #[derive(TableModel)]
    /// # pub struct Order { #[column(primary_key)] pub id: i64, pub status: String, pub total: i32 }
    /// # async fn f(db: Db) -> schemata::Result<()> {
    /// let by_status: Vec<(String, (i64, Option<i64>))> = Order::select()
    ///     .group_by(Order::status)
    ///     .aggregate((count(), Order::total.sum()))
    ///     .having(count().gt(10))
    ///     .order_by((count().desc(), Order::status.asc()))
    ///     .fetch(&db)
    ///     .await?;
    /// # drop(by_status); Ok(()) }
    /// ```
    pub fn group_by<G: ColumnList<M>>(mut self, by: G) -> Grouped<M, G> {
        self.query.group = names(&by);
        self.query.order.clear();
        (self.query.limit, self.query.offset) = (None, None);
        Grouped { select: self, by }
    }
}

impl<M, G: ColumnList<M>> Grouped<M, G> {
    /// Returns a row per group: the values of the grouping columns, and the aggregates.
    pub fn aggregate<A: AggregateList<M>>(self, aggregates: A) -> Select<M, Groups<G, A>> {
        self.select.listing(Groups { by: self.by, aggregates })
    }
}

impl<M, G, A> Select<M, Groups<G, A>> {
    /// Keeps the groups for which `condition` holds: `.having(count().gt(10))`.
    pub fn having(mut self, condition: Condition<Group<M>>) -> Self {
        self.query.having = Some(match self.query.having {
            Some(filter) => filter.and(condition.filter),
            None => condition.filter,
        });
        self
    }

    /// Sorts the groups, by aggregates and by the grouping columns.
    pub fn order_by(mut self, order: impl IntoOrder<Group<M>>) -> Self {
        let mut keys = SortKeys(self.query.order);
        order.__append(&mut keys);
        self.query.order = keys.0;
        self
    }
}

/// Grouping columns sort groups too. PostgreSQL refuses other columns with 42803.
impl<M> IntoOrder<Group<M>> for Order<M> {
    fn __append(self, to: &mut SortKeys) {
        IntoOrder::<M>::__append(self, to);
    }
}
