//! What a file of Rust declares, as far as migrations go. What stands under a `cfg` may be missing, and is not looked for.

use std::collections::BTreeSet;

use crate::testing::sources::lex::{Token, tokens};

/// What was found in a file.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The migrations: their ids and lines.
    pub(super) migrations: Vec<(String, u32)>,
    /// The modules it declares.
    pub(super) modules: Vec<Module>,
    /// Whether it declares whatever migrations its folder holds.
    pub(super) declares_folder: bool,
    /// Whether all of it is under a `cfg`.
    pub(super) conditional: bool,
    /// The words of its code: a crate that is named is among them.
    pub(super) words: BTreeSet<String>,
}

/// `mod name;`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Module {
    pub(super) name: String,
    /// Its file, where `#[path]` names it.
    pub(super) path: Option<String>,
    /// Whether it is under a `cfg`.
    pub(super) conditional: bool,
}

/// Reads a file's text.
pub(super) fn scan(source: &str) -> Scan {
    let tokens = tokens(source);
    let mut scanner = Scanner { tokens: &tokens, at: 0, found: Scan::default() };
    while scanner.at < tokens.len() {
        scanner.item();
    }
    scanner.found
}

struct Scanner<'t> {
    tokens: &'t [(Token, u32)],
    at: usize,
    found: Scan,
}

/// What the attributes before an item say.
#[derive(Default)]
struct Attributes {
    conditional: bool,
    migrations: Vec<(String, u32)>,
    path: Option<String>,
}

impl Scanner<'_> {
    fn word(&self, ahead: usize) -> Option<&str> {
        match self.tokens.get(self.at + ahead) {
            Some((Token::Word(word), _)) => Some(word),
            _ => None,
        }
    }

    fn is_mark(&self, ahead: usize, mark: char) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some((Token::Mark(found), _)) if *found == mark)
    }

    /// One item, or the next token of one.
    fn item(&mut self) {
        let mut said = Attributes::default();
        while self.is_mark(0, '#') && (self.is_mark(1, '[') || self.is_mark(1, '!') && self.is_mark(2, '[')) {
            self.attribute(&mut said);
        }
        if !said.conditional {
            self.found.migrations.append(&mut said.migrations);
        }
        self.visibility();
        match (self.word(0), self.word(1)) {
            (Some("mod"), Some(name)) if self.is_mark(2, ';') => {
                let module = Module { name: name.to_owned(), path: said.path, conditional: said.conditional };
                self.found.modules.push(module);
                self.at += 3;
            }
            _ if said.conditional => self.skip_item(),
            // Crates whose models a test names are named by the test alone.
            (Some("macro_rules" | "check_test"), _) if self.is_mark(1, '!') => self.skip_item(),
            (Some("migrations"), _) if self.is_mark(1, '!') => {
                self.found.declares_folder = true;
                self.at += 2;
            }
            (word, _) => {
                self.found.words.extend(word.map(str::to_owned));
                self.at += 1;
            }
        }
    }

    /// `pub`, `pub(crate)`.
    fn visibility(&mut self) {
        if self.word(0) == Some("pub") {
            self.at += 1;
            if self.is_mark(0, '(') {
                self.at = self.behind_group(self.at);
            }
        }
    }

    fn attribute(&mut self, said: &mut Attributes) {
        let inner = self.is_mark(1, '!');
        self.at += if inner { 2 } else { 1 };
        let end = self.behind_group(self.at);
        let tokens = &self.tokens[self.at + 1..end.saturating_sub(1).max(self.at + 1)];
        self.at = end;
        let name = tokens.iter().take_while(|(token, _)| !matches!(token, Token::Mark('(' | '=')));
        let name = name.filter_map(|(token, _)| if let Token::Word(word) = token { Some(word.as_str()) } else { None });
        let text = tokens.iter().find_map(|(token, line)| match token {
            Token::Text(text) => Some((text.clone(), *line)),
            _ => None,
        });
        match (name.last(), text) {
            (Some("cfg"), _) if inner => self.found.conditional = true,
            (Some("cfg"), _) => said.conditional = true,
            (Some("path"), Some((file, _))) => said.path = Some(file),
            (Some("migration"), Some(migration)) => said.migrations.push(migration),
            _ => {}
        }
    }

    /// To the end of the item: its `;`, its `{…}`, or the end of what it stands in.
    fn skip_item(&mut self) {
        while let Some((token, _)) = self.tokens.get(self.at) {
            match token {
                Token::Mark(')' | ']' | '}') => return,
                Token::Mark(';') => {
                    self.at += 1;
                    return;
                }
                Token::Mark('{') => {
                    self.at = self.behind_group(self.at);
                    return;
                }
                Token::Mark('(' | '[') => self.at = self.behind_group(self.at),
                _ => self.at += 1,
            }
        }
    }

    /// Where the group ends that opens at `open`.
    fn behind_group(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        for (at, (token, _)) in self.tokens.iter().enumerate().skip(open) {
            match token {
                Token::Mark('(' | '[' | '{') => depth += 1,
                Token::Mark(')' | ']' | '}') => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return at + 1;
            }
        }
        self.tokens.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(source: &str) -> Vec<String> {
        scan(source).migrations.into_iter().map(|(id, line)| format!("{id}:{line}")).collect()
    }

    #[test]
    fn migrations_are_found_wherever_they_stand() {
        let source = "#[migration(\"1\")]\nasync fn a() {}\nmod b {\n #[schemata::migration(r\"2\", module = \"x\")] async fn b() {}\n}\n\
                      /// #[migration(\"no\")]\n#[allow(x)] #[::schemata::migration(\n \"3\")] pub(crate) async fn c() {}";
        assert_eq!(ids(source), ["1:1", "2:4", "3:8"]);
        for other in [
            "// #[migration(\"1\")]",
            "\"#[migration(\\\"1\\\")]\"",
            "#[migration(id)] fn a() {}",
            "#[other(\"1\")] fn a() {}",
        ] {
            assert_eq!(ids(other), Vec::<String>::new(), "{other}");
        }
    }

    #[test]
    fn what_stands_under_a_cfg_may_be_missing() {
        let source = "#[cfg(test)] mod t { #[migration(\"1\")] async fn a() {} }\n\
                      #[migration(\"2\")] #[cfg(feature = \"x\")] async fn b(x: [u8; 2]) { c(); }\n\
                      struct S { #[cfg(x)] a: u8 }\nmacro_rules! m { () => { #[migration(\"3\")] fn a() {} } }\n\
                      #[migration(\"4\")] async fn d() {}";
        assert_eq!(ids(source), ["4:5"]);
        assert!(scan("#![cfg(test)] fn a() {}").conditional);
    }

    #[test]
    fn a_crate_is_named_by_code_that_is_always_there() {
        let source = "use accounts as _; /* hidden */ #[cfg(test)] mod t { use tested as _; } \
                      schemata::check_test!(Order, models::Account); schemata::register!(billing);";
        let words = scan(source).words;
        let named = |word: &str| words.contains(word);
        assert!(named("accounts") && named("billing"));
        assert!(!named("tested") && !named("models") && !named("hidden"));
    }

    #[test]
    fn modules_are_declared_with_and_without_conditions() {
        let found = scan(
            "pub(crate) mod a; mod r#b; #[cfg(test)] #[path = \"c/d.rs\"] pub mod c; schemata::migrations!(); mod e {}",
        );
        let module = |name: &str, path: Option<&str>, conditional| Module {
            name: name.to_owned(),
            path: path.map(str::to_owned),
            conditional,
        };
        assert_eq!(
            found.modules,
            [module("a", None, false), module("b", None, false), module("c", Some("c/d.rs"), true)]
        );
        assert!(found.declares_folder && !found.conditional);
    }
}
