//! `stored_as!`: Rust types that PostgreSQL sees as another column type; `column_types!`: those with a type of their own.

/// Makes types columns that PostgreSQL sees as another type: their SQL type and its spellings are those of that type.
macro_rules! stored_as {
    ($([$($generics:tt)*] $rust:ty => $of:ty, decode: $decode:expr, encode: $encode:expr;)*) => {$(
        impl<$($generics)*> $crate::schema::column_type::ColumnType for $rust {
            type Inner = Self;
            const SQL_TYPE: $crate::schema::sql_type::SqlType = <$of as $crate::schema::column_type::ColumnType>::SQL_TYPE;

            fn accepts(ty: &tokio_postgres::types::Type) -> bool {
                <$of as $crate::schema::column_type::ColumnType>::accepts(ty)
            }

            fn decode(ty: &tokio_postgres::types::Type, raw: &[u8]) -> $crate::param::Wire<Self> {
                $decode(ty, raw)
            }

            fn encode(&self, ty: &tokio_postgres::types::Type, out: &mut bytes::BytesMut) -> $crate::param::Wire<tokio_postgres::types::IsNull> {
                $encode(self, ty, out)
            }
        }

        impl<$($generics)*> $crate::schema::column_type::ArrayElement for $rust {}
    )*};
}

/// Makes types columns of the PostgreSQL type that is given, which are recognised by its names.
#[cfg_attr(not(feature = "time"), allow(unused_macros, reason = "for the types of other crates"))]
macro_rules! column_types {
    ($($rust:ty as $sql:expr, $(accepts: $accepts:expr,)? decode: $decode:expr, encode: $encode:expr;)*) => {$(
        impl $crate::schema::column_type::ColumnType for $rust {
            type Inner = Self;
            const SQL_TYPE: SqlType = $sql;

            $(fn accepts(ty: &tokio_postgres::types::Type) -> bool {
                $accepts.contains(ty)
            })?

            fn decode(ty: &tokio_postgres::types::Type, raw: &[u8]) -> $crate::param::Wire<Self> {
                $decode(ty, raw)
            }

            fn encode(
                &self,
                ty: &tokio_postgres::types::Type,
                out: &mut bytes::BytesMut,
            ) -> $crate::param::Wire<tokio_postgres::types::IsNull> {
                $encode(self, ty, out)
            }
        }

        impl $crate::schema::column_type::ArrayElement for $rust {}
    )*};
}

#[cfg_attr(not(feature = "time"), allow(unused_imports, reason = "for the types of other crates"))]
pub(crate) use column_types;
pub(crate) use stored_as;
