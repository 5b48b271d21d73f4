//! The page is what the files of this test say.

use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The files of the pairs, in the order of the page.
const FILES: &[&str] =
    &["one_table", "joins", "subselects", "groups", "windows", "tables", "values", "writes", "own_sql"];
/// How many pairs the page promises.
const PAIRS: usize = 60;

/// Returns the lines with the indentation of the first one removed.
fn dedented(lines: &[&str]) -> String {
    let first = lines.first().map_or(0, |line| line.len() - line.trim_start().len());
    lines.iter().fold(String::new(), |mut text, line| {
        let cut = first.min(line.len() - line.trim_start().len());
        writeln!(text, "{}", &line[cut..]).expect("text grows");
        text
    })
}

/// Writes one pair as the page shows it.
fn pair(title: &str, lines: &[&str]) -> String {
    let text: Vec<&str> = lines.iter().map_while(|line| line.trim_start().strip_prefix("// ")).collect();
    let rest = &lines[text.len()..];
    assert!(rest[0].trim_start().starts_with("let sql = "), "{title}: the SQL comes first");
    let end = rest.iter().position(|line| line.ends_with(';')).expect("the SQL ends");
    let mut sql: Vec<&str> = rest[1..=end].to_vec();
    let last = sql.pop().expect("the SQL has lines").trim_end_matches(['"', '#', ';']);
    sql.push(last);
    let code = &rest[end + 1..];
    let code = &code[..code.iter().position(|line| line.starts_with("    twins.")).expect("it is compared")];
    let text = text.join("\n");
    let text = if text.is_empty() { text } else { format!("{text}\n\n") };
    let sql = dedented(&sql).replace("\\\\", "\\");
    format!("### {title}\n\n{text}```sql\n{sql}```\n\n```rust\n{}```\n\n", dedented(code))
}

/// Returns a link to a section.
fn section(title: &str) -> String {
    format!("[{title}](#{})", title.to_lowercase().replace(' ', "-"))
}

fn page() -> (String, usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cookbook");
    let beginning = fs::read_to_string(folder.join("beginning.md")).expect("the beginning of the page");
    let (mut page, mut sections, mut pairs) = (String::new(), Vec::new(), 0);
    for file in FILES {
        let source = fs::read_to_string(folder.join(file).with_extension("rs")).expect("a file of pairs");
        let lines: Vec<&str> = source.lines().collect();
        let starts: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with("    // ### ")).collect();
        for line in lines.iter().map_while(|line| line.strip_prefix("//! ")) {
            write!(page, "{line}\n\n").expect("text grows");
            sections.extend(line.strip_prefix("## ").map(section));
        }
        for (nth, start) in starts.iter().enumerate() {
            let end = starts.get(nth + 1).copied().unwrap_or(lines.len());
            page.push_str(&pair(&lines[*start]["    // ### ".len()..], &lines[start + 1..end]));
        }
        pairs += starts.len();
    }
    (format!("{beginning}{}\n\n{}\n", sections.join(" · "), page.trim_end()), pairs)
}

#[test]
fn the_page_shows_the_pairs_that_are_run() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/cookbook.md");
    let (page, pairs) = page();
    if std::env::var_os("UPDATE_COOKBOOK").is_some() {
        fs::write(&path, &page).expect("writes the page");
    }
    assert_eq!(fs::read_to_string(&path).expect("the page"), page, "run with UPDATE_COOKBOOK=1");
    assert!(pairs >= PAIRS, "the page has {pairs} pairs");
}
