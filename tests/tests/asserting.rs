//! Every test of the workspace asserts something, and no test passes because it could not run.
//!
//! Functions are found by their text. A function asserts if it contains an assertion, or calls by name a function of its
//! own file or of this package's support code that does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The calls that make a test fail because of a wrong result. An `expect` of success is not among them: it shows that
/// nothing went wrong, not what came out.
const ASSERTS: [&str; 8] = [
    "assert!(",
    "assert_eq!(",
    "assert_ne!(",
    "prop_assert",
    "panic!(",
    "expect_err(",
    "unreachable!(",
    "compile_fail(",
];

/// Tests that may end early, by the beginnings of their names, with the reason. All others fail on a machine that lacks
/// something.
const MAY_END_EARLY: &[(&str, &str)] = &[
    (
        "tests/tests/check_by_hand.rs::a_check_that_is_no_longer_enforced_is_reported",
        "PostgreSQL has NOT ENFORCED from 18 on; the matrix of majors runs it",
    ),
    (
        "tests/tests/check_by_hand.rs::what_only_newer_servers_have_is_seen_there",
        "PostgreSQL 18; tests/matrix.sh has it",
    ),
    (
        "tests/tests/constraints_deferred.rs::what_a_major_version_lacks_is_refused_and_named",
        "PostgreSQL 18 lacks nothing; tests/matrix.sh has older servers",
    ),
    ("tests/tests/types/matrix.rs::every_road", "types of newer servers and of PostGIS, where they are"),
    ("tests/tests/indexes.rs::nulls_not_distinct_is_missed_and_generated_too", "asserts the refusal of older servers"),
    ("tests/tests/indexes.rs::nulls_that_are_not_distinct_make_one_row", "asserts the refusal of older servers"),
    ("tests/tests/pooler", "say what to install; CI, and `rules_and_roads::behind_a_pooler`, fail without PgBouncer"),
    (
        "tests/tests/tls.rs::a_pooler_is_detected_over_tls",
        "says what to install; CI, and `rules_and_roads::behind_a_pooler`, fail without PgBouncer",
    ),
    ("tests/tests/isolation.rs::what_changes_the_session_stays_with_it", "waits in a loop, and fails after it"),
    ("tests/tests/session_resets.rs::a_runtime_ends_in_the_middle_of_a_reset", "waits in a loop, and fails after it"),
    (
        "tests/tests/retry.rs::a_connection_lost_at_commit_is_an_unknown_outcome_and_never_retried",
        "waits in a loop, and fails after it",
    ),
];

/// A function of a file.
struct Function {
    name: String,
    body: String,
    is_test: bool,
}

fn sources(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).unwrap_or_else(|error| panic!("{}: {error}", root.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            // The cases of `trybuild` are programs that do not compile.
            if !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ui")) {
                found.extend(sources(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns the functions of a formatted file: each ends with a brace at its own indentation.
fn functions(text: &str) -> Vec<Function> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let words = code.split("fn ").next().unwrap_or_default();
        let is_function = code.contains("fn ")
            && words.split_whitespace().all(|word| matches!(word, "pub" | "pub(crate)" | "async" | "const"));
        if !is_function {
            continue;
        }
        let indent = &line[..line.len() - code.len()];
        let end = format!("{indent}}}");
        let body: Vec<&str> = lines[at..].iter().copied().take_while(|line| *line != end).collect();
        let body = if lines[at].ends_with('}') { vec![lines[at]] } else { body };
        let attributes = lines[..at].iter().rev().take_while(|line| line.trim_start().starts_with("#["));
        let is_test = attributes.clone().any(|line| line.contains("test]") || line.contains("tokio::test("));
        let name = code.split_once("fn ").expect("it is a function").1;
        let name: String = name.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        let expects_panic = attributes.clone().any(|line| line.contains("should_panic"));
        let uncommented = body.iter().filter(|line| !line.trim_start().starts_with("//"));
        let mut body = uncommented.copied().collect::<Vec<_>>().join("\n");
        if expects_panic {
            body.push_str("\npanic!(");
        }
        found.push(Function { name, body, is_test });
    }
    found
}

/// Returns whether the text calls a function of this name.
fn calls(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = &text[at + name.len()..];
        !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == '.')
            && (after.starts_with('(') || after.starts_with("::<"))
    })
}

/// Returns the names of the functions that assert, given those of other files.
fn asserting(functions: &[Function], elsewhere: &BTreeSet<String>) -> BTreeSet<String> {
    let mut known = elsewhere.clone();
    loop {
        let more: Vec<String> = functions
            .iter()
            .filter(|function| !known.contains(&function.name))
            .filter(|function| {
                let body = function.body.split_once('{').map_or("", |(_, body)| body);
                ASSERTS.iter().any(|word| body.contains(word)) || known.iter().any(|name| calls(body, name))
            })
            .map(|function| function.name.clone())
            .collect();
        if more.is_empty() {
            return known;
        }
        known.extend(more);
    }
}

/// Returns every test of the workspace by file and name, whether it asserts, and whether it may end early.
fn tests() -> BTreeMap<String, (bool, bool)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let read = |path: &Path| functions(&fs::read_to_string(path).expect("a source file"));
    let support: Vec<Function> = sources(&root.join("tests/src")).iter().flat_map(|path| read(path)).collect();
    let shared = asserting(&support, &BTreeSet::new());
    let mut found = BTreeMap::new();
    for folder in ["tests/tests", "order-service-example", "schemata-core/src", "schemata-derive/src"] {
        for path in sources(&root.join(folder)) {
            let functions = read(&path);
            // Modules of one test program share their helper functions.
            let beside: Vec<Function> = match path.parent() {
                Some(parent) if parent.join("main.rs").exists() => {
                    sources(parent).iter().flat_map(|path| read(path)).collect()
                }
                _ => Vec::new(),
            };
            let asserting = asserting(&functions, &asserting(&beside, &shared));
            let file = path.strip_prefix(root).expect("inside").display().to_string();
            for test in functions.iter().filter(|function| function.is_test) {
                let ends_early = test.body.contains("return;") || test.body.contains("else { return }");
                found.insert(format!("{file}::{}", test.name), (asserting.contains(&test.name), ends_early));
            }
        }
    }
    found
}

#[test]
fn every_test_asserts_something() {
    let tests = tests();
    assert!(tests.len() > 500, "only {} tests were found", tests.len());
    let silent: Vec<&String> = tests.iter().filter(|(_, (asserts, _))| !asserts).map(|(name, _)| name).collect();
    assert!(silent.is_empty(), "these tests assert nothing: {silent:#?}");
}

#[test]
fn no_test_is_green_because_it_could_not_run() {
    let tests = tests();
    let early: Vec<&String> = tests.iter().filter(|(_, (_, early))| *early).map(|(name, _)| name).collect();
    let unlisted: Vec<_> =
        early.iter().filter(|name| !MAY_END_EARLY.iter().any(|(listed, _)| name.starts_with(listed))).collect();
    assert!(unlisted.is_empty(), "these tests may end before they assert: let them fail, or list why: {unlisted:#?}");
    for (listed, _) in MAY_END_EARLY {
        assert!(
            early.iter().any(|name| name.starts_with(listed)),
            "{listed} does not end early: remove it from the list"
        );
    }
}

#[test]
fn a_test_without_an_assertion_is_found() {
    let text = "#[test]\nfn silent() {\n    run();\n}\n\n#[tokio::test]\nasync fn speaks() {\n    helper();\n}\n\nfn helper() {\n    \
                assert!(true);\n}\n\nfn run() {\n    f().expect(\"works\");\n}\n";
    let functions = functions(text);
    let asserting = asserting(&functions, &BTreeSet::new());
    assert_eq!(functions.iter().filter(|function| function.is_test).count(), 2);
    assert_eq!(asserting.into_iter().collect::<Vec<_>>(), ["helper", "speaks"]);
}
