//! Holds values to the limits of their columns: length in characters, precision and scale, no NUL. Values are checked in their
//! binary format, so that newtypes and the application's own types are held to them too.

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, Kind, Type};

use crate::datum::Datum;
use crate::param::Unstorable;
use crate::schema::limit::{Format, Limit, Size};
use crate::schema::wire::numeric::WireNumeric;
use crate::schema::wire::text::unstorable;

/// A broken limit: the rule's name for programs, and a message for people.
pub(crate) type Broken = (&'static str, String);

impl Limit {
    /// Returns the limit that `value` breaks. A value that cannot be encoded for the check is left to PostgreSQL.
    pub(crate) fn broken_by(self, value: &Datum, buffer: &mut BytesMut) -> Option<Broken> {
        let format = self.format?;
        if let Some(value) = value.as_text().filter(|_| format == Format::Text && !self.array) {
            return self.broken_by_text(value);
        }
        let ty = format.ty(self.array);
        buffer.clear();
        match value.bind(&ty, buffer) {
            Ok(IsNull::Yes) => return None,
            Ok(IsNull::No) => {}
            Err(error) => {
                let unstorable = error.downcast::<Unstorable>().ok()?;
                return Some((unstorable.rule, unstorable.message.to_owned()));
            }
        }
        self.exceeded_by(buffer)
    }

    /// Returns the limit that a text breaks, which need not be encoded: its binary format is itself.
    fn broken_by_text(self, value: &str) -> Option<Broken> {
        if let Some(Unstorable { rule, message }) = unstorable(value) {
            return Some((rule, message.to_owned()));
        }
        if let Size::Characters(max) = self.size { text(value.as_bytes(), max) } else { None }
    }
}

/// What is left to look at in a value that was encoded for its column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Remaining {
    /// Nothing: encoding refuses what the column cannot hold.
    Nothing,
    /// The size of each value in these bytes, or of each element.
    Size,
    /// The value itself, since the bytes do not tell.
    Value,
}

impl Limit {
    /// Returns what is left to look at in values that were encoded for `ty`.
    pub(crate) fn remaining(self, ty: &Type) -> Remaining {
        let Some(format) = self.format else { return Remaining::Nothing };
        let element = match ty.kind() {
            Kind::Array(element) if self.array => element,
            _ => ty,
        };
        let is_text = matches!(*element, Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME);
        match self.size {
            Size::Any if is_text && format == Format::Text => Remaining::Nothing,
            Size::Any if *ty == format.ty(self.array) => Remaining::Nothing,
            Size::Characters(_) if is_text && format == Format::Text => Remaining::Size,
            Size::Digits(..) if *ty == format.ty(self.array) => Remaining::Size,
            _ => Remaining::Value,
        }
    }

    /// Returns whether so many bytes are certainly not too many.
    #[inline]
    pub(crate) fn admits_bytes(self, length: usize) -> bool {
        // A text has at most as many characters as bytes.
        !self.array && matches!(self.size, Size::Characters(max) if length <= max)
    }

    /// Returns the size that a value exceeds, given its bytes.
    pub(crate) fn exceeded_by(self, raw: &[u8]) -> Option<Broken> {
        let broken = |bytes: &[u8]| match self.size {
            Size::Any => None,
            Size::Characters(max) => text(bytes, max),
            Size::Digits(precision, scale) => numeric(bytes, precision, scale),
        };
        if self.array { elements(raw).find_map(broken) } else { broken(raw) }
    }
}

impl Format {
    /// Returns the type whose values have this format.
    fn ty(self, array: bool) -> Type {
        let (one, many) = match self {
            Self::Text => (Type::TEXT, Type::TEXT_ARRAY),
            Self::Numeric => (Type::NUMERIC, Type::NUMERIC_ARRAY),
            Self::Jsonb => (Type::JSONB, Type::JSONB_ARRAY),
            Self::Timestamptz => (Type::TIMESTAMPTZ, Type::TIMESTAMPTZ_ARRAY),
            Self::Timestamp => (Type::TIMESTAMP, Type::TIMESTAMP_ARRAY),
            Self::Date => (Type::DATE, Type::DATE_ARRAY),
            Self::Time => (Type::TIME, Type::TIME_ARRAY),
            Self::Interval => (Type::INTERVAL, Type::INTERVAL_ARRAY),
            Self::Polygon => (Type::POLYGON, Type::POLYGON_ARRAY),
            Self::Int2 => (Type::INT2, Type::INT2_ARRAY),
            Self::Int4 => (Type::INT4, Type::INT4_ARRAY),
            Self::Int8 => (Type::INT8, Type::INT8_ARRAY),
        };
        if array { many } else { one }
    }
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
    use crate::schema::Column;

    #[expect(clippy::needless_pass_by_value, reason = "a boxed value is what the cases have")]
    fn broken(declared: &'static str, value: Datum) -> Option<&'static str> {
        let limit = Column::of::<String>("c").sql_type(declared).limit;
        limit.broken_by(&value, &mut BytesMut::new()).map(|(rule, _)| rule)
    }

    fn text(text: &str) -> Datum {
        Datum::new(text.to_owned())
    }

    #[test]
    fn length_counts_characters() {
        assert_eq!(broken("varchar(3)", text("äöü")), None);
        assert_eq!(broken("varchar(3)", text("äöü!")), Some("max_length"));
        assert_eq!(broken("char(2)", text("abc")), Some("max_length"));
        assert_eq!(broken("character varying ( 2 )", text("abc")), Some("max_length"));
        assert_eq!(broken("text", text("a\0")), Some("nul"));
        assert_eq!(broken("varchar(1)", Datum::new(None::<String>)), None);
        assert_eq!(broken("char(1)[]", Datum::new(vec!["a".to_owned(), "ab".to_owned()])), Some("max_length"));
        assert_eq!(
            broken("varchar(2)[]", Datum::new(vec![Some("ab".to_owned()), None, Some("abc".to_owned())])),
            Some("max_length")
        );
    }

    #[test]
    #[cfg(feature = "decimal")]
    fn numbers_keep_every_digit_or_are_refused() {
        use std::str::FromStr;
        let number = |text: &str| Datum::new(rust_decimal::Decimal::from_str(text).expect("a number"));
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
            Datum::new(vec![Some(rust_decimal::Decimal::ONE), None, Some(one)])
        };
        assert_eq!(broken("numeric(6,2)[]", many("1.25")), None);
        assert_eq!(broken("numeric(6,2)[]", many("1.005")), Some("scale"));
        assert_eq!(broken("numeric(6,2)[]", many("10000")), Some("precision"));
    }

    #[test]
    #[cfg(feature = "json")]
    fn json_has_neither_nuls_nor_more_levels_than_can_be_read() {
        use serde_json::{Value, json};
        let limit = Column::of::<Value>("c").limit;
        let rule = |value: Value| {
            let value: Datum = Datum::new(value);
            limit.broken_by(&value, &mut BytesMut::new()).map(|(rule, _)| rule)
        };
        let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(rule(json!({"a": "\0"})), Some("nul"));
        assert_eq!(rule(json!({"a": "\\u0000"})), None);
        assert_eq!((rule(nested(127)), rule(nested(128))), (None, Some("depth")));
    }
}
