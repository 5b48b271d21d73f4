//! Aggregates over many rows, with the types that PostgreSQL gives them.

use std::marker::PhantomData;

use crate::error::Result;
use crate::exec::row::RowReader;
use crate::query::col::Col;
use crate::query::column_list::SelectList;
use crate::query::condition::Condition;
use crate::query::order::Order;
use crate::query::unbounded_impls::copyable;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::{ColumnType, IntoValue};
use crate::sql::expr::Expr;
use crate::sql::filter::Filter;

/// A group of rows of model `M`. Conditions after grouping ([`having`](crate::query::Select::having)) and the order of groups
/// are typed by it.
pub struct Group<M>(PhantomData<fn() -> M>);

opaque_debug!([M] [Group<M>]);

/// An aggregate of type `T` over rows of model `M`: made by [`count`] and by column handles.
pub struct Aggregate<M, T> {
    expr: Expr,
    of: PhantomData<fn() -> (M, T)>,
}

copyable!([M, T] Aggregate<M, T> { expr });

impl<M, T> Aggregate<M, T> {
    fn new(expr: Expr) -> Self {
        Self { expr, of: PhantomData }
    }

    /// Smallest first; NULLs last.
    pub fn asc(self) -> Order<Group<M>> {
        Order::new(self.expr, false)
    }

    /// Largest first; NULLs first.
    pub fn desc(self) -> Order<Group<M>> {
        Order::new(self.expr, true)
    }
}

macro_rules! comparisons {
    ($($(#[$docs:meta])* $name:ident $operator:literal;)*) => {
        /// Conditions on groups. A comparison with an aggregate that is NULL never holds.
        impl<M, T: ColumnType> Aggregate<M, T> {$(
            $(#[$docs])*
            pub fn $name(self, value: impl IntoValue<T::Inner>) -> Condition<Group<M>> {
                let value: T::Inner = value.into_value();
                Condition::new(Filter::Compare { column: self.expr, operator: $operator, value: Box::new(value), joins: false })
            }
        )*}
    };
}

comparisons! {
    /// Equals `value`.
    eq " = ";
    /// Differs from `value`.
    ne " <> ";
    /// Is less than `value`.
    lt " < ";
    /// Is at most `value`.
    le " <= ";
    /// Is greater than `value`.
    gt " > ";
    /// Is at least `value`.
    ge " >= ";
}

/// Counts the rows.
pub fn count<M>() -> Aggregate<M, i64> {
    Aggregate::new(Expr::CountRows)
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

/// Aggregates. NULLs are ignored; over no rows, all aggregates but the counts are NULL, hence the `Option`s.
impl<M, T: ColumnType, S> Col<M, T, S> {
    /// Counts the values that are not NULL.
    pub fn count(self) -> Aggregate<M, i64> {
        Aggregate::new(Expr::Call("count", self.name()))
    }

    /// Counts the distinct values.
    pub fn count_distinct(self) -> Aggregate<M, i64> {
        Aggregate::new(Expr::CountDistinct(self.name()))
    }

    /// Returns the sum. The sum of integers has the next wider type: `i64` for `i16` and `i32`, `Decimal` for `i64`.
    pub fn sum(self) -> Aggregate<M, Option<<T::Inner as Numeric>::Sum>>
    where
        T::Inner: Numeric,
    {
        Aggregate::new(Expr::Call("sum", self.name()))
    }

    /// Returns the average: `Decimal` for integers and decimals, `f64` for floats.
    pub fn avg(self) -> Aggregate<M, Option<<T::Inner as Numeric>::Average>>
    where
        T::Inner: Numeric,
    {
        Aggregate::new(Expr::Call("avg", self.name()))
    }

    /// Returns the least value.
    pub fn min(self) -> Aggregate<M, Option<T::Inner>>
    where
        T::Inner: Extremes,
    {
        Aggregate::new(Expr::Call("min", self.name()))
    }

    /// Returns the greatest value.
    pub fn max(self) -> Aggregate<M, Option<T::Inner>>
    where
        T::Inner: Extremes,
    {
        Aggregate::new(Expr::Call("max", self.name()))
    }
}

/// Aggregates over rows of model `M`: one, or a tuple of up to eight.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of aggregates of `{M}`",
    note = "write `count()`, an aggregate of a handle, like `Order::total.sum()`, or a tuple of up to eight of them"
)]
pub trait AggregateList<M>: Send {
    /// Their values.
    type Values: Send;

    #[doc(hidden)]
    fn __append(&self, to: &mut SelectList);

    #[doc(hidden)]
    fn __take(row: &mut RowReader<'_>) -> Result<Self::Values>;
}

impl<M, T: ColumnType> AggregateList<M> for Aggregate<M, T> {
    type Values = T;

    fn __append(&self, to: &mut SelectList) {
        to.0.push(self.expr);
    }

    fn __take(row: &mut RowReader<'_>) -> Result<T> {
        row.take()
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {$(
        impl<M, $($name: AggregateList<M>),+> AggregateList<M> for ($($name,)+) {
            type Values = ($($name::Values,)+);

            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __append(&self, to: &mut SelectList) {
                let ($($name,)+) = self;
                $($name.__append(to);)+
            }

            fn __take(row: &mut RowReader<'_>) -> Result<Self::Values> {
                Ok(($($name::__take(row)?,)+))
            }
        }
    )*};
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) }
