//! The parts that the types of this module share: binary formats, and the macro that makes columns of them.

use bytes::BufMut;
use tokio_postgres::types::private::BytesMut;

use crate::param::Wire;

/// A type with a binary format that depends on nothing but the value.
pub(crate) trait Binary: Sized {
    /// Decodes all of `raw`.
    fn read(raw: &mut Bytes<'_>) -> Wire<Self>;
    /// Encodes the value.
    fn write(&self, out: &mut BytesMut) -> Wire<()>;
}

/// Bytes that are read from front to back.
pub(crate) struct Bytes<'r>(pub(crate) &'r [u8]);

impl<'r> Bytes<'r> {
    /// Takes the next `N` bytes.
    pub(crate) fn take<const N: usize>(&mut self) -> Wire<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk::<N>().ok_or("the value is truncated")?;
        self.0 = rest;
        Ok(*bytes)
    }

    /// Takes the next `length` bytes.
    pub(crate) fn slice(&mut self, length: usize) -> Wire<&'r [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or("the value is truncated")?;
        self.0 = rest;
        Ok(bytes)
    }

    /// Takes everything that is left.
    pub(crate) fn rest(&mut self) -> &'r [u8] {
        std::mem::take(&mut self.0)
    }

    /// Takes everything that is left as text.
    pub(crate) fn text(&mut self) -> Wire<String> {
        Ok(std::str::from_utf8(self.rest())?.to_owned())
    }

    /// Takes a length of four bytes and as many bytes; `None` if the length is negative.
    pub(crate) fn sized(&mut self) -> Wire<Option<&'r [u8]>> {
        match usize::try_from(self.i32()?) {
            Ok(length) => self.slice(length).map(Some),
            Err(_) => Ok(None),
        }
    }

    pub(crate) fn i32(&mut self) -> Wire<i32> {
        self.take().map(i32::from_be_bytes)
    }

    pub(crate) fn f64(&mut self) -> Wire<f64> {
        self.take().map(f64::from_be_bytes)
    }

    /// Takes a count. Each of the values counted takes at least `least` bytes, so that a wrong count allocates nothing.
    pub(crate) fn count(&mut self, least: usize) -> Wire<usize> {
        let count = usize::try_from(self.i32()?)?;
        if count.saturating_mul(least) > self.0.len() { Err("the value is truncated".into()) } else { Ok(count) }
    }

    /// Refuses bytes that are left.
    pub(crate) fn end(self) -> Wire<()> {
        if self.0.is_empty() { Ok(()) } else { Err("the value is longer than it states".into()) }
    }
}

/// Writes a text; refuses NUL characters.
pub(crate) fn put_text(text: &str, out: &mut BytesMut) -> Wire<()> {
    if text.contains('\0') {
        return Err("a NUL character, which PostgreSQL's text cannot hold".into());
    }
    out.put_slice(text.as_bytes());
    Ok(())
}

/// Writes a count or a length.
pub(crate) fn put_count(count: usize, out: &mut BytesMut) -> Wire<()> {
    out.put_i32(i32::try_from(count)?);
    Ok(())
}

/// Makes columns of types with a [`Binary`] format: `Oid: SqlType::new("oid"), if |ty| *ty == Type::OID;`
macro_rules! binary_columns {
    ($($ty:ty: $sql:expr, if $accepts:expr;)*) => {$(
        impl ::tokio_postgres::types::ToSql for $ty {
            fn to_sql(
                &self,
                _: &::tokio_postgres::types::Type,
                out: &mut ::tokio_postgres::types::private::BytesMut,
            ) -> $crate::param::Wire<::tokio_postgres::types::IsNull> {
                $crate::schema::pg::binary::Binary::write(self, out)?;
                Ok(::tokio_postgres::types::IsNull::No)
            }

            fn accepts(ty: &::tokio_postgres::types::Type) -> bool {
                let accepts: fn(&::tokio_postgres::types::Type) -> bool = $accepts;
                accepts(ty)
            }

            ::tokio_postgres::types::to_sql_checked!();
        }

        impl ::tokio_postgres::types::FromSql<'_> for $ty {
            fn from_sql(_: &::tokio_postgres::types::Type, raw: &[u8]) -> $crate::param::Wire<Self> {
                let mut bytes = $crate::schema::pg::binary::Bytes(raw);
                let value = $crate::schema::pg::binary::Binary::read(&mut bytes)?;
                bytes.end()?;
                Ok(value)
            }

            fn accepts(ty: &::tokio_postgres::types::Type) -> bool {
                <Self as ::tokio_postgres::types::ToSql>::accepts(ty)
            }
        }

        impl $crate::schema::column_type::ColumnType for $ty {
            type Inner = Self;
            const SQL_TYPE: $crate::schema::sql_type::SqlType = $sql;
            $crate::schema::column_type::driver_conversions!();
        }

        impl $crate::schema::column_type::ArrayElement for $ty {}
    )*};
}

pub(crate) use binary_columns;

/// The error of parsing a text that is no value of the type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {expected}")]
pub struct ParseTextError {
    pub(crate) expected: &'static str,
}
