//! Follows the guide's tutorial word by word: every command of the page is run in an empty folder, every file of it is
//! written there.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder in which the reader works: a checkout of this repository, and beside it the project of the tutorial.
struct Reader {
    folder: PathBuf,
    workspace: PathBuf,
}

impl Reader {
    fn new() -> Self {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is in the workspace").to_owned();
        // The same folder in every run, so that cargo does not compile the library again.
        let mut hasher = DefaultHasher::new();
        workspace.hash(&mut hasher);
        let folder = std::env::temp_dir().join(format!("schemata-tutorial-{:016x}", hasher.finish()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("an empty folder");
        std::os::unix::fs::symlink(&workspace, folder.join("schemata")).expect("a checkout beside the project");
        Self { folder, workspace }
    }

    fn project(&self) -> PathBuf {
        self.folder.join("notes")
    }

    fn cargo(&self, folder: &Path, arguments: &[&str]) -> Output {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Command::new(cargo)
            .args(arguments)
            .current_dir(folder)
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TARGET_DIR", self.workspace.join("target/projects/target"))
            .env("CARGO_PROFILE_DEV_DEBUG", "false")
            .env("SCHEMATA_PG_DIR", self.folder.join("postgres"))
            .env_remove("DATABASE_URL")
            .env_remove("TEST_DATABASE_URL")
            .output()
            .expect("cargo starts")
    }

    /// Runs a line of a console block, and compares its output with the lines below it.
    fn run(&self, command: &str, expected: &[&str]) {
        let words: Vec<&str> = command.split(' ').collect();
        let output = match words.as_slice() {
            ["cd", _] => return,
            ["cargo", "new", name] => {
                let output = self.cargo(&self.folder, &words[1..]);
                let lock = self.folder.join(name).join("Cargo.lock");
                fs::copy(self.workspace.join("Cargo.lock"), lock).expect("the tested versions of the dependencies");
                output
            }
            ["cargo", ..] => self.cargo(&self.project(), &words[1..]),
            _ => panic!("the tutorial runs `{command}`, which this test does not know"),
        };
        let [stdout, stderr] = [&output.stdout, &output.stderr].map(|bytes| {
            let text = String::from_utf8_lossy(bytes);
            let project = fs::canonicalize(self.project()).expect("the project's folder");
            text.replace(&*project.to_string_lossy(), "…").replace(&*self.project().to_string_lossy(), "…")
        });
        let (notes, results): (Vec<&str>, Vec<&str>) = expected.iter().partition(|line| line.starts_with("note: "));
        for note in notes {
            assert!(stderr.lines().any(|line| line == note), "`{command}` does not print {note:?}, but:\n{stderr}");
        }
        if words[1] == "run" {
            assert_eq!(stdout.lines().collect::<Vec<_>>(), results, "`{command}` prints this beside:\n{stderr}");
        }
        for line in results {
            assert!(
                stdout.lines().any(|found| found == line),
                "`{command}` does not print {line:?}:\n{stdout}\n{stderr}"
            );
        }
    }

    /// Does with a block of Rust what the paragraph above it says.
    fn write(&self, paragraph: &str, block: &str) {
        let main = self.project().join("src/main.rs");
        let old = fs::read_to_string(&main).expect("`cargo new` writes it");
        let first = block.lines().next().expect("a block has lines");
        let new = if paragraph.starts_with("The whole of `src/main.rs`") {
            block.to_owned()
        } else if paragraph.starts_with("At the top of `src/main.rs`") {
            format!("{block}\n{old}")
        } else if paragraph.starts_with("At the end of `src/main.rs`") {
            format!("{old}\n{block}")
        } else if paragraph.contains("the struct becomes") {
            replace(&old, first, block)
        } else if paragraph.contains("`main` becomes") {
            replace(&old, "fn main() -> ExitCode {", block)
        } else if paragraph.contains("The second file is") {
            let written = fs::read_to_string(self.project().join("src/migrations/m0002_add_done.rs"));
            assert_eq!(written.expect("the second migration"), block);
            return;
        } else {
            panic!("this test does not know what to do with the block below: {paragraph}");
        };
        fs::write(main, new).expect("src/main.rs");
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if self.project().exists() {
            self.cargo(&self.project(), &["run", "-q", "--", "db", "reset", "--yes"]);
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Replaces the item that begins with the line `first` and ends with the next line `}`.
fn replace(source: &str, first: &str, item: &str) -> String {
    let start = source.find(first).expect("the item is there");
    let end = start + source[start..].find("\n}\n").expect("it ends") + 3;
    format!("{}{item}{}", &source[..start], &source[end..])
}

/// Returns the fenced blocks of a page, each with its language and the paragraph above it.
fn blocks(page: &str) -> Vec<(&str, &str, &str)> {
    let mut rest = page;
    let mut found = Vec::new();
    while let Some((before, after)) = rest.split_once("\n```") {
        let (language, after) = after.split_once('\n').expect("a block has lines");
        let (block, after) = after.split_once("```\n").expect("a block ends");
        let paragraph = before.trim().rsplit("\n\n").next().expect("the last part");
        found.push((paragraph, language, block));
        rest = after;
    }
    found
}

#[test]
fn the_tutorial_works_word_by_word() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/start.md");
    let page = fs::read_to_string(page).expect("the page");
    let reader = Reader::new();
    let mut commands = 0;
    for (paragraph, language, block) in blocks(&page) {
        match language {
            "console" => {
                for step in block.split("$ ").skip(1) {
                    let lines: Vec<&str> = step.lines().collect();
                    reader.run(lines[0], &lines[1..]);
                    commands += 1;
                }
            }
            "toml" => {
                let manifest = reader.project().join("Cargo.toml");
                let text = fs::read_to_string(&manifest).expect("`cargo new` writes it");
                fs::write(manifest, text.replace("[dependencies]\n", block)).expect("Cargo.toml");
            }
            "rust" => reader.write(paragraph, block),
            other => panic!("a block of {other:?} in the tutorial"),
        }
    }
    assert!(commands >= 10, "the tutorial runs commands: {commands}");
}
