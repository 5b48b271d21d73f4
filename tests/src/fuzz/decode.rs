//! Values as they come from the server: any bytes as any type. A value that is read and written again is the same value.

use std::fmt::Debug;
use std::net::IpAddr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use schemata::__private::BytesMut;
use schemata::schema::ColumnType;
use schemata::types::{IsNull, Json, Kind, Type};
use schemata::{Newtype, PgEnum, TextEnum};
use uuid::Uuid;

/// The first byte chooses the type.
pub(super) fn target(data: &[u8]) {
    let Some((choice, raw)) = data.split_first() else { return };
    TYPES[usize::from(*choice) % TYPES.len()](raw);
}

#[derive(Debug, Clone, PartialEq, PgEnum)]
#[column(name = "mood")]
enum Mood {
    Calm,
    #[column(name = "wide awake")]
    WideAwake,
}

#[derive(Debug, Clone, PartialEq, TextEnum)]
enum Level {
    Low,
    VeryHigh,
}

#[derive(Debug, Clone, PartialEq, Newtype)]
struct Amount(Decimal);

fn mood() -> Type {
    let labels = vec!["calm".to_owned(), "wide awake".to_owned()];
    Type::new("mood".to_owned(), 90_000, Kind::Enum(labels), "public".to_owned())
}

fn moods() -> Type {
    Type::new("_mood".to_owned(), 90_001, Kind::Array(mood()), "public".to_owned())
}

const TYPES: &[fn(&[u8])] = &[
    |raw| same::<bool>(&Type::BOOL, raw),
    |raw| same::<i16>(&Type::INT2, raw),
    |raw| same::<i32>(&Type::INT4, raw),
    |raw| same::<i64>(&Type::INT8, raw),
    |raw| same::<f32>(&Type::FLOAT4, raw),
    |raw| same::<f64>(&Type::FLOAT8, raw),
    |raw| same::<String>(&Type::TEXT, raw),
    |raw| same::<String>(&Type::VARCHAR, raw),
    |raw| same::<String>(&Type::BPCHAR, raw),
    |raw| same::<Vec<u8>>(&Type::BYTEA, raw),
    |raw| same::<IpAddr>(&Type::INET, raw),
    |raw| same::<Uuid>(&Type::UUID, raw),
    |raw| same::<Decimal>(&Type::NUMERIC, raw),
    |raw| same::<DateTime<Utc>>(&Type::TIMESTAMPTZ, raw),
    |raw| same::<NaiveDateTime>(&Type::TIMESTAMP, raw),
    |raw| same::<NaiveDate>(&Type::DATE, raw),
    |raw| same::<NaiveTime>(&Type::TIME, raw),
    |raw| same::<serde_json::Value>(&Type::JSONB, raw),
    |raw| same::<serde_json::Value>(&Type::JSON, raw),
    |raw| same::<Json<Vec<Option<f64>>>>(&Type::JSONB, raw),
    |raw| same::<Mood>(&mood(), raw),
    |raw| same::<Level>(&Type::TEXT, raw),
    |raw| same::<Amount>(&Type::NUMERIC, raw),
    |raw| same::<Vec<i32>>(&Type::INT4_ARRAY, raw),
    |raw| same::<Vec<Option<String>>>(&Type::TEXT_ARRAY, raw),
    |raw| same::<Vec<Vec<u8>>>(&Type::BYTEA_ARRAY, raw),
    |raw| same::<Vec<Option<Decimal>>>(&Type::NUMERIC_ARRAY, raw),
    |raw| same::<Vec<DateTime<Utc>>>(&Type::TIMESTAMPTZ_ARRAY, raw),
    |raw| same::<Vec<bool>>(&Type::BOOL_ARRAY, raw),
    |raw| same::<Vec<serde_json::Value>>(&Type::JSONB_ARRAY, raw),
    |raw| same::<Vec<Mood>>(&moods(), raw),
    |raw| same::<Vec<Uuid>>(&Type::UUID_ARRAY, raw),
    |raw| same::<Vec<f64>>(&Type::FLOAT8_ARRAY, raw),
];

/// Reads `raw`. A value that can be read and written can be read again, and is then written with the same bytes.
fn same<T: ColumnType + Debug + PartialEq>(ty: &Type, raw: &[u8]) {
    let Some(value) = read::<T>(ty, raw) else { return };
    let Some(once) = write(ty, &value) else { return };
    let again = read::<T>(ty, &once);
    let again = again.unwrap_or_else(|| panic!("{value:?} of {ty}, written as {once:?}, cannot be read"));
    assert_eq!(write(ty, &again).as_ref(), Some(&once), "{value:?} of {ty} came back as {again:?}");
    // A NaN is not equal to itself.
    assert!(again == value || format!("{again:?}") == format!("{value:?}"), "{value:?} of {ty} came back as {again:?}");
}

fn read<T: ColumnType>(ty: &Type, raw: &[u8]) -> Option<T> {
    assert!(T::accepts(ty), "{ty}");
    T::decode(ty, raw).ok()
}

fn write<T: ColumnType>(ty: &Type, value: &T) -> Option<Vec<u8>> {
    let mut bytes = BytesMut::new();
    match value.encode(ty, &mut bytes) {
        Ok(IsNull::No) => Some(bytes.to_vec()),
        Ok(IsNull::Yes) => panic!("a value became NULL"),
        Err(_) => None,
    }
}
