//! Finds the files of a package that a program consists of.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::testing::sources::cargo::Package;
use crate::testing::sources::declarations::{Scan, inside};
use crate::testing::sources::error::SourcesError;
use crate::testing::sources::scan::scan;

/// Files and their declarations.
pub(super) type Files = BTreeMap<PathBuf, Scan>;

/// Reads the files of a package, except for those of programs other than `program` and those under a `cfg`.
pub(super) fn files(package: &Package, program: &str) -> Result<Files, SourcesError> {
    let mut found = Files::new();
    let parts = package.parts(program);
    let mut open: Vec<PathBuf> = parts.iter().filter_map(|part| part.root.parent().map(Path::to_owned)).collect();
    // For a test of a package without a library.
    open.push(package.folder.join("src"));
    let foreign = other_programs(package, program);
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
                let text = String::from_utf8_lossy(&text);
                match scan(&text) {
                    Some(scan) => drop(found.insert(path, scan)),
                    // A template, or the like. A migration in it would be missed without a word.
                    None if text.contains("migration(") => return Err(SourcesError::Syntax { path }),
                    None => {}
                }
            }
        }
    }
    remove_conditional(&mut found);
    Ok(found)
}

/// Returns the files and folders of other programs.
fn other_programs(package: &Package, program: &str) -> Vec<PathBuf> {
    let own = package.parts(program);
    let others: Vec<_> =
        package.targets.iter().filter(|target| !own.iter().any(|part| part.root == target.root)).collect();
    let programs = package.folder.join("src").join("bin");
    let mut foreign: Vec<PathBuf> = others.iter().map(|target| target.root.clone()).collect();
    // All files beside `src/bin/x/main.rs` are its own.
    let folder_of =
        |root: &PathBuf| root.parent().filter(|folder| folder.parent() == Some(&programs)).map(Path::to_owned);
    foreign.extend(others.iter().filter_map(|target| folder_of(&target.root)));
    if !own.iter().any(|target| target.root.starts_with(&programs)) {
        foreign.push(programs);
    }
    // These are beside the root file if that is beside Cargo.toml.
    foreign.extend(["target", "tests", "examples", "benches"].map(|name| package.folder.join(name)));
    foreign
}

/// Removes the files that only a `cfg` includes.
fn remove_conditional(files: &mut Files) {
    let mut out: Vec<PathBuf> = Vec::new();
    for (file, scan) in &*files {
        if scan.is_conditional {
            out.extend([file.clone(), inside(file)]);
        }
        for module in scan.modules.iter().filter(|module| module.is_conditional) {
            let folder = inside(file).join(&module.within);
            match module.file_by_path(file) {
                Some(path) => out.push(path),
                None => out.extend([folder.join(format!("{}.rs", module.name)), folder.join(&module.name)]),
            }
        }
    }
    // The folder of a root file holds all others, too.
    files.retain(|file, scan| !scan.is_conditional && !out.iter().any(|gone| file.starts_with(gone) && !is_root(gone)));
}

/// Returns whether a folder holds a root file.
fn is_root(folder: &Path) -> bool {
    folder.is_dir() && (folder.join("lib.rs").exists() || folder.join("main.rs").exists())
}
