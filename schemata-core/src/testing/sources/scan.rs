//! Finds what a file of Rust declares: migrations, modules, and the words of its code. An item under a `cfg` may be missing
//! from the program, so it is not looked for.
//!
//! It reads trees of tokens, not items: the arguments of macros are no items, and may name crates all the same.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::{Expr, ExprLit, Lit, LitStr, Meta};

use crate::testing::sources::files::inside;

/// The declarations of a file.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The ids of its migrations, with their lines.
    pub(super) migrations: Vec<(String, u32)>,
    /// The modules that it declares, and those under a `cfg` that it contains.
    pub(super) modules: Vec<Module>,
    /// The modules that it contains, each as the folder of the files that are declared in it.
    pub(super) inline: BTreeSet<PathBuf>,
    /// Whether it calls `migrations!()`, which declares the migrations of its folder.
    pub(super) declares_folder: bool,
    /// Whether all of it is under a `cfg`.
    pub(super) is_conditional: bool,
    /// The words of its code. A crate that is named is among them.
    pub(super) words: BTreeSet<String>,
}

/// `mod name;`, or `mod name { … }` under a `cfg`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Module {
    pub(super) name: String,
    /// The modules of the file around it, as a folder.
    pub(super) within: PathBuf,
    /// Its file, if `#[path]` names it.
    pub(super) path: Option<String>,
    pub(super) is_conditional: bool,
}

impl Module {
    /// Returns the file that `#[path]` names in `file`.
    pub(super) fn file_by_path(&self, file: &Path) -> Option<PathBuf> {
        let path = self.path.as_ref()?;
        let folder = if self.within.as_os_str().is_empty() {
            file.parent().map_or_else(PathBuf::new, Path::to_owned)
        } else {
            inside(file).join(&self.within)
        };
        Some(without_dots(&folder.join(path)))
    }
}

/// Resolves `.` and `..` by the names alone.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}

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

/// The attributes of an item.
#[derive(Default)]
struct Attributes {
    is_conditional: bool,
    migrations: Vec<(String, u32)>,
    path: Option<String>,
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
        let is_around = std::mem::replace(&mut self.is_in_macro, true);
        self.group(arguments);
        self.is_in_macro = is_around;
        after
    }
}

impl Attributes {
    /// Reads the attributes in front of an item, and returns what follows.
    fn read(mut trees: &[TokenTree]) -> (Self, &[TokenTree]) {
        let mut attributes = Self::default();
        while let Some((attribute, after)) = attribute(trees, false).or_else(|| attribute(trees, true)) {
            attributes.add(attribute);
            trees = after;
        }
        (attributes, trees)
    }

    fn add(&mut self, attribute: &Group) {
        // An attribute of a macro may be anything.
        let Ok(meta) = syn::parse2::<Meta>(attribute.stream()) else { return };
        let Some(name) = meta.path().segments.last().map(|segment| segment.ident.to_string()) else { return };
        match (name.as_str(), meta) {
            ("cfg", _) => self.is_conditional = true,
            ("path", Meta::NameValue(of)) => {
                if let Expr::Lit(ExprLit { lit: Lit::Str(path), .. }) = of.value {
                    self.path = Some(path.value());
                }
            }
            ("migration", Meta::List(list)) => {
                let id = list.tokens.into_iter().next().and_then(|first| syn::parse2::<LitStr>(first.into()).ok());
                self.migrations.extend(id.map(|id| (id.value(), line_of(&id))));
            }
            _ => {}
        }
    }
}

fn line_of(id: &LitStr) -> u32 {
    u32::try_from(id.span().start().line).unwrap_or(u32::MAX)
}

/// Returns the brackets of the attribute that `trees` begin with, `#[…]` or `#![…]`, and what follows.
fn attribute(trees: &[TokenTree], is_inner: bool) -> Option<(&Group, &[TokenTree])> {
    let is = |tree: &TokenTree, mark| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == mark);
    let (_, rest) = trees.split_first().filter(|(first, _)| is(first, '#'))?;
    let rest = if is_inner { rest.split_first().filter(|(first, _)| is(first, '!'))?.1 } else { rest };
    match rest {
        [TokenTree::Group(group), after @ ..] if group.delimiter() == Delimiter::Bracket => Some((group, after)),
        _ => None,
    }
}

/// Returns whether `trees`, a file or the body of a module, begin with a `#![cfg(…)]` among their attributes.
fn has_inner_cfg(mut trees: &[TokenTree]) -> bool {
    let mut inner = Attributes::default();
    while let Some((attribute, after)) = attribute(trees, true) {
        inner.add(attribute);
        trees = after;
    }
    inner.is_conditional
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
    fn a_path_is_relative_to_the_module_around() {
        let found = scanned(
            "#[path = \"../x.rs\"] mod a; mod b { #[path = \"y.rs\"] mod c; } #[path = \"z\"] mod d { mod e; }",
        );
        let file = |at: usize, file: &str| found.modules[at].file_by_path(Path::new(file));
        assert_eq!(file(0, "src/m/mod.rs"), Some(PathBuf::from("src/x.rs")));
        assert_eq!(file(1, "src/m/mod.rs"), Some(PathBuf::from("src/m/b/y.rs")));
        assert_eq!(file(1, "src/n.rs"), Some(PathBuf::from("src/n/b/y.rs")));
        assert_eq!((file(2, "src/n.rs"), &found.modules[2].within), (None, &PathBuf::from("z")));
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
