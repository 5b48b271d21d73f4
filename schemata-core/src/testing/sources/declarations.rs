//! The declarations of a file of Rust: migrations, modules, and the words of its code.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// The declarations of a file.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The ids of its migrations, with their lines.
    pub(super) migrations: Vec<(String, u32)>,
    /// The modules that it declares, and those under a `cfg` that it contains.
    pub(super) modules: Vec<Module>,
    /// The modules that it contains, each as the folder of the files that are declared in it.
    pub(super) inline: BTreeSet<PathBuf>,
    /// Whether it calls `migrations!()`, which declares the migrations of its folder.
    pub(super) declares_folder: bool,
    /// The folders that it names in `sql_migrations!`.
    pub(super) sql_folders: Vec<String>,
    /// Whether all of it is under a `cfg`.
    pub(super) is_conditional: bool,
    /// The words of its code. A crate that is named is among them.
    pub(super) words: BTreeSet<String>,
}

/// `mod name;`, or `mod name { … }` under a `cfg`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Module {
    pub(super) name: String,
    /// The modules of the file around it, as a folder.
    pub(super) within: PathBuf,
    /// Its file, if `#[path]` names it.
    pub(super) path: Option<String>,
    pub(super) is_conditional: bool,
}

impl Module {
    /// Returns the file that `#[path]` names in `file`.
    pub(super) fn file_by_path(&self, file: &Path) -> Option<PathBuf> {
        let path = self.path.as_ref()?;
        let folder = if self.within.as_os_str().is_empty() {
            file.parent().map_or_else(PathBuf::new, Path::to_owned)
        } else {
            inside(file).join(&self.within)
        };
        Some(without_dots(&folder.join(path)))
    }
}

/// Resolves `.` and `..` by the names alone.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}

/// Returns the folder of the modules that `file` declares.
pub(super) fn inside(file: &Path) -> PathBuf {
    let own = file.file_stem().is_some_and(|stem| stem == "mod" || stem == "lib" || stem == "main");
    if own { file.parent().map_or_else(PathBuf::new, Path::to_owned) } else { file.with_extension("") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_relative_to_the_module_around() {
        let module = |path: &str, within: &str| Module {
            name: "a".to_owned(),
            within: within.into(),
            path: Some(path.to_owned()),
            is_conditional: false,
        };
        let file = |module: &Module, file: &str| module.file_by_path(Path::new(file)).expect("a path");
        assert_eq!(file(&module("../x.rs", ""), "src/m/mod.rs"), Path::new("src/x.rs"));
        assert_eq!(file(&module("y.rs", "b"), "src/m/mod.rs"), Path::new("src/m/b/y.rs"));
        assert_eq!(file(&module("y.rs", "b"), "src/n.rs"), Path::new("src/n/b/y.rs"));
    }
}
