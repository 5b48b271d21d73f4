//! Aggregates over many rows, with the types that PostgreSQL gives them.

use crate::query::condition::Condition;
use crate::query::expr::{Expr, expression_methods};
use crate::query::order::{IntoOrder, SortKeys};
use crate::query::scope::{Aggregated, Both, Within};
use crate::schema::ColumnType;
use crate::sql::tree::{Expr as Tree, Filter};

/// An aggregate of type `T` over rows of `R`. It is an expression of the scope of [groups](crate::query::Group): calculate with
/// it, compare it in `having`, sort by it.
pub type Aggregate<R, T> = Expr<Aggregated<R>, T>;

/// Counts the rows.
pub fn count() -> Aggregate<(), i64> {
    Expr::new(Tree::aggregate("count", Vec::new()))
}

/// Types that can be summed. Sums and averages have the types that PostgreSQL gives them (manual 9.21), so that none overflows
/// silently.
pub trait Numeric: ColumnType {
    /// The type of the sum.
    type Sum: ColumnType<Inner = Self::Sum>;
    /// The type of the average.
    type Average: ColumnType<Inner = Self::Average>;
}

macro_rules! numeric {
    ($($number:ty => $sum:ty, $average:ty;)*) => {$(
        impl Numeric for $number {
            type Sum = $sum;
            type Average = $average;
        }
    )*};
}

numeric! {
    f32 => f32, f64;
    f64 => f64, f64;
}

#[cfg(feature = "decimal")]
numeric! {
    i16 => i64, rust_decimal::Decimal;
    i32 => i64, rust_decimal::Decimal;
    i64 => rust_decimal::Decimal, rust_decimal::Decimal;
    rust_decimal::Decimal => rust_decimal::Decimal, rust_decimal::Decimal;
}

/// Types that `min` and `max` accept. Implement it for your own PostgreSQL enums.
pub trait Extremes: ColumnType {}

macro_rules! extremes {
    ($($ty:ty)*) => {$(impl Extremes for $ty {})*};
}

extremes! { i16 i32 i64 f32 f64 String std::net::IpAddr }
#[cfg(feature = "decimal")]
extremes! { rust_decimal::Decimal }
#[cfg(feature = "chrono")]
extremes! { chrono::DateTime<chrono::Utc> chrono::NaiveDate chrono::NaiveTime chrono::NaiveDateTime }

expression_methods! { [ColumnType]
    /// Counts the values that are not NULL. All aggregates ignore NULLs; over no rows, all but the counts are NULL, hence their
    /// `Option`s.
    pub fn count(self) -> Aggregate<R, i64> {
        Expr::new(Tree::aggregate("count", vec![self.tree()]))
    }

    /// Counts the distinct values.
    pub fn count_distinct(self) -> Aggregate<R, i64> {
        Expr::new(Tree::aggregate("count", vec![self.tree()])).distinct()
    }

    /// Returns the sum. The sum of integers has the next wider type: `i64` for `i16` and `i32`, `Decimal` for `i64`.
    pub fn sum(self) -> Aggregate<R, Option<<T::Inner as Numeric>::Sum>>
    where
        T::Inner: Numeric,
    {
        Expr::new(Tree::aggregate("sum", vec![self.tree()]))
    }

    /// Returns the average: `Decimal` for integers and decimals, `f64` for floats.
    pub fn avg(self) -> Aggregate<R, Option<<T::Inner as Numeric>::Average>>
    where
        T::Inner: Numeric,
    {
        Expr::new(Tree::aggregate("avg", vec![self.tree()]))
    }

    /// Returns the least value.
    pub fn min(self) -> Aggregate<R, Option<T::Inner>>
    where
        T::Inner: Extremes,
    {
        Expr::new(Tree::aggregate("min", vec![self.tree()]))
    }

    /// Returns the greatest value.
    pub fn max(self) -> Aggregate<R, Option<T::Inner>>
    where
        T::Inner: Extremes,
    {
        Expr::new(Tree::aggregate("max", vec![self.tree()]))
    }
}

/// What an aggregate is made of.
impl<R, T> Aggregate<R, T> {
    /// Aggregates each distinct value once.
    pub fn distinct(self) -> Self {
        Self::new(self.tree.with_aggregate(|aggregate| aggregate.distinct = true))
    }

    /// Aggregates only rows for which the condition holds: `count().only(Order::status.eq("paid"))` is `FILTER (WHERE …)`.
    pub fn only<S>(self, condition: Condition<S>) -> Aggregate<Both<R, Within<S>>, T> {
        Expr::new(self.tree.with_aggregate(|aggregate| {
            let filters = aggregate.filter.take().into_iter().chain([condition.filter]);
            aggregate.filter = filters.reduce(Filter::and);
        }))
    }

    /// Sorts the values before they are aggregated: for lists and concatenated texts.
    pub fn sorted_by<S>(self, order: impl IntoOrder<S>) -> Aggregate<Both<R, Within<S>>, T> {
        let mut keys = SortKeys::default();
        order.__append(&mut keys);
        Expr::new(self.tree.with_aggregate(|aggregate| aggregate.order.extend(keys.0)))
    }
}
