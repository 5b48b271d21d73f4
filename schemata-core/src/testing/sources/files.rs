//! The files of a package that a program is made of.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::testing::sources::cargo::{Package, SourcesError};
use crate::testing::sources::scan::{Scan, scan};

/// Files and what they declare.
pub(super) type Files = BTreeMap<PathBuf, Scan>;

/// The files of a package, as far as they are not of a program other than `program`. What only a `cfg` takes in is left out.
pub(super) fn files(package: &Package, program: &str) -> Result<Files, SourcesError> {
    let mut found = Files::new();
    let parts = package.parts(program);
    let mut open: Vec<PathBuf> = parts.iter().filter_map(|part| part.root.parent().map(Path::to_owned)).collect();
    // A test of a package without a library.
    open.push(package.folder.join("src"));
    let foreign = foreign(package, program);
    while let Some(folder) = open.pop() {
        if !folder.is_dir() {
            continue;
        }
        let failed = |source| SourcesError::File { path: folder.clone(), source };
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let path = entry.path();
            if foreign.contains(&path) || found.contains_key(&path) {
                continue;
            }
            if entry.file_type().map_err(failed)?.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read(&path).map_err(|source| SourcesError::File { path: path.clone(), source })?;
                found.insert(path, scan(&String::from_utf8_lossy(&text)));
            }
        }
    }
    leave_conditional_out(&mut found);
    Ok(found)
}

/// The files and folders of other programs.
fn foreign(package: &Package, program: &str) -> Vec<PathBuf> {
    let own = package.parts(program);
    let others: Vec<_> =
        package.targets.iter().filter(|target| !own.iter().any(|part| part.root == target.root)).collect();
    let programs = package.folder.join("src").join("bin");
    let mut foreign: Vec<PathBuf> = others.iter().map(|target| target.root.clone()).collect();
    // `src/bin/x/main.rs` has its folder for itself.
    let folder_of =
        |root: &PathBuf| root.parent().filter(|folder| folder.parent() == Some(&programs)).map(Path::to_owned);
    foreign.extend(others.iter().filter_map(|target| folder_of(&target.root)));
    if !own.iter().any(|target| target.root.starts_with(&programs)) {
        foreign.push(programs);
    }
    // Where the first file lies beside Cargo.toml.
    foreign.extend(["target", "tests", "examples", "benches"].map(|name| package.folder.join(name)));
    foreign
}

fn leave_conditional_out(files: &mut Files) {
    let mut out: Vec<PathBuf> = Vec::new();
    for (file, scan) in &*files {
        if scan.conditional {
            out.extend([file.clone(), inside(file)]);
        }
        for module in scan.modules.iter().filter(|module| module.conditional) {
            match &module.path {
                Some(path) => out.push(file.with_file_name(path)),
                None => out.extend([inside(file).join(format!("{}.rs", module.name)), inside(file).join(&module.name)]),
            }
        }
    }
    // A file's own folder is no part of it where that holds all others, too.
    files.retain(|file, scan| !scan.conditional && !out.iter().any(|gone| file.starts_with(gone) && !is_root(gone)));
}

/// Whether a folder holds a first file.
fn is_root(folder: &Path) -> bool {
    folder.is_dir() && (folder.join("lib.rs").exists() || folder.join("main.rs").exists())
}

/// Where the modules are that `file` declares.
pub(super) fn inside(file: &Path) -> PathBuf {
    let own = file.file_stem().is_some_and(|stem| stem == "mod" || stem == "lib" || stem == "main");
    if own { file.parent().map_or_else(PathBuf::new, Path::to_owned) } else { file.with_extension("") }
}
