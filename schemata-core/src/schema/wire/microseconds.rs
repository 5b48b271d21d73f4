//! Durations as `interval`: exact microseconds. An interval with months or days has no fixed length, and is refused.

use bytes::BufMut;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, Type};

use crate::param::{Unstorable, Wire};
use crate::schema::interval::Interval;

/// Decodes an interval without months and days.
pub(crate) fn decode(ty: &Type, raw: &[u8]) -> Wire<i64> {
    match Interval::from_sql(ty, raw)? {
        Interval { months: 0, days: 0, microseconds } => Ok(microseconds),
        _ => Err("an interval with months or days, whose length varies; schema::Interval holds it".into()),
    }
}

/// Encodes a number of nanoseconds, if they are whole microseconds.
pub(crate) fn encode(nanoseconds: i128, out: &mut BytesMut) -> Wire<IsNull> {
    if nanoseconds % 1000 != 0 {
        return Err(Unstorable::boxed(
            "precision",
            "is finer than a microsecond, which PostgreSQL's interval cannot hold",
        ));
    }
    let Ok(microseconds) = i64::try_from(nanoseconds / 1000) else {
        return Err(Unstorable::boxed("range", "is out of the range of PostgreSQL's interval"));
    };
    out.put_i64(microseconds);
    out.put_i64(0);
    Ok(IsNull::No)
}
