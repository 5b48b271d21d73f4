//! The limits of a column's type: length in characters, precision and scale, no NUL. Values are checked in their binary
//! format, so that newtypes and the application's own types are held to them too.

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, Type};

use crate::param::{Param, Unstorable};
use crate::schema::Column;
use crate::schema::type_name::TypeName;
use crate::schema::wire::numeric::WireNumeric;

/// The limits of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Limit {
    /// The type in whose binary format values are checked; `None` if PostgreSQL itself refuses every value that does
    /// not fit.
    sample: Option<Type>,
    array: bool,
    size: Size,
}

/// The size limit of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    /// No limit beside that of the type itself.
    Any,
    /// Text of at most this many characters.
    Characters(usize),
    /// A number with at most this many digits (precision), and at most this many of them after the decimal point (scale).
    Digits(usize, usize),
}

/// A broken limit: the rule's name for programs, and a message for people.
pub(crate) type Broken = (&'static str, String);

impl Limit {
    /// Returns the limits of a column.
    pub(crate) fn of(column: &Column) -> Self {
        let declared = column.declared.unwrap_or(column.sql_type.name).trim();
        let (declared, array) = match declared.strip_suffix("[]") {
            Some(element) => (element.trim_end(), true),
            None => (declared, column.sql_type.array),
        };
        let (base, arguments) = declared.split_once('(').unwrap_or((declared, ""));
        let (base, arguments) = (base.trim(), arguments.trim_end_matches(')'));
        let mut numbers = arguments.split(',').map(|part| part.trim().parse::<usize>().ok());
        let first = numbers.next().flatten();
        // Runs for every column of a write, so it copies nothing.
        let is = |names: &[&str]| names.iter().any(|name| base.eq_ignore_ascii_case(name));
        let characters = |max: Option<usize>| (Type::TEXT, Type::TEXT_ARRAY, max.map_or(Size::Any, Size::Characters));
        let (one, many, size) = if is(&["text", "varchar", "character varying", "bpchar", "citext", "name"]) {
            characters(first)
        } else if is(&["char", "character"]) {
            characters(Some(first.unwrap_or(1)))
        } else if is(&["numeric", "decimal"]) {
            let size = match (first, numbers.next()) {
                (Some(precision), None) => Size::Digits(precision, 0),
                (Some(precision), Some(Some(scale))) => Size::Digits(precision, scale),
                // Only a BigDecimal may have more digits than PostgreSQL keeps.
                _ if cfg!(feature = "bigdecimal") => Size::Any,
                _ => return Self { sample: None, array, size: Size::Any },
            };
            (Type::NUMERIC, Type::NUMERIC_ARRAY, size)
        } else {
            match narrower_integer(column, base).or_else(|| of_rust_type(column.sql_type.name)) {
                Some((one, many)) => (one, many, Size::Any),
                None => return Self { sample: None, array, size: Size::Any },
            }
        };
        Self { sample: Some(if array { many } else { one }), array, size }
    }

    /// Returns the limit that `value` breaks. A value that cannot be encoded for the check is left to PostgreSQL.
    pub(crate) fn broken_by(&self, value: &Param, buffer: &mut BytesMut) -> Option<Broken> {
        let ty = self.sample.as_ref()?;
        buffer.clear();
        match value.bind(ty, buffer) {
            Ok(IsNull::Yes) => return None,
            Ok(IsNull::No) => {}
            Err(error) => {
                let unstorable = error.downcast::<Unstorable>().ok()?;
                return Some((unstorable.rule, unstorable.message.to_owned()));
            }
        }
        let broken = |bytes: &[u8]| match self.size {
            Size::Any => None,
            Size::Characters(max) => text(bytes, max),
            Size::Digits(precision, scale) => numeric(bytes, precision, scale),
        };
        if self.array { elements(buffer).find_map(broken) } else { broken(buffer) }
    }
}

/// Returns the column's integer type, if the Rust type holds integers that it cannot store.
fn narrower_integer(column: &Column, declared: &str) -> Option<(Type, Type)> {
    let (rust_least, rust_greatest) = column.sql_type.literals.integer?;
    let (one, many, least, greatest) = match TypeName::read(declared).short_name().as_str() {
        "smallint" => (Type::INT2, Type::INT2_ARRAY, i16::MIN.into(), i16::MAX.into()),
        "integer" => (Type::INT4, Type::INT4_ARRAY, i32::MIN.into(), i32::MAX.into()),
        "bigint" => (Type::INT8, Type::INT8_ARRAY, i64::MIN.into(), i64::MAX.into()),
        _ => return None,
    };
    (rust_least < least || rust_greatest > greatest).then_some((one, many))
}

/// Returns the binary format of a type without a size, and of its array. The Rust type writes this format however the
/// column is declared.
fn of_rust_type(name: &str) -> Option<(Type, Type)> {
    Some(match name {
        "jsonb" => (Type::JSONB, Type::JSONB_ARRAY),
        "timestamptz" => (Type::TIMESTAMPTZ, Type::TIMESTAMPTZ_ARRAY),
        "timestamp" => (Type::TIMESTAMP, Type::TIMESTAMP_ARRAY),
        "date" => (Type::DATE, Type::DATE_ARRAY),
        "time" => (Type::TIME, Type::TIME_ARRAY),
        "interval" => (Type::INTERVAL, Type::INTERVAL_ARRAY),
        "polygon" => (Type::POLYGON, Type::POLYGON_ARRAY),
        _ => return None,
    })
}

fn text(bytes: &[u8], max: usize) -> Option<Broken> {
    // A text has at most as many characters as bytes.
    if bytes.len() <= max {
        return None;
    }
    let length = bytes.iter().filter(|byte| byte.cast_signed() >= -0x40).count();
    (length > max).then(|| ("max_length", format!("is longer than {max} characters: it has {length}")))
}

/// Returns the elements of a one-dimensional array that are not NULL.
pub(crate) fn elements(array: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = array.get(20..).unwrap_or_default();
    std::iter::from_fn(move || {
        loop {
            let (length, after) = rest.split_first_chunk::<4>()?;
            let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
                rest = after;
                continue;
            };
            let (element, after) = after.split_at_checked(length)?;
            rest = after;
            return Some(element);
        }
    })
}

/// Checks precision and scale. NaN and infinities are left to PostgreSQL.
fn numeric(bytes: &[u8], precision: usize, scale: usize) -> Option<Broken> {
    let (highest, lowest) = WireNumeric::read(bytes).ok()?.extent()?;
    let (integer_digits, fraction_digits) = (highest + 1, -lowest);
    let (precision, scale) = (i32::try_from(precision).ok()?, i32::try_from(scale).ok()?);
    if fraction_digits > scale {
        return Some(("scale", format!("has {fraction_digits} digits after the decimal point, and {scale} are kept")));
    }
    let limit = precision - scale;
    let message = || format!("has {integer_digits} digits before the decimal point, and {limit} are kept");
    (integer_digits > limit).then(|| ("precision", message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "a boxed value is what the cases have")]
    fn broken(declared: &'static str, value: Param) -> Option<&'static str> {
        let limit = Limit::of(&Column::of::<String>("c").sql_type(declared));
        limit.broken_by(&value, &mut BytesMut::new()).map(|(rule, _)| rule)
    }

    fn text(text: &str) -> Param {
        Param::new(text.to_owned())
    }

    #[test]
    fn length_counts_characters() {
        assert_eq!(broken("varchar(3)", text("äöü")), None);
        assert_eq!(broken("varchar(3)", text("äöü!")), Some("max_length"));
        assert_eq!(broken("char(2)", text("abc")), Some("max_length"));
        assert_eq!(broken("character varying ( 2 )", text("abc")), Some("max_length"));
        assert_eq!(broken("text", text("a\0")), Some("nul"));
        assert_eq!(broken("varchar(1)", Param::new(None::<String>)), None);
        assert_eq!(broken("char(1)[]", Param::new(vec!["a".to_owned(), "ab".to_owned()])), Some("max_length"));
        assert_eq!(
            broken("varchar(2)[]", Param::new(vec![Some("ab".to_owned()), None, Some("abc".to_owned())])),
            Some("max_length")
        );
    }

    #[test]
    #[cfg(feature = "decimal")]
    fn numbers_keep_every_digit_or_are_refused() {
        use std::str::FromStr;
        let number = |text: &str| Param::new(rust_decimal::Decimal::from_str(text).expect("a number"));
        for (text, rule) in [
            ("0", None),
            ("9999999999.99", None),
            ("-9999999999.99", None),
            ("10000000000", Some("precision")),
            ("1.005", Some("scale")),
            ("1.00500", Some("scale")),
            ("1.1000", None),
            ("0.01", None),
            ("0.001", Some("scale")),
            ("20000", None),
        ] {
            assert_eq!(broken("numeric(12,2)", number(text)), rule, "{text}");
        }
        assert_eq!(broken("numeric(3)", number("1.5")), Some("scale"));
        assert_eq!(broken("numeric", number("1.5")), None);
        let many = |text: &str| {
            let one = rust_decimal::Decimal::from_str(text).expect("a number");
            Param::new(vec![Some(rust_decimal::Decimal::ONE), None, Some(one)])
        };
        assert_eq!(broken("numeric(6,2)[]", many("1.25")), None);
        assert_eq!(broken("numeric(6,2)[]", many("1.005")), Some("scale"));
        assert_eq!(broken("numeric(6,2)[]", many("10000")), Some("precision"));
    }

    #[test]
    #[cfg(feature = "json")]
    fn json_has_neither_nuls_nor_more_levels_than_can_be_read() {
        use serde_json::{Value, json};
        let limit = Limit::of(&Column::of::<Value>("c"));
        let rule = |value: Value| {
            let value: Param = Param::new(value);
            limit.broken_by(&value, &mut BytesMut::new()).map(|(rule, _)| rule)
        };
        let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(rule(json!({"a": "\0"})), Some("nul"));
        assert_eq!(rule(json!({"a": "\\u0000"})), None);
        assert_eq!((rule(nested(127)), rule(nested(128))), (None, Some("depth")));
    }
}
