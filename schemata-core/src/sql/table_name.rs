//! Reads the name of a table from the tokens of SQL text.

use crate::qualified_name::QualifiedName;
use crate::sql::lex::Token;

/// Reads `name` or `schema.name` at the beginning of `tokens`, as the catalog stores it. Returns the number of tokens read, too.
pub(crate) fn read(tokens: &[Token<'_>]) -> Option<(QualifiedName, usize)> {
    let first = tokens.first()?.name()?;
    if tokens.get(1).is_some_and(|token| token.text == ".") {
        let name = tokens.get(2)?.name()?;
        return Some((QualifiedName { schema: Some(first), name }, 3));
    }
    Some((QualifiedName { schema: None, name: first }, 1))
}

#[cfg(test)]
mod tests {
    use crate::sql::lex::tokens;

    #[test]
    fn names_are_read_as_the_catalog_has_them() {
        let read = |sql: &str| super::read(&tokens(sql)).map(|(table, taken)| (table.quoted(), taken));
        assert_eq!(read("Orders (a)"), Some(("\"orders\"".into(), 1)));
        assert_eq!(read("\"Or\"\"ders\""), Some(("\"Or\"\"ders\"".into(), 1)));
        assert_eq!(read("Sales . \"Orders\" x"), Some(("\"sales\".\"Orders\"".into(), 3)));
        assert_eq!(read("'orders'"), None);
        assert_eq!(read("sales."), None);
        assert_eq!(read(""), None);
    }
}
