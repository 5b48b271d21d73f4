//! Conditions on text: patterns, substrings, regular expressions.

use crate::query::col::Col;
use crate::query::condition::Condition;
use crate::schema::ColumnType;
use crate::sql::filter::Filter;

/// Text columns: `String` and `Option<String>`.
///
/// The column's collation decides which letters are equal; a `citext` column always ignores case.
pub trait TextColumn: ColumnType {}

impl TextColumn for String {}
impl TextColumn for Option<String> {}

macro_rules! operators {
    ($($(#[$docs:meta])* $name:ident $operator:literal;)*) => {
        impl<M, T: TextColumn, S> Col<M, T, S> {$(
            $(#[$docs])*
            pub fn $name(self, pattern: impl Into<String>) -> Condition<M> {
                self.pattern($operator, pattern.into())
            }
        )*}
    };
}

operators! {
    /// Matches the LIKE pattern, case-sensitively: `%` is any text, `_` any character, and `\` escapes the next one.
    like " LIKE ";
    /// Matches the LIKE pattern, ignoring case.
    ilike " ILIKE ";
    /// Contains a match of the POSIX regular expression. An invalid expression is a database error (2201B).
    matches " ~ ";
    /// Contains a match of the POSIX regular expression, ignoring case.
    matches_insensitive " ~* ";
}

/// Conditions on parts of a text. `%`, `_` and `\` in the argument stand for themselves.
impl<M, T: TextColumn, S> Col<M, T, S> {
    /// Begins with `text`.
    pub fn starts_with(self, text: &str) -> Condition<M> {
        self.pattern(" LIKE ", escaped(text) + "%")
    }

    /// Ends with `text`.
    pub fn ends_with(self, text: &str) -> Condition<M> {
        self.pattern(" LIKE ", format!("%{}", escaped(text)))
    }

    /// Contains `text`.
    pub fn contains(self, text: &str) -> Condition<M> {
        self.pattern(" LIKE ", format!("%{}%", escaped(text)))
    }

    /// Begins with `text`, ignoring case.
    pub fn starts_with_insensitive(self, text: &str) -> Condition<M> {
        self.pattern(" ILIKE ", escaped(text) + "%")
    }

    /// Ends with `text`, ignoring case.
    pub fn ends_with_insensitive(self, text: &str) -> Condition<M> {
        self.pattern(" ILIKE ", format!("%{}", escaped(text)))
    }

    /// Contains `text`, ignoring case.
    pub fn contains_insensitive(self, text: &str) -> Condition<M> {
        self.pattern(" ILIKE ", format!("%{}%", escaped(text)))
    }

    fn pattern(self, operator: &'static str, pattern: String) -> Condition<M> {
        Condition::new(Filter::Compare { column: self.name().into(), operator, value: Box::new(pattern), joins: true })
    }
}

/// Returns a LIKE pattern that matches exactly `text`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_like_reads_as_more_than_itself() {
        assert_eq!(escaped(r"a_b%c\d"), r"a\_b\%c\\d");
    }
}
