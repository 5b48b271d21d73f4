//! Checks the pieces of SQL that users write into statements of the library: each must be exactly one expression, one type
//! or one definition. `schemata-derive` compiles this file too, through a symbolic link.
//!
//! Only the lexer judges a piece. PostgreSQL decides whether it means anything; this module makes sure that it ends where it
//! should, and cannot take the rest of the statement with it.

use crate::sql::lex::{Token, TokenKind, tokens};

/// The kind of a piece of SQL, by its place in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fragment {
    /// A value or a condition.
    Expression,
    /// The type of a column.
    Type,
    /// The definition after a column's name.
    Column,
    /// The definition after a constraint's name.
    Constraint,
    /// The list after SET: columns with their new values.
    Assignment,
    /// The definition after ON in CREATE INDEX.
    Index,
}

impl Fragment {
    /// Returns the noun for messages: "is not one …".
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Expression => "expression",
            Self::Type => "type",
            Self::Column => "column definition",
            Self::Constraint => "constraint",
            Self::Assignment => "SET list",
            Self::Index => "table with the columns of an index, like `orders (placed_at)`",
        }
    }

    /// Returns the words that begin another clause outside parentheses, each with what to do instead. Each word is reserved,
    /// so none can be the name of a column.
    fn foreign_clauses(self) -> &'static [(&'static str, &'static str)] {
        const TABLE: &str = "write it as a constraint of its own";
        const OWN: &str = "a type has none; there is a call, and an attribute, for it alone";
        const NONE: &str = "remove it";
        match self {
            Self::Expression => &[
                ("where", NONE),
                ("returning", NONE),
                ("using", NONE),
                ("check", TABLE),
                ("references", TABLE),
                ("unique", TABLE),
                ("primary", TABLE),
                ("constraint", TABLE),
            ],
            Self::Type => &[
                ("using", "write `set_type_using`"),
                ("default", OWN),
                ("not", OWN),
                ("null", OWN),
                ("check", TABLE),
                ("references", TABLE),
                ("unique", TABLE),
                ("primary", TABLE),
                ("constraint", TABLE),
            ],
            Self::Column => &[("where", NONE), ("using", NONE), ("returning", NONE)],
            Self::Assignment => &[("where", "write `filter`"), ("returning", NONE)],
            Self::Constraint | Self::Index => &[],
        }
    }

    /// Returns the first reason why `text` is not exactly one piece of this kind.
    pub(crate) fn fault(self, text: &str) -> Option<String> {
        // A token that is not closed would swallow the semicolon after it.
        let closed = format!("{text}\n;");
        let mut all = tokens(&closed);
        if all.last().is_none_or(|last| last.start != text.len() + 1) {
            return Some(format!("a {} in it does not end", open_end(&all, closed.len())));
        }
        all.pop();
        if all.is_empty() {
            return Some("it is empty".to_owned());
        }
        let mut open: Vec<&str> = Vec::new();
        let mut before: Option<Token<'_>> = None;
        for token in all {
            if token.kind == TokenKind::Symbol {
                match token.text {
                    ";" => return Some("it has a `;`; a statement of its own belongs in `m.execute`".to_owned()),
                    "," if open.is_empty() && self != Self::Assignment => {
                        return Some("a `,` outside parentheses begins another one".to_owned());
                    }
                    "(" | "[" => open.push(token.text),
                    ")" if open.pop() != Some("(") => return Some("a `)` in it closes nothing".to_owned()),
                    "]" if open.pop() != Some("[") => return Some("a `]` in it closes nothing".to_owned()),
                    _ => {}
                }
            }
            if token.kind == TokenKind::Exact && token.text.starts_with('$') {
                return Some(format!("`{}` is a parameter, but nothing is bound here", token.text));
            }
            // After a dot, and after AS, any word may be a name.
            let is_name = before.is_some_and(|before| before.text == "." || before.is("as"));
            let foreign = self.foreign_clauses().iter().find(|(word, _)| open.is_empty() && !is_name && token.is(word));
            if let Some((word, instead)) = foreign {
                return Some(format!("`{}` begins another clause; {instead}", word.to_uppercase()));
            }
            before = Some(token);
        }
        open.last().map(|open| format!("a `{open}` in it is not closed"))
    }
}

/// Returns the name of the token that is not closed, given the tokens of a text of this length.
fn open_end(all: &[Token<'_>], length: usize) -> &'static str {
    match all.last() {
        Some(last) if last.start + last.text.len() < length => "comment",
        None => "comment",
        Some(last) if last.text.starts_with('"') => "quoted name",
        Some(_) => "string",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complete_fragment_passes_unchanged() {
        for (fragment, text) in [
            (Fragment::Expression, "coalesce(a, ';')::numeric(12,2)[] IS DISTINCT FROM $$;,)$$ /* , */"),
            (Fragment::Expression, "t.where + (SELECT 1 FROM b WHERE c LIMIT 1)"),
            (Fragment::Expression, "E'\\';' || \"a;,\" || ARRAY[1, 2][1]"),
            (Fragment::Type, "timestamp(3) with time zone"),
            (Fragment::Type, "text COLLATE \"de-x-icu\""),
            (Fragment::Column, "int NOT NULL DEFAULT 1 CHECK (a IN (1, 2)) REFERENCES b (c) ON DELETE SET NULL"),
            (Fragment::Constraint, "EXCLUDE USING gist (a WITH =, b WITH &&) WHERE (c > 0)"),
            (Fragment::Constraint, "UNIQUE USING INDEX i"),
            (Fragment::Assignment, "(a, b) = (1, 2), c = 3"),
            (Fragment::Index, "ONLY orders USING gin (tags, lower(a)) INCLUDE (b) WHERE NOT archived"),
        ] {
            assert_eq!(fragment.fault(text), None, "{text}");
        }
    }

    #[test]
    fn text_after_the_end_of_a_fragment_is_refused() {
        for (fragment, text, fault) in [
            (Fragment::Expression, "", "it is empty"),
            (Fragment::Expression, "/* x */ -- y", "it is empty"),
            (Fragment::Expression, "1; DROP TABLE a", "it has a `;`; a statement of its own belongs in `m.execute`"),
            (Fragment::Expression, "f(a; b)", "it has a `;`; a statement of its own belongs in `m.execute`"),
            (Fragment::Expression, "1) OR (1", "a `)` in it closes nothing"),
            (Fragment::Expression, "ARRAY[(1])", "a `]` in it closes nothing"),
            (Fragment::Expression, "f(a", "a `(` in it is not closed"),
            (Fragment::Expression, "a[1", "a `[` in it is not closed"),
            (Fragment::Expression, "a, b", "a `,` outside parentheses begins another one"),
            (Fragment::Expression, "'a", "a string in it does not end"),
            (Fragment::Expression, "a || E'\\'", "a string in it does not end"),
            (Fragment::Expression, "$a$ $b$", "a string in it does not end"),
            (Fragment::Expression, "\"a", "a quoted name in it does not end"),
            (Fragment::Expression, "a /* /* */", "a comment in it does not end"),
            (
                Fragment::Expression,
                "1 CHECK (a > 0)",
                "`CHECK` begins another clause; write it as a constraint of its own",
            ),
            (Fragment::Expression, "a + $1", "`$1` is a parameter, but nothing is bound here"),
            (Fragment::Assignment, "a = 1 WHERE b", "`WHERE` begins another clause; write `filter`"),
            (Fragment::Type, "int USING a::int", "`USING` begins another clause; write `set_type_using`"),
        ] {
            assert_eq!(fragment.fault(text).as_deref(), Some(fault), "{text}");
        }
    }
}
