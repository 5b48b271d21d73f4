//! What `pg_dump --schema-only` prints of a database, object by object, and how two databases differ.

use std::collections::BTreeMap;
use std::process::Command;

/// The objects of a database: what `pg_dump` calls each of them, and its SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dump(BTreeMap<String, String>);

impl Dump {
    /// Reads a database with `SCHEMATA_PG_DUMP`, or the `pg_dump` of the path; nothing if that is older than the server.
    pub(crate) fn read(url: &str, major: i32) -> Option<Self> {
        let program = std::env::var("SCHEMATA_PG_DUMP").unwrap_or_else(|_| "pg_dump".to_owned());
        let run = |arguments: &[&str]| {
            let output = Command::new(&program).args(arguments).output().expect("pg_dump starts");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).expect("UTF-8")
        };
        // Like `pg_dump (PostgreSQL) 15.18`.
        let version = run(&["--version"]);
        let version = version.split(|letter: char| !letter.is_ascii_digit()).find(|word| !word.is_empty());
        let version: i32 = version.and_then(|version| version.parse().ok()).expect("a version");
        (version >= major).then(|| Self::parse(&run(&["--schema-only", "--no-owner", "--dbname", url])))
    }

    fn parse(text: &str) -> Self {
        let mut objects: BTreeMap<String, String> = BTreeMap::new();
        let mut title = String::new();
        for line in text.lines() {
            // The session of the dump, and what no restored database remembers.
            let is_noise =
                line.is_empty() || line == "--" || line.starts_with("SET default_") || line.starts_with('\\');
            if let Some(of) = line.strip_prefix("-- Name: ") {
                of.clone_into(&mut title);
            } else if !is_noise && !title.is_empty() && !line.starts_with("-- ") {
                let sql = objects.entry(title.clone()).or_default();
                sql.push_str(line);
                sql.push('\n');
            }
        }
        assert!(!objects.is_empty(), "{text}");
        Self(objects)
    }

    /// Removes the objects whose title has the word.
    pub(crate) fn without(mut self, word: &str) -> Self {
        self.0.retain(|title, sql| {
            let is_about = title.contains(word) || title.starts_with("COMMENT") && sql.contains(word);
            !is_about
        });
        self
    }

    /// Returns the lines that one of two databases has: `-` before those of this one, `+` before those of the other.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for title in self.0.keys().chain(other.0.keys().filter(|title| !self.0.contains_key(*title))) {
            let [one, two] = [self, other].map(|dump| lines(dump.0.get(title)));
            let (gone, new) = (beyond(&one, &two), beyond(&two, &one));
            found.extend(gone.iter().map(|line| format!("{title}: -{line}")));
            found.extend(new.iter().map(|line| format!("{title}: +{line}")));
            if one != two && gone.is_empty() && new.is_empty() {
                found.push(format!("{title}: the order of {}", one.join(" | ")));
            }
        }
        found
    }
}

/// Returns the lines of an object, without the commas of the lists in it.
fn lines(sql: Option<&String>) -> Vec<&str> {
    sql.map_or_else(Vec::new, |sql| sql.lines().map(|line| line.trim_end_matches(',')).collect())
}

/// Returns the lines of `one` that `other` has less often.
fn beyond<'l>(one: &[&'l str], other: &[&'l str]) -> Vec<&'l str> {
    let mut left = other.to_vec();
    let mut found = Vec::new();
    for line in one {
        match left.iter().position(|known| known == line) {
            Some(at) => drop(left.swap_remove(at)),
            None => found.push(*line),
        }
    }
    found
}
