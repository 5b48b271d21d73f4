//! Dates and times: PostgreSQL has no leap seconds, has the time `24:00`, and counts microseconds from 2000-01-01.

use bytes::BufMut;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, WrongType};

use crate::param::{Unstorable, Wire};
use crate::schema::wire::microseconds;

/// 2000-01-01 in microseconds since 1970-01-01.
const EPOCH: i64 = 946_684_800_000_000;
/// `4714-11-24 00:00:00 BC`, the least timestamp (PostgreSQL manual, section 8.5), in microseconds since 2000-01-01.
const LEAST_TIMESTAMP: i64 = -211_813_488_000_000_000;
/// The least date, the same day.
const LEAST_DATE: Option<NaiveDate> = NaiveDate::from_ymd_opt(-4713, 11, 24);

/// Decodes a time of day. Refuses `24:00`, which differs from `00:00` and which `NaiveTime` cannot hold.
pub(crate) fn decode_time(ty: &Type, raw: &[u8]) -> Wire<NaiveTime> {
    const DAY: i64 = 86_400_000_000;
    let micros = raw.first_chunk().map(|bytes| i64::from_be_bytes(*bytes));
    if micros.is_some_and(|micros| !(0..DAY).contains(&micros)) {
        return Err("the time 24:00, which NaiveTime cannot hold".into());
    }
    NaiveTime::from_sql(ty, raw)
}

/// Encodes a time of day; fractions of a microsecond are truncated.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature of `ColumnType::encode`")]
pub(crate) fn encode_time(time: &NaiveTime, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    refuse_leap_second(time)?;
    time.to_sql_checked(ty, out)
}

/// Encodes a date.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature of `ColumnType::encode`")]
pub(crate) fn encode_date(date: &NaiveDate, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    if LEAST_DATE.is_some_and(|least| *date < least) {
        return Err(too_early());
    }
    date.to_sql_checked(ty, out)
}

/// Encodes a timestamp without time zone; fractions of a microsecond are truncated.
pub(crate) fn encode_timestamp(at: &NaiveDateTime, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    if *ty != Type::TIMESTAMP {
        return at.to_sql_checked(ty, out);
    }
    put(*at, out)
}

/// Encodes a timestamp with time zone; fractions of a microsecond are truncated.
pub(crate) fn encode_instant<Z: TimeZone>(at: &DateTime<Z>, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    if *ty != Type::TIMESTAMPTZ {
        return Err(Box::new(WrongType::new::<DateTime<Z>>(ty.clone())));
    }
    put(at.naive_utc(), out)
}

/// Decodes a timestamp with time zone. PostgreSQL keeps the instant alone.
pub(crate) fn decode_instant(ty: &Type, raw: &[u8]) -> Wire<DateTime<Utc>> {
    DateTime::from_sql(ty, raw)
}

/// Decodes an interval without months and days.
pub(crate) fn decode_delta(ty: &Type, raw: &[u8]) -> Wire<TimeDelta> {
    microseconds::decode(ty, raw).map(TimeDelta::microseconds)
}

/// Encodes whole microseconds.
pub(crate) fn encode_delta(delta: &TimeDelta, _: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    microseconds::encode(i128::from(delta.num_seconds()) * 1_000_000_000 + i128::from(delta.subsec_nanos()), out)
}

/// Writes a timestamp, truncated towards the past. The driver truncates towards 2000-01-01.
fn put(at: NaiveDateTime, out: &mut BytesMut) -> Wire<IsNull> {
    refuse_leap_second(&at)?;
    let micros = at.and_utc().timestamp_micros() - EPOCH;
    if micros < LEAST_TIMESTAMP {
        return Err(too_early());
    }
    out.put_i64(micros);
    Ok(IsNull::No)
}

/// chrono represents 23:59:60 as 23:59:59 with more than a second of nanoseconds.
fn refuse_leap_second(time: &impl Timelike) -> Wire<()> {
    if time.nanosecond() < 1_000_000_000 {
        return Ok(());
    }
    Err(Unstorable::boxed("leap_second", "is a leap second, which PostgreSQL's times cannot hold"))
}

fn too_early() -> Box<dyn std::error::Error + Sync + Send> {
    Unstorable::boxed("range", "is before 4714-11-24 BC, where PostgreSQL's dates begin")
}
