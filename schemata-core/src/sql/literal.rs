//! Literals in DDL, the one place where values cannot be bound.

use crate::schema::{DefaultValue, Literal};

/// `text` as an SQL literal, whatever `standard_conforming_strings` says.
pub(crate) fn quote_literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') { format!("E'{}'", doubled.replace('\\', "\\\\")) } else { format!("'{doubled}'") }
}

/// SQL as the user wrote it, safe to be followed by more on the same line: a comment in it ends here.
pub(crate) fn raw(sql: &str) -> String {
    if sql.contains("--") { format!("{sql}\n") } else { sql.to_owned() }
}

/// A default, as it stands after DEFAULT.
pub(crate) fn default(value: &DefaultValue) -> String {
    match value {
        DefaultValue::Sql(expression) => raw(expression),
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
