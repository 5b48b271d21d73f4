//! Migrations that are written and not linked, with what to do about each.

use std::fmt;
use std::path::Path;

use crate::migrate::MigrationEntry;
use crate::testing::sources::cargo::{Package, Packages, SourcesError, Target};
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
    let search = Search { program, all: collect(folder, program)? };
    Ok(search.all.iter().flat_map(|each| search.look(each)).collect())
}

/// A package that may be part of the program.
struct Found {
    package: Package,
    files: Files,
    /// The package through which it was found, by its place, and what that calls it; none for the package of the test.
    via: Option<(usize, String)>,
}

/// The package of the test, and those beside it that it depends on, nearest first.
fn collect(folder: &str, program: &str) -> Result<Vec<Found>, SourcesError> {
    let mut packages = Packages::default();
    let own = packages.get(Path::new(folder))?;
    let mut all = vec![Found { files: files(&own, program)?, package: own, via: None }];
    let mut next = 0;
    while let Some(found) = all.get(next) {
        for (name, folder) in found.package.beside.clone() {
            let package = packages.get(&folder)?;
            let is_known = all.iter().any(|other| other.package.folder == package.folder);
            if !is_known && package.name != ITSELF && package.library().is_some() {
                // Programs that the package holds as well are its own affair.
                all.push(Found { files: files(&package, "")?, package, via: Some((next, name)) });
            }
        }
        next += 1;
    }
    Ok(all)
}

struct Search<'a> {
    program: &'a str,
    all: Vec<Found>,
}

impl Search<'_> {
    /// The targets of a package that may be part of the program.
    fn parts<'f>(&self, found: &'f Found) -> Vec<&'f Target> {
        found.package.parts(if found.via.is_none() { self.program } else { "" })
    }

    fn look(&self, found: &Found) -> Vec<UnlinkedMigration> {
        let crates: Vec<&str> = self.parts(found).iter().map(|part| part.name.as_str()).collect();
        let linked: Vec<&MigrationEntry> =
            inventory::iter::<MigrationEntry>().filter(|entry| crates.contains(&entry.crate_name())).collect();
        let named = found.via.is_none() || self.is_named(&found.package);
        // Of a program and a library of one name, nobody can tell whose a migration is.
        let is_own = |library: &Target| linked.iter().any(|entry| entry.crate_name() == library.name);
        let told_apart = found.package.library().filter(|library| library.name != self.program);
        let left_out = !(named && told_apart.is_some_and(is_own));
        let mut missing = Vec::new();
        for (file, scan) in &found.files {
            for (id, line) in &scan.migrations {
                let is_this =
                    |entry: &&MigrationEntry| entry.id == id && Path::new(entry.file).file_name() == file.file_name();
                if !(named && linked.iter().any(is_this)) {
                    let remedy = self.remedy(found, file, left_out);
                    missing.push(UnlinkedMigration { id: id.clone(), file: self.shown(file), line: *line, remedy });
                }
            }
        }
        missing
    }

    /// Whether code outside of tests names the crate: one that only tests name is no part of the program itself.
    fn is_named(&self, package: &Package) -> bool {
        self.all.iter().any(|by| {
            let mut names = by.package.beside.iter().filter(|(_, folder)| *folder == package.folder);
            names.any(|(name, _)| by.files.values().any(|scan| scan.words.contains(name)))
        })
    }

    /// What to write; `left_out` is the whole library, as far as is known.
    fn remedy(&self, found: &Found, file: &Path, left_out: bool) -> String {
        let roots: Vec<&Path> = self.parts(found).iter().map(|part| part.root.as_path()).collect();
        if roots.is_empty() {
            return "no test outside can link a program: put the test into the program itself, src/main.rs".to_owned();
        }
        if let Some(remedy) = missing_module(file, &roots, &found.files, &|path| self.shown(path)) {
            return remedy;
        }
        let unnamed = |name: &str, write: String| {
            format!("nothing names the crate {name}, so that the linker leaves it out: write {write}")
        };
        match (&found.via, found.package.library()) {
            (None, Some(library)) if left_out && self.holds(found, library, file) => {
                unnamed(&library.name, format!("`use {} as _;`", library.name))
            }
            (Some((0, name)), _) if left_out => unnamed(name, format!("`schemata::register!({name});`")),
            (Some((by, name)), _) if left_out => {
                let by = &self.all[*by].package;
                let place = by.library().map_or_else(|| by.name.clone(), |library| self.shown(&library.root));
                unnamed(name, format!("`use {name} as _;` in {place}"))
            }
            _ => "its module is declared, and it was not compiled: is it part of another program?".to_owned(),
        }
    }

    /// Whether the library takes the file in.
    fn holds(&self, found: &Found, library: &Target, file: &Path) -> bool {
        missing_module(file, &[&library.root], &found.files, &|path| self.shown(path)).is_none()
    }

    /// A path as it is seen from the package of the test.
    fn shown(&self, path: &Path) -> String {
        let mut up = String::new();
        let own = self.all.first().map_or(Path::new(""), |own| own.package.folder.as_path());
        for folder in own.ancestors() {
            if let Ok(rest) = path.strip_prefix(folder) {
                return format!("{up}{}", rest.display());
            }
            up.push_str("../");
        }
        path.display().to_string()
    }
}
