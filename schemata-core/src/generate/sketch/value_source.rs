//! Defaults as models write them: a Rust literal if PostgreSQL prints the same default for it, otherwise SQL.

use crate::catalog::ColumnState;
use crate::generate::sketch::rust_types::{Element, RustType, cast};
use crate::schema::{DefaultValue, Identity, Literal};

/// The source of a column's value if an insert does not name the column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ValueSource {
    Insert,
    Boolean(bool),
    /// The source text of an integer or a decimal fraction.
    Number(String),
    Text(String),
    Sql(String),
    Generated(String),
    /// Generated when read.
    Virtual(String),
    Identity(Identity),
    Serial,
}

impl From<&DefaultValue> for ValueSource {
    fn from(value: &DefaultValue) -> Self {
        match value {
            DefaultValue::Sql(text) => Self::Sql((*text).to_owned()),
            DefaultValue::Literal(Literal::Boolean(value)) => Self::Boolean(*value),
            DefaultValue::Literal(Literal::Integer(value)) => Self::Number(value.to_string()),
            DefaultValue::Literal(Literal::Float(text)) => Self::Number((*text).to_owned()),
            DefaultValue::Literal(Literal::Text(text)) => Self::Text((*text).to_owned()),
        }
    }
}

/// Returns the source for a printed default of a column of type `rust`. `labels` are those of its enum.
pub(crate) fn default(printed: &str, state: &ColumnState, rust: &RustType, labels: &[String]) -> ValueSource {
    let sql = || ValueSource::Sql(printed.to_owned());
    if rust.array {
        return sql();
    }
    let kinds = match &rust.element {
        Element::Enum(_) => {
            let label = text(printed, &cast(state)).filter(|label| labels.contains(label));
            return label.map_or_else(sql, ValueSource::Text);
        }
        Element::Created(_) => return sql(),
        Element::Plain(plain) => plain.sql.literals,
    };
    if kinds.boolean && (printed == "true" || printed == "false") {
        return ValueSource::Boolean(printed == "true");
    }
    if kinds.text
        && let Some(text) = text(printed, &cast(state))
    {
        return ValueSource::Text(text);
    }
    match number(printed, kinds.float) {
        Some(number) if kinds.integer.is_some() => {
            let whole = number.parse::<i128>();
            let in_range = |(least, greatest)| whole.as_ref().is_ok_and(|whole| (least..=greatest).contains(whole));
            if number.contains('.') || kinds.integer.is_some_and(in_range) {
                ValueSource::Number(number)
            } else {
                sql()
            }
        }
        _ => sql(),
    }
}

/// Returns the text of `'…'::type`.
fn text(printed: &str, of: &str) -> Option<String> {
    unquoted(printed.strip_suffix(of)?.strip_suffix("::")?)
}

/// Returns the text of an SQL string literal; `None` for an expression that only begins and ends like one.
pub(crate) fn unquoted(literal: &str) -> Option<String> {
    let (escaped, rest) = literal.strip_prefix('E').map_or((false, literal), |rest| (true, rest));
    let inner = rest.strip_prefix('\'')?.strip_suffix('\'')?;
    let mut text = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        // PostgreSQL prints both doubled.
        if letter == '\'' || (escaped && letter == '\\') {
            letters.next().filter(|next| *next == letter)?;
        }
        text.push(letter);
    }
    Some(text)
}

/// Returns a number, if PostgreSQL prints a literal of it in the same way: `5`, `1.50`, `'-5'::integer`,
/// `'-1.5'::numeric`, or, beyond `integer`, `'5000000000'::bigint`.
fn number(printed: &str, fractions: bool) -> Option<String> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = |text: &str| match text.split_once('.') {
        None => digits(text) && (text == "0" || !text.starts_with('0')),
        Some((whole, fraction)) => {
            fractions && digits(whole) && digits(fraction) && (whole == "0" || !whole.starts_with('0'))
        }
    };
    if plain(printed) {
        let small = printed.contains('.') || printed.parse::<i32>().is_ok();
        return small.then(|| printed.to_owned());
    }
    let (literal, cast) = printed.split_once("'::")?;
    let text = literal.strip_prefix('\'')?;
    let (negative, size) = text.strip_prefix('-').map_or((false, text), |size| (true, size));
    if !plain(size) || size.chars().all(|digit| matches!(digit, '0' | '.')) {
        return None;
    }
    let expected = match (size.contains('.'), text.parse::<i32>(), text.parse::<i64>()) {
        (true, ..) => "numeric",
        (_, Ok(_), _) => "integer",
        (_, _, Ok(_)) => "bigint",
        _ => "numeric",
    };
    let printed_so =
        cast == expected && (negative || expected == "bigint" || expected == "numeric" && !size.contains('.'));
    printed_so.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_back() {
        assert_eq!(text("'it''s'::text", "text").as_deref(), Some("it's"));
        assert_eq!(text(r"E'a\\b'::character varying", "character varying").as_deref(), Some(r"a\b"));
        assert_eq!(text("''::text", "text").as_deref(), Some(""));
        assert_eq!(text("'a'::text", "character varying"), None);
        assert_eq!(text("'a' || 'b'::text", "text"), None);
        assert_eq!(text("lower('A'::text)", "text"), None);
        assert_eq!(text("'", "text"), None);
        assert_eq!(unquoted("'"), None);
    }

    #[test]
    fn numbers_are_those_that_come_back_the_same() {
        for (printed, number) in [
            ("0", Some("0")),
            ("5", Some("5")),
            ("1.50", Some("1.50")),
            ("'-5'::integer", Some("-5")),
            ("'-1.5'::numeric", Some("-1.5")),
            ("'5000000000'::bigint", Some("5000000000")),
            ("'-5000000000'::bigint", Some("-5000000000")),
            ("'5'::bigint", None),
            ("'-5'::bigint", None),
            ("'5'::integer", None),
            ("'1.5'::numeric", None),
            ("'-0'::integer", None),
            ("5000000000", None),
            ("007", None),
            ("(1 + 2)", None),
            ("1e3", None),
            ("NULL::integer", None),
        ] {
            assert_eq!(super::number(printed, true).as_deref(), number, "{printed}");
        }
        assert_eq!(super::number("1.5", false), None);
    }
}
