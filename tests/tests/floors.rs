//! The house stands: files import from lower floors only, and inside a block no two files need each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The blocks of `schemata-core/src`, lowest floor first; blocks in one row do not know each other.
const CORE: &[&[&str]] = &[
    &["ident", "param", "cursor", "violation"],
    &["error"],
    &["schema"],
    &["sql"],
    &["exec", "picture"],
    &["query"],
    &["model"],
    &["catalog"],
    &["relation"],
    &["migrate"],
    &["prove"],
    &["generate", "tenants"],
    &["embedded"],
    &["cli", "testing", "private", "fuzz", "prelude", "macros", "lib"],
];

/// The blocks of `schemata-derive/src`.
const DERIVE: &[&[&str]] = &[&["diag", "names", "path"], &["attr"], &["ir"], &["lower", "check"], &["expand"]];

/// One `use crate::…` of a file: the path's segments.
type Import = Vec<String>;

fn sources(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).expect("a source folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
    found
}

/// Every path that begins with `crate::`, outside comments and tests.
fn imports(path: &Path) -> Vec<Import> {
    let text = fs::read_to_string(path).expect("a source file");
    let code = text.split("#[cfg(test)]").next().expect("the first part");
    let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    for at in code.match_indices("crate::").map(|(at, _)| at) {
        if code[..at].ends_with(['$', ':', '_']) || code[..at].ends_with(char::is_alphanumeric) {
            continue;
        }
        expand(&code[at + "crate::".len()..], Vec::new(), &mut found);
    }
    found
}

/// Reads `a::b::{c, d::e}` into its paths.
fn expand(text: &str, before: Import, found: &mut Vec<Import>) {
    let name_end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(name_end);
    let mut path = before;
    if !name.is_empty() {
        path.push(name.to_owned());
    }
    if let Some(rest) = rest.strip_prefix("::") {
        expand(rest, path, found);
    } else if rest.starts_with('{') && name.is_empty() {
        let (mut depth, mut start) = (0, 1);
        for (at, c) in rest.char_indices() {
            match c {
                '{' => depth += 1,
                '}' | ',' if depth == 1 => {
                    let member = rest[start..at].trim();
                    if !member.is_empty() {
                        expand(member, path.clone(), found);
                    }
                    start = at + 1;
                    if c == '}' {
                        break;
                    }
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
    } else {
        found.push(path);
    }
}

/// `migrate/lock.rs` is file `lock` of block `migrate`; `ident.rs` is its own block.
fn place(root: &Path, path: &Path) -> Vec<String> {
    let relative = path.strip_prefix(root).expect("inside").with_extension("");
    let mut parts: Vec<String> = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.len() > 1 && parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

fn floor(floors: &[&[&str]], block: &str) -> Option<usize> {
    floors.iter().position(|blocks| blocks.contains(&block))
}

fn check(root: &Path, floors: &[&[&str]]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut inside: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let files = sources(root);
    assert!(files.len() > 5, "the sources of {} were found", root.display());
    let places: BTreeSet<Vec<String>> = files.iter().map(|file| place(root, file)).collect();
    for file in &files {
        let here = place(root, file);
        let is_mod = file.file_name().is_some_and(|name| name == "mod.rs" || name == "lib.rs");
        let Some(own) = floor(floors, &here[0]) else {
            wrong.push(format!("{} stands on no floor", here.join("/")));
            continue;
        };
        for import in imports(file) {
            let Some(target) = floor(floors, &import[0]) else { continue };
            if import[0] != here[0] && target >= own {
                wrong.push(format!(
                    "{} imports {} from its own floor or a higher one",
                    here.join("/"),
                    import.join("::")
                ));
            }
            if import[0] == here[0] && !is_mod {
                let file = (1..=import.len()).rev().map(|n| import[..n].to_vec()).find(|path| places.contains(path));
                let target = file.unwrap_or_default().join("/");
                inside.entry(here.join("/")).or_default().insert(target);
            }
        }
    }
    wrong.extend(
        inside.keys().filter(|file| reaches(&inside, file, file)).map(|file| format!("{file} is part of a cycle")),
    );
    wrong
}

fn reaches(graph: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(file) = open.pop() {
        for next in graph.get(file).into_iter().flatten() {
            if next == to {
                return true;
            }
            if seen.insert(next.as_str()) {
                open.push(next);
            }
        }
    }
    false
}

fn workspace(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is in the workspace").join(part)
}

#[test]
fn core_imports_downwards_only() {
    assert_eq!(check(&workspace("schemata-core/src"), CORE), Vec::<String>::new());
}

#[test]
fn derive_imports_downwards_only() {
    let mut floors = DERIVE.to_vec();
    let entries = [
        "constraints",
        "derive",
        "pg_enum",
        "text_enum",
        "newtype",
        "migration",
        "migrations",
        "projection",
        "request",
        "enumeration",
        "labels",
        "lib",
    ];
    floors.extend([entries.as_slice(), &["budget", "fuzz"], &["snapshots"]]);
    assert_eq!(check(&workspace("schemata-derive/src"), &floors), Vec::<String>::new());
}

#[test]
fn the_reader_of_imports_sees_nested_paths() {
    let mut found = Vec::new();
    expand("a::{b, c::{d, e}, f::g};", Vec::new(), &mut found);
    let paths: Vec<String> = found.iter().map(|path| path.join("::")).collect();
    assert_eq!(paths, ["a::b", "a::c::d", "a::c::e", "a::f::g"]);
}

#[test]
fn every_file_says_what_it_owns_and_stays_in_its_room() {
    let mut wrong = Vec::new();
    for part in ["schemata-core/src", "schemata-derive/src", "order-service-example/src", "tests/src"] {
        for file in sources(&workspace(part)) {
            let text = fs::read_to_string(&file).expect("a source file");
            if !text.starts_with("//!") {
                wrong.push(format!("{} does not open with `//!`", file.display()));
            }
            if text.lines().count() > 300 {
                wrong.push(format!(
                    "{} has {} lines: is there a seam to cut along?",
                    file.display(),
                    text.lines().count()
                ));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
