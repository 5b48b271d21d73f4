//! Writes literals for statements in which values cannot be bound, as in DDL.

use std::borrow::Cow;

use crate::schema::{DefaultValue, Literal};

/// Returns `text` as an SQL literal that is right for every setting of `standard_conforming_strings`.
pub(crate) fn quote_literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') { format!("E'{}'", doubled.replace('\\', "\\\\")) } else { format!("'{doubled}'") }
}

/// Returns SQL as the user wrote it, ready to be followed by more text: a line comment at its end is closed.
pub(crate) fn raw(sql: &str) -> Cow<'_, str> {
    if sql.contains("--") { Cow::Owned(format!("{sql}\n")) } else { Cow::Borrowed(sql) }
}

/// Returns the text of a default for the place after DEFAULT.
pub(crate) fn default(value: &DefaultValue) -> String {
    match value {
        DefaultValue::Sql(expression) => raw(expression).into_owned(),
        DefaultValue::Literal(Literal::Boolean(value)) => value.to_string(),
        DefaultValue::Literal(Literal::Integer(value)) => value.to_string(),
        DefaultValue::Literal(Literal::Float(text)) => (*text).to_owned(),
        DefaultValue::Literal(Literal::Text(text)) => quote_literal(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_stay_inside() {
        assert_eq!(quote_literal("it's"), "'it''s'");
        assert_eq!(quote_literal(r"a\'b"), r"E'a\\''b'");
    }
}
