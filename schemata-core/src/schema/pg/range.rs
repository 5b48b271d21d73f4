//! `Range` and `Multirange`: spans of values, with their bounds.

use std::fmt;
use std::ops::Bound;

use bytes::BufMut;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};

use crate::param::Wire;
use crate::schema::column_type::{ArrayElement, ColumnType, driver_conversions};
use crate::schema::pg::binary::{Bytes, put_count};
use crate::schema::sql_type::SqlType;
use crate::schema::wire::array::put;
use crate::schema::wire::domain::{accepted, base_type};

/// A type of which PostgreSQL has ranges. A range type of your own needs one line per method:
///
/// ```
/// use schemata::pg::RangeElement;
/// use schemata::schema::SqlType;
/// # use schemata::Newtype;
/// #[derive(Debug, Clone, PartialEq, PartialOrd, Newtype)]
/// struct Version(String);
/// impl RangeElement for Version {
///     const RANGE: SqlType = SqlType::new("version_range");
///     const MULTIRANGE: SqlType = SqlType::new("version_multirange");
/// }
/// ```
pub trait RangeElement: ColumnType<Inner = Self> + PartialOrd + Clone + fmt::Debug {
    /// The type of ranges.
    const RANGE: SqlType;
    /// The type of multiranges.
    const MULTIRANGE: SqlType;

    /// Returns the next value, if the type has one. PostgreSQL stores ranges of such types with an inclusive lower and an
    /// exclusive upper bound.
    fn next(&self) -> Option<Self> {
        None
    }
}

/// A PostgreSQL range: empty, or everything between two bounds.
///
/// A range of integers or dates is made as PostgreSQL stores it, with an inclusive lower and an exclusive upper bound, so that
/// equal ranges are equal values. A range whose bounds leave nothing between them is empty.
///
/// ```
/// use std::ops::Bound;
/// use schemata::pg::Range;
/// let days = Range::from(1..=5);
/// assert_eq!(days, Range::from(1..6));
/// assert_eq!(days.to_string(), "[1,6)");
/// assert_eq!(Range::new(Bound::Excluded(4), Bound::Unbounded), Range::from(5..));
/// assert!(Range::from(3..3).is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Range<T> {
    /// None if the range is empty.
    bounds: Option<(Bound<T>, Bound<T>)>,
}

impl<T: RangeElement> Range<T> {
    /// Returns the range between two bounds. A lower bound above the upper one is refused by PostgreSQL (22000).
    pub fn new(lower: Bound<T>, upper: Bound<T>) -> Self {
        let lower = match lower {
            Bound::Excluded(value) => value.next().map_or(Bound::Excluded(value), Bound::Included),
            other => other,
        };
        let upper = match upper {
            Bound::Included(value) => value.next().map_or(Bound::Included(value), Bound::Excluded),
            other => other,
        };
        match (&lower, &upper) {
            (Bound::Included(least), Bound::Excluded(most))
            | (Bound::Excluded(least), Bound::Included(most) | Bound::Excluded(most))
                if least == most =>
            {
                Self::empty()
            }
            _ => Self { bounds: Some((lower, upper)) },
        }
    }
}

impl<T> Range<T> {
    /// Returns the empty range.
    pub const fn empty() -> Self {
        Self { bounds: None }
    }

    /// Returns the range of all values.
    pub const fn all() -> Self {
        Self { bounds: Some((Bound::Unbounded, Bound::Unbounded)) }
    }

    /// Returns whether it contains nothing.
    pub const fn is_empty(&self) -> bool {
        self.bounds.is_none()
    }

    /// Returns the lower and the upper bound, unless the range is empty.
    pub const fn bounds(&self) -> Option<(&Bound<T>, &Bound<T>)> {
        match &self.bounds {
            Some((lower, upper)) => Some((lower, upper)),
            None => None,
        }
    }
}

impl<T: PartialOrd> Range<T> {
    /// Returns whether a value lies in the range.
    pub fn contains(&self, value: &T) -> bool {
        use std::ops::RangeBounds;
        self.bounds.as_ref().is_some_and(|(lower, upper)| (lower.as_ref(), upper.as_ref()).contains(value))
    }
}

macro_rules! from_ranges {
    ($($range:ident)*) => {$(
        impl<T: RangeElement> From<std::ops::$range<T>> for Range<T> {
            fn from(range: std::ops::$range<T>) -> Self {
                use std::ops::RangeBounds;
                Self::new(range.start_bound().cloned(), range.end_bound().cloned())
            }
        }
    )*};
}

from_ranges! { Range RangeInclusive RangeFrom RangeTo RangeToInclusive }

/// PostgreSQL's notation, with values as their own `Display` has them: `[1,6)`, `(,5]`, `empty`.
impl<T: fmt::Display> fmt::Display for Range<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((lower, upper)) = &self.bounds else { return f.write_str("empty") };
        match lower {
            Bound::Included(value) => write!(f, "[{value},")?,
            Bound::Excluded(value) => write!(f, "({value},")?,
            Bound::Unbounded => f.write_str("(,")?,
        }
        match upper {
            Bound::Included(value) => write!(f, "{value}]"),
            Bound::Excluded(value) => write!(f, "{value})"),
            Bound::Unbounded => f.write_str(")"),
        }
    }
}

const EMPTY: u8 = 0x01;
const LOWER_INCLUDED: u8 = 0x02;
const UPPER_INCLUDED: u8 = 0x04;
const LOWER_UNBOUNDED: u8 = 0x08;
const UPPER_UNBOUNDED: u8 = 0x10;

/// Returns the type of the bounds of a range or multirange.
fn element(ty: &Type) -> Option<&Type> {
    match base_type(ty).kind() {
        Kind::Range(element) => Some(element),
        // The driver names the element; the range itself would be as right.
        Kind::Multirange(inner) => Some(element(inner).unwrap_or(inner)),
        _ => None,
    }
}

fn element_or_error(ty: &Type) -> Wire<&Type> {
    element(ty).ok_or_else(|| format!("{} is not a range type", ty.name()).into())
}

/// Decodes a range: flags, and each bound that there is, preceded by its length (`range_send` in PostgreSQL's source).
fn read<T: RangeElement>(element: &Type, bytes: &mut Bytes<'_>) -> Wire<Range<T>> {
    let [flags] = bytes.take()?;
    if flags & EMPTY != 0 {
        return Ok(Range::empty());
    }
    let mut bound = |unbounded: u8, included: u8| -> Wire<Bound<T>> {
        if flags & unbounded != 0 {
            return Ok(Bound::Unbounded);
        }
        let value = T::decode(accepted::<T>(element), bytes.sized()?.ok_or("a bound that is NULL")?)?;
        Ok(if flags & included != 0 { Bound::Included(value) } else { Bound::Excluded(value) })
    };
    let lower = bound(LOWER_UNBOUNDED, LOWER_INCLUDED)?;
    let upper = bound(UPPER_UNBOUNDED, UPPER_INCLUDED)?;
    Ok(Range { bounds: Some((lower, upper)) })
}

fn write<T: RangeElement>(range: &Range<T>, element: &Type, out: &mut BytesMut) -> Wire<()> {
    let Some((lower, upper)) = &range.bounds else {
        out.put_u8(EMPTY);
        return Ok(());
    };
    let flags = |bound: &Bound<T>, included, unbounded| match bound {
        Bound::Included(_) => included,
        Bound::Excluded(_) => 0,
        Bound::Unbounded => unbounded,
    };
    out.put_u8(flags(lower, LOWER_INCLUDED, LOWER_UNBOUNDED) | flags(upper, UPPER_INCLUDED, UPPER_UNBOUNDED));
    let written = accepted::<T>(element);
    for bound in [lower, upper] {
        if let Bound::Included(value) | Bound::Excluded(value) = bound {
            put(out, |out| value.encode(written, out))?;
        }
    }
    Ok(())
}

impl<T: RangeElement> ToSql for Range<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        write(self, element_or_error(ty)?, out)?;
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Range(element) if T::accepts(accepted::<T>(element)))
    }

    to_sql_checked!();
}

impl<T: RangeElement> FromSql<'_> for Range<T> {
    fn from_sql(ty: &Type, raw: &[u8]) -> Wire<Self> {
        let mut bytes = Bytes(raw);
        let range = read(element_or_error(ty)?, &mut bytes)?;
        bytes.end()?;
        Ok(range)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Range(element) if T::accepts(accepted::<T>(element)))
    }
}

impl<T: RangeElement> ColumnType for Range<T> {
    type Inner = Self;
    const SQL_TYPE: SqlType = T::RANGE;
    driver_conversions!();
}

impl<T: RangeElement> ArrayElement for Range<T> {}

/// A PostgreSQL multirange (14 and later): ranges in their order, none of which is empty, overlaps another or is adjacent to it.
///
/// ```
/// use schemata::pg::{Multirange, Range};
/// let open: Multirange<i32> = [Range::from(9..12), Range::from(1..3), Range::from(3..=4)].into_iter().collect();
/// assert_eq!(open.ranges(), [Range::from(1..5), Range::from(9..12)]);
/// assert_eq!(open.to_string(), "{[1,5),[9,12)}");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Multirange<T> {
    ranges: Vec<Range<T>>,
}

impl<T> Multirange<T> {
    /// Returns the ranges in their order.
    pub fn ranges(&self) -> &[Range<T>] {
        &self.ranges
    }
}

impl<T> Default for Multirange<T> {
    fn default() -> Self {
        Self { ranges: Vec::new() }
    }
}

/// Merges ranges as PostgreSQL does.
impl<T: RangeElement> FromIterator<Range<T>> for Multirange<T> {
    fn from_iter<I: IntoIterator<Item = Range<T>>>(ranges: I) -> Self {
        let mut bounds: Vec<(Bound<T>, Bound<T>)> = ranges.into_iter().filter_map(|range| range.bounds).collect();
        bounds.sort_by(|(one, _), (other, _)| {
            let order = lower_key(one).partial_cmp(&lower_key(other));
            order.unwrap_or(std::cmp::Ordering::Equal)
        });
        let mut merged: Vec<(Bound<T>, Bound<T>)> = Vec::with_capacity(bounds.len());
        for (lower, upper) in bounds {
            match merged.last_mut() {
                Some((_, last)) if touches(last, &lower) => {
                    if upper_key(last) < upper_key(&upper) {
                        *last = upper;
                    }
                }
                _ => merged.push((lower, upper)),
            }
        }
        Self { ranges: merged.into_iter().map(|bounds| Range { bounds: Some(bounds) }).collect() }
    }
}

/// Orders lower bounds: none before all, and an inclusive one before an exclusive one of the same value.
fn lower_key<T>(bound: &Bound<T>) -> (Option<&T>, bool) {
    match bound {
        Bound::Unbounded => (None, false),
        Bound::Included(value) => (Some(value), false),
        Bound::Excluded(value) => (Some(value), true),
    }
}

/// Orders upper bounds: none after all, and an inclusive one after an exclusive one of the same value.
fn upper_key<T>(bound: &Bound<T>) -> (bool, Option<&T>, bool) {
    match bound {
        Bound::Unbounded => (true, None, false),
        Bound::Included(value) => (false, Some(value), true),
        Bound::Excluded(value) => (false, Some(value), false),
    }
}

/// Returns whether a range that begins at `lower` overlaps one that ends at `upper` and begins before, or is adjacent to it.
fn touches<T: PartialOrd>(upper: &Bound<T>, lower: &Bound<T>) -> bool {
    match (upper, lower) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => true,
        (Bound::Excluded(end), Bound::Excluded(start)) => start < end,
        (Bound::Included(end) | Bound::Excluded(end), Bound::Included(start) | Bound::Excluded(start)) => start <= end,
    }
}

impl<T: fmt::Display> fmt::Display for Multirange<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (nth, range) in self.ranges.iter().enumerate() {
            write!(f, "{}{range}", if nth == 0 { "" } else { "," })?;
        }
        f.write_str("}")
    }
}

impl<T: RangeElement> ToSql for Multirange<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        let element = element_or_error(ty)?;
        put_count(self.ranges.len(), out)?;
        for range in &self.ranges {
            put(out, |out| write(range, element, out).map(|()| IsNull::No))?;
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Multirange(_))
            && element(ty).is_some_and(|element| T::accepts(accepted::<T>(element)))
    }

    to_sql_checked!();
}

impl<T: RangeElement> FromSql<'_> for Multirange<T> {
    fn from_sql(ty: &Type, raw: &[u8]) -> Wire<Self> {
        let (element, mut bytes) = (element_or_error(ty)?, Bytes(raw));
        let mut ranges = Vec::new();
        for _ in 0..bytes.count(5)? {
            let mut one = Bytes(bytes.sized()?.ok_or("a range that is NULL")?);
            ranges.push(read(element, &mut one)?);
            one.end()?;
        }
        bytes.end()?;
        Ok(Self { ranges })
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Multirange(_))
            && element(ty).is_some_and(|element| T::accepts(accepted::<T>(element)))
    }
}

impl<T: RangeElement> ColumnType for Multirange<T> {
    type Inner = Self;
    const SQL_TYPE: SqlType = T::MULTIRANGE;
    driver_conversions!();
}

impl<T: RangeElement> ArrayElement for Multirange<T> {}

macro_rules! elements {
    ($($ty:ty: $range:literal $multirange:literal $(, next: $next:expr)?;)*) => {$(
        impl RangeElement for $ty {
            const RANGE: SqlType = SqlType::new($range).literals(crate::schema::sql_type::LiteralKinds::TEXT);
            const MULTIRANGE: SqlType = SqlType::new($multirange).literals(crate::schema::sql_type::LiteralKinds::TEXT);

            $(fn next(&self) -> Option<Self> {
                let next: fn(&Self) -> Option<Self> = $next;
                next(self)
            })?
        }
    )*};
}

elements! {
    i32: "int4range" "int4multirange", next: |value| value.checked_add(1);
    i64: "int8range" "int8multirange", next: |value| value.checked_add(1);
}

#[cfg(feature = "decimal")]
elements! {
    rust_decimal::Decimal: "numrange" "nummultirange";
}

#[cfg(feature = "chrono")]
elements! {
    chrono::NaiveDate: "daterange" "datemultirange", next: chrono::NaiveDate::succ_opt;
    chrono::NaiveDateTime: "tsrange" "tsmultirange";
    chrono::DateTime<chrono::Utc>: "tstzrange" "tstzmultirange";
}
