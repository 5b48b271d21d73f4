//! Queries for aggregates: over all rows, or over groups of rows with equal values.

use std::marker::PhantomData;

use crate::error::Result;
use crate::exec::row::{Decode, RowReader};
use crate::query::condition::Condition;
use crate::query::scope::{Group, Totals};
use crate::query::select::Select;
use crate::query::select_list::{ListTrees, SelectList};
use crate::query::unbounded_impls::opaque_debug;
use crate::sql::tree::{Expr as Tree, List};

/// A query whose rows are grouped by values of type `K`; [`Grouped::aggregate`] chooses the aggregates.
#[must_use = "a query does nothing until it is fetched"]
pub struct Grouped<S, K> {
    select: Select<S, ()>,
    keys: ListTrees,
    /// What rows are grouped by, if not by the keys.
    sets: Option<Vec<Tree>>,
    take: fn(&mut RowReader<'_>) -> Result<K>,
    marker: PhantomData<fn() -> K>,
}

impl<S, K> Clone for Grouped<S, K> {
    fn clone(&self) -> Self {
        Self {
            select: self.select.clone(),
            keys: self.keys.clone(),
            sets: self.sets.clone(),
            take: self.take,
            marker: PhantomData,
        }
    }
}

opaque_debug!([S, K] [Grouped<S, K>], this { select: this.select });

impl<S, T> Select<S, T> {
    /// Returns aggregates over all rows, as one row: `.aggregate((count(), Order::total.sum()))` returns `(i64,
    /// Option<Decimal>)`. An order or a limit set before does not apply.
    pub fn aggregate<L, V, I>(self, aggregates: L) -> Select<Totals<S>, V>
    where
        L: SelectList<Totals<S>, I, V>,
    {
        let mut select = self.unordered().in_scope::<Totals<S>>().listing(aggregates);
        select.query.is_grouped = true;
        select
    }

    /// Groups the rows that are equal in these columns or expressions; NULLs are equal here. An order or a limit set before
    /// does not apply.
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
    #[expect(clippy::needless_pass_by_value, reason = "handles are copied; a reference would only be noise")]
    pub fn group_by<L, V, I>(self, keys: L) -> Grouped<S, V>
    where
        L: SelectList<S, I, V>,
    {
        let mut trees = ListTrees::default();
        keys.__append(&mut trees);
        Grouped { select: self.unordered(), keys: trees, sets: None, take: L::__take, marker: PhantomData }
    }

    pub(crate) fn unordered(mut self) -> Select<S, ()> {
        self.query.order.clear();
        (self.query.limit, self.query.offset) = (None, None);
        self.listing(())
    }
}

impl<S, K> Grouped<S, K> {
    /// Groups by several sets of the keys.
    pub(crate) fn by_sets(
        select: Select<S, ()>,
        keys: Vec<Tree>,
        sets: Tree,
        take: fn(&mut RowReader<'_>) -> Result<K>,
    ) -> Self {
        Self { select, keys: ListTrees(keys), sets: Some(vec![sets]), take, marker: PhantomData }
    }
}

impl<S, K: 'static> Grouped<S, K> {
    /// Keeps the groups for which `condition` holds, like [`Select::having`] behind `aggregate`.
    pub fn having(mut self, condition: Condition<Group<S>>) -> Self {
        self.select.query.add_having(condition.filter);
        self
    }

    /// Returns a row per group: the values of the grouping columns, and the aggregates.
    #[expect(clippy::needless_pass_by_value, reason = "aggregates are listed where they are made")]
    pub fn aggregate<L, V, I>(self, aggregates: L) -> Select<Group<S>, (K, V)>
    where
        L: SelectList<Group<S>, I, V>,
    {
        let Self { select, keys: ListTrees(keys), sets, take, .. } = self;
        let mut list = ListTrees(keys.clone());
        aggregates.__append(&mut list);
        let mut select = select.in_scope::<Group<S>>();
        (select.query.is_grouped, select.query.group, select.query.list) =
            (true, sets.unwrap_or(keys), List::Of(list.0));
        select.decoding(Decode::closure(move |row| Ok((take(row)?, L::__take(row)?))))
    }
}

impl<S, T> Select<Group<S>, T> {
    /// Keeps the groups for which `condition` holds: `.having(count().gt(10))`.
    pub fn having(mut self, condition: Condition<Group<S>>) -> Self {
        self.query.add_having(condition.filter);
        self
    }
}
