//! Counts, sums, averages, least and greatest values, with the types that PostgreSQL gives them.

use std::num::NonZero;

use crate::query::expr::{Expr, expression_methods};
use crate::query::scope::{Aggregated, OfRows, OfValues, Refined};
use crate::schema::column_checks::verify_equality;
use crate::schema::{ColumnType, Interval, pg};
use crate::sql::tree::Expr as Tree;

/// An aggregate of type `T` over rows of `R`. It is an expression of the scope of [groups](crate::query::Group): calculate with
/// it, compare it in `having`, sort by it. In a query without groups it is listed with a [window](Expr::over). The kind `K` says
/// what can stand beside it.
pub type Aggregate<R, T, K = OfValues> = Expr<Aggregated<R, K>, T>;

/// Counts the rows.
pub fn count() -> Aggregate<(), i64, OfRows> {
    Expr::new(Tree::aggregate("count", Vec::new()))
}

/// Returns a call of an aggregate with one argument.
pub(super) fn aggregate<R, T>(function: &'static str, argument: Tree) -> Aggregate<R, T> {
    Expr::new(Tree::aggregate(function, vec![argument]))
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
    i8 => i64, rust_decimal::Decimal;
    u8 => u64, rust_decimal::Decimal;
    u16 => u64, rust_decimal::Decimal;
    u32 => u64, rust_decimal::Decimal;
    u64 => rust_decimal::Decimal, rust_decimal::Decimal;
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

extremes! {
    i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 String Box<str> std::sync::Arc<str> std::borrow::Cow<'static, str> char
    NonZero<i8> NonZero<i16> NonZero<i32> NonZero<i64> NonZero<u8> NonZero<u16> NonZero<u32> NonZero<u64>
    std::net::IpAddr std::net::Ipv4Addr std::net::Ipv6Addr std::time::Duration Interval
    pg::Inet pg::Money pg::Oid pg::Lsn pg::TimeTz
}
#[cfg(feature = "decimal")]
extremes! { rust_decimal::Decimal }
#[cfg(feature = "chrono")]
extremes! {
    chrono::DateTime<chrono::Utc> chrono::DateTime<chrono::Local> chrono::DateTime<chrono::FixedOffset>
    chrono::NaiveDate chrono::NaiveTime chrono::NaiveDateTime chrono::TimeDelta
}

#[cfg(feature = "bigdecimal")]
extremes! { bigdecimal::BigDecimal }
#[cfg(feature = "time")]
extremes! { time::OffsetDateTime time::PrimitiveDateTime time::Date time::Time time::Duration }
#[cfg(feature = "jiff")]
extremes! { jiff::Timestamp jiff::civil::DateTime jiff::civil::Date jiff::civil::Time jiff::SignedDuration }
#[cfg(feature = "url")]
extremes! { url::Url }
#[cfg(feature = "cidr")]
extremes! { cidr::IpCidr cidr::IpInet }

#[cfg(feature = "bigdecimal")]
numeric! { bigdecimal::BigDecimal => bigdecimal::BigDecimal, bigdecimal::BigDecimal; }

expression_methods! { [ColumnType]
    /// Counts the values that are not NULL. All aggregates ignore NULLs; over no rows, all but the counts are NULL, hence their
    /// `Option`s.
    pub fn count(self) -> Aggregate<R, i64> {
        aggregate("count", self.tree())
    }

    /// Counts the distinct values.
    pub fn count_distinct(self) -> Aggregate<R, i64, Refined> {
        const { verify_equality(&T::SQL_TYPE) };
        aggregate("count", self.tree()).distinct()
    }

    /// Returns the sum. The sum of integers has a wider type: `i64` for `i8`, `i16` and `i32`, `u64` for `u8`, `u16` and `u32`,
    /// `Decimal` for `i64` and `u64`.
    pub fn sum(self) -> Aggregate<R, Option<<T::Inner as Numeric>::Sum>>
    where
        T::Inner: Numeric,
    {
        aggregate("sum", self.tree())
    }

    /// Returns the average: `Decimal` for integers and decimals, `f64` for floats.
    pub fn avg(self) -> Aggregate<R, Option<<T::Inner as Numeric>::Average>>
    where
        T::Inner: Numeric,
    {
        aggregate("avg", self.tree())
    }

    /// Returns the least value.
    pub fn min(self) -> Aggregate<R, Option<T::Inner>>
    where
        T::Inner: Extremes,
    {
        aggregate("min", self.tree())
    }

    /// Returns the greatest value.
    pub fn max(self) -> Aggregate<R, Option<T::Inner>>
    where
        T::Inner: Extremes,
    {
        aggregate("max", self.tree())
    }
}
