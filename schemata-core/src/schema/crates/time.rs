//! The crate `time`: instants, dates, times and durations.

use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time};
use tokio_postgres::types::Type;

use crate::param::Wire;
use crate::schema::sql_type::SqlType;
use crate::schema::stored_as::column_types;
use crate::schema::wire::{instants, microseconds};

column_types! {
    // PostgreSQL keeps the instant alone; it is read in UTC.
    OffsetDateTime as SqlType::new("timestamptz").also(&["timestamp with time zone"]), decode: |_: &Type, raw|
        instant(raw), encode: |at: &Self, _: &Type, out| instants::encode_timestamp(at.unix_timestamp_nanos(), out);
    PrimitiveDateTime as SqlType::new("timestamp").also(&["timestamp without time zone"]).explicit(), decode: |_: &Type, raw|
        instant(raw).map(|at| Self::new(at.date(), at.time())), encode: |at: &Self, _: &Type, out|
        instants::encode_timestamp(at.assume_utc().unix_timestamp_nanos(), out);
    Date as SqlType::new("date"), decode: date, encode: |date: &Self, _: &Type, out|
        instants::encode_date(date.to_julian_day() - EPOCH, out);
    Time as SqlType::new("time").also(&["time without time zone"]), decode: |_: &Type, raw|
        instants::decode_time(raw).map(|micros| Self::MIDNIGHT + Duration::microseconds(micros)), encode: |time: &Self, _: &Type, out|
        instants::encode_time(i64::try_from((*time - Self::MIDNIGHT).whole_nanoseconds())?, out);
    Duration as SqlType::new("interval"), decode: |ty, raw| microseconds::decode(ty, raw).map(Self::microseconds),
        encode: |duration: &Self, _: &Type, out| microseconds::encode(duration.whole_nanoseconds(), out);
}

/// The Julian day of 2000-01-01.
const EPOCH: i32 = 2_451_545;

fn instant(raw: &[u8]) -> Wire<OffsetDateTime> {
    Ok(OffsetDateTime::from_unix_timestamp_nanos(instants::decode_timestamp(raw)?)?)
}

fn date(_: &Type, raw: &[u8]) -> Wire<Date> {
    let day = instants::decode_date(raw)?.checked_add(EPOCH).ok_or("a date out of the range of Date")?;
    Ok(Date::from_julian_day(day)?)
}
