//! What a column's type says of its values: length in characters, precision and scale, no NUL. Looked at in the wire's own
//! format, so that newtypes and types of the application's own are held to it too.

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, Type};

use crate::param::Param;
use crate::schema::Column;

/// The limits of one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// None that PostgreSQL does not refuse without loss.
    None,
    /// Text of at most so many characters, without NUL.
    Text(Option<usize>),
    /// An array of such texts.
    Texts(Option<usize>),
    /// A number of at most so many digits, so many of them behind the point.
    Numeric(usize, usize),
    /// An array of such numbers.
    Numerics(usize, usize),
    /// JSON without `\u0000`.
    Json,
}

/// A broken limit: the rule's name, and what to tell people.
pub(crate) type Broken = (&'static str, String);

impl Limit {
    /// The limits of a column.
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
        // Asked of every value's column, so nothing is copied.
        let is = |names: &[&str]| names.iter().any(|name| base.eq_ignore_ascii_case(name));
        let text = |most| if array { Self::Texts(most) } else { Self::Text(most) };
        if is(&["text", "varchar", "character varying", "bpchar", "citext", "name"]) {
            text(first)
        } else if is(&["char", "character"]) {
            text(Some(first.unwrap_or(1)))
        } else if is(&["numeric", "decimal"]) {
            let kind = if array { Self::Numerics } else { Self::Numeric };
            match (first, numbers.next()) {
                (Some(precision), None) => kind(precision, 0),
                (Some(precision), Some(Some(scale))) => kind(precision, scale),
                _ => Self::None,
            }
        } else if !array && is(&["json", "jsonb"]) {
            Self::Json
        } else {
            Self::None
        }
    }

    /// What `value` breaks. A value that cannot be read this way is left to PostgreSQL.
    pub(crate) fn broken_by(self, value: &Param, room: &mut BytesMut) -> Option<Broken> {
        let ty = match self {
            Self::None => return None,
            Self::Text(_) => Type::TEXT,
            Self::Texts(_) => Type::TEXT_ARRAY,
            Self::Numeric(..) => Type::NUMERIC,
            Self::Numerics(..) => Type::NUMERIC_ARRAY,
            Self::Json => Type::JSON,
        };
        room.clear();
        let Ok(IsNull::No) = (**value).to_sql_checked(&ty, room) else { return None };
        match self {
            Self::None => None,
            Self::Text(most) => text(room, most),
            Self::Texts(most) => elements(room).find_map(|element| text(element, most)),
            Self::Numeric(precision, scale) => numeric(room, precision, scale),
            Self::Numerics(precision, scale) => elements(room).find_map(|element| numeric(element, precision, scale)),
            Self::Json => json(room),
        }
    }
}

fn text(bytes: &[u8], most: Option<usize>) -> Option<Broken> {
    if bytes.contains(&0) {
        return Some(("nul", "contains a NUL character, which PostgreSQL's text cannot hold".to_owned()));
    }
    let most = most?;
    // Fewer bytes than characters there cannot be.
    if bytes.len() <= most {
        return None;
    }
    let length = bytes.iter().filter(|byte| byte.cast_signed() >= -0x40).count();
    (length > most).then(|| ("max_length", format!("is longer than {most} characters: it has {length}")))
}

fn json(bytes: &[u8]) -> Option<Broken> {
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'\\' {
            if bytes[at..].starts_with(b"\\u0000") {
                return Some(("nul", "contains \\u0000, which PostgreSQL's JSON cannot hold".to_owned()));
            }
            at += 1;
        }
        at += 1;
    }
    None
}

/// The elements of a one-dimensional array that are not NULL.
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

/// Reads PostgreSQL's binary numeric: groups of four decimal digits, the first with the weight `10000^weight`.
fn numeric(bytes: &[u8], precision: usize, scale: usize) -> Option<Broken> {
    const FINITE: [u16; 2] = [0, 0x4000];
    let word = |at: usize| Some(u16::from_be_bytes(*bytes.get(at * 2..)?.first_chunk()?));
    let (groups, weight, sign) = (usize::from(word(0)?), i64::from(word(1)?.cast_signed()), word(2)?);
    if !FINITE.contains(&sign) {
        return None;
    }
    let digits: Vec<u16> = (0..groups).map_while(|nth| word(4 + nth)).collect();
    let first = digits.iter().position(|group| *group != 0)?;
    let last = digits.iter().rposition(|group| *group != 0)?;
    // The power of ten of a group's lowest digit.
    let exponent = |nth: usize| (weight - i64::try_from(nth).unwrap_or(i64::MAX)) * 4;
    let highest = exponent(first) + i64::from(digits[first].ilog10());
    let zeros = (0..4).take_while(|power| digits[last].is_multiple_of(10_u16.pow(power + 1))).count();
    let lowest = exponent(last) + i64::try_from(zeros).unwrap_or(0);
    let (behind, before) = (-lowest, highest + 1);
    let room = i64::try_from(precision).ok()? - i64::try_from(scale).ok()?;
    if behind > i64::try_from(scale).ok()? {
        return Some(("scale", format!("has {behind} digits behind the point, and {scale} are kept")));
    }
    (before > room).then(|| ("precision", format!("has {before} digits before the point, and {room} are kept")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "a boxed value is what the cases have")]
    fn broken(declared: &'static str, value: Param) -> Option<&'static str> {
        let limit = Limit::of(&Column::of::<String>("c").sql_type(declared));
        limit.broken_by(&value, &mut BytesMut::new()).map(|(rule, _)| rule)
    }

    #[test]
    fn length_counts_characters() {
        assert_eq!(broken("varchar(3)", Box::new("äöü")), None);
        assert_eq!(broken("varchar(3)", Box::new("äöü!")), Some("max_length"));
        assert_eq!(broken("char(2)", Box::new("abc".to_owned())), Some("max_length"));
        assert_eq!(broken("character varying ( 2 )", Box::new("abc")), Some("max_length"));
        assert_eq!(broken("text", Box::new("a\0")), Some("nul"));
        assert_eq!(broken("varchar(1)", Box::new(None::<String>)), None);
        assert_eq!(broken("char(1)[]", Box::new(vec!["a", "ab"])), Some("max_length"));
        assert_eq!(broken("varchar(2)[]", Box::new(vec![Some("ab"), None, Some("abc")])), Some("max_length"));
    }

    #[test]
    #[cfg(feature = "decimal")]
    fn numbers_keep_every_digit_or_are_refused() {
        use std::str::FromStr;
        let number = |text: &str| Box::new(rust_decimal::Decimal::from_str(text).expect("a number"));
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
            Box::new(vec![Some(rust_decimal::Decimal::ONE), None, Some(one)])
        };
        assert_eq!(broken("numeric(6,2)[]", many("1.25")), None);
        assert_eq!(broken("numeric(6,2)[]", many("1.005")), Some("scale"));
        assert_eq!(broken("numeric(6,2)[]", many("10000")), Some("precision"));
    }

    #[test]
    #[cfg(feature = "json")]
    fn json_has_no_nul() {
        assert_eq!(broken("jsonb", Box::new(serde_json::json!({"a": "\0"}))), Some("nul"));
        assert_eq!(broken("jsonb", Box::new(serde_json::json!({"a": "\\u0000"}))), None);
    }
}
