//! Expressions that PostgreSQL printed, for models: rewritten to their probable original text if PostgreSQL prints the same
//! for it.

use crate::generate::sketch::value_source::unquoted;
use crate::sql::lex::{Token, TokenKind, tokens};

/// Returns `expression` with `IN` for `= ANY`, and `NOT IN` for `<> ALL`. PostgreSQL does not print these forms of a
/// `varchar` column the same way again (the casts move into the array), but it does print `IN` the same way.
pub(crate) fn readable(expression: &str) -> String {
    let all = tokens(expression);
    let (mut out, mut done, mut at) = (String::new(), 0, 0);
    while at < all.len() {
        if let Some((end, list)) = list(&all, at) {
            // PostgreSQL adds parentheses around a single comparison.
            let before = at.checked_sub(2).map_or("(", |before| all[before].text);
            let wrapped = at > 0 && all[at - 1].text == "(" && all.get(end + 1).is_some_and(|token| token.text == ")");
            let after = all.get(end + 2).map_or("", |token| token.text);
            let bare =
                wrapped && matches!(before, "(" | "AND" | "OR" | "NOT") && matches!(after, "" | ")" | "AND" | "OR");
            let (start, end) = if bare { (at - 1, end + 1) } else { (at, end) };
            out.push_str(&expression[done..all[start].start]);
            out.push_str(&list);
            (done, at) = (all[end].start + all[end].text.len(), end + 1);
        } else {
            at += 1;
        }
    }
    out.push_str(&expression[done..]);
    out.trim().to_owned()
}

/// Reads `column = ANY (ARRAY['a'::text, 'b'::text])` or
/// `column::text = ANY (ARRAY['a'::character varying, …]::text[])` at `at`. Returns the index of its last token, and
/// `column IN ('a', 'b')`.
fn list(all: &[Token<'_>], at: usize) -> Option<(usize, String)> {
    let column = all.get(at)?;
    let is_column = column.kind == TokenKind::Word || column.kind == TokenKind::Exact && column.text.starts_with('"');
    // In `a.b` or `x::b`, it is part of a longer expression.
    let is_whole = at == 0 || !matches!(all[at - 1].text, "." | "::" | ":");
    if !is_column || !is_whole {
        return None;
    }
    let mut rest = TokenReader { all, at: at + 1 };
    let cast = rest.cast();
    let (operator, all_of, word) = if rest.text() == "=" { ("=", "ANY", "IN") } else { ("<>", "ALL", "NOT IN") };
    if !(rest.takes(operator) && rest.takes(all_of) && rest.takes("(") && rest.takes("ARRAY") && rest.takes("[")) {
        return None;
    }
    let (mut items, mut casts) = (Vec::new(), Vec::new());
    loop {
        items.push(rest.literal()?);
        casts.push(rest.cast());
        if !rest.takes(",") {
            break;
        }
    }
    let varchar = || casts.iter().all(|cast| cast.as_deref() == Some("character varying"));
    if !rest.takes("]") {
        return None;
    }
    let fits = match cast.as_deref() {
        Some("text") => varchar() && rest.cast().as_deref() == Some("text[]"),
        None => casts.iter().all(|cast| *cast == casts[0]) && !varchar(),
        Some(_) => false,
    };
    // A single item was written as an array: PostgreSQL turns `IN` with one item into `=`.
    let ends = rest.takes(")");
    (fits && ends && items.len() > 1).then(|| (rest.at - 1, format!("{} {word} ({})", column.text, items.join(", "))))
}

/// Reads tokens one by one.
struct TokenReader<'t, 's> {
    all: &'t [Token<'s>],
    at: usize,
}

impl TokenReader<'_, '_> {
    fn text(&self) -> &str {
        self.all.get(self.at).map_or("", |token| token.text)
    }

    fn takes(&mut self, text: &str) -> bool {
        let found = self.text() == text;
        self.at += usize::from(found);
        found
    }

    /// Reads `::type`, made of words and perhaps `[]`.
    fn cast(&mut self) -> Option<String> {
        if !self.takes("::") {
            return None;
        }
        let mut words: Vec<String> = Vec::new();
        while self.all.get(self.at).is_some_and(|token| token.kind == TokenKind::Word || token.text.starts_with('"')) {
            words.push(self.text().to_owned());
            self.at += 1;
            if self.text() != "varying" {
                break;
            }
        }
        let array = self.text() == "[" && self.all.get(self.at + 1).is_some_and(|token| token.text == "]");
        self.at += 2 * usize::from(array);
        Some(words.join(" ") + if array { "[]" } else { "" })
    }

    /// Reads a string or a whole number.
    fn literal(&mut self) -> Option<String> {
        let text = self.text().to_owned();
        let number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        self.at += 1;
        (number || unquoted(&text).is_some()).then_some(text)
    }
}

/// Returns an expression without parentheses around all of it.
pub(crate) fn unwrapped(text: &str) -> &str {
    let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else { return text };
    let mut depth = 0_i32;
    for token in tokens(inner) {
        depth += i32::from(token.text == "(") - i32::from(token.text == ")");
        if depth < 0 {
            return text;
        }
    }
    inner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_they_were_written() {
        for (printed, written) in [
            (
                "status::text = ANY (ARRAY['a'::character varying, 'it''s'::character varying]::text[])",
                "status IN ('a', 'it''s')",
            ),
            ("kind = ANY (ARRAY['a'::text, 'b'::text]) AND n > 0", "kind IN ('a', 'b') AND n > 0"),
            ("\"Kind\" = ANY (ARRAY['a'::\"Mood\", 'b'::\"Mood\"])", "\"Kind\" IN ('a', 'b')"),
            ("n = ANY (ARRAY[1, 2, 3])", "n IN (1, 2, 3)"),
            ("x IS NULL OR (n = ANY (ARRAY[1, 2]))", "x IS NULL OR n IN (1, 2)"),
            ("f((n = ANY (ARRAY[1, 2]))) AND (n <> ALL (ARRAY[1, 2]))", "f(n IN (1, 2)) AND n NOT IN (1, 2)"),
            ("f(n = ANY (ARRAY[1, 2]))", "f(n IN (1, 2))"),
            ("((n = ANY (ARRAY[1, 2]))::text = 'x'::text)", "((n IN (1, 2))::text = 'x'::text)"),
            ("a::text <> ALL (ARRAY['x'::character varying, 'y'::character varying]::text[])", "a NOT IN ('x', 'y')"),
        ] {
            assert_eq!(readable(printed), written);
        }
        for same in [
            "status::text = ANY (ARRAY['a'::text, 'b'::text])",
            "status::text = ANY (ARRAY['a'::character varying]::text[])",
            "status = ANY (ARRAY['a'::character varying, 'b'::character varying])",
            "lower(x) = ANY (ARRAY['a'::text, 'b'::text])",
            "n = ANY (ARRAY[1, m])",
            "a = ANY (ARRAY['x'::text, 'y'::character varying])",
            "'x = ANY (ARRAY[1, 2])'::text = y",
            "n > ALL (ARRAY[1, 2])",
            "n <> ANY (ARRAY[1, 2])",
        ] {
            assert_eq!(readable(same), same);
        }
    }

    #[test]
    fn parentheses_go_where_they_hold_all_of_it() {
        assert_eq!(unwrapped("(a + b)"), "a + b");
        assert_eq!(unwrapped("(a + b) * (c)"), "(a + b) * (c)");
        assert_eq!(unwrapped("lower(a)"), "lower(a)");
        assert_eq!(unwrapped("(')')"), "')'");
    }
}
