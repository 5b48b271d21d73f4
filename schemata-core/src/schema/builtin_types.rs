//! The Rust types that can be columns without further code, one line per type.

use std::net::IpAddr;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type};

use crate::param::Wire;
use crate::schema::column_type::{ArrayElement, ColumnType, driver_conversions};
#[cfg(feature = "chrono")]
use crate::schema::interval::Interval;
use crate::schema::sql_type::{LiteralKinds, SqlType};
#[cfg(feature = "chrono")]
use crate::schema::stored_as::stored_as;
use crate::schema::wire;

macro_rules! columns {
    ($($rust:ty => $sql:expr $(, decode: $decode:expr)? $(, encode: $encode:expr)?;)*) => {$(
        impl ColumnType for $rust {
            type Inner = Self;
            const SQL_TYPE: SqlType = $sql;

            fn accepts(ty: &Type) -> bool {
                <Self as FromSql<'_>>::accepts(ty)
            }

            fn decode(ty: &Type, raw: &[u8]) -> Wire<Self> {
                columns!(@or Self::from_sql $(, $decode)?)(ty, raw)
            }

            fn encode(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
                columns!(@or ToSql::to_sql_checked $(, $encode)?)(self, ty, out)
            }
        }
        impl ArrayElement for $rust {}
    )*};
    (@or $driver:expr) => { $driver };
    (@or $driver:expr, $ours:expr) => { $ours };
}

columns! {
    bool => SqlType::new("boolean").also(&["bool"]).literals(LiteralKinds::BOOLEAN);
    i16 => SqlType::new("smallint").also(&["int2"]).literals(LiteralKinds::integer(i16::MIN as i128, i16::MAX as i128));
    i32 => SqlType::new("integer").also(&["int", "int4"]).literals(LiteralKinds::integer(i32::MIN as i128, i32::MAX as i128));
    i64 => SqlType::new("bigint").also(&["int8"]).literals(LiteralKinds::integer(i64::MIN as i128, i64::MAX as i128));
    f32 => SqlType::new("real").also(&["float4"]).literals(LiteralKinds::NUMBER);
    f64 => SqlType::new("double precision").also(&["float8"]).literals(LiteralKinds::NUMBER);
    String => SqlType::new("text")
        .also(&["varchar", "character varying", "char", "character", "bpchar", "citext", "name"])
        .literals(LiteralKinds::TEXT), encode: wire::text::encode;
    IpAddr => SqlType::new("inet"), decode: wire::network::decode;
}

// Not through `columns!`: `Vec<u8>` is `bytea` rather than an array, and an array of bytea is `Vec<Vec<u8>>`.
impl ColumnType for Vec<u8> {
    type Inner = Self;
    const SQL_TYPE: SqlType = SqlType::new("bytea");
    driver_conversions!();
}
impl ArrayElement for Vec<u8> {}

#[cfg(feature = "uuid")]
columns! {
    uuid::Uuid => SqlType::new("uuid");
}

#[cfg(feature = "decimal")]
columns! {
    rust_decimal::Decimal => SqlType::new("numeric").also(&["decimal"]).literals(LiteralKinds::NUMBER),
        decode: wire::numeric::decode;
}

#[cfg(feature = "chrono")]
columns! {
    chrono::DateTime<chrono::Utc> => SqlType::new("timestamptz").also(&["timestamp with time zone"]),
        encode: wire::time::encode_instant;
    chrono::NaiveDate => SqlType::new("date"), encode: wire::time::encode_date;
    chrono::NaiveTime => SqlType::new("time").also(&["time without time zone"]),
        decode: wire::time::decode_time, encode: wire::time::encode_time;
    chrono::DateTime<chrono::Local> => SqlType::new("timestamptz").also(&["timestamp with time zone"]),
        decode: |ty: &Type, raw: &[u8]| Ok(wire::time::decode_instant(ty, raw)?.into()), encode: wire::time::encode_instant;
    chrono::DateTime<chrono::FixedOffset> => SqlType::new("timestamptz").also(&["timestamp with time zone"]),
        decode: |ty: &Type, raw: &[u8]| Ok(wire::time::decode_instant(ty, raw)?.into()), encode: wire::time::encode_instant;
    // A timestamp without time zone is nearly always a mistake, so a field has to name it explicitly.
    chrono::NaiveDateTime => SqlType::new("timestamp").also(&["timestamp without time zone"]).explicit(),
        encode: wire::time::encode_timestamp;
}

#[cfg(feature = "chrono")]
stored_as! {
    [] chrono::TimeDelta => Interval, decode: wire::time::decode_delta, encode: wire::time::encode_delta;
}

#[cfg(feature = "json")]
columns! {
    serde_json::Value => SqlType::new("jsonb").also(&["json"]), decode: wire::json::decode, encode: wire::json::encode;
}

#[cfg(feature = "json")]
impl<T> ColumnType for tokio_postgres::types::Json<T>
where
    T: serde::Serialize + serde::de::DeserializeOwned + std::fmt::Debug + Send + Sync + 'static,
{
    type Inner = Self;
    const SQL_TYPE: SqlType = SqlType::new("jsonb").also(&["json"]);

    fn accepts(ty: &Type) -> bool {
        <Self as FromSql<'_>>::accepts(ty)
    }

    fn decode(ty: &Type, raw: &[u8]) -> Wire<Self> {
        Self::from_sql(ty, raw)
    }

    fn encode(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        wire::json::encode(self, ty, out)
    }
}

#[cfg(feature = "json")]
impl<T> ArrayElement for tokio_postgres::types::Json<T> where
    T: serde::Serialize + serde::de::DeserializeOwned + std::fmt::Debug + Send + Sync + 'static
{
}
