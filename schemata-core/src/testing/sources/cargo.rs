//! Asks cargo about a package: its targets, and the packages of this machine that it depends on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::testing::sources::error::SourcesError;

/// A package on this machine.
#[derive(Debug, Clone, Default)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) folder: PathBuf,
    pub(super) targets: Vec<CargoTarget>,
    /// The packages of this machine that it always depends on: its name for each crate, and the folder.
    pub(super) local_dependencies: Vec<(String, PathBuf)>,
}

/// A library, program, test or the like of a package.
#[derive(Debug, Clone)]
pub(super) struct CargoTarget {
    /// The name of its crate.
    pub(super) name: String,
    pub(super) is_library: bool,
    /// False for tests, examples and benchmarks.
    pub(super) is_program: bool,
    /// Its root file.
    pub(super) root: PathBuf,
}

impl Package {
    /// Returns the library that others link.
    pub(super) fn library(&self) -> Option<&CargoTarget> {
        self.targets.iter().find(|target| target.is_library)
    }

    /// Returns the targets that the source files belong to: the library, and the program called `program`.
    pub(super) fn parts(&self, program: &str) -> Vec<&CargoTarget> {
        let is_part = |target: &&CargoTarget| target.is_library || target.is_program && target.name == program;
        self.targets.iter().filter(is_part).collect()
    }
}

/// The packages that cargo has described, by folder.
#[derive(Debug, Default)]
pub(super) struct Packages(BTreeMap<PathBuf, Package>);

impl Packages {
    /// Returns the package in `folder`. Cargo describes all packages of its workspace at once.
    pub(super) fn get(&mut self, folder: &Path) -> Result<Package, SourcesError> {
        if !self.0.contains_key(folder) {
            let described = describe(folder)?;
            let packages = described["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
            self.0.extend(packages.iter().map(package).map(|package| (package.folder.clone(), package)));
        }
        let unknown = || SourcesError::Package {
            folder: folder.to_owned(),
            message: "it is not a package of its workspace".to_owned(),
        };
        self.0.get(folder).cloned().ok_or_else(unknown)
    }
}

/// Runs `cargo metadata` for the workspace alone: it resolves and fetches nothing.
fn describe(folder: &Path) -> Result<Value, SourcesError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .output()
        .map_err(|source| SourcesError::Cargo { source })?;
    let refused = |message: String| SourcesError::Package { folder: folder.to_owned(), message };
    if !output.status.success() {
        return Err(refused(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| refused(error.to_string()))
}

fn package(described: &Value) -> Package {
    let list = |of: &Value| of.as_array().cloned().unwrap_or_default();
    let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
    let is = |of: &Value, wanted: &str| list(&of["kind"]).iter().any(|kind| kind == wanted);
    let target = |of: &Value| CargoTarget {
        name: text(&of["name"]).replace('-', "_"),
        is_library: is(of, "lib") || is(of, "rlib"),
        is_program: is(of, "bin"),
        root: text(&of["src_path"]).into(),
    };
    // A dependency that is optional, or only for tests or some platforms, may be missing from the program.
    let always = |of: &&Value| of["kind"].is_null() && of["target"].is_null() && of["optional"] != true;
    let local = |of: &Value| {
        let name = of["rename"].as_str().or(of["name"].as_str())?;
        Some((name.replace('-', "_"), PathBuf::from(of["path"].as_str()?)))
    };
    Package {
        name: text(&described["name"]),
        folder: Path::new(&text(&described["manifest_path"])).parent().map(Path::to_owned).unwrap_or_default(),
        targets: list(&described["targets"]).iter().map(target).collect(),
        local_dependencies: list(&described["dependencies"]).iter().filter(always).filter_map(local).collect(),
    }
}
