//! Dates and times as numbers, for crates other than chrono: PostgreSQL counts microseconds and days from 2000-01-01, has
//! infinities and the time `24:00`, and begins at 4714-11-24 BC (manual 8.5).

use bytes::BufMut;
use tokio_postgres::types::IsNull;
use tokio_postgres::types::private::BytesMut;

use crate::param::{Unstorable, Wire};

/// 2000-01-01 in microseconds since 1970-01-01.
const EPOCH: i128 = 946_684_800_000_000;
/// `4714-11-24 00:00:00 BC`, in microseconds since 2000-01-01.
const LEAST_TIMESTAMP: i64 = -211_813_488_000_000_000;
/// The same day, in days since 2000-01-01.
const LEAST_DATE: i32 = -2_451_545;
const DAY: i64 = 86_400_000_000;

/// Decodes a timestamp, with or without time zone, as nanoseconds since 1970-01-01.
pub(crate) fn decode_timestamp(raw: &[u8]) -> Wire<i128> {
    match i64::from_be_bytes(raw.try_into()?) {
        i64::MIN | i64::MAX => Err("an infinite timestamp, which no Rust type holds".into()),
        microseconds => Ok((i128::from(microseconds) + EPOCH) * 1000),
    }
}

/// Encodes nanoseconds since 1970-01-01; fractions of a microsecond are cut.
pub(crate) fn encode_timestamp(nanoseconds: i128, out: &mut BytesMut) -> Wire<IsNull> {
    let microseconds = i64::try_from(nanoseconds.div_euclid(1000) - EPOCH).map_err(|_| too_early())?;
    if microseconds < LEAST_TIMESTAMP {
        return Err(too_early());
    }
    out.put_i64(microseconds);
    Ok(IsNull::No)
}

/// Decodes a date as days since 2000-01-01.
pub(crate) fn decode_date(raw: &[u8]) -> Wire<i32> {
    match i32::from_be_bytes(raw.try_into()?) {
        i32::MIN | i32::MAX => Err("an infinite date, which no Rust type holds".into()),
        days => Ok(days),
    }
}

/// Encodes days since 2000-01-01.
pub(crate) fn encode_date(days: i32, out: &mut BytesMut) -> Wire<IsNull> {
    if days < LEAST_DATE {
        return Err(too_early());
    }
    out.put_i32(days);
    Ok(IsNull::No)
}

/// Decodes a time of day as microseconds.
pub(crate) fn decode_time(raw: &[u8]) -> Wire<i64> {
    let microseconds = i64::from_be_bytes(raw.try_into()?);
    if (0..DAY).contains(&microseconds) {
        Ok(microseconds)
    } else {
        Err("the time 24:00, which the Rust type cannot hold".into())
    }
}

/// Encodes the nanoseconds of a day; fractions of a microsecond are cut.
#[expect(clippy::unnecessary_wraps, reason = "as the other functions")]
pub(crate) fn encode_time(nanoseconds: i64, out: &mut BytesMut) -> Wire<IsNull> {
    out.put_i64(nanoseconds / 1000);
    Ok(IsNull::No)
}

fn too_early() -> Box<dyn std::error::Error + Sync + Send> {
    Unstorable::boxed("range", "is before 4714-11-24 BC, where PostgreSQL's dates begin")
}
