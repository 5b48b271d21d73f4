//! `Interval`: the Rust type of PostgreSQL's `interval`.

use bytes::BufMut;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::param::Wire;
use crate::schema::column_type::{ArrayElement, ColumnType, driver_conversions};
use crate::schema::sql_type::SqlType;

const MICROSECONDS_PER_SECOND: i64 = 1_000_000;

/// A span of time, as PostgreSQL stores an `interval`: months, days and microseconds apart, since months and days differ in
/// length (manual 8.5.4).
///
/// Equality compares the three parts. PostgreSQL's equality takes a month for 30 days and a day for 24 hours.
///
/// ```
/// use schemata::schema::Interval;
/// let trial = Interval { days: 30, ..Interval::hours(12) };
/// assert_eq!(trial, Interval { months: 0, days: 30, microseconds: 43_200_000_000 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Interval {
    /// Months; a year has twelve.
    pub months: i32,
    /// Days.
    pub days: i32,
    /// Hours, minutes, seconds and their fraction, in microseconds.
    pub microseconds: i64,
}

impl Interval {
    /// Returns `count` months.
    pub const fn months(count: i32) -> Self {
        Self { months: count, days: 0, microseconds: 0 }
    }

    /// Returns `count` days.
    pub const fn days(count: i32) -> Self {
        Self { months: 0, days: count, microseconds: 0 }
    }

    /// Returns `count` hours.
    pub const fn hours(count: i32) -> Self {
        Self::microseconds(count as i64 * 3600 * MICROSECONDS_PER_SECOND)
    }

    /// Returns `count` minutes.
    pub const fn minutes(count: i32) -> Self {
        Self::microseconds(count as i64 * 60 * MICROSECONDS_PER_SECOND)
    }

    /// Returns `count` seconds.
    pub const fn seconds(count: i32) -> Self {
        Self::microseconds(count as i64 * MICROSECONDS_PER_SECOND)
    }

    /// Returns `count` microseconds.
    pub const fn microseconds(count: i64) -> Self {
        Self { months: 0, days: 0, microseconds: count }
    }
}

impl ToSql for Interval {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        out.put_i64(self.microseconds);
        out.put_i32(self.days);
        out.put_i32(self.months);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INTERVAL
    }

    to_sql_checked!();
}

impl FromSql<'_> for Interval {
    fn from_sql(_: &Type, raw: &[u8]) -> Wire<Self> {
        let parts = raw.split_first_chunk::<8>().and_then(|(time, rest)| Some((time, rest.split_first_chunk::<4>()?)));
        let Some((time, (days, months))) = parts else { return Err("an interval of fewer than 16 bytes".into()) };
        let months = months.try_into().map_err(|_| "an interval of other than 16 bytes")?;
        Ok(Self {
            months: i32::from_be_bytes(months),
            days: i32::from_be_bytes(*days),
            microseconds: i64::from_be_bytes(*time),
        })
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INTERVAL
    }
}

impl ColumnType for Interval {
    type Inner = Self;
    const SQL_TYPE: SqlType = SqlType::new("interval");
    driver_conversions!();
}

impl ArrayElement for Interval {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_time_are_multiples_of_each_other() {
        assert_eq!(Interval::hours(2), Interval::minutes(120));
        assert_eq!(Interval::minutes(-3), Interval::seconds(-180));
        assert_eq!(Interval::seconds(4), Interval::microseconds(4_000_000));
    }
}
