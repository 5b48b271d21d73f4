//! SQL text as tokens, after PostgreSQL's own lexical rules (manual, section 4.1).
//!
//! What needs it: telling statements apart, and comparing SQL without its comments, white space and letter case.
//! Text that does not end properly (an open quote or comment) ends with the text: PostgreSQL will say what is wrong.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or an unquoted identifier: letter case does not count.
    Word,
    /// A quoted identifier, a string, a number, a parameter: every character counts.
    Exact,
    /// A dollar-quoted string, often a function's body.
    Dollar,
    /// One character of an operator, or punctuation.
    Symbol,
}

/// A token of SQL text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'s> {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its text, as written.
    pub(crate) text: &'s str,
    /// Where it begins, in bytes.
    pub(crate) start: usize,
    /// Whether nothing stands between the token before and this one.
    pub(crate) joined: bool,
}

impl Token<'_> {
    /// Whether it is this keyword.
    pub(crate) fn is(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword)
    }
}

/// The tokens of `sql`, without comments and white space.
pub(crate) fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut all: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    while let Some(rest) = sql.get(at..).filter(|rest| !rest.is_empty()) {
        let skip = blank(rest);
        if skip > 0 {
            at += skip;
            continue;
        }
        let (kind, length) = token(rest);
        let joined = all.last().is_some_and(|last| last.start + last.text.len() == at);
        all.push(Token { kind, text: &rest[..length], start: at, joined });
        at += length;
    }
    all
}

/// The length of the white space or comment that `rest` begins with.
fn blank(rest: &str) -> usize {
    if rest.starts_with("--") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return nested_comment(rest);
    }
    rest.chars().next().filter(|c| c.is_whitespace()).map_or(0, char::len_utf8)
}

/// Comments nest in PostgreSQL.
fn nested_comment(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            [b'*', b'/', ..] => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

fn token(rest: &str) -> (Kind, usize) {
    let first = rest.chars().next().unwrap_or(' ');
    match first {
        '\'' => (Kind::Exact, quoted(rest, 1, '\'', false)),
        'e' | 'E' if rest[1..].starts_with('\'') => (Kind::Exact, quoted(rest, 2, '\'', true)),
        'b' | 'B' | 'x' | 'X' | 'n' | 'N' if rest[1..].starts_with('\'') => (Kind::Exact, quoted(rest, 2, '\'', false)),
        '"' => (Kind::Exact, quoted(rest, 1, '"', false)),
        '$' => dollar(rest),
        _ if first.is_ascii_digit() => (Kind::Exact, run(rest, |c| c.is_alphanumeric() || c == '.' || c == '_')),
        _ if first.is_alphabetic() || first == '_' => {
            (Kind::Word, run(rest, |c| c.is_alphanumeric() || c == '_' || c == '$'))
        }
        _ => (Kind::Symbol, first.len_utf8()),
    }
}

fn run(rest: &str, belongs: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !belongs(c)).unwrap_or(rest.len())
}

/// The length of a quoted token that begins before `from`; a doubled quote stands for itself.
fn quoted(rest: &str, from: usize, quote: char, backslash: bool) -> usize {
    let mut chars = rest[from..].char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if backslash && c == '\\' {
            chars.next();
        } else if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return from + at + 1;
        }
    }
    rest.len()
}

/// `$tag$ … $tag$`, or a parameter like `$1`.
fn dollar(rest: &str) -> (Kind, usize) {
    let digits = run(&rest[1..], |c| c.is_ascii_digit());
    if digits > 0 {
        return (Kind::Exact, 1 + digits);
    }
    let tag = 1 + run(&rest[1..], |c| c.is_alphanumeric() || c == '_');
    if !rest[tag..].starts_with('$') {
        return (Kind::Symbol, 1);
    }
    let opening = &rest[..=tag];
    let length = rest[opening.len()..].find(opening).map_or(rest.len(), |end| end + 2 * opening.len());
    (Kind::Dollar, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<&str> {
        tokens(sql).iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_nest_and_vanish() {
        assert_eq!(texts("a -- x ; y\n /* /* ; */ */ b"), ["a", "b"]);
    }

    #[test]
    fn quotes_hide_what_is_in_them() {
        assert_eq!(texts(r#"'a;''b' "c;""d" E'\';' x"#), ["'a;''b'", r#""c;""d""#, r"E'\';'", "x"]);
    }

    #[test]
    fn dollar_quotes_end_at_their_own_tag() {
        assert_eq!(texts("$a$ ; $$ ; $b$ $a$ $1 x"), ["$a$ ; $$ ; $b$ $a$", "$1", "x"]);
    }

    #[test]
    fn open_ends_do_not_hang_or_panic() {
        for sql in ["'", "\"a", "/* /*", "$a$ x", "E'\\", "é$", "--", "$"] {
            let _ = tokens(sql);
        }
    }
}
