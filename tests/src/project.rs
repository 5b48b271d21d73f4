//! A cargo project for one test, which is compiled and run, offline.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;

/// A package under `target`, with a build directory that all such packages and all runs share.
#[derive(Debug)]
pub struct Project {
    name: String,
    folder: PathBuf,
    build: PathBuf,
    /// Its files when it was last compiled.
    compiled: Mutex<Option<BTreeMap<PathBuf, Vec<u8>>>>,
}

impl Project {
    /// Creates an empty project, and removes what an earlier run left.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn create(name: &str) -> Self {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is in the workspace");
        let projects = workspace.join("target").join("projects");
        let (folder, build) = (projects.join(name), projects.join("target"));
        let _ = fs::remove_dir_all(&folder);
        let this = Self { name: name.to_owned(), folder, build, compiled: Mutex::new(None) };
        let core = workspace.join("schemata-core");
        this.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[profile.dev]\n\
                 debug = false\n\n[dependencies]\nchrono = {{ version = \"0.4\", default-features = false }}\n\
                 rust_decimal = {{ version = \"1\", default-features = false }}\n\
                 schemata-core = {{ path = '{}', default-features = false, features = \
                 [\"derive\", \"dev\", \"uuid\", \"decimal\", \"chrono\", \"json\"] }}\n\
                 serde_json = {{ version = \"1\", default-features = false }}\n\
                 tokio = {{ version = \"1\", default-features = false, features = [\"rt\"] }}\n\
                 uuid = {{ version = \"1\", default-features = false }}\n",
                core.display()
            ),
        );
        fs::copy(workspace.join("Cargo.lock"), this.folder.join("Cargo.lock")).expect("the workspace's lock file");
        this
    }

    /// Returns the path.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file of the project.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Reads a file of the project.
    ///
    /// # Panics
    /// When it is not there.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Runs it on a database, as `cargo run -q -- arguments` does. Cargo is called only if its files have changed since
    /// they were compiled, since cargo reads all files of the workspace even if nothing has changed.
    ///
    /// # Panics
    /// When neither cargo nor the program can be started.
    pub fn run(&self, url: &str, arguments: &[&str]) -> Output {
        // Read before the run, since the program may write files.
        let now = self.files();
        let mut compiled = self.compiled.lock().expect("no panic while it was locked");
        if *compiled != Some(now.clone()) {
            let output = self.cargo(&["build", "-q", "--offline"], url);
            if !output.status.success() {
                return output;
            }
            *compiled = Some(now);
        }
        drop(compiled);
        let program = self.build.join("debug").join(format!("{}{}", self.name, std::env::consts::EXE_SUFFIX));
        self.with_environment(Command::new(program).args(arguments), url).output().expect("the program starts")
    }

    /// Starts the program that [`run`](Self::run) compiled, and does not wait for it.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(&self, url: &str, arguments: &[&str]) -> Child {
        let program = self.build.join("debug").join(format!("{}{}", self.name, std::env::consts::EXE_SUFFIX));
        let mut command = Command::new(program);
        let command = self.with_environment(command.args(arguments), url);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
    }

    /// Returns the files of the package and their contents.
    ///
    /// # Panics
    /// When a folder cannot be read.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let (mut files, mut folders) = (BTreeMap::new(), vec![self.folder.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
                if entry.is_dir() {
                    folders.push(entry);
                } else {
                    // A program that runs may have removed it.
                    files.extend(fs::read(&entry).ok().map(|content| (entry, content)));
                }
            }
        }
        files
    }

    /// Runs its tests on the server of `url`; returns their output and whether they passed.
    ///
    /// # Panics
    /// When cargo cannot be started.
    pub fn test(&self, url: &str) -> (String, bool) {
        let output = self.cargo(&["test", "-q", "--offline"], url);
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (text, output.status.success())
    }

    fn cargo(&self, arguments: &[&str], url: &str) -> Output {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        self.with_environment(Command::new(cargo).args(arguments), url).output().expect("cargo starts")
    }

    /// Sets the folder, and the variables that cargo sets for programs.
    fn with_environment<'c>(&self, command: &'c mut Command, url: &str) -> &'c mut Command {
        command
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.build)
            .env("CARGO_MANIFEST_DIR", &self.folder)
            .env("CARGO_PKG_NAME", &self.name)
            .env("DATABASE_URL", url)
            .env("TEST_DATABASE_URL", url)
    }

    /// Returns its output and exit code.
    ///
    /// # Panics
    /// When its output is not UTF-8.
    pub fn says(&self, url: &str, arguments: &[&str]) -> (String, Option<i32>) {
        let output = self.run(url, arguments);
        let mut text = String::from_utf8(output.stdout).expect("UTF-8");
        if output.status.code() == Some(1) || output.status.code() == Some(101) {
            text += &String::from_utf8_lossy(&output.stderr);
        }
        (text.replace(&*self.folder.to_string_lossy(), "…"), output.status.code())
    }
}

/// Decides every step as "do it": removes the lines that stop, uncomments the steps, and fills in the values that they
/// ask for.
pub fn decided(source: &str) -> String {
    let mut out = String::new();
    for line in source.lines().filter(|line| !line.trim_start().starts_with("m.undecided(")) {
        let code = line.strip_prefix("    // ").filter(|code| code.starts_with("m.") || code.starts_with("    ."));
        let mut line = code.map_or_else(|| line.to_owned(), |code| format!("    {code}"));
        if let Some((before, after)) = line.split_once(" = …") {
            // Of `m.backfill(…).set("column = …")`, or of an UPDATE.
            let place = [".set(", " SET "].iter().filter_map(|word| Some(before.rfind(word)? + word.len())).max();
            let column = before[place.expect("one of them")..].trim_start_matches(['r', '#', '"', '\\']);
            line = format!("{before} = {}{after}", crate::shapes::value(column));
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}
