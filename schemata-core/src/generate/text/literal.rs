//! Text inside Rust source: string literals with exactly that text, and comments that cannot end early.
//!
//! Names and comments of a database are foreign input, and must not change the meaning of a file.

/// Returns `text` as a Rust string literal on one line.
pub(crate) fn literal(text: &str) -> String {
    if let Some(raw) = raw(text, |letter| letter != '\n') {
        return raw;
    }
    let mut out = String::from('"');
    for letter in text.chars() {
        match letter {
            // `escape_debug` escapes it, which only character literals need.
            '\'' => out.push(letter),
            _ => out.extend(letter.escape_debug()),
        }
    }
    out.push('"');
    out
}

/// Returns `text` as a Rust string literal that keeps its line breaks, if that is safe.
pub(crate) fn block(text: &str) -> String {
    let (as_is, lines) = (|letter: char| letter == '\n' || is_plain(letter), text.contains('\n'));
    if !lines {
        return literal(text);
    }
    if text.chars().all(as_is) && !text.contains(['"', '\\']) {
        return format!("\"{text}\"");
    }
    raw(text, |_| true).unwrap_or_else(|| literal(text))
}

/// Returns a raw literal, if the text has quotes or backslashes, and nothing that a raw literal cannot contain or a reader
/// cannot see.
fn raw(text: &str, accepts: impl Fn(char) -> bool) -> Option<String> {
    let readable = text.chars().all(|letter| accepts(letter) && (letter == '\n' || is_plain(letter)));
    if !readable || !text.contains(['"', '\\']) {
        return None;
    }
    let hashes = (0..8).map(|count| "#".repeat(count)).find(|hashes| !text.contains(&format!("\"{hashes}")))?;
    Some(format!("r{hashes}\"{text}\"{hashes}"))
}

/// Returns whether a character is visible as itself: no control character, no combining mark, and none that changes the
/// direction of text.
fn is_plain(letter: char) -> bool {
    matches!(letter, '"' | '\'' | '\\') || letter.escape_debug().count() == 1
}

/// Returns `text` for a line comment or a message: on one line, with every character visible.
pub(crate) fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_plain(letter) {
            out.push(letter);
        } else {
            out.extend(letter.escape_debug());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &[&str] = &[
        "plain",
        "it's",
        "say \"hi\"",
        r"back\slash",
        r"ends in \",
        "\"; } fn evil() {} /*",
        "*/ r#\"x\"# \"##",
        "new\nline // \r\n tab\t",
        "nul \0 bell \x07",
        "right\u{202e}left \u{2066} \u{200b} e\u{301}",
        "\"right\u{202e}left\" \0",
        "snow ☃ 💥 {} {0}",
        "\"\n",
        "\"#\"##\"###\"####\"#####\"######\"#######\"########",
    ];

    #[test]
    fn a_literal_means_its_text_and_stays_on_its_line() {
        for text in NASTY {
            for (source, lines) in [(literal(text), false), (block(text), true)] {
                let read: syn_free::Literal = syn_free::read(&source);
                assert_eq!(&read.0, text, "{source}");
                assert!(lines || !source.contains('\n'), "{source:?}");
                assert!(!source.contains(['\u{202e}', '\0', '\r']), "{source:?}");
            }
        }
    }

    #[test]
    fn people_write_it_like_this() {
        assert_eq!(literal("DEFAULT 'a'"), "\"DEFAULT 'a'\"");
        assert_eq!(literal("a \"b\""), "r#\"a \"b\"\"#");
        assert_eq!(literal(r"E'\d'"), "r\"E'\\d'\"");
        assert_eq!(literal("a\nb"), "\"a\\nb\"");
        assert_eq!(block("a\nb"), "\"a\nb\"");
    }

    #[test]
    fn a_comment_cannot_end_early() {
        for text in NASTY {
            assert!(!prose(text).contains(['\n', '\r', '\u{202e}', '\u{2028}']), "{text:?}");
        }
        assert_eq!(prose("a\nfn evil() {}"), "a\\nfn evil() {}");
        assert_eq!(prose("it's \"so\""), "it's \"so\"");
    }

    /// Reads a string literal as a Rust compiler does, independently of the code under test.
    mod syn_free {
        pub(super) struct Literal(pub(super) String);

        pub(super) fn read(source: &str) -> Literal {
            if let Some(rest) = source.strip_prefix('r') {
                let hashes = rest.find('"').expect("a quote");
                let end = format!("\"{}", "#".repeat(hashes));
                let body = &rest[hashes + 1..];
                assert_eq!(body.find(&end), Some(body.len() - end.len()), "ends where it should: {source}");
                return Literal(body[..body.len() - end.len()].to_owned());
            }
            let mut letters = source.strip_prefix('"').expect("opens").chars();
            let mut text = String::new();
            loop {
                match letters.next().expect("closes") {
                    '"' => break,
                    '\\' => text.push(escape(&mut letters)),
                    letter => text.push(letter),
                }
            }
            assert_eq!(letters.next(), None, "ends where it should: {source}");
            Literal(text)
        }

        fn escape(letters: &mut std::str::Chars<'_>) -> char {
            match letters.next().expect("an escape") {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '0' => '\0',
                'u' => {
                    let digits: String = letters.by_ref().skip(1).take_while(|digit| *digit != '}').collect();
                    char::from_u32(u32::from_str_radix(&digits, 16).expect("digits")).expect("a letter")
                }
                letter => letter,
            }
        }
    }
}
