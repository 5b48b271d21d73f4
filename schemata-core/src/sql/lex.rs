//! Cuts SQL text into tokens by PostgreSQL's lexical rules (manual, section 4.1). The only lexer of SQL in the library.
//!
//! `schemata-derive` compiles this file too, through a symbolic link, so that attributes and migrations are read by the same
//! rules. A quote or comment that is never closed extends to the end of the text: PostgreSQL reports what is wrong.

/// The kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A keyword or an unquoted identifier. The case of its ASCII letters does not matter.
    Word,
    /// A quoted identifier, a string, a number or a parameter. Every character matters.
    Exact,
    /// A dollar-quoted string, often a function's body.
    Dollar,
    /// An operator, or one character of punctuation.
    Symbol,
}

/// A token of SQL text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'s> {
    pub(crate) kind: TokenKind,
    /// The text as written, quotes included.
    pub(crate) text: &'s str,
    /// The offset of its first byte.
    pub(crate) start: usize,
}

impl Token<'_> {
    /// Returns the offset after its last byte.
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Returns whether the token is this keyword.
    pub(crate) fn is(&self, keyword: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    /// Returns the identifier that the token is, as the catalog stores it. PostgreSQL folds unquoted names in ASCII only.
    pub(crate) fn name(&self) -> Option<String> {
        match self.kind {
            TokenKind::Word => Some(self.text.to_ascii_lowercase()),
            TokenKind::Exact => Some(self.text.strip_prefix('"')?.strip_suffix('"')?.replace("\"\"", "\"")),
            TokenKind::Dollar | TokenKind::Symbol => None,
        }
    }
}

/// Returns the tokens of `sql`, without comments and white space.
pub(crate) fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut all: Vec<Token<'_>> = Vec::new();
    while let Some(token) = token_after(sql, all.last().map_or(0, Token::end)) {
        all.push(token);
    }
    all
}

/// Returns the first token of `sql` that begins at `from` or later. `from` is not inside a token or a comment.
pub(crate) fn token_after(sql: &str, from: usize) -> Option<Token<'_>> {
    let mut at = from;
    loop {
        let rest = sql.get(at..).filter(|rest| !rest.is_empty())?;
        let skip = blank(rest);
        if skip == 0 {
            let (kind, length) = token(rest);
            return Some(Token { kind, text: &rest[..length], start: at });
        }
        at += skip;
    }
}

/// PostgreSQL's white space. It takes Unicode's other spaces for letters.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// Letters, the underscore, and everything beyond ASCII.
fn begins_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn continues_word(c: char) -> bool {
    begins_word(c) || c.is_ascii_digit() || c == '$'
}

/// Returns the length of the white space or comment that `rest` begins with.
fn blank(rest: &str) -> usize {
    if rest.starts_with("--") {
        return rest.find(['\n', '\r']).unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return nested_comment(rest);
    }
    run(rest, is_space)
}

/// Returns the length of a block comment. They nest in PostgreSQL.
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

/// Returns the kind and length of the token that `rest` begins with.
fn token(rest: &str) -> (TokenKind, usize) {
    let first = rest.chars().next().unwrap_or(' ');
    match first {
        '\'' => (TokenKind::Exact, quoted(rest, 1, '\'', false)),
        'e' | 'E' if rest[1..].starts_with('\'') => (TokenKind::Exact, quoted(rest, 2, '\'', true)),
        'b' | 'B' | 'x' | 'X' | 'n' | 'N' if rest[1..].starts_with('\'') => {
            (TokenKind::Exact, quoted(rest, 2, '\'', false))
        }
        '"' => (TokenKind::Exact, quoted(rest, 1, '"', false)),
        '$' => dollar(rest),
        _ if first.is_ascii_digit() => (TokenKind::Exact, run(rest, |c| continues_word(c) || c == '.')),
        _ if begins_word(first) => (TokenKind::Word, run(rest, continues_word)),
        _ => (TokenKind::Symbol, operator(rest).unwrap_or(first.len_utf8())),
    }
}

/// Returns the length of the run of such characters that `rest` begins with.
fn run(rest: &str, belongs: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !belongs(c)).unwrap_or(rest.len())
}

/// Returns the length of the operator that `rest` begins with. A comment ends it; and it ends in `+` or `-` only if it holds a
/// character that no operator of standard SQL does: `a=-1` is `=` and `-`, `@-` is one.
fn operator(rest: &str) -> Option<usize> {
    if let Some(two) = rest.get(..2).filter(|two| matches!(*two, "::" | ":=" | "..")) {
        return Some(two.len());
    }
    let longest = &rest[..run(rest, |c| "+-*/<>=~!@#%^&|`?".contains(c))];
    let comment = longest.find("--").into_iter().chain(longest.find("/*")).min();
    let mut text = &longest[..comment.unwrap_or(longest.len())];
    if !text.contains(['~', '!', '@', '#', '%', '^', '&', '|', '`', '?']) {
        while text.len() > 1 && text.ends_with(['+', '-']) {
            text = &text[..text.len() - 1];
        }
    }
    (!text.is_empty()).then_some(text.len())
}

/// Returns the length of a quoted token whose content begins at `from`. A doubled quote stands for itself. A string
/// continues after white space that holds a line break.
fn quoted(rest: &str, from: usize, quote: char, backslash: bool) -> usize {
    let mut from = from;
    loop {
        let end = part(rest, from, quote, backslash);
        match continuation(&rest[end..]).filter(|_| quote == '\'') {
            Some(more) => from = end + more,
            None => return end,
        }
    }
}

/// Returns the end of a part of a quoted token whose content begins at `from`.
fn part(rest: &str, from: usize, quote: char, backslash: bool) -> usize {
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

/// Returns the offset of the content of the string's next part, if there is one.
fn continuation(rest: &str) -> Option<usize> {
    let (mut at, mut broken) = (0, false);
    loop {
        let space = run(&rest[at..], is_space);
        broken |= rest[at..at + space].contains(['\n', '\r']);
        at += space;
        if !rest[at..].starts_with("--") {
            return (broken && rest[at..].starts_with('\'')).then_some(at + 1);
        }
        at += blank(&rest[at..]);
    }
}

/// Returns the kind and length of `$tag$ … $tag$`, or of a parameter like `$1`.
fn dollar(rest: &str) -> (TokenKind, usize) {
    let digits = run(&rest[1..], |c| c.is_ascii_digit());
    if digits > 0 {
        return (TokenKind::Exact, 1 + digits);
    }
    let tag = 1 + run(&rest[1..], |c| begins_word(c) || c.is_ascii_digit());
    if !rest[tag..].starts_with('$') {
        return (TokenKind::Symbol, 1);
    }
    let opening = &rest[..=tag];
    let length = rest[opening.len()..].find(opening).map_or(rest.len(), |end| end + 2 * opening.len());
    (TokenKind::Dollar, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<&str> {
        tokens(sql).iter().map(|token| token.text).collect()
    }

    #[test]
    fn names_are_read_as_the_catalog_stores_them() {
        let names: Vec<_> = tokens("Total \"Or\"\"Der\" Été 'a' 1").iter().map(Token::name).collect();
        let expected = ["total", "Or\"Der", "Été"].map(|name| Some(name.to_owned()));
        assert_eq!((&names[..3], &names[3..]), (&expected[..], &[None, None][..]));
    }

    #[test]
    fn comments_nest_and_vanish_and_end_at_any_line_break() {
        assert_eq!(texts("a -- x ; y\n /* /* ; */ */ b"), ["a", "b"]);
        assert_eq!(texts("a -- x\rb"), ["a", "b"]);
    }

    #[test]
    fn quotes_hide_what_is_in_them() {
        assert_eq!(texts(r#"'a;''b' "c;""d" E'\';' x"#), ["'a;''b'", r#""c;""d""#, r"E'\';'", "x"]);
        assert_eq!(texts("B'01' x'1F' N'a' b"), ["B'01'", "x'1F'", "N'a'", "b"]);
    }

    #[test]
    fn a_string_goes_on_after_a_line_break_in_its_own_manner() {
        assert_eq!(texts("E'x' -- y\n '\\';' b"), ["E'x' -- y\n '\\';'", "b"]);
        assert_eq!(texts("'x' 'y'"), ["'x'", "'y'"]);
    }

    #[test]
    fn dollar_quotes_end_at_their_own_tag() {
        assert_eq!(texts("$a$ ; $$ ; $b$ $a$ $1 x"), ["$a$ ; $$ ; $b$ $a$", "$1", "x"]);
        assert_eq!(texts("$😀$ ; $😀$ x"), ["$😀$ ; $😀$", "x"]);
    }

    #[test]
    fn operators_are_cut_as_postgresql_cuts_them() {
        assert_eq!(texts("a=-1"), ["a", "=", "-", "1"]);
        assert_eq!(texts("a@-1"), ["a", "@-", "1"]);
        assert_eq!(texts("a<>b::int"), ["a", "<>", "b", "::", "int"]);
        assert_eq!(texts("a*/*x*/b"), ["a", "*", "b"]);
        assert_eq!(texts("(1),(2)"), ["(", "1", ")", ",", "(", "2", ")"]);
    }

    #[test]
    fn deep_and_long_texts_take_little_of_the_stack() {
        let small = std::thread::Builder::new().stack_size(128 * 1024);
        let work = || {
            let count = 100_000;
            assert_eq!(tokens(&"'a'\n".repeat(count)).len(), 1);
            assert_eq!(tokens(&format!("{}x{}", "/*".repeat(count), "*/".repeat(count))).len(), 0);
            assert_eq!(tokens(&format!("{}{}", "(".repeat(count), ")".repeat(count))).len(), 2 * count);
        };
        small.spawn(work).expect("a thread").join().expect("no overflow");
    }

    #[test]
    fn unicode_spaces_are_letters() {
        assert_eq!(texts("a\u{a0}b c"), ["a\u{a0}b", "c"]);
    }

    #[test]
    fn open_ends_do_not_hang_or_panic() {
        for sql in ["'", "\"a", "/* /*", "$a$ x", "E'\\", "é$", "--", "$", "'a'\n", "'a'\n--", "=", "/*/", "::", ":"] {
            let _ = tokens(sql);
        }
    }
}
