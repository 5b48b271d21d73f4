//! Columns whose values are written without asking for their type again: a batch has one value per row.

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::Type;

use crate::datum::Datum;
use crate::schema::wire::text::unstorable;

/// The binary format of a column whose values are written without asking for its type again. Values of other Rust types, and those
/// that the column cannot store, are left to [`Datum::bind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlainFormat {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Text,
    Bytea,
    #[cfg(feature = "uuid")]
    Uuid,
}

impl PlainFormat {
    /// Returns the format of a type, if it has one of these.
    pub(crate) fn of(ty: &Type) -> Option<Self> {
        Some(match *ty {
            Type::BOOL => Self::Bool,
            Type::INT2 => Self::Int2,
            Type::INT4 => Self::Int4,
            Type::INT8 => Self::Int8,
            Type::FLOAT4 => Self::Float4,
            Type::FLOAT8 => Self::Float8,
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => Self::Text,
            Type::BYTEA => Self::Bytea,
            #[cfg(feature = "uuid")]
            Type::UUID => Self::Uuid,
            _ => return None,
        })
    }
}

/// Writes a value that always has so many bytes, preceded by its length.
#[inline]
fn put_fixed<const N: usize>(value: [u8; N], out: &mut BytesMut) -> bool {
    // One copy of a constant size, of length and value together. The longest value is a UUID.
    let mut field = [0; 4 + 16];
    #[expect(clippy::cast_possible_truncation, reason = "at most 16")]
    let length = N as u8;
    field[3] = length;
    field[4..4 + N].copy_from_slice(&value);
    out.extend_from_slice(&field[..4 + N]);
    true
}

/// Writes a value of any length, preceded by it, unless it is too long.
#[inline]
fn put_bytes(value: &[u8], out: &mut BytesMut) -> bool {
    let Ok(length) = i32::try_from(value.len()) else { return false };
    out.put_i32(length);
    out.put_slice(value);
    true
}

impl Datum {
    /// Writes the value in a plain format, preceded by its length, and returns true; or writes nothing.
    #[inline]
    pub(crate) fn put_plain(&self, format: PlainFormat, out: &mut BytesMut) -> bool {
        use PlainFormat as Of;
        match (self, format) {
            (Self::Bool(value) | Self::OptionalBool(Some(value)), Of::Bool) => put_fixed([u8::from(*value)], out),
            (Self::I16(value) | Self::OptionalI16(Some(value)), Of::Int2) => put_fixed(value.to_be_bytes(), out),
            (Self::I32(value) | Self::OptionalI32(Some(value)), Of::Int4) => put_fixed(value.to_be_bytes(), out),
            (Self::I64(value) | Self::OptionalI64(Some(value)), Of::Int8) => put_fixed(value.to_be_bytes(), out),
            (Self::F32(value) | Self::OptionalF32(Some(value)), Of::Float4) => put_fixed(value.to_be_bytes(), out),
            (Self::F64(value) | Self::OptionalF64(Some(value)), Of::Float8) => put_fixed(value.to_be_bytes(), out),
            (Self::Text(value) | Self::OptionalText(Some(value)), Of::Text) => {
                unstorable(value).is_none() && put_bytes(value.as_bytes(), out)
            }
            (Self::Bytes(value) | Self::OptionalBytes(Some(value)), Of::Bytea) => put_bytes(value, out),
            #[cfg(feature = "uuid")]
            (Self::Uuid(value) | Self::OptionalUuid(Some(value)), Of::Uuid) => put_fixed(*value.as_bytes(), out),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::wire::array::put;

    fn values() -> Vec<Datum> {
        let text = |text: &str| text.to_owned();
        vec![
            Datum::new(true),
            Datum::new(Some(false)),
            Datum::new(-2_i16),
            Datum::new(Some(7_i16)),
            Datum::new(-70_000_i32),
            Datum::new(Some(7_i32)),
            Datum::new(i64::MIN),
            Datum::new(Some(7_i64)),
            Datum::new(-1.5_f32),
            Datum::new(Some(f32::INFINITY)),
            Datum::new(1.5_f64),
            Datum::new(Some(-0.0_f64)),
            Datum::new(text("ä")),
            Datum::new(text("")),
            Datum::new(Some(text("a"))),
            Datum::new(vec![0_u8, 255]),
            Datum::new(Some(Vec::<u8>::new())),
            #[cfg(feature = "uuid")]
            Datum::new(uuid::Uuid::from_u128(7)),
            #[cfg(feature = "uuid")]
            Datum::new(Some(uuid::Uuid::max())),
        ]
    }

    fn types() -> Vec<Type> {
        vec![
            Type::BOOL,
            Type::INT2,
            Type::INT4,
            Type::INT8,
            Type::FLOAT4,
            Type::FLOAT8,
            Type::TEXT,
            Type::VARCHAR,
            Type::BPCHAR,
            Type::NAME,
            Type::BYTEA,
            Type::UUID,
            Type::DATE,
            Type::OID,
        ]
    }

    fn plain(value: &Datum, ty: &Type) -> Option<BytesMut> {
        let mut out = BytesMut::new();
        let is_plain = PlainFormat::of(ty).is_some_and(|format| value.put_plain(format, &mut out));
        assert!(is_plain || out.is_empty(), "{ty}: something was written");
        is_plain.then_some(out)
    }

    #[test]
    fn a_plain_value_is_written_as_its_type_writes_it() {
        for value in values() {
            let mut formats = 0;
            for ty in types() {
                let mut bound = BytesMut::new();
                let is_bound = put(&mut bound, |out| value.bind(&ty, out)).is_ok();
                let plain = plain(&value, &ty);
                formats += usize::from(plain.is_some());
                // No value is written plainly that could not be bound, and the other way round.
                assert_eq!(plain, is_bound.then_some(bound), "{ty}");
            }
            assert!(formats > 0);
        }
    }

    #[test]
    fn null_and_what_a_type_cannot_hold_are_not_plain() {
        let nulls = [Datum::new(None::<i32>), Datum::new(None::<String>), Datum::new("a\0".to_owned())];
        for value in nulls {
            assert!(types().iter().all(|ty| plain(&value, ty).is_none()));
        }
    }
}
