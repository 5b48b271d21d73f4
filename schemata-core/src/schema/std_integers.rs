//! Rust's integers that PostgreSQL does not have, as columns of a wider type, and integers that are not zero.

use std::num::NonZero;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Type};

use crate::param::Wire;
use crate::schema::column_type::{ArrayElement, ColumnType};
use crate::schema::sql_type::{LiteralKinds, SqlType};
use crate::schema::wire::integers;

macro_rules! wider {
    ($($rust:ident => $name:literal $also:expr;)*) => {$(
        impl ColumnType for $rust {
            type Inner = Self;
            const SQL_TYPE: SqlType =
                SqlType::new($name).also(&$also).literals(LiteralKinds::integer($rust::MIN as i128, $rust::MAX as i128));

            fn accepts(ty: &Type) -> bool {
                integers::accepts(ty)
            }

            fn decode(ty: &Type, raw: &[u8]) -> Wire<Self> {
                integers::decode(ty, raw, stringify!($rust))
            }

            fn encode(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
                integers::encode((*self).into(), ty, out)
            }
        }
    )*};
}

wider! {
    i8 => "smallint" ["int2", "integer", "int", "int4"];
    u8 => "smallint" ["int2", "integer", "int", "int4", "bigint", "int8"];
    u16 => "integer" ["int", "int4", "smallint", "int2", "bigint", "int8"];
    u32 => "bigint" ["int8", "integer", "int", "int4", "oid"];
    u64 => "numeric(20,0)" ["numeric", "decimal", "bigint", "int8"];
}

// Without `u8`: `Vec<u8>` is `bytea`.
impl ArrayElement for i8 {}
impl ArrayElement for u16 {}
impl ArrayElement for u32 {}
impl ArrayElement for u64 {}

macro_rules! non_zero {
    ($($of:ident)*) => {$(
        impl ColumnType for NonZero<$of> {
            type Inner = Self;
            const SQL_TYPE: SqlType = <$of as ColumnType>::SQL_TYPE.literals(LiteralKinds::integer(1, $of::MAX as i128));

            fn accepts(ty: &Type) -> bool {
                <$of as ColumnType>::accepts(ty)
            }

            fn decode(ty: &Type, raw: &[u8]) -> Wire<Self> {
                Self::new(<$of as ColumnType>::decode(ty, raw)?).ok_or_else(|| "zero, which NonZero cannot hold".into())
            }

            fn encode(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
                self.get().encode(ty, out)
            }
        }

        impl ArrayElement for NonZero<$of> {}
    )*};
}

non_zero! { i8 i16 i32 i64 u8 u16 u32 u64 }
