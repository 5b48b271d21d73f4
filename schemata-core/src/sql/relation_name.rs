//! Reads the name of a table from the tokens of SQL text.

use crate::ident::quoted;
use crate::sql::lex::Token;

/// A table's name as the catalog stores it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Relation {
    /// Its schema, if the text names one.
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

impl Relation {
    /// Reads `name` or `schema.name` at the beginning of `tokens`. Returns the number of tokens read, too.
    pub(crate) fn read(tokens: &[Token<'_>]) -> Option<(Self, usize)> {
        let first = tokens.first()?.name()?;
        if tokens.get(1).is_some_and(|token| token.text == ".") {
            let name = tokens.get(2)?.name()?;
            return Some((Self { schema: Some(first), name }, 3));
        }
        Some((Self { schema: None, name: first }, 1))
    }

    /// Returns the name, in `schema` if the text names none.
    pub(crate) fn or_in(mut self, schema: &str) -> Self {
        self.schema.get_or_insert_with(|| schema.to_owned());
        self
    }

    /// Returns the quoted name.
    pub(crate) fn sql(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", quoted(schema), quoted(&self.name)),
            None => quoted(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::lex::tokens;

    #[test]
    fn names_are_read_as_the_catalog_has_them() {
        let read = |sql: &str| Relation::read(&tokens(sql)).map(|(relation, taken)| (relation.sql(), taken));
        assert_eq!(read("Orders (a)"), Some(("\"orders\"".into(), 1)));
        assert_eq!(read("\"Or\"\"ders\""), Some(("\"Or\"\"ders\"".into(), 1)));
        assert_eq!(read("Sales . \"Orders\" x"), Some(("\"sales\".\"Orders\"".into(), 3)));
        assert_eq!(read("'orders'"), None);
        assert_eq!(read("sales."), None);
        assert_eq!(read(""), None);
    }
}
