//! Text: patterns, parts of a text, regular expressions.

use crate::query::col::Col;
use crate::query::condition::Condition;
use crate::schema::ColumnType;
use crate::sql::filter::Filter;

/// Text columns: `String` and `Option<String>`.
///
/// How letters compare is the column's collation's business; a `citext` column ignores the case everywhere.
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
    /// Matches the LIKE pattern, case-sensitively: `%` is any text, `_` any character, `\` takes the next one as is.
    like " LIKE ";
    /// Matches the LIKE pattern, whatever the case.
    ilike " ILIKE ";
    /// Matches the POSIX regular expression somewhere. One that PostgreSQL cannot read is a database error (2201B).
    matches " ~ ";
    /// Matches the POSIX regular expression somewhere, whatever the case.
    matches_insensitive " ~* ";
}

/// Parts of a text. The text sought stands for itself: `%`, `_` and `\` in it have no meaning.
impl<M, T: TextColumn, S> Col<M, T, S> {
    /// Begins with `text`.
    pub fn starts_with(self, text: &str) -> Condition<M> {
        self.pattern(" LIKE ", escaped(text) + "%")
    }

    /// Ends with `text`.
    pub fn ends_with(self, text: &str) -> Condition<M> {
        self.pattern(" LIKE ", format!("%{}", escaped(text)))
    }

    /// Has `text` in it.
    pub fn contains(self, text: &str) -> Condition<M> {
        self.pattern(" LIKE ", format!("%{}%", escaped(text)))
    }

    /// Begins with `text`, whatever the case.
    pub fn starts_with_insensitive(self, text: &str) -> Condition<M> {
        self.pattern(" ILIKE ", escaped(text) + "%")
    }

    /// Ends with `text`, whatever the case.
    pub fn ends_with_insensitive(self, text: &str) -> Condition<M> {
        self.pattern(" ILIKE ", format!("%{}", escaped(text)))
    }

    /// Has `text` in it, whatever the case.
    pub fn contains_insensitive(self, text: &str) -> Condition<M> {
        self.pattern(" ILIKE ", format!("%{}%", escaped(text)))
    }

    fn pattern(self, operator: &'static str, pattern: String) -> Condition<M> {
        Condition::new(Filter::Compare { column: self.name().into(), operator, value: Box::new(pattern), joins: true })
    }
}

/// `text` as a LIKE pattern that only it matches.
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
