//! The floors of `docs/architecture.md`: files import from lower floors only, and no two files need each other.
//!
//! Paths are followed to the file that defines what they name, through re-exports, `super::` and imported modules, in `use`
//! items, in code and in macros.

mod check;
mod modules;

use std::fs;
use std::path::{Path, PathBuf};

use check::{Floors, Rules, violations};
use modules::Modules;

const CORE: Rules<'_> = Rules {
    floors: &[
        &["ident", "param", "cursor", "violation"],
        &["error", "qualified_name", "datum"],
        &["schema"],
        &["sql"],
        &["exec", "picture"],
        &["query"],
        &["model"],
        &["catalog"],
        &["relation", "checked"],
        &["migrate"],
        &["prove"],
        &["generate", "tenants"],
        &["embedded"],
        &["testing"],
        &["cli", "macro_support", "fuzz", "macros"],
        &["lib"],
        &["prelude"],
    ],
    // The folders and files directly in a block, lowest first.
    inner: &[
        (
            "sql",
            &[
                &["shape", "lex", "literal", "declared_type"],
                &["statement_text"],
                &["writer"],
                &["fragment", "lru", "script", "secret", "table_name", "dependencies", "copy_data", "psql"],
                &["fragment_error", "session", "migration_file"],
                &["tree", "ddl"],
                &["scope", "expr", "removed_rows", "retarget"],
                &["filter", "expr_text", "lock", "distinct"],
                &["combine", "filter_text", "from", "select", "with"],
                &["subselect", "related", "keyset", "write", "select_shape"],
                &["conflict", "joined_write", "write_shape"],
                &["bulk", "insert_select", "links"],
            ],
        ),
        (
            "exec",
            &[
                &["row", "running", "actor", "purpose", "message_limits"],
                &["connect"],
                &["connection"],
                &["pool"],
                &["transaction"],
                &["target"],
                &["statement"],
                &["atomic_scope"],
                &["raw_sql"],
                &["executor"],
                &["handle"],
            ],
        ),
        (
            "query",
            &[
                &["unbounded_impls", "source"],
                &["col", "scope"],
                &["column_list", "expr"],
                &["condition", "arithmetic", "argument", "excluded"],
                &[
                    "array",
                    "compare",
                    "date_arithmetic",
                    "new_value",
                    "order",
                    "range",
                    "select_list",
                    "text_search",
                    "row_columns",
                    "table_function",
                ],
                &["aggregate", "json", "projection", "text"],
                &["functions", "window"],
                &["select"],
                &["combine", "fetch", "group", "join", "page", "project", "subselect", "whitelist"],
                &["derived_table", "subtotals", "values", "with"],
            ],
        ),
        (
            "model",
            &[
                &["audit_actor", "key", "unique_key", "groups", "request"],
                &["validate"],
                &["write"],
                &["batch"],
                &["table_model"],
                &["constraint_set", "verify_request"],
            ],
        ),
        (
            "catalog",
            &[
                &["definition"],
                &["index", "migration_tool"],
                &["constraint"],
                &["snapshot"],
                &["read", "diff", "inexpressible", "unmanaged"],
                &["database"],
            ],
        ),
        (
            "migrate",
            &[
                &["migration", "report", "settings", "nearest"],
                &["hazard"],
                &["error"],
                &["session", "record", "live_tables"],
                &["ledger", "blockers", "preconditions", "other_ledger"],
                &["apply", "squash"],
                &["plan", "set", "concurrent_locks"],
                &["hazardous_steps", "steps"],
                &["run"],
                &["baseline_and_repair"],
                &["take_over"],
                &["migrator"],
            ],
        ),
        (
            "prove",
            &[
                &["scratch", "read_catalog", "same_expressions", "verify"],
                &["model_tables"],
                &["replay"],
                &["squash_equality", "measure", "queries"],
                &["check"],
                &["migrator"],
            ],
        ),
        (
            "generate",
            &[
                &["error"],
                &["text"],
                &["desired_schema", "extensions", "name_history"],
                &["sketch"],
                &["steps", "inspect"],
                &["diff"],
                &["draft", "squash"],
                &["adopt", "merge"],
                &["migrator"],
            ],
        ),
        (
            "tenants",
            &[
                &["error", "group"],
                &["query", "report"],
                &["provision", "list", "queue", "rollout_builder"],
                &["worker", "status"],
                &["run_rollout"],
            ],
        ),
        (
            "cli",
            &[
                &["output", "timeouts"],
                &["database", "json", "missing_schema", "other_tools", "policy", "progress"],
                &["app"],
                &["migrate"],
                &["check", "plan"],
                &["dev"],
                &["command"],
                &["history", "tenants"],
                &["run"],
            ],
        ),
    ],
};

const DERIVE: Rules<'_> = Rules {
    floors: &[
        &["diag", "names", "path", "sql"],
        &["attr"],
        &["ir"],
        &["lower", "check"],
        &["driver_traits", "ecosystem"],
        &["expand"],
        &[
            "composite",
            "constraints",
            "derive",
            "domain",
            "from_row",
            "int_enum",
            "labels",
            "migration",
            "migrations",
            "newtype",
            "projection",
            "query",
            "request",
            "sql_expression",
            "sql_function",
            "sql_migrations",
        ],
        &["budget", "fuzz", "lib"],
    ],
    inner: &[],
};

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

fn workspace(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is in the workspace").join(part)
}

fn crate_modules(part: &str) -> Modules {
    let root = workspace(part);
    let files: Vec<(String, String)> = sources(&root)
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).expect("inside").to_string_lossy().replace('\\', "/");
            (name, fs::read_to_string(&path).expect("a source file"))
        })
        .collect();
    assert!(files.len() > 5, "the sources of {part} were found");
    Modules::read(files.iter().map(|(name, text)| (name.as_str(), text.clone())))
}

#[test]
fn core_imports_downwards_only() {
    let wrong = violations(&crate_modules("schemata-core/src"), &CORE);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn derive_imports_downwards_only() {
    let wrong = violations(&crate_modules("schemata-derive/src"), &DERIVE);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_owns() {
    let mut wrong = Vec::new();
    for part in ["schemata-core/src", "schemata-derive/src", "order-service-example/src", "tests/src"] {
        for file in sources(&workspace(part)) {
            let text = fs::read_to_string(&file).expect("a source file");
            if !text.starts_with("//!") {
                wrong.push(format!("{} does not open with `//!`", file.display()));
            }
            if text.lines().count() > 300 {
                println!("hint: {} has {} lines", file.display(), text.lines().count());
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The violations of a small crate with the blocks `low` and `high`, whose folder `high` states inner floors.
fn of(files: &[(&'static str, &str)]) -> Vec<String> {
    const FLOORS: Floors<'_> = &[&["low"], &["high"], &["lib"]];
    const INNER: &[(&str, Floors<'_>)] = &[("high", &[&["base"], &["top", "other"]])];
    let all = ["low/mod.rs", "high/mod.rs", "high/base.rs", "high/top.rs", "high/other.rs", "lib.rs"];
    let missing = all.iter().filter(|name| files.iter().all(|(given, _)| given != *name));
    let files = files.iter().map(|(name, text)| (*name, (*text).to_owned()));
    let modules = Modules::read(files.chain(missing.map(|name| (*name, String::new()))));
    violations(&modules, &Rules { floors: FLOORS, inner: INNER })
}

fn is_refused(files: &[(&'static str, &str)], part: &str) {
    let wrong = of(files);
    assert!(matches!(&*wrong, [one] if one.contains(part)), "{part}: {wrong:#?}");
}

#[test]
fn what_points_downwards_passes() {
    let files = [
        ("lib.rs", "mod low; mod high; pub use high::top::Top; pub use low::Low;"),
        ("low/mod.rs", "pub struct Low; #[cfg(test)] mod tests { use crate::high::top::Top; }"),
        ("high/mod.rs", "mod base; pub(crate) mod top; pub use base::Base;"),
        ("high/base.rs", "//! [`Top`](crate::high::top::Top)\nuse crate::Low; pub struct Base(Low);"),
        (
            "high/top.rs",
            "use super::Base; /// [crate::high::other::X]\npub struct Top(Base, &'static str); fn f() { g(\"crate::high::other::X\") }",
        ),
    ];
    assert_eq!(of(&files), Vec::<String>::new());
}

#[test]
fn code_for_tests_and_visibility_are_no_imports() {
    let files = [
        ("low/mod.rs", "#[cfg(test)] mod tests; pub(in crate::low) struct Low;"),
        ("low/tests.rs", "use crate::high::top::Top;"),
        ("low/child.rs", "pub(in crate::low) fn f() {} pub(in crate::high::top) struct Child;"),
        ("high/top.rs", "pub struct Top;"),
    ];
    assert_eq!(of(&files), Vec::<String>::new());
}

#[test]
fn an_import_of_a_higher_floor_is_refused() {
    is_refused(
        &[("low/mod.rs", "use crate::high::top::Top;"), ("high/top.rs", "pub struct Top;")],
        "low uses high/top",
    );
}

#[test]
fn a_re_export_at_the_root_counts_as_its_origin() {
    let root = ("lib.rs", "pub use high::Top;");
    let high = ("high/mod.rs", "pub use top::Top;");
    is_refused(
        &[root, high, ("low/mod.rs", "use crate::Top;"), ("high/top.rs", "pub struct Top;")],
        "low uses high/top",
    );
    let glob = ("lib.rs", "pub use high::top::*;");
    is_refused(&[glob, ("low/mod.rs", "use crate::Top;"), ("high/top.rs", "pub struct Top;")], "low uses high/top");
}

#[test]
fn a_path_with_super_is_followed() {
    is_refused(
        &[("low/mod.rs", "use super::high::top::Top;"), ("high/top.rs", "pub struct Top;")],
        "low uses high/top",
    );
    is_refused(&[("high/base.rs", "use super::top::Top;"), ("high/top.rs", "pub struct Top;")], "inner floor");
    let inline = ("low/mod.rs", "mod inner { fn f() { super::super::high::top::g() } }");
    is_refused(&[inline, ("high/top.rs", "pub fn g() {}")], "low uses high/top");
}

#[test]
fn a_path_in_code_or_in_a_macro_is_an_import() {
    let top = ("high/top.rs", "pub fn g() -> u8 { 0 }");
    is_refused(&[("low/mod.rs", "fn f() { crate::high::top::g(); }"), top], "low uses high/top");
    is_refused(&[("low/mod.rs", "fn f() { println!(\"{}\", crate::high::top::g()); }"), top], "low uses high/top");
    is_refused(&[("low/mod.rs", "fn f() { use crate::high::{top::g}; g(); }"), top], "low uses high/top");
    let module = ("low/mod.rs", "use crate::high; fn f() { high::top::g(); }");
    assert!(of(&[module, top]).iter().any(|wrong| wrong.contains("low uses high/top")));
}

#[test]
fn a_higher_or_equal_inner_floor_is_refused() {
    is_refused(&[("high/base.rs", "use crate::high::top::Top;"), ("high/top.rs", "pub struct Top;")], "inner floor");
    is_refused(&[("high/other.rs", "use crate::high::top::Top;"), ("high/top.rs", "pub struct Top;")], "inner floor");
    let through = ("high/mod.rs", "pub use top::Top;");
    is_refused(
        &[through, ("high/base.rs", "use crate::high::Top;"), ("high/top.rs", "pub struct Top;")],
        "inner floor",
    );
    is_refused(&[("high/new.rs", "")], "on no inner floor");
    is_refused(&[("new.rs", "")], "on no floor");
}

#[test]
fn a_parent_and_a_child_that_need_each_other_are_refused() {
    let parent = ("low/mod.rs", "mod child; pub struct Parent; fn f() { child::g() }");
    is_refused(&[parent, ("low/child.rs", "use super::Parent; pub fn g() {}")], "need each other");
    let parent = ("low/mod.rs", "mod child; pub use child::Child; pub struct Parent;");
    is_refused(&[parent, ("low/child.rs", "pub struct Child(crate::low::Parent);")], "need each other");
}

#[test]
fn files_that_need_each_other_are_refused() {
    let b = ("low/b.rs", "pub struct B; fn f() -> super::a::A { loop {} }");
    is_refused(&[("low/a.rs", "use crate::low::b::B; pub struct A;"), b], "low/a → low/b need each other");
}

#[test]
fn a_module_with_the_path_of_another_file_is_found() {
    let root = ("lib.rs", "#[path = \"high/top.rs\"] pub mod __top;");
    is_refused(
        &[root, ("low/mod.rs", "use crate::__top::Top;"), ("high/top.rs", "pub struct Top;")],
        "low uses high/top",
    );
}
