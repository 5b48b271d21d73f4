//! SQL, cut into tokens: as much of PostgreSQL's lexical rules (manual, 4.1) as finding identifiers needs.

/// A token that matters; whitespace and comments are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A bare word, folded to lower case as PostgreSQL does.
    Word(String),
    /// A quoted identifier, as it is.
    Quoted(String),
    /// A string, in any of its forms.
    Text,
    /// A number or a parameter.
    Number,
    /// Any other character; `::` and `=>` are one.
    Other(&'static str),
}

/// The tokens of `sql`.
pub(crate) fn tokens(sql: &str) -> Vec<Token> {
    let mut rest = sql;
    let mut out = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (token, length) = next(rest, first);
        out.extend(token);
        rest = &rest[length.max(first.len_utf8()).min(rest.len())..];
    }
    out
}

fn next(rest: &str, first: char) -> (Option<Token>, usize) {
    let starts_word = |letter: char| letter.is_alphabetic() || letter == '_';
    if first.is_whitespace() {
        (None, first.len_utf8())
    } else if rest.starts_with("--") {
        (None, rest.find('\n').unwrap_or(rest.len()))
    } else if rest.starts_with("/*") {
        (None, comment(rest))
    } else if first == '\'' {
        (Some(Token::Text), closing(rest, '\'', false))
    } else if (rest.starts_with("e'") || rest.starts_with("E'")) && rest.len() > 1 {
        (Some(Token::Text), 1 + closing(&rest[1..], '\'', true))
    } else if ["b'", "B'", "x'", "X'", "n'", "N'"].iter().any(|start| rest.starts_with(start)) {
        (Some(Token::Text), 1 + closing(&rest[1..], '\'', false))
    } else if first == '"' {
        let length = closing(rest, '"', false);
        let inner = rest[1..length].strip_suffix('"').unwrap_or(&rest[1..length]);
        (Some(Token::Quoted(inner.replace("\"\"", "\""))), length)
    } else if let Some(length) = dollar_quoted(rest) {
        (Some(Token::Text), length)
    } else if first.is_ascii_digit() || first == '$' {
        let end = rest[1..].find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '.' || letter == '_'));
        (Some(Token::Number), end.map_or(rest.len(), |end| end + 1))
    } else if starts_word(first) {
        let end = rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '$'));
        let end = end.unwrap_or(rest.len());
        (Some(Token::Word(rest[..end].to_lowercase())), end)
    } else {
        let known = ["::", "=>", ".", "(", ")", ","].into_iter().find(|known| rest.starts_with(known));
        (Some(Token::Other(known.unwrap_or(""))), known.map_or(first.len_utf8(), str::len))
    }
}

/// The length of the comment that `rest` begins with. Comments nest in PostgreSQL.
fn comment(rest: &str) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(next) = rest.as_bytes().get(at..).filter(|next| !next.is_empty()) {
        let (length, change) = match next {
            [b'/', b'*', ..] => (2, 1),
            [b'*', b'/', ..] => (2, -1),
            _ => (1, 0),
        };
        at += length;
        depth = depth.saturating_add_signed(change);
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length up to and with the closing quote; a doubled one does not close.
fn closing(rest: &str, quote: char, backslashes: bool) -> usize {
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if backslashes && letter == '\\' {
            letters.next();
        } else if letter == quote && letters.next_if(|(_, next)| *next == quote).is_none() {
            return at + quote.len_utf8();
        }
    }
    rest.len()
}

/// The length of `$tag$ … $tag$`.
fn dollar_quoted(rest: &str) -> Option<usize> {
    let tag_end = rest.strip_prefix('$')?.find('$')? + 2;
    let tag = &rest[..tag_end];
    let is_tag = tag[1..tag_end - 1].chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    if !is_tag || tag[1..].starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    Some(rest[tag_end..].find(tag).map_or(rest.len(), |end| tag_end + end + tag_end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(sql: &str) -> Vec<String> {
        let word = |token| match token {
            Token::Word(word) | Token::Quoted(word) => Some(word),
            _ => None,
        };
        tokens(sql).into_iter().filter_map(word).collect()
    }

    #[test]
    fn strings_and_comments_hold_no_words() {
        assert_eq!(words("a /* b /* c */ d */ /*/ e */ = 1 /* f"), ["a"]);
        assert_eq!(words("a = 'b ''c' -- d\n and E'x\\'y' /* z */ <> $t$ w $t$"), ["a", "and"]);
    }

    #[test]
    fn quoted_identifiers_keep_their_case() {
        assert_eq!(words(r#""Or""der" > Total"#), ["Or\"der", "total"]);
    }

    #[test]
    fn odd_input_ends() {
        let counted = ["'", "\"", "$", "$a$", "e'\\", "é'", "/*"].map(|sql| tokens(sql).len());
        assert!(counted.iter().all(|tokens| *tokens <= 2), "{counted:?}");
    }
}
