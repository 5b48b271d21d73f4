//! What cargo knows of a package: its targets, and the crates beside it that it depends on.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Why the sources of a package cannot be looked through.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourcesError {
    /// Cargo cannot be started.
    #[error("cannot start cargo, which knows what the package consists of: run the test with `cargo test`")]
    Cargo {
        /// Why.
        source: io::Error,
    },
    /// Cargo does not know the package.
    #[error("cargo cannot describe the package in {}: {said}", folder.display())]
    Package {
        /// Where it should be.
        folder: PathBuf,
        /// What cargo said.
        said: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A package on this machine.
#[derive(Debug, Clone, Default)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) folder: PathBuf,
    pub(super) targets: Vec<Target>,
    /// The packages beside it that it always depends on: what it calls the crate, and where it is.
    pub(super) beside: Vec<(String, PathBuf)>,
}

/// What is compiled of a package.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// The name of the crate.
    pub(super) name: String,
    pub(super) is_library: bool,
    /// Whether it is a program, not a test, an example or a benchmark.
    pub(super) is_program: bool,
    /// Its first file.
    pub(super) root: PathBuf,
}

impl Package {
    /// The library others link.
    pub(super) fn library(&self) -> Option<&Target> {
        self.targets.iter().find(|target| target.is_library)
    }

    /// The library, and the program called `program`: what the source files belong to.
    pub(super) fn parts(&self, program: &str) -> Vec<&Target> {
        let is_part = |target: &&Target| target.is_library || target.is_program && target.name == program;
        self.targets.iter().filter(is_part).collect()
    }
}

/// Packages that were looked up, by folder.
#[derive(Debug, Default)]
pub(super) struct Packages(BTreeMap<PathBuf, Package>);

impl Packages {
    /// The package in `folder`. Those of its workspace are known from then on.
    pub(super) fn get(&mut self, folder: &Path) -> Result<Package, SourcesError> {
        if !self.0.contains_key(folder) {
            let described = describe(folder)?;
            let packages = described["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
            self.0.extend(packages.iter().map(package).map(|package| (package.folder.clone(), package)));
        }
        let unknown = || SourcesError::Package {
            folder: folder.to_owned(),
            said: "it is no package of its workspace".to_owned(),
        };
        self.0.get(folder).cloned().ok_or_else(unknown)
    }
}

/// `cargo metadata` of the workspace alone: nothing is resolved, nothing is fetched.
fn describe(folder: &Path) -> Result<Value, SourcesError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .output()
        .map_err(|source| SourcesError::Cargo { source })?;
    let refused = |said: String| SourcesError::Package { folder: folder.to_owned(), said };
    if !output.status.success() {
        return Err(refused(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| refused(error.to_string()))
}

fn package(described: &Value) -> Package {
    let list = |of: &Value| of.as_array().cloned().unwrap_or_default();
    let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
    let is = |of: &Value, wanted: &str| list(&of["kind"]).iter().any(|kind| kind == wanted);
    let target = |of: &Value| Target {
        name: text(&of["name"]).replace('-', "_"),
        is_library: is(of, "lib") || is(of, "rlib"),
        is_program: is(of, "bin"),
        root: text(&of["src_path"]).into(),
    };
    // What is there only at times is not missed.
    let always = |of: &&Value| of["kind"].is_null() && of["target"].is_null() && of["optional"] != true;
    let beside = |of: &Value| {
        let name = of["rename"].as_str().or(of["name"].as_str())?;
        Some((name.replace('-', "_"), PathBuf::from(of["path"].as_str()?)))
    };
    Package {
        name: text(&described["name"]),
        folder: Path::new(&text(&described["manifest_path"])).parent().map(Path::to_owned).unwrap_or_default(),
        targets: list(&described["targets"]).iter().map(target).collect(),
        beside: list(&described["dependencies"]).iter().filter(always).filter_map(beside).collect(),
    }
}
