//! What stands inside of an aggregate, and beside it: DISTINCT, ORDER BY, FILTER.

use crate::query::aggregate::basic::Aggregate;
use crate::query::condition::IntoCondition;
use crate::query::expr::Expr;
use crate::query::order::{IntoOrder, SortKeys};
use crate::query::scope::{Both, Refinable, Refined, Within};
use crate::sql::tree::Filter;

/// What an aggregate is made of. In `(Book::pages.sum() * 2).filter(…)` these methods change the aggregate inside.
impl<R, T, K> Aggregate<R, T, K> {
    /// Aggregates each distinct value once. Together with [`order_by`](Self::order_by), PostgreSQL sorts by the value itself
    /// only (42P10).
    pub fn distinct(self) -> Aggregate<R, T, Refined>
    where
        K: Refinable,
    {
        Expr::new(self.tree.with_aggregate(&mut |aggregate| aggregate.distinct = true))
    }

    /// Aggregates only rows for which the condition holds: `count().filter(Order::status.eq("paid"))` is
    /// `count(*) FILTER (WHERE …)`. If it is called again, all conditions must hold. Over no rows, all but the counts are NULL.
    pub fn filter<S, C, I>(self, condition: C) -> Aggregate<Both<R, Within<S>>, T, K>
    where
        C: IntoCondition<S, I>,
    {
        let condition = condition.__condition().filter;
        Expr::new(self.tree.with_aggregate(&mut |aggregate| {
            let filters = aggregate.filter.take().into_iter().chain([condition.clone()]);
            aggregate.filter = filters.reduce(Filter::and);
        }))
    }

    /// Sorts the values before they are aggregated, for those whose result depends on it: `string_agg`, `array_agg`,
    /// `jsonb_agg`. Without it PostgreSQL takes them in any order.
    ///
    /// ```
    /// # use schemata::prelude::*;
    /// # #[derive(TableModel)]
    /// # pub struct Book { #[column(primary_key)] pub id: i64, pub author: String, pub title: String }
    /// let titles = Book::select()
    ///     .group_by(Book::author)
    ///     .aggregate(Book::title.string_agg(", ").order_by(Book::title.asc()));
    /// # drop(titles);
    /// ```
    pub fn order_by<S>(self, order: impl IntoOrder<S>) -> Aggregate<Both<R, Within<S>>, T, Refined>
    where
        K: Refinable,
    {
        let mut keys = SortKeys::default();
        order.__append(&mut keys);
        Expr::new(self.tree.with_aggregate(&mut |aggregate| aggregate.order.extend(keys.0.iter().cloned())))
    }
}
