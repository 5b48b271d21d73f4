//! Imports go down the floors: vocabulary, attributes, the model, checks, expansion, the macros.

use std::path::Path;

/// The floor of a module, by the first segment of its path.
fn floor(module: &str) -> usize {
    match module {
        "diag" | "names" | "path" => 0,
        "attr" => 1,
        "ir" => 2,
        "lower" | "check" => 3,
        "expand" => 4,
        _ => 5,
    }
}

fn visit(folder: &Path, seen: &mut usize) {
    for entry in std::fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            visit(&path, seen);
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a source file");
        let inside = path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).expect("below src");
        let own = inside.components().next().expect("a name").as_os_str().to_string_lossy().replace(".rs", "");
        assert!(source.starts_with("//!"), "{inside:?} begins with `//!`");
        assert!(source.lines().count() <= 300, "{inside:?} has at most 300 lines");
        for import in source.lines().filter_map(|line| line.trim().strip_prefix("use crate::")) {
            let module = import.split([':', ';', ' ']).next().expect("a segment");
            assert!(module == own || floor(module) < floor(&own) || floor(&own) == 5, "{inside:?} imports {import}");
            *seen += 1;
        }
    }
}

#[test]
fn imports_point_down() {
    let mut seen = 0;
    visit(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut seen);
    assert!(seen > 50, "only {seen} imports were seen");
}
