//! A statement's words, for looking at its outermost level.

use crate::sql::lex::{Token, TokenKind, tokens};

/// A statement and its tokens.
pub(crate) struct Statement<'s> {
    pub(crate) sql: &'s str,
    pub(crate) tokens: Vec<Token<'s>>,
}

impl<'s> Statement<'s> {
    pub(crate) fn new(sql: &'s str) -> Self {
        Self { sql, tokens: tokens(sql) }
    }

    /// The whole of it, as one action.
    pub(crate) fn whole(&self) -> Action<'_> {
        Action { sql: self.sql, tokens: &self.tokens }
    }
}

/// Part of a statement, like one of the actions of an ALTER TABLE.
#[derive(Clone, Copy)]
pub(crate) struct Action<'s> {
    sql: &'s str,
    pub(crate) tokens: &'s [Token<'s>],
}

impl<'s> Action<'s> {
    /// Whether it begins with these keywords.
    pub(crate) fn begins(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(at, word)| self.is(at, word))
    }

    /// Whether the token at `at` is this keyword.
    pub(crate) fn is(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(word))
    }

    /// Skips `words` at `at`, if they stand there.
    pub(crate) fn skip(&self, at: usize, words: &[&str]) -> usize {
        if self.from(at).begins(words) { at + words.len() } else { at }
    }

    /// What the catalog calls the thing named at `at`.
    pub(crate) fn name(&self, at: usize) -> Option<String> {
        self.tokens.get(at)?.name()
    }

    /// From the token at `at` on.
    pub(crate) fn from(&self, at: usize) -> Self {
        Self { sql: self.sql, tokens: self.tokens.get(at..).unwrap_or_default() }
    }

    /// Up to the token at `end`.
    pub(crate) fn until(&self, end: usize) -> Self {
        Self { sql: self.sql, tokens: &self.tokens[..end.min(self.tokens.len())] }
    }

    /// Its text, as written.
    pub(crate) fn text(&self) -> &'s str {
        match (self.tokens.first(), self.tokens.last()) {
            (Some(first), Some(last)) => &self.sql[first.start..last.start + last.text.len()],
            _ => "",
        }
    }

    /// The positions of its tokens outside parentheses; an opening one counts as outside.
    pub(crate) fn outermost(&self) -> Vec<usize> {
        let mut depth = 0_i32;
        let mut positions = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let closes = token.kind == TokenKind::Symbol && matches!(token.text, ")" | "]");
            let opens = token.kind == TokenKind::Symbol && matches!(token.text, "(" | "[");
            depth -= i32::from(closes);
            if depth == 0 && !closes {
                positions.push(at);
            }
            depth += i32::from(opens);
        }
        positions
    }

    /// Where these keywords stand one after another, outside parentheses.
    pub(crate) fn find(&self, words: &[&str]) -> Option<usize> {
        let outside = self.outermost();
        let at = |from: usize| {
            words.iter().enumerate().all(|(n, word)| outside.get(from + n).is_some_and(|at| self.is(*at, word)))
        };
        (0..outside.len()).find(|from| at(*from)).map(|from| outside[from])
    }

    /// Whether these keywords stand in it one after another, outside parentheses.
    pub(crate) fn has(&self, words: &[&str]) -> bool {
        self.find(words).is_some()
    }

    /// Its parts between commas outside parentheses.
    pub(crate) fn split(&self) -> Vec<Action<'s>> {
        let commas = self.outermost().into_iter().filter(|at| self.tokens[*at].text == ",");
        let mut parts = Vec::new();
        let mut begin = 0;
        for comma in commas {
            parts.push(self.until(comma).from(begin));
            begin = comma + 1;
        }
        parts.push(self.from(begin));
        parts
    }

    /// The new name, where it is `RENAME TO name`.
    pub(crate) fn new_table_name(&self) -> Option<String> {
        if self.begins(&["rename", "to"]) { self.name(2) } else { None }
    }
}
