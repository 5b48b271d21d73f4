//! Rust source as tokens: as many kinds as it takes to find attributes and modules, and not to be taken in by what stands in
//! comments and strings.

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// An identifier or a keyword, without `r#`.
    Word(String),
    /// What stands between a string's quotes, as written.
    Text(String),
    /// Any other character.
    Mark(char),
}

/// The tokens of `source`, each with its line. Comments, characters, lifetimes and numbers are left out.
pub(super) fn tokens(source: &str) -> Vec<(Token, u32)> {
    let letters: Vec<char> = source.chars().collect();
    let mut lexer = Lexer { letters: &letters, at: 0, line: 1 };
    if source.starts_with("#!") && !source.starts_with("#![") {
        lexer.skip_line();
    }
    let mut found = Vec::new();
    while let Some(letter) = lexer.peek(0) {
        let line = lexer.line;
        if let Some(token) = lexer.next(letter) {
            found.push((token, line));
        }
    }
    found
}

struct Lexer<'s> {
    letters: &'s [char],
    at: usize,
    line: u32,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).copied()
    }

    fn bump(&mut self) -> Option<char> {
        let letter = self.peek(0)?;
        self.at += 1;
        self.line += u32::from(letter == '\n');
        Some(letter)
    }

    /// Reads what begins with `first`, which is the next letter.
    fn next(&mut self, first: char) -> Option<Token> {
        match first {
            '/' if self.peek(1) == Some('/') => {
                self.skip_line();
                None
            }
            '/' if self.peek(1) == Some('*') => {
                self.skip_comment();
                None
            }
            '"' => Some(Token::Text(self.string())),
            '\'' => {
                self.skip_quote();
                None
            }
            _ if is_word(first) => self.word(),
            _ => {
                self.bump();
                (!first.is_whitespace()).then_some(Token::Mark(first))
            }
        }
    }

    fn skip_line(&mut self) {
        while self.peek(0).is_some_and(|letter| letter != '\n') {
            self.bump();
        }
    }

    /// Comments nest.
    fn skip_comment(&mut self) {
        let mut depth = 0_u32;
        while let Some(letter) = self.bump() {
            match (letter, self.peek(0)) {
                ('/', Some('*')) => depth += 1,
                ('*', Some('/')) => depth -= 1,
                _ => continue,
            }
            self.bump();
            if depth == 0 {
                return;
            }
        }
    }

    /// `"…"`, from its opening quote.
    fn string(&mut self) -> String {
        self.bump();
        let from = self.at;
        while let Some(letter) = self.bump() {
            match letter {
                '\\' => drop(self.bump()),
                '"' => return self.letters[from..self.at - 1].iter().collect(),
                _ => {}
            }
        }
        String::new()
    }

    /// `"…"##`, from its opening quote: it ends at a quote with `hashes` behind it.
    fn raw_string(&mut self, hashes: usize) -> String {
        self.bump();
        let from = self.at;
        while let Some(letter) = self.bump() {
            if letter == '"' && (0..hashes).all(|ahead| self.peek(ahead) == Some('#')) {
                let text = self.letters[from..self.at - 1].iter().collect();
                self.at += hashes;
                return text;
            }
        }
        String::new()
    }

    /// A character, or a lifetime.
    fn skip_quote(&mut self) {
        self.bump();
        if self.peek(0) == Some('\\') {
            self.bump();
            self.bump();
            while self.bump().is_some_and(|letter| letter != '\'') {}
        } else if self.peek(1) == Some('\'') {
            self.bump();
            self.bump();
        } else {
            while self.peek(0).is_some_and(is_word) {
                self.bump();
            }
        }
    }

    /// A word, or the literal whose prefix it is. A number is none.
    fn word(&mut self) -> Option<Token> {
        let from = self.at;
        while self.peek(0).is_some_and(is_word) {
            self.bump();
        }
        let word: String = self.letters[from..self.at].iter().collect();
        let hashes = self.letters[self.at..].iter().take_while(|letter| **letter == '#').count();
        match (word.as_str(), self.peek(0), self.peek(hashes)) {
            ("r" | "br" | "cr", _, Some('"')) => {
                self.at += hashes;
                Some(Token::Text(self.raw_string(hashes)))
            }
            ("b" | "c", Some('"'), _) => Some(Token::Text(self.string())),
            ("b", Some('\''), _) => {
                self.skip_quote();
                None
            }
            ("r", Some('#'), Some(letter)) if hashes == 1 && is_word(letter) => {
                self.bump();
                self.word()
            }
            _ => (!word.starts_with(|letter: char| letter.is_ascii_digit())).then_some(Token::Word(word)),
        }
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(source: &str) -> String {
        let word = |(token, _): (Token, u32)| match token {
            Token::Word(word) => word,
            Token::Text(text) => format!("<{text}>"),
            Token::Mark(mark) => mark.to_string(),
        };
        tokens(source).into_iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_strings_characters_and_lifetimes_hide_nothing() {
        for (source, expected) in [
            ("a // b\nc /* d /* e */ f */ g", "a c g"),
            (r#"a "b \" // c" d"#, r#"a <b \" // c> d"#),
            (r###"r"a\" r#"b "c" d"# br##"e"# f"## g"###, r##"<a\> <b "c" d> <e"# f> g"##),
            (r"'a' '\'' '\u{22}' b'\\' 'x: &'static '_ str", ": & str"),
            (r#"b"a" c"b" r#type r#mod"#, "<a> <b> type mod"),
            ("1_000u32 0xff 1.5e-3 x1 é", ". - x1 é"),
            ("#!/usr/bin/env x\na", "a"),
            ("#![a]", "# ! [ a ]"),
            ("\"never closed", "<>"),
        ] {
            assert_eq!(said(source), expected, "{source}");
        }
    }

    #[test]
    fn lines_are_counted_through_everything() {
        let lines: Vec<u32> = tokens("a\n/* \n */ b \"\n\" r#\"\n\"# c").into_iter().map(|(_, line)| line).collect();
        assert_eq!(lines, [1, 3, 3, 4, 5]);
    }
}
