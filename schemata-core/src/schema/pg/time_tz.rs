//! `TimeTz`: a time of day with an offset.

use std::fmt;

use bytes::BufMut;
use tokio_postgres::types::Type;
use tokio_postgres::types::private::BytesMut;

use crate::param::Wire;
use crate::schema::pg::binary::{Binary, Bytes, binary_columns};
use crate::schema::sql_type::{LiteralKinds, SqlType};

const MICROSECONDS_PER_SECOND: i64 = 1_000_000;

/// PostgreSQL's `timetz`: a time of day with an offset from UTC. The manual advises against the type (8.5.1), since an offset
/// without a date does not say when daylight saving applies.
///
/// ```
/// use schemata::pg::TimeTz;
/// let noon = TimeTz::new(12 * 3_600_000_000, 7_200).expect("a time of day");
/// assert_eq!(noon.to_string(), "12:00:00+02");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeTz {
    microseconds: i64,
    offset: i32,
}

impl TimeTz {
    /// Returns the time so many microseconds after midnight, with an offset in seconds east of UTC; `None` if it is later than
    /// 24:00, or the offset is 16 hours or more.
    pub const fn new(microseconds: i64, offset: i32) -> Option<Self> {
        let is_time = 0 <= microseconds && microseconds <= 86_400 * MICROSECONDS_PER_SECOND;
        if is_time && -57_600 < offset && offset < 57_600 { Some(Self { microseconds, offset }) } else { None }
    }

    /// Returns the microseconds since midnight.
    pub const fn microseconds(self) -> i64 {
        self.microseconds
    }

    /// Returns the offset in seconds east of UTC.
    pub const fn offset(self) -> i32 {
        self.offset
    }
}

/// As PostgreSQL prints it.
impl fmt::Display for TimeTz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, fraction) =
            (self.microseconds / MICROSECONDS_PER_SECOND, self.microseconds % MICROSECONDS_PER_SECOND);
        write!(f, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
        if fraction > 0 {
            write!(f, ".{}", format!("{fraction:06}").trim_end_matches('0'))?;
        }
        let offset = self.offset.unsigned_abs();
        write!(f, "{}{:02}", if self.offset < 0 { '-' } else { '+' }, offset / 3600)?;
        if !offset.is_multiple_of(3600) {
            write!(f, ":{:02}", offset / 60 % 60)?;
        }
        if offset.is_multiple_of(60) { Ok(()) } else { write!(f, ":{:02}", offset % 60) }
    }
}

/// The bytes are the microseconds, and the offset in seconds west of UTC.
impl Binary for TimeTz {
    fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
        let microseconds = i64::from_be_bytes(bytes.take()?);
        let west = bytes.i32()?;
        Ok(Self { microseconds, offset: west.checked_neg().ok_or("an offset out of range")? })
    }

    fn write(&self, out: &mut BytesMut) -> Wire<()> {
        out.put_i64(self.microseconds);
        out.put_i32(-self.offset);
        Ok(())
    }
}

binary_columns! {
    TimeTz: SqlType::new("timetz").also(&["time with time zone"]).literals(LiteralKinds::TEXT),
        if |ty| *ty == Type::TIMETZ;
}
