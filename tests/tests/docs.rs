//! The documents show existing code: every line of every Rust block of the README and the guide is in a file that is
//! compiled and run.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is in the workspace")
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push(path);
            }
        }
    }
    found
}

/// Returns the lines without indentation; empty ones and attributes of tests are left out.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// The blocks fenced as `rust`.
fn blocks(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with("```") {
            inside = !inside && line == "```rust";
            if inside {
                found.push(String::new());
            }
        } else if inside {
            let block = found.last_mut().expect("opened above");
            block.push_str(line);
            block.push('\n');
        }
    }
    found
}

/// A line `// …` in a block stands for omitted lines.
fn shown_in(block: &str, code: &[String]) -> bool {
    let parts: Vec<Vec<String>> = block.split("// …\n").map(lines).filter(|part| !part.is_empty()).collect();
    let mut from = 0;
    parts.iter().all(|part| {
        let found = code[from..].windows(part.len()).position(|window| window == part.as_slice());
        from += found.map_or(0, |at| at + part.len());
        found.is_some()
    })
}

#[test]
fn every_block_is_compiled_code() {
    let sources: Vec<Vec<String>> = files("order-service-example/src", "rs")
        .into_iter()
        .chain(files("tests/tests", "rs"))
        .chain(files("tests/src/bin", "rs"))
        .chain([root().join("tests/src/owners.rs")])
        .map(|path| lines(&fs::read_to_string(path).expect("a source file")))
        .collect();
    let mut pages = files("docs", "md");
    pages.push(root().join("README.md"));
    // `guide_start` compiles the blocks of the tutorial as its reader would.
    pages.retain(|page| !page.ends_with("guide/start.md"));
    let mut wrong = Vec::new();
    let mut count = 0;
    for page in pages {
        for block in blocks(&fs::read_to_string(&page).expect("a page")) {
            count += 1;
            if !sources.iter().any(|code| shown_in(&block, code)) {
                wrong.push(format!("{}:\n{block}", page.display()));
            }
        }
    }
    assert!(count >= 10, "the pages show code: {count} blocks");
    assert!(wrong.is_empty(), "not found in any compiled file:\n{}", wrong.join("\n"));
}

/// Returns the anchors that GitHub gives the headings of a page.
fn anchors(text: &str) -> Vec<String> {
    let mut in_code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        in_code ^= line.starts_with("```");
        if let (false, Some(heading)) = (in_code, line.strip_prefix('#')) {
            let heading = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            found.push(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
        }
    }
    found
}

#[test]
fn links_between_pages_lead_to_existing_headings() {
    let mut pages = files("docs", "md");
    pages.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|page| root().join(page)));
    let mut wrong = Vec::new();
    for page in pages {
        let text = fs::read_to_string(&page).expect("a page");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if target.is_empty() { page.clone() } else { page.parent().expect("a folder").join(target) };
            let leads = target.exists()
                && (anchor.is_empty()
                    || fs::read_to_string(&target).is_ok_and(|text| anchors(&text).iter().any(|a| a == anchor)));
            if !leads {
                wrong.push(format!("{} links to {link}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
