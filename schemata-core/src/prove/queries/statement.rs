//! The outline of a statement: its tokens with their parentheses, the items of its outermost list, and the tables that it reads.

use std::ops::Range;

use crate::sql::lex::{Token, TokenKind, tokens};

/// A statement in tokens.
pub(crate) struct Outline<'s> {
    pub(crate) tokens: Vec<Token<'s>>,
    /// For the beginning or end of a parenthesis, bracket or CASE, its other end; else the position itself.
    pub(crate) partner: Vec<usize>,
    /// How many of them a token is in. Both ends count as outside.
    pub(crate) depth: Vec<usize>,
}

/// A table of the outermost query.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SourceTable {
    /// What its columns are qualified by.
    pub(crate) alias: String,
    /// The table's name; `None` for a sub-select, a function or a common table expression.
    pub(crate) table: Option<String>,
}

/// Words that end a select list, and those that end a list of tables.
const AFTER_LIST: &[&str] =
    &["from", "where", "group", "having", "window", "order", "limit", "offset", "fetch", "for", "into", "union"];
const AFTER_TABLES: &[&str] = &[
    "where",
    "set",
    "group",
    "having",
    "window",
    "order",
    "limit",
    "offset",
    "fetch",
    "for",
    "union",
    "intersect",
    "except",
    "returning",
    "select",
    "values",
];
/// Words that follow a table and are not its alias.
const NO_ALIAS: &[&str] = &[
    "join",
    "left",
    "right",
    "full",
    "inner",
    "cross",
    "natural",
    "on",
    "using",
    "tablesample",
    "default",
    "overriding",
    "from",
    "when",
];

impl<'s> Outline<'s> {
    pub(crate) fn read(sql: &'s str) -> Self {
        let mut tokens = tokens(sql);
        while tokens.last().is_some_and(|token| token.text == ";") {
            tokens.pop();
        }
        let mut partner: Vec<usize> = (0..tokens.len()).collect();
        let (mut depth, mut open) = (Vec::with_capacity(tokens.len()), Vec::new());
        for (at, token) in tokens.iter().enumerate() {
            let closes = matches!(token.text, ")" | "]") || token.is("end");
            if closes && let Some(begin) = open.pop() {
                (partner[begin], partner[at]) = (at, begin);
            }
            depth.push(open.len());
            if matches!(token.text, "(" | "[") || token.is("case") {
                open.push(at);
            }
        }
        Self { tokens, partner, depth }
    }

    /// Returns whether the token at `at` is one of these words or symbols.
    pub(crate) fn is(&self, at: usize, words: &[&str]) -> bool {
        self.tokens.get(at).is_some_and(|token| {
            words.iter().any(|word| token.is(word) || (token.kind == TokenKind::Symbol && token.text == *word))
        })
    }

    /// Returns whether the token before `at` is one of these.
    pub(crate) fn follows(&self, at: usize, words: &[&str]) -> bool {
        at.checked_sub(1).is_some_and(|before| self.is(before, words))
    }

    /// Returns the name that a token is.
    pub(crate) fn name(&self, at: usize) -> Option<String> {
        self.tokens.get(at).and_then(Token::name)
    }

    /// Returns the positions of these words outside of all parentheses.
    fn outermost<'w>(&'w self, words: &'w [&str]) -> impl Iterator<Item = usize> + 'w {
        (0..self.tokens.len())
            .filter(move |at| self.depth[*at] == 0 && self.is(*at, words) && !self.is_distinct_from(*at))
    }

    /// `IS DISTINCT FROM` names no table.
    fn is_distinct_from(&self, at: usize) -> bool {
        self.is(at, &["from"]) && self.follows(at, &["distinct"])
    }

    /// Returns the items of the outermost list, with their names; `None` if they cannot be told apart: a `*`, a set operation.
    pub(crate) fn items(&self) -> Option<Vec<Range<usize>>> {
        if self.outermost(&["union", "intersect", "except"]).next().is_some() {
            return None;
        }
        let Range { start: begin, end } = self.list()?;
        let items = self.split(begin..end, &[","]);
        let is_star = |item: &Range<usize>| {
            item.is_empty() || self.is(item.end - 1, &["*"]) && (item.len() == 1 || self.is(item.end - 2, &["."]))
        };
        (!self.is(begin, &["with"]) && !items.iter().any(is_star)).then_some(items)
    }

    /// Returns the range of the outermost list.
    fn list(&self) -> Option<Range<usize>> {
        if let Some(returning) = self.outermost(&["returning"]).last() {
            return Some(returning + 1..self.tokens.len());
        }
        let mut begin = self.outermost(&["select"]).next()? + 1;
        if self.is(begin, &["distinct", "all"]) {
            begin += 1;
            if self.is(begin, &["on"]) && self.is(begin + 1, &["("]) {
                begin = self.partner[begin + 1] + 1;
            }
        }
        let end = self.outermost(AFTER_LIST).find(|end| *end >= begin).unwrap_or(self.tokens.len());
        Some(begin..end)
    }

    /// Cuts a range at these words or symbols, outside of its parentheses.
    pub(crate) fn split(&self, range: Range<usize>, at: &[&str]) -> Vec<Range<usize>> {
        let Some(depth) = self.depth.get(range.start).copied() else { return vec![range] };
        let mut parts = Vec::new();
        let mut begin = range.start;
        for cut in range.clone().filter(|cut| self.depth[*cut] == depth && self.is(*cut, at)) {
            parts.push(begin..cut);
            begin = cut + 1;
        }
        parts.push(begin..range.end);
        parts
    }

    /// Returns an item without the name that it gets.
    pub(crate) fn without_alias(&self, item: Range<usize>) -> Range<usize> {
        let Range { start, end } = item;
        if item.len() > 2 && self.is(end - 2, &["as"]) {
            return start..end - 2;
        }
        let value = |at: usize| {
            self.name(at).is_some() || self.is(at, &[")", "]"]) || self.tokens[at].kind != TokenKind::Symbol
        };
        let words = [
            "is", "not", "and", "or", "like", "ilike", "over", "null", "true", "false", "end", "in", "zone", "time",
            "as",
        ];
        let has_alias = item.len() > 1
            && self.name(end - 1).is_some()
            && value(end - 2)
            && !self.is(end - 1, &words)
            && (!self.is(end - 2, &words) || self.is(end - 2, &["end"]));
        if has_alias { start..end - 1 } else { start..end }
    }

    /// Returns whether the outermost query returns a row for each group, so that no group is empty.
    pub(crate) fn is_grouped(&self) -> bool {
        self.outermost(&["group"]).any(|at| {
            let is_empty = self.is(at + 2, &["("]) && self.partner[at + 2] == at + 3;
            self.is(at + 1, &["by"]) && !is_empty
        })
    }

    /// Returns the tables of the outermost query.
    pub(crate) fn sources(&self) -> Vec<SourceTable> {
        let mut found = Vec::new();
        let mut in_tables = false;
        for at in (0..self.tokens.len()).filter(|at| self.depth[*at] == 0) {
            let begins = match () {
                () if self.is_distinct_from(at) => false,
                () if self.is(at, &["from", "join", "into"]) => true,
                () if self.is(at, &["using"]) => !self.is(at + 1, &["("]),
                () if self.is(at, &["update"]) => !self.follows(at, &["for", "key", "do", "on", "then"]),
                () if self.is(at, &[","]) => in_tables,
                () => false,
            };
            if begins {
                in_tables = true;
                found.extend(self.source(at + 1));
            } else if self.is(at, AFTER_TABLES) {
                in_tables = false;
            }
        }
        found
    }

    /// Reads the table that begins at `at`.
    fn source(&self, mut at: usize) -> Option<SourceTable> {
        let into = self.follows(at, &["into"]);
        while self.is(at, &["only", "lateral"]) {
            at += 1;
        }
        let mut table = None;
        if self.is(at, &["("]) {
            at = self.partner[at] + 1;
        } else {
            let first = self.name(at)?;
            let is_qualified = self.is(at + 1, &["."]);
            table = Some(first);
            while self.is(at + 1, &["."]) {
                at += 2;
                table = self.name(at);
            }
            at += 1;
            if self.is(at, &["("]) && !into {
                table = None;
                at = self.partner[at] + 1;
            }
            if !is_qualified
                && table.as_ref().is_some_and(|name| self.common_tables().iter().any(|(cte, _)| cte == name))
            {
                return Some(SourceTable { alias: self.alias(at).or(table)?, table: None });
            }
        }
        Some(SourceTable { alias: self.alias(at).or_else(|| table.clone()).unwrap_or_default(), table })
    }

    fn alias(&self, at: usize) -> Option<String> {
        if self.is(at, &["as"]) {
            return self.name(at + 1);
        }
        if self.is(at, NO_ALIAS) || self.is(at, AFTER_TABLES) { None } else { self.name(at) }
    }

    /// Returns the common table expressions at any depth: their names, and the ranges of their bodies.
    pub(crate) fn common_tables(&self) -> Vec<(String, Range<usize>)> {
        let mut found = Vec::new();
        for at in 0..self.tokens.len() {
            if !self.is(at, &["as"]) {
                continue;
            }
            let body = (at + 1..at + 4).find(|body| !self.is(*body, &["not", "materialized"]));
            let Some(body) = body.filter(|body| self.is(*body, &["("])) else { continue };
            let begins = ["select", "with", "values", "insert", "update", "delete", "merge", "table", "("];
            if !self.is(body + 1, &begins) {
                continue;
            }
            let name = if self.follows(at, &[")"]) { self.partner[at - 1].checked_sub(1) } else { at.checked_sub(1) };
            if let Some(name) = name.and_then(|name| self.name(name)) {
                found.push((name, body + 1..self.partner[body]));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(sql: &str) -> Option<Vec<String>> {
        let outline = Outline::read(sql);
        let text = |item: Range<usize>| {
            let item = outline.without_alias(item);
            outline.tokens[item].iter().map(|token| token.text).collect::<Vec<_>>().join(" ")
        };
        Some(outline.items()?.into_iter().map(text).collect())
    }

    #[test]
    fn the_items_of_the_outermost_list_are_told_apart() {
        let sql =
            "WITH x AS (SELECT 1, 2) SELECT DISTINCT ON (a, b) count(*) AS n, f(a, b) c, ARRAY[1, 2], d IS NULL FROM x";
        assert_eq!(items(sql).expect("a list"), ["count ( * )", "f ( a , b )", "ARRAY [ 1 , 2 ]", "d IS NULL"]);
        assert_eq!(items("INSERT INTO t SELECT a FROM b RETURNING c, d AS \"e\"").expect("a list"), ["c", "d"]);
        assert_eq!(items("SELECT a.* FROM a"), None);
        assert_eq!(items("SELECT a FROM b UNION SELECT c FROM d"), None);
    }

    #[test]
    fn tables_have_their_aliases() {
        let sources = |sql: &str| {
            let sources = Outline::read(sql).sources();
            sources.into_iter().map(|source| (source.alias, source.table)).collect::<Vec<_>>()
        };
        let named = |alias: &str, table: &str| (alias.to_owned(), Some(table.to_owned()));
        let other = |alias: &str| (alias.to_owned(), None);
        assert_eq!(
            sources(
                "WITH x AS (SELECT 1 FROM z) SELECT a FROM s.a, b AS c JOIN LATERAL (SELECT 1) d ON true, x, f(1) g"
            ),
            [named("a", "a"), named("c", "b"), other("d"), other("x"), other("g")]
        );
        assert_eq!(
            sources("UPDATE s.a SET b = 1, c = 2 FROM d WHERE e FOR UPDATE"),
            [named("a", "a"), named("d", "d")]
        );
        assert_eq!(sources("INSERT INTO s.a (b, c) VALUES (1, 2)"), [named("a", "a")]);
    }
}
