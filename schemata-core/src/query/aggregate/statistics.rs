//! Statistical aggregates, percentiles, and booleans of many rows as one.

use crate::query::aggregate::basic::{Aggregate, Extremes, Numeric, aggregate};
use crate::query::expr::{Expr, bound, expression_methods};
use crate::query::scope::OrderedSet;
use crate::schema::ColumnType;
use crate::sql::tree::{Expr as Tree, SortKey};

expression_methods! { [ColumnType]
    /// Returns whether all values that are not NULL are true; NULL if there are none. The standard calls it EVERY.
    pub fn bool_and(self) -> Aggregate<R, Option<bool>>
    where
        T: ColumnType<Inner = bool>,
    {
        aggregate("bool_and", self.tree())
    }

    /// Returns whether any value is true; NULL if all are NULL.
    pub fn bool_or(self) -> Aggregate<R, Option<bool>>
    where
        T: ColumnType<Inner = bool>,
    {
        aggregate("bool_or", self.tree())
    }

    /// Returns the standard deviation of a sample (`stddev_samp`): `Decimal` for integers and decimals, `f64` for floats. It is
    /// NULL for fewer than two values.
    pub fn stddev(self) -> Aggregate<R, Option<<T::Inner as Numeric>::Average>>
    where
        T::Inner: Numeric,
    {
        aggregate("stddev", self.tree())
    }

    /// Returns the standard deviation of a whole population.
    pub fn stddev_pop(self) -> Aggregate<R, Option<<T::Inner as Numeric>::Average>>
    where
        T::Inner: Numeric,
    {
        aggregate("stddev_pop", self.tree())
    }

    /// Returns the variance of a sample (`var_samp`), the square of [`stddev`](Self::stddev). It is NULL for fewer than two
    /// values.
    pub fn variance(self) -> Aggregate<R, Option<<T::Inner as Numeric>::Average>>
    where
        T::Inner: Numeric,
    {
        aggregate("variance", self.tree())
    }

    /// Returns the variance of a whole population.
    pub fn var_pop(self) -> Aggregate<R, Option<<T::Inner as Numeric>::Average>>
    where
        T::Inner: Numeric,
    {
        aggregate("var_pop", self.tree())
    }

    /// Returns the value below which this fraction of the values lies, interpolated between two of them if need be:
    /// `percentile_cont(0.5)` is the median. NULL over no values. A fraction outside of 0 to 1 is a database error (22003).
    /// Like the two methods below, it takes neither `distinct`, `order_by` nor a window.
    pub fn percentile_cont(self, fraction: f64) -> Aggregate<R, Option<f64>, OrderedSet>
    where
        T::Inner: Numeric,
    {
        within_group("percentile_cont", vec![bound(fraction)], self.tree())
    }

    /// Returns the first value at or above this fraction of the values, in their order.
    pub fn percentile_disc(self, fraction: f64) -> Aggregate<R, Option<T::Inner>, OrderedSet>
    where
        T::Inner: Extremes,
    {
        within_group("percentile_disc", vec![bound(fraction)], self.tree())
    }

    /// Returns the most frequent value; of several, any one.
    pub fn mode(self) -> Aggregate<R, Option<T::Inner>, OrderedSet> {
        within_group("mode", Vec::new(), self.tree())
    }
}

/// Returns `function(arguments) WITHIN GROUP (ORDER BY value)`.
fn within_group<R, T>(function: &'static str, arguments: Vec<Tree>, value: Tree) -> Aggregate<R, T, OrderedSet> {
    let key = Box::new(SortKey::new(value, false));
    let tree = Tree::aggregate(function, arguments);
    Expr::new(tree.with_aggregate(&mut |aggregate| aggregate.within_group = Some(key.clone())))
}
