//! Finds what a file of Rust declares: migrations, modules, and the words of its code. An item under a `cfg` may be missing
//! from the program, so it is not looked for.
//!
//! It reads trees of tokens, not items: the arguments of macros are no items, and may name crates all the same.

use std::path::PathBuf;

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt as _;

use crate::testing::sources::attributes::{Attributes, has_inner_cfg};
use crate::testing::sources::declarations::{Module, Scan};
use crate::testing::sources::sql_folders;

/// Reads the text of a file; `None` if it is not made of Rust's tokens.
pub(super) fn scan(source: &str) -> Option<Scan> {
    let trees: Vec<TokenTree> = source.parse::<TokenStream>().ok()?.into_iter().collect();
    let mut scanner = Scanner { within: PathBuf::new(), is_in_macro: false, found: Scan::default() };
    scanner.found.is_conditional = has_inner_cfg(&trees);
    scanner.items(&trees);
    Some(scanner.found)
}

struct Scanner {
    /// The modules around, as a folder.
    within: PathBuf,
    /// The arguments of a macro, which may make anything of the migrations in them.
    is_in_macro: bool,
    found: Scan,
}

impl Scanner {
    fn items(&mut self, trees: &[TokenTree]) {
        let mut rest = trees;
        while !rest.is_empty() {
            rest = self.item(rest);
        }
    }

    /// Reads an item, or the next token of one, and returns what follows.
    fn item<'t>(&mut self, trees: &'t [TokenTree]) -> &'t [TokenTree] {
        let (mut attributes, rest) = Attributes::read(trees);
        if !attributes.is_conditional && !self.is_in_macro {
            self.found.migrations.append(&mut attributes.migrations);
        }
        match after_visibility(rest) {
            [TokenTree::Ident(key), TokenTree::Ident(name), TokenTree::Punct(end), after @ ..]
                if key == "mod" && end.as_char() == ';' =>
            {
                self.module(name, attributes);
                after
            }
            [TokenTree::Ident(key), TokenTree::Ident(name), TokenTree::Group(body), after @ ..]
                if key == "mod" && body.delimiter() == Delimiter::Brace =>
            {
                self.inline_module(name, body, attributes);
                after
            }
            rest if attributes.is_conditional => after_item(rest),
            [TokenTree::Ident(name), TokenTree::Punct(mark), after @ ..] if mark.as_char() == '!' => {
                self.macro_call(name, after)
            }
            [TokenTree::Ident(word), after @ ..] => {
                self.found.words.insert(word.unraw().to_string());
                after
            }
            [TokenTree::Group(group), after @ ..] => {
                self.group(group);
                after
            }
            [_, after @ ..] => after,
            [] => &[],
        }
    }

    fn group(&mut self, group: &Group) {
        let trees: Vec<TokenTree> = group.stream().into_iter().collect();
        self.items(&trees);
    }

    fn module(&mut self, name: &Ident, attributes: Attributes) {
        self.found.modules.push(Module {
            name: name.unraw().to_string(),
            within: self.within.clone(),
            path: attributes.path,
            is_conditional: attributes.is_conditional,
        });
    }

    /// `mod name { … }`.
    fn inline_module(&mut self, name: &Ident, body: &Group, mut attributes: Attributes) {
        let trees: Vec<TokenTree> = body.stream().into_iter().collect();
        attributes.is_conditional |= has_inner_cfg(&trees);
        if attributes.is_conditional {
            return self.module(name, attributes);
        }
        let around = self.within.clone();
        self.within.push(attributes.path.unwrap_or_else(|| name.unraw().to_string()));
        self.found.inline.insert(self.within.clone());
        self.items(&trees);
        self.within = around;
    }

    /// `name!…`, from behind the mark.
    fn macro_call<'t>(&mut self, name: &Ident, rest: &'t [TokenTree]) -> &'t [TokenTree] {
        // The crates whose models a test names are named by the test alone.
        if name == "macro_rules" || name == "check_test" {
            return after_item(rest);
        }
        self.found.declares_folder |= name == "migrations";
        self.found.words.insert(name.unraw().to_string());
        let [TokenTree::Group(arguments), after @ ..] = rest else { return rest };
        if name == "sql_migrations" {
            self.found.sql_folders.extend(sql_folders::named(arguments));
        }
        let is_around = std::mem::replace(&mut self.is_in_macro, true);
        self.group(arguments);
        self.is_in_macro = is_around;
        after
    }
}

/// Passes `pub` and `pub(crate)`.
fn after_visibility(trees: &[TokenTree]) -> &[TokenTree] {
    match trees {
        [TokenTree::Ident(key), TokenTree::Group(scope), after @ ..]
            if key == "pub" && scope.delimiter() == Delimiter::Parenthesis =>
        {
            after
        }
        [TokenTree::Ident(key), after @ ..] if key == "pub" => after,
        other => other,
    }
}

/// Passes the rest of an item: to behind its `;` or `{…}`.
fn after_item(trees: &[TokenTree]) -> &[TokenTree] {
    let ends = |tree: &TokenTree| match tree {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    };
    trees.iter().position(ends).map_or(&[], |end| &trees[end + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(source: &str) -> Scan {
        scan(source).expect("tokens of Rust")
    }

    fn ids(source: &str) -> Vec<String> {
        scanned(source).migrations.into_iter().map(|(id, line)| format!("{id}:{line}")).collect()
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
        assert!(scanned("//! Docs.\n#![allow(x)]\n#![cfg(test)] fn a() {}").is_conditional);
        let module = "mod a { #![cfg(test)] mod b; #[migration(\"1\")] fn c() {} } #[migration(\"2\")] fn d() {}";
        assert_eq!(ids(module), ["2:1"]);
        assert!(!scanned(module).is_conditional);
    }

    #[test]
    fn what_a_macro_is_given_is_the_macros_business() {
        let source = "const S: &str = stringify!(#[migration(\"1\")] async fn a() {});\n\
                      wrap! { x! [y] #[migration(\"2\")] async fn b() { c!(); } use accounts as _; }\n\
                      #[migration(\"3\")] async fn c() {} fn d() -> bool { a != (b) }\n#[migration(\"4\")] fn e() {}";
        assert_eq!(ids(source), ["3:3", "4:4"]);
        assert!(scanned(source).words.contains("accounts"));
    }

    #[test]
    fn modules_may_stand_within_modules() {
        let found = scanned(
            "mod a { mod b; pub mod c { mod d; } #[cfg(x)] mod e { mod f; } } mod g { } #[cfg(x)] mod h { mod i; }",
        );
        let place = |one: &Module| one.within.join(&one.name).display().to_string();
        let names: Vec<(String, bool)> = found.modules.iter().map(|one| (place(one), one.is_conditional)).collect();
        let expected = [("a/b", false), ("a/c/d", false), ("a/e", true), ("h", true)];
        assert_eq!(names, expected.map(|(name, is_conditional)| (name.to_owned(), is_conditional)));
        assert_eq!(found.inline, ["a", "a/c", "g"].map(PathBuf::from).into());
    }

    #[test]
    fn a_crate_is_named_by_code_that_is_always_there() {
        let source = "use accounts as _; /* hidden */ #[cfg(test)] mod t { use tested as _; } \
                      schemata::check_test!(Order, models::Account); schemata::register!(billing);";
        let words = scanned(source).words;
        let named = |word: &str| words.contains(word);
        assert!(named("accounts") && named("billing"));
        assert!(!named("tested") && !named("models") && !named("hidden"));
    }

    #[test]
    fn a_path_renames_the_folder_of_a_module() {
        let found = scanned("mod b { #[path = \"y.rs\"] mod c; } #[path = \"z\"] mod d { mod e; }");
        let folders: Vec<_> = found.modules.iter().map(|module| (module.within.clone(), module.path.clone())).collect();
        assert_eq!(folders, [("b".into(), Some("y.rs".to_owned())), ("z".into(), None)]);
    }

    #[test]
    fn text_that_is_not_rust_is_told_apart() {
        assert!(scan("fn a() { {{ name }} ").is_none());
        assert!(scan("\"never closed").is_none());
        assert_eq!(
            ids(
                "#[migration(\"1\")] fn a<'a>(_: &'a str) { let _ = ('\\'', b'\"', r#\"#[migration(\"2\")]\"#, r#type); }"
            ),
            ["1:1"]
        );
    }

    #[test]
    fn modules_are_declared_with_and_without_conditions() {
        let found = scanned(
            "pub(crate) mod a; mod r#b; #[cfg(test)] #[path = \"c/d.rs\"] pub mod c; schemata::migrations!(); mod e {}",
        );
        let module = |name: &str, path: Option<&str>, is_conditional| Module {
            name: name.to_owned(),
            within: PathBuf::new(),
            path: path.map(str::to_owned),
            is_conditional,
        };
        assert_eq!(
            found.modules,
            [module("a", None, false), module("b", None, false), module("c", Some("c/d.rs"), true)]
        );
        assert!(found.declares_folder && !found.is_conditional);
    }
}
