//! What a column can hold: length in characters, precision and scale. A constant of the column, so that no write has to read
//! the declared type.

use crate::schema::type_name::{TypeName, is_space};

/// The limits of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    /// The binary format in which values are checked; `None` if PostgreSQL itself refuses every value that does not fit.
    pub(crate) format: Option<Format>,
    /// Whether the values are arrays.
    pub(crate) array: bool,
    pub(crate) size: Size,
}

/// A binary format in which values are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Numeric,
    Jsonb,
    Timestamptz,
    Timestamp,
    Date,
    Time,
    Interval,
    Polygon,
    /// An integer column that is narrower than the Rust type.
    Int2,
    Int4,
    Int8,
}

/// The size limit of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// No limit beside that of the type itself.
    Any,
    /// Text of at most this many characters.
    Characters(usize),
    /// A number with at most this many digits (precision), and at most this many of them after the decimal point (scale).
    Digits(usize, usize),
}

impl Limit {
    /// Returns the limits of the type that a Rust type implies.
    pub(crate) const fn implied(name: &str) -> Self {
        Self::read(TypeName::read(name), Self::format_of(name))
    }

    /// Returns the limits of a column that declares its type. The Rust type writes its format however the column is declared.
    /// `integers` is the range of the integers that the Rust type holds.
    pub(crate) const fn declared(declared: &str, implied: Self, integers: Option<(i128, i128)>) -> Self {
        let declared = TypeName::read(declared);
        let own = match (implied.format, integers) {
            (Some(Format::Text | Format::Numeric) | None, Some(range)) => narrower_integer(declared, range),
            (Some(Format::Text | Format::Numeric), None) => None,
            (other, _) => other,
        };
        let limit = Self::read(declared, own);
        Self { array: limit.array || implied.array, ..limit }
    }

    /// Returns the limits of an array.
    pub(crate) const fn array_of(self) -> Self {
        Self { array: true, ..self }
    }

    const fn read(ty: TypeName<'_>, own: Option<Format>) -> Self {
        let (format, size) = if is_one_of(ty, &["text", "varchar", "character varying", "bpchar", "citext", "name"]) {
            (Some(Format::Text), Self::characters(ty, None))
        } else if is_one_of(ty, &["char", "character"]) {
            (Some(Format::Text), Self::characters(ty, Some(1)))
        } else if is_one_of(ty, &["numeric", "decimal"]) {
            match numbers(ty) {
                Some((precision, None)) => (Some(Format::Numeric), Size::Digits(precision, 0)),
                Some((precision, Some(scale))) => (Some(Format::Numeric), Size::Digits(precision, scale)),
                // Only a BigDecimal may have more digits than PostgreSQL keeps.
                None if cfg!(feature = "bigdecimal") => (Some(Format::Numeric), Size::Any),
                None => (None, Size::Any),
            }
        } else {
            (own, Size::Any)
        };
        Self { format, array: ty.array, size }
    }

    const fn characters(ty: TypeName<'_>, without: Option<usize>) -> Size {
        match (numbers(ty), without) {
            (Some((most, _)), _) | (_, Some(most)) => Size::Characters(most),
            _ => Size::Any,
        }
    }

    /// Returns the format of a type without a size.
    const fn format_of(name: &str) -> Option<Format> {
        match name.as_bytes() {
            b"jsonb" => Some(Format::Jsonb),
            b"timestamptz" => Some(Format::Timestamptz),
            b"timestamp" => Some(Format::Timestamp),
            b"date" => Some(Format::Date),
            b"time" => Some(Format::Time),
            b"interval" => Some(Format::Interval),
            b"polygon" => Some(Format::Polygon),
            _ => None,
        }
    }
}

/// Returns the format of an integer type, if the Rust type holds integers that it cannot store.
const fn narrower_integer(ty: TypeName<'_>, (rust_least, rust_greatest): (i128, i128)) -> Option<Format> {
    let (format, least, greatest) = if is_one_of(ty, &["smallint", "int2"]) {
        (Format::Int2, i16::MIN as i128, i16::MAX as i128)
    } else if is_one_of(ty, &["integer", "int", "int4"]) {
        (Format::Int4, i32::MIN as i128, i32::MAX as i128)
    } else if is_one_of(ty, &["bigint", "int8"]) {
        (Format::Int8, i64::MIN as i128, i64::MAX as i128)
    } else {
        return None;
    };
    if rust_least < least || rust_greatest > greatest { Some(format) } else { None }
}

/// Returns the numbers of a modifier that consists of one or two: `(12, Some(2))` for `(12,2)`.
const fn numbers(ty: TypeName<'_>) -> Option<(usize, Option<usize>)> {
    let bytes = ty.text.as_bytes();
    let (mut at, mut first, mut number, mut digits) = (ty.modifier.0 + 1, None, 0, 0);
    while at < ty.modifier.1 {
        match (bytes[at], first) {
            (digit @ b'0'..=b'9', _) if digits < 9 => {
                (number, digits) = (number * 10 + (digit - b'0') as usize, digits + 1);
            }
            (b',', None) if digits > 0 => (first, number, digits) = (Some(number), 0, 0),
            (b')', None) if digits > 0 => return Some((number, None)),
            (b')', Some(first)) if digits > 0 => return Some((first, Some(number))),
            (space, _) if is_space(space) => {}
            _ => return None,
        }
        at += 1;
    }
    None
}

const fn is_one_of(ty: TypeName<'_>, names: &[&str]) -> bool {
    let mut at = 0;
    while at < names.len() {
        if ty.is_called(names[at]) {
            return true;
        }
        at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_type_limits_what_its_rust_type_writes() {
        let text = Limit::implied("text");
        let limit = |declared| Limit::declared(declared, text, None);
        assert_eq!(
            limit("varchar(20)"),
            Limit { format: Some(Format::Text), array: false, size: Size::Characters(20) }
        );
        assert_eq!(limit("Character  Varying ( 2 )[]"), Limit { array: true, size: Size::Characters(2), ..text });
        assert_eq!(limit("char").size, Size::Characters(1));
        assert_eq!(limit("numeric(12, 2)").size, Size::Digits(12, 2));
        assert_eq!(limit("numeric(5)").size, Size::Digits(5, 0));
        for unchecked in ["uuid", "public.varchar(3)"] {
            assert_eq!(limit(unchecked).format, None, "{unchecked}");
        }
        let without_digits = cfg!(feature = "bigdecimal").then_some(Format::Numeric);
        for number in ["numeric", "numeric(5,-2)"] {
            assert_eq!(limit(number), Limit { format: without_digits, array: false, size: Size::Any }, "{number}");
        }
        let instant = Limit::implied("timestamptz");
        assert_eq!(Limit::declared("timestamp(3) with time zone", instant, None), instant);
    }

    #[test]
    fn an_integer_is_checked_where_the_column_is_narrower_than_the_rust_type() {
        let format = |implied, declared, range| Limit::declared(declared, Limit::implied(implied), Some(range)).format;
        let (u16s, u64s, bytes) = ((0, 65_535), (0, i128::from(u64::MAX)), (0, 255));
        assert_eq!(format("integer", "INT2", u16s), Some(Format::Int2));
        assert_eq!(format("bigint", "int", (0, i128::from(u32::MAX))), Some(Format::Int4));
        assert_eq!(format("numeric(20,0)", "bigint", u64s), Some(Format::Int8));
        assert_eq!(format("integer", "bigint", u16s), None);
        assert_eq!(format("smallint", "smallint", bytes), None);
        assert_eq!(Limit::declared("numeric(3)", Limit::implied("numeric(20,0)"), Some(u64s)).size, Size::Digits(3, 0));
    }
}
