//! Migrations that are written and not linked, with what to do about each.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::migrate::MigrationEntry;
use crate::testing::sources::cargo::{Package, Packages, SourcesError};
use crate::testing::sources::files::{Files, files};
use crate::testing::sources::remedy::missing_module;

/// The library itself has none.
const ITSELF: &str = "schemata-core";

/// Migrations that are written and not part of the program, a line each.
#[derive(Debug, Clone)]
pub struct Unlinked(pub Vec<UnlinkedMigration>);

/// A migration that is written and not part of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnlinkedMigration {
    /// Its id.
    pub id: String,
    /// The file that holds it, from the package of the test.
    pub file: String,
    /// Its line there.
    pub line: u32,
    /// What to write.
    pub remedy: String,
}

impl fmt::Display for Unlinked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for UnlinkedMigration { id, file, line, remedy } in &self.0 {
            writeln!(f, "- {id} ({file}, line {line}): {remedy}")?;
        }
        Ok(())
    }
}

/// The migrations in the files of the package in `folder`, and of the packages beside it that it depends on, which are not
/// linked into the program of `module`.
pub(in crate::testing) fn unlinked(folder: &str, module: &str) -> Result<Vec<UnlinkedMigration>, SourcesError> {
    let program = module.split("::").next().unwrap_or_default();
    let mut packages = Packages::default();
    let own = packages.get(Path::new(folder))?;
    let mut search = Search { program, own: own.clone(), words: BTreeSet::new(), found: Vec::new() };
    search.look(&own, Via::Own)?;
    let (mut open, mut seen) = (vec![own], BTreeSet::from([PathBuf::from(folder)]));
    while let Some(package) = open.pop() {
        for (name, folder) in &package.beside {
            if !seen.insert(folder.clone()) {
                continue;
            }
            let other = packages.get(folder)?;
            if other.name != ITSELF && other.library().is_some() {
                search.look(&other, Via::Dependency { of: &package, name })?;
                open.push(other);
            }
        }
    }
    Ok(search.found)
}

/// How a package belongs to the program.
#[derive(Clone, Copy)]
enum Via<'a> {
    /// It is the package of the test.
    Own,
    /// Another package depends on it, and calls its crate so.
    Dependency { of: &'a Package, name: &'a str },
}

struct Search<'a> {
    program: &'a str,
    own: Package,
    /// What the code of the packages seen so far names.
    words: BTreeSet<String>,
    found: Vec<UnlinkedMigration>,
}

impl Search<'_> {
    fn look(&mut self, package: &Package, via: Via<'_>) -> Result<(), SourcesError> {
        // A library has the programs beside it for neighbours only.
        let program = if matches!(via, Via::Own) { self.program } else { "" };
        let files = files(package, program)?;
        let crates: Vec<&str> = package.parts(program).iter().map(|part| part.name.as_str()).collect();
        let linked: Vec<&MigrationEntry> =
            inventory::iter::<MigrationEntry>().filter(|entry| crates.contains(&entry.crate_name())).collect();
        // One that only tests name is no part of the program itself.
        let named = match via {
            Via::Own => true,
            Via::Dependency { name, .. } => self.words.contains(name),
        };
        for (file, scan) in &files {
            for (id, line) in &scan.migrations {
                let is_this =
                    |entry: &&MigrationEntry| entry.id == id && Path::new(entry.file).file_name() == file.file_name();
                if !(named && linked.iter().any(is_this)) {
                    let remedy = self.remedy(package, via, file, &files, linked.is_empty() || !named);
                    let file = self.shown(file);
                    self.found.push(UnlinkedMigration { id: id.clone(), file, line: *line, remedy });
                }
            }
        }
        self.words.extend(files.into_values().flat_map(|scan| scan.words));
        Ok(())
    }

    fn remedy(&self, package: &Package, via: Via<'_>, file: &Path, files: &Files, none: bool) -> String {
        let program = if matches!(via, Via::Own) { self.program } else { "" };
        let roots: Vec<&Path> = package.parts(program).iter().map(|part| part.root.as_path()).collect();
        if roots.is_empty() {
            return "no test outside can link a program: put the test into the program itself, src/main.rs".to_owned();
        }
        let shown = |path: &Path| self.shown(path);
        if let Some(remedy) = missing_module(file, &roots, files, shown) {
            return remedy;
        }
        let compiled = "its module is declared, and it was not compiled: is it part of another program?";
        match (via, package.library()) {
            (Via::Own, Some(library)) if none && library.name != self.program => {
                format!(
                    "nothing in this program names the crate, so that the linker leaves it out: write `use {} as _;`",
                    library.name
                )
            }
            (Via::Dependency { of, name }, _) if none && of.folder == self.own.folder => {
                format!(
                    "nothing names the crate {name}, so that the linker leaves it out: write `schemata::register!({name});`"
                )
            }
            (Via::Dependency { of, name }, _) if none => format!(
                "nothing names the crate {name}, so that the linker leaves it out: write `use {name} as _;` in {}",
                of.library().map_or_else(|| of.name.clone(), |library| self.shown(&library.root))
            ),
            _ => compiled.to_owned(),
        }
    }

    /// A path as it is seen from the package of the test.
    fn shown(&self, path: &Path) -> String {
        let mut up = String::new();
        for folder in self.own.folder.ancestors() {
            if let Ok(rest) = path.strip_prefix(folder) {
                return format!("{up}{}", rest.display());
            }
            up.push_str("../");
        }
        path.display().to_string()
    }
}
