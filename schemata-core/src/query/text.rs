//! Conditions on text: patterns, substrings, regular expressions.

use crate::param::Param;
use crate::query::compare::compared;
use crate::query::condition::Condition;
use crate::query::expr::{Operand, expression_methods};
use crate::query::scope::ReadBy;
use crate::schema::ColumnType;
use crate::sql::tree::Filter;

/// Text columns: `String` and `Option<String>`.
///
/// The column's collation decides which letters are equal; a `citext` column always ignores case.
pub trait TextColumn: ColumnType<Inner = String> {}

impl TextColumn for String {}
impl TextColumn for Option<String> {}

expression_methods! { [TextColumn]
    /// Matches the LIKE pattern, case-sensitively: `%` is any text, `_` any character, and `\` escapes the next one.
    pub fn like<S, V, I, K>(self, pattern: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: Operand<String, S, K>,
    {
        Condition::new(compared(self.tree(), " LIKE ", pattern.__side().0, true))
    }

    /// Does not match the LIKE pattern. NULL does not qualify.
    pub fn not_like<S, V, I, K>(self, pattern: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: Operand<String, S, K>,
    {
        Condition::new(compared(self.tree(), " NOT LIKE ", pattern.__side().0, true))
    }

    /// Matches the LIKE pattern, ignoring case.
    pub fn ilike<S, V, I, K>(self, pattern: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: Operand<String, S, K>,
    {
        Condition::new(compared(self.tree(), " ILIKE ", pattern.__side().0, true))
    }

    /// Does not match the LIKE pattern, ignoring case. NULL does not qualify.
    pub fn not_ilike<S, V, I, K>(self, pattern: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: Operand<String, S, K>,
    {
        Condition::new(compared(self.tree(), " NOT ILIKE ", pattern.__side().0, true))
    }

    /// Contains a match of the POSIX regular expression. An invalid expression is a database error (2201B).
    pub fn matches<S, V, I, K>(self, pattern: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: Operand<String, S, K>,
    {
        Condition::new(compared(self.tree(), " ~ ", pattern.__side().0, true))
    }

    /// Contains a match of the POSIX regular expression, ignoring case.
    pub fn matches_insensitive<S, V, I, K>(self, pattern: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: Operand<String, S, K>,
    {
        Condition::new(compared(self.tree(), " ~* ", pattern.__side().0, true))
    }
}

macro_rules! parts {
    ($($(#[$docs:meta])* $name:ident $operator:literal $before:literal $after:literal;)*) => {
        expression_methods! { [TextColumn]
            $($(#[$docs])*
            pub fn $name<S, I>(self, text: impl AsRef<str>) -> Condition<S>
            where
                R: ReadBy<S, I>,
            {
                let pattern = format!("{}{}{}", $before, escaped(text.as_ref()), $after);
                let (column, value) = (self.tree(), Param::new(pattern));
                Condition::new(Filter::Compare { column, operator: $operator, value, joins: true })
            })*
        }
    };
}

parts! {
    /// Begins with `text`. `%`, `_` and `\` in it stand for themselves, here and in the methods like this one.
    starts_with " LIKE " "" "%";
    /// Ends with `text`.
    ends_with " LIKE " "%" "";
    /// Contains `text`.
    contains " LIKE " "%" "%";
    /// Begins with `text`, ignoring case.
    starts_with_insensitive " ILIKE " "" "%";
    /// Ends with `text`, ignoring case.
    ends_with_insensitive " ILIKE " "%" "";
    /// Contains `text`, ignoring case.
    contains_insensitive " ILIKE " "%" "%";
}

/// Returns a LIKE pattern that matches exactly `text`.
pub(crate) fn escaped(text: &str) -> String {
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
