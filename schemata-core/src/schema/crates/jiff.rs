//! The crate `jiff`: instants, civil dates and times, and durations.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio_postgres::types::Type;

use crate::param::Wire;
use crate::schema::sql_type::SqlType;
use crate::schema::stored_as::column_types;
use crate::schema::wire::{instants, microseconds};

column_types! {
    Timestamp as SqlType::new("timestamptz").also(&["timestamp with time zone"]), decode: |_: &Type, raw|
        instant(raw), encode: |at: &Self, _: &Type, out| instants::encode_timestamp(at.as_nanosecond(), out);
    DateTime as SqlType::new("timestamp").also(&["timestamp without time zone"]).explicit(), decode: |_: &Type, raw|
        instant(raw).map(|at| TimeZone::UTC.to_datetime(at)), encode: |at: &Self, _: &Type, out|
        instants::encode_timestamp(TimeZone::UTC.to_timestamp(*at)?.as_nanosecond(), out);
    Date as SqlType::new("date"), decode: date, encode: |date: &Self, _: &Type, out|
        instants::encode_date(i32::try_from(date.duration_since(EPOCH).as_hours() / 24)?, out);
    Time as SqlType::new("time").also(&["time without time zone"]), decode: time, encode: |time: &Self, _: &Type, out|
        instants::encode_time(i64::try_from(time.duration_since(Self::midnight()).as_nanos())?, out);
    SignedDuration as SqlType::new("interval"), decode: |ty, raw| microseconds::decode(ty, raw).map(Self::from_micros),
        encode: |duration: &Self, _: &Type, out| microseconds::encode(duration.as_nanos(), out);
}

const EPOCH: Date = Date::constant(2000, 1, 1);

fn instant(raw: &[u8]) -> Wire<Timestamp> {
    Ok(Timestamp::from_nanosecond(instants::decode_timestamp(raw)?)?)
}

fn date(_: &Type, raw: &[u8]) -> Wire<Date> {
    let days = i64::from(instants::decode_date(raw)?);
    Ok(EPOCH.checked_add(SignedDuration::from_hours(days * 24))?)
}

fn time(_: &Type, raw: &[u8]) -> Wire<Time> {
    Ok(Time::midnight().checked_add(SignedDuration::from_micros(instants::decode_time(raw)?))?)
}
