//! The tests named as proofs in the documents exist.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is in the workspace")
}

/// Returns the file that a proof like `core sql/lex::name` lies in, and the name of its test.
fn place(proof: &str) -> Option<(PathBuf, &str)> {
    let (file, test) = proof.rsplit_once("::")?;
    let is_name = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_/".contains(c));
    let file = file.strip_suffix("::tests").unwrap_or(file);
    let (folder, file) = match file.split_once(' ') {
        Some(("core", file)) => ("schemata-core/src", file),
        Some(("derive", file)) => ("schemata-derive/src", file),
        Some(_) => return None,
        None => ("tests/tests", file),
    };
    // `service::…` is a test of the example; a path with capitals is an item, not a proof.
    let is_proof = is_name(file) && is_name(test) && test.contains('_') && file != "service";
    is_proof.then(|| (root().join(folder).join(file).with_extension("rs"), test))
}

#[test]
fn every_named_test_exists() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for page in ["docs/parity.md", "docs/guarantees.md"] {
        let text = fs::read_to_string(root().join(page)).expect("a page");
        for proof in text.split('`').skip(1).step_by(2) {
            if let Some(program) = proof.strip_prefix("ui/").or_else(|| proof.strip_prefix("ui_writes/")) {
                if program == "name" {
                    continue; // parity.md explains its notation
                }
                count += 1;
                let folder = proof.split('/').next().expect("a folder");
                let file = root().join("tests/tests").join(folder).join(program).with_extension("rs");
                if !file.exists() {
                    wrong.push(format!("{page}: {proof}"));
                }
            } else if let Some((file, test)) = place(proof) {
                count += 1;
                let source = fs::read_to_string(&file).unwrap_or_default();
                if !source.contains(&format!("fn {test}(")) {
                    wrong.push(format!("{page}: {proof}"));
                }
            }
        }
    }
    assert!(count >= 100, "the pages name tests: {count}");
    assert!(wrong.is_empty(), "no such test:\n{}", wrong.join("\n"));
}

#[test]
fn every_guarantee_names_its_proof() {
    let text = fs::read_to_string(root().join("docs/guarantees.md")).expect("a page");
    let (mut wrong, mut count) = (Vec::new(), 0);
    for row in text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---")) {
        let columns: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let [_, _, proof, _] = columns[..] else { panic!("four columns: {row}") };
        if proof == "proof" {
            continue;
        }
        count += 1;
        let named: Vec<&str> = proof.split('`').skip(1).step_by(2).collect();
        let exists = |name: &str| {
            let places = [format!("tests/tests/{name}.rs"), format!("tests/tests/{name}"), name.to_owned()];
            let example = root().join(format!("order-service-example/tests/{name}.rs"));
            places.iter().any(|place| root().join(place).exists()) || example.exists()
        };
        // Single tests, and programs that must not compile, are looked at above.
        let is_whole = |name: &&str| !name.contains("::") && !name.starts_with("ui") && !name.starts_with("--");
        wrong.extend(named.iter().filter(|name| is_whole(name) && !exists(name)).map(|name| format!("{name}: {row}")));
        wrong.extend(named.is_empty().then(|| format!("no proof: {row}")));
    }
    assert!(count >= 30, "guarantees: {count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
