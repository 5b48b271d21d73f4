//! The module tree of a crate, read with `syn`: what each module defines, imports and names in its code.
//!
//! Code for tests alone (`#[cfg(test)]`) and doc comments are left out. Method calls are not paths, so an inherent
//! `impl` in another file is not found.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, UseTree};

/// The segments of a path.
pub type Path = Vec<String>;

/// A module, inline ones included.
#[derive(Default)]
pub struct Module {
    /// The module that stands for the file: `a/b.rs` and `a/b/mod.rs` are both `[a, b]`, and `lib.rs` is `[lib]`.
    pub file: Path,
    /// The names of its items, without imports.
    pub defined: BTreeSet<String>,
    /// Names that `use` brings in, private ones included, with their paths.
    pub bound: BTreeMap<String, Path>,
    /// The paths of `use …::*`.
    pub globs: Vec<Path>,
    /// All paths of `use` items and of the code.
    pub paths: BTreeSet<Path>,
}

/// All modules of a crate by their paths; the root is empty.
#[derive(Default)]
pub struct Modules {
    pub all: BTreeMap<Path, Module>,
}

impl Modules {
    /// Reads the files of a crate: their paths below `src`, like `a/mod.rs`, and their text.
    pub fn read<'s>(files: impl IntoIterator<Item = (&'s str, String)>) -> Self {
        let mut this = Self::default();
        let mut renamed = BTreeMap::new();
        let mut for_tests = Vec::new();
        for (name, text) in files {
            let file = file_path(name);
            let module = if name == "lib.rs" { Path::new() } else { file.clone() };
            let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            let tests = parsed.items.iter().filter(|item| attributes(item).is_some_and(is_for_tests));
            for_tests.extend(tests.filter_map(|item| match item {
                Item::Mod(inner) => Some(child(&module, &inner.ident.to_string())),
                _ => None,
            }));
            this.add(&module, &file, &parsed.items, &mut renamed);
        }
        this.all.retain(|module, _| !for_tests.iter().any(|tests| module.starts_with(tests)));
        // `#[path = "macro_support.rs"] mod __private;` gives the module of a file another name.
        for (module, file) in renamed {
            if let Some(found) = this.all.remove(&file) {
                this.all.insert(module, found);
            }
        }
        this
    }

    fn add(&mut self, path: &Path, file: &Path, items: &[Item], renamed: &mut BTreeMap<Path, Path>) {
        let mut module = Module { file: file.clone(), ..Module::default() };
        for item in items {
            if attributes(item).is_some_and(is_for_tests) {
                continue;
            }
            match item {
                Item::Use(import) if import.leading_colon.is_none() => module.add_use(&import.tree, Path::new()),
                Item::Use(_) => {}
                Item::Mod(inner) => {
                    module.defined.insert(inner.ident.to_string());
                    let inner_path = [path.clone(), vec![inner.ident.to_string()]].concat();
                    match &inner.content {
                        Some((_, items)) => self.add(&inner_path, file, items, renamed),
                        None => {
                            if let Some(file) = path_attribute(&inner.attrs) {
                                renamed.insert(inner_path, file_path(&file));
                            }
                        }
                    }
                }
                other => {
                    module.defined.extend(name_of(other));
                    collect_paths(other.to_token_stream(), &Path::new(), &mut module.paths);
                }
            }
        }
        self.all.insert(path.clone(), module);
    }

    /// Returns the file that defines what `path` means in the module `from`: re-exports are followed to their origin. `None`
    /// for a path that leaves the crate.
    pub fn home(&self, from: &Path, path: &[String]) -> Option<Path> {
        self.resolve(from, path, 0)
    }

    fn resolve(&self, from: &Path, path: &[String], depth: usize) -> Option<Path> {
        let (first, rest) = path.split_first()?;
        let (start, rest) = match first.as_str() {
            "crate" => (Path::new(), rest),
            "self" => (from.clone(), rest),
            "super" => {
                let supers = path.iter().take_while(|segment| *segment == "super").count();
                (from.get(..from.len().checked_sub(supers)?)?.to_vec(), &path[supers..])
            }
            name => {
                let module = self.all.get(from)?;
                let is_local = module.bound.contains_key(name) || self.all.contains_key(&child(from, name));
                return if is_local { self.descend(from, path, depth) } else { None };
            }
        };
        self.descend(&start, rest, depth)
    }

    /// Follows `path` from the module `at`, whose names it begins with.
    fn descend(&self, at: &Path, path: &[String], depth: usize) -> Option<Path> {
        let module = self.all.get(at)?;
        let Some((name, rest)) = path.split_first() else { return Some(module.file.clone()) };
        if depth > 20 {
            return None;
        }
        let inner = child(at, name);
        if self.all.contains_key(&inner) {
            return self.descend(&inner, rest, depth + 1);
        }
        if let Some(bound) = module.bound.get(name)
            // `use a::b::{self}` and `use a;` of another crate bind a name to itself.
            && bound.first() != Some(name)
        {
            return self.resolve(at, &[bound.clone(), rest.to_vec()].concat(), depth + 1);
        }
        if !module.defined.contains(name) {
            let through_glob = module.globs.iter().find_map(|glob| {
                let target = [glob.clone(), path.to_vec()].concat();
                self.resolve(at, &target, depth + 1)
            });
            if through_glob.is_some() {
                return through_glob;
            }
        }
        Some(module.file.clone())
    }
}

impl Module {
    fn add_use(&mut self, tree: &UseTree, before: Path) {
        let with = |segment: &syn::Ident| [before.clone(), vec![segment.to_string()]].concat();
        let (name, path) = match tree {
            UseTree::Path(path) => return self.add_use(&path.tree, with(&path.ident)),
            UseTree::Group(group) => {
                return group.items.iter().for_each(|item| self.add_use(item, before.clone()));
            }
            UseTree::Glob(_) => {
                self.globs.push(before.clone());
                self.paths.insert(before);
                return;
            }
            UseTree::Name(name) if name.ident == "self" => (before.last().cloned().unwrap_or_default(), before),
            UseTree::Name(name) => (name.ident.to_string(), with(&name.ident)),
            UseTree::Rename(rename) => (rename.rename.to_string(), with(&rename.ident)),
        };
        self.paths.insert(path.clone());
        self.bound.insert(name, path);
    }
}

/// Collects the paths of two segments and more, also inside macros. Literals and doc comments are no paths.
fn collect_paths(tokens: TokenStream, before: &Path, found: &mut BTreeSet<Path>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is = |at: usize, c: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == c);
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(_) => {
                let is_foreign = at > 0 && (is(at - 1, ':') && at > 1 && is(at - 2, ':') || is(at - 1, '$'));
                let mut path = before.clone();
                while let Some(TokenTree::Ident(name)) = tokens.get(at) {
                    path.push(name.to_string());
                    at += 1;
                    if !(is(at, ':') && is(at + 1, ':')) {
                        break;
                    }
                    at += 2;
                }
                match tokens.get(at) {
                    // `use a::{b, c}` inside a function.
                    Some(TokenTree::Group(group))
                        if group.delimiter() == Delimiter::Brace && is(at - 1, ':') && !is_foreign =>
                    {
                        collect_paths(group.stream(), &path, found);
                        at += 1;
                    }
                    _ if path.len() > 1 && !is_foreign => _ = found.insert(path),
                    _ => {}
                }
            }
            // `pub(in crate::a)` restricts visibility; it imports nothing.
            TokenTree::Group(group) if !begins_with_in(group) => {
                collect_paths(group.stream(), &Path::new(), found);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

fn begins_with_in(group: &Group) -> bool {
    matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(first)) if first == "in")
}

fn child(of: &Path, name: &str) -> Path {
    [of.clone(), vec![name.to_owned()]].concat()
}

fn file_path(name: &str) -> Path {
    let mut parts: Path = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.len() > 1 && parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.meta.to_token_stream().to_string().replace(' ', "") == "cfg(test)"
    })
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    let text = attribute.meta.to_token_stream().to_string();
    Some(text.split('"').nth(1)?.to_owned())
}

fn attributes(item: &Item) -> Option<&[Attribute]> {
    Some(match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => return None,
    })
}

fn name_of(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Macro(item) => item.ident.as_ref()?.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        _ => return None,
    })
}
