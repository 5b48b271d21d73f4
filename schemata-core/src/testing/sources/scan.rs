//! What a file of Rust declares, as far as migrations go. What stands under a `cfg` may be missing, and is not looked for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::testing::sources::lex::{Token, tokens};

/// What was found in a file.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The migrations: their ids and lines.
    pub(super) migrations: Vec<(String, u32)>,
    /// The modules it declares, as files of their own.
    pub(super) modules: Vec<Module>,
    /// The modules that it holds itself, each as the folder of what is declared inside of it.
    pub(super) inline: BTreeSet<PathBuf>,
    /// Whether it declares whatever migrations its folder holds.
    pub(super) declares_folder: bool,
    /// Whether all of it is under a `cfg`.
    pub(super) conditional: bool,
    /// The words of its code: a crate that is named is among them.
    pub(super) words: BTreeSet<String>,
}

/// `mod name;`, or `mod name { … }` under a `cfg`.
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
    let mut scanner = Scanner { tokens: &tokens, at: 0, within: Vec::new(), argument: 0, found: Scan::default() };
    while scanner.at < tokens.len() {
        scanner.item();
    }
    scanner.found
}

struct Scanner<'t> {
    tokens: &'t [(Token, u32)],
    at: usize,
    /// The modules around, and where each ends.
    within: Vec<(String, usize)>,
    /// Where the arguments of a macro end, which may make of them what it likes.
    argument: usize,
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
        if !said.conditional && self.at >= self.argument {
            self.found.migrations.append(&mut said.migrations);
        }
        self.visibility();
        self.within.retain(|(_, end)| self.at < *end);
        match (self.word(0), self.word(1)) {
            (Some("mod"), Some(name)) if self.is_mark(2, ';') => {
                let module = Module { name: name.to_owned(), path: said.path, conditional: said.conditional };
                self.found.modules.push(module);
                self.at += 3;
            }
            (Some("mod"), Some(name)) if self.is_mark(2, '{') => {
                let name = name.to_owned();
                self.inline(name, said.conditional);
            }
            _ if said.conditional => self.skip_item(),
            // Crates whose models a test names are named by the test alone.
            (Some("macro_rules" | "check_test"), _) if self.is_mark(1, '!') => self.skip_item(),
            (Some("migrations"), _) if self.is_mark(1, '!') => {
                self.found.declares_folder = true;
                self.at += 2;
            }
            (word, _) => {
                let word = word.map(str::to_owned);
                let opens = ['(', '[', '{'].iter().any(|mark| self.is_mark(2, *mark));
                if word.is_some() && self.is_mark(1, '!') && opens {
                    self.argument = self.argument.max(self.behind_group(self.at + 2));
                }
                self.found.words.extend(word);
                self.at += 1;
            }
        }
    }

    /// `mod name { … }`.
    fn inline(&mut self, name: String, conditional: bool) {
        let end = self.behind_group(self.at + 2);
        let around = self.within.iter().map(|(name, _)| Path::new(name));
        let folder: PathBuf = around.chain([Path::new(&name)]).collect();
        if conditional {
            let name = folder.to_string_lossy().into_owned();
            self.found.modules.push(Module { name, path: None, conditional });
            self.at = end;
        } else {
            self.found.inline.insert(folder);
            self.within.push((name, end));
            self.at += 3;
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
    fn what_a_macro_is_given_is_the_macros_business() {
        let source = "const S: &str = stringify!(#[migration(\"1\")] async fn a() {});\n\
                      wrap! { x! [y] #[migration(\"2\")] async fn b() { c!(); } use accounts as _; }\n\
                      #[migration(\"3\")] async fn c() {} fn d() -> bool { a != (b) }\n#[migration(\"4\")] fn e() {}";
        assert_eq!(ids(source), ["3:3", "4:4"]);
        assert!(scan(source).words.contains("accounts"));
    }

    #[test]
    fn modules_may_stand_within_modules() {
        let found = scan(
            "mod a { mod b; pub mod c { mod d; } #[cfg(x)] mod e { mod f; } } mod g { } #[cfg(x)] mod h { mod i; }",
        );
        let names: Vec<(&str, bool)> = found.modules.iter().map(|one| (one.name.as_str(), one.conditional)).collect();
        assert_eq!(names, [("b", false), ("d", false), ("a/e", true), ("h", true)]);
        assert_eq!(found.inline, ["a", "a/c", "g"].map(PathBuf::from).into());
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
