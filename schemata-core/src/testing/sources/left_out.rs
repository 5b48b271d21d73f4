//! Finds the migrations that are in the sources and not in the program, with what to do about each.

use std::path::Path;

use crate::migrate::MigrationEntry;
use crate::testing::error::{TestError, UnlinkedMigration};
use crate::testing::sources::cargo::{CargoTarget, Package, Packages};
use crate::testing::sources::error::SourcesError;
use crate::testing::sources::files::{Files, files};
use crate::testing::sources::remedy::missing_module;
use crate::testing::sources::sql_folders;

/// This library has no migrations.
const THIS_LIBRARY: &str = "schemata-core";

/// Returns the migrations in the files of the package in `folder`, and of the packages of this machine that it depends on,
/// which are not linked into the program of `module`.
pub(in crate::testing) fn unlinked(folder: &str, module: &str) -> Result<Vec<UnlinkedMigration>, TestError> {
    let program = module.split("::").next().unwrap_or_default();
    let search = Search { program, all: collect(folder, program)? };
    Ok(search.all.iter().flat_map(|package| search.unlinked_of(package)).collect())
}

/// A package that may be part of the program, with its files.
struct PackageSources {
    package: Package,
    files: Files,
    /// The index of the package that depends on it, and that package's name for it; `None` for the package of the test.
    dependent: Option<(usize, String)>,
}

/// Returns the package of the test and its dependencies on this machine, nearest first.
fn collect(folder: &str, program: &str) -> Result<Vec<PackageSources>, SourcesError> {
    let mut packages = Packages::default();
    let own = packages.get(Path::new(folder))?;
    let mut all = vec![PackageSources { files: files(&own, program)?, package: own, dependent: None }];
    let mut next = 0;
    while let Some(found) = all.get(next) {
        for (name, folder) in found.package.local_dependencies.clone() {
            let package = packages.get(&folder)?;
            let is_known = all.iter().any(|other| other.package.folder == package.folder);
            if !is_known && package.name != THIS_LIBRARY && package.library().is_some() {
                // The programs of the package are not part of this one.
                all.push(PackageSources { files: files(&package, "")?, package, dependent: Some((next, name)) });
            }
        }
        next += 1;
    }
    Ok(all)
}

struct Search<'a> {
    program: &'a str,
    all: Vec<PackageSources>,
}

impl Search<'_> {
    /// Returns the targets of a package that may be part of the program.
    fn parts<'f>(&self, found: &'f PackageSources) -> Vec<&'f CargoTarget> {
        found.package.parts(if found.dependent.is_none() { self.program } else { "" })
    }

    fn unlinked_of(&self, found: &PackageSources) -> Vec<UnlinkedMigration> {
        let crates: Vec<&str> = self.parts(found).iter().map(|part| part.name.as_str()).collect();
        let linked: Vec<&MigrationEntry> =
            inventory::iter::<MigrationEntry>().filter(|entry| crates.contains(&entry.crate_name())).collect();
        let is_named = found.dependent.is_none() || self.is_named(&found.package);
        // If a program and a library have the same name, their migrations cannot be told apart.
        let is_own = |library: &CargoTarget| linked.iter().any(|entry| entry.crate_name() == library.name);
        let distinct_library = found.package.library().filter(|library| library.name != self.program);
        let is_left_out = !(is_named && distinct_library.is_some_and(is_own));
        let mut missing = Vec::new();
        for (file, scan) in &found.files {
            for (id, line) in &scan.migrations {
                let is_this =
                    |entry: &&MigrationEntry| entry.id == id && Path::new(entry.file).file_name() == file.file_name();
                if !(is_named && linked.iter().any(is_this)) {
                    let remedy = self.remedy(found, file, is_left_out);
                    missing.push(UnlinkedMigration { id: id.clone(), file: self.shown(file), line: *line, remedy });
                }
            }
        }
        if is_named {
            missing.extend(self.unlinked_files(found, &linked));
        }
        missing
    }

    /// Returns the files of `sql_migrations!` that were added after the program was compiled.
    fn unlinked_files(&self, found: &PackageSources, linked: &[&MigrationEntry]) -> Vec<UnlinkedMigration> {
        let mut missing = Vec::new();
        for (file, scan) in &found.files {
            for path in scan.sql_folders.iter().flat_map(|folder| sql_folders::files(&found.package.folder, folder)) {
                if !linked.iter().any(|entry| entry.file == path) {
                    let remedy = format!(
                        "{} was compiled before the file was added: touch it, and have a build.rs watch the folder",
                        self.shown(file)
                    );
                    missing.push(UnlinkedMigration { id: path.clone(), file: path, line: 1, remedy });
                }
            }
        }
        missing
    }

    /// Returns whether code outside of tests names the crate. A crate that only tests name is not part of the program.
    fn is_named(&self, package: &Package) -> bool {
        self.all.iter().any(|by| {
            let mut names = by.package.local_dependencies.iter().filter(|(_, folder)| *folder == package.folder);
            names.any(|(name, _)| by.files.values().any(|scan| scan.words.contains(name)))
        })
    }

    /// Returns what to write. `is_left_out` is true if nothing of the library seems to be linked.
    fn remedy(&self, found: &PackageSources, file: &Path, is_left_out: bool) -> String {
        let roots: Vec<&Path> = self.parts(found).iter().map(|part| part.root.as_path()).collect();
        if roots.is_empty() {
            return "a test outside a program cannot link it: put the test into the program itself, src/main.rs"
                .to_owned();
        }
        if let Some(remedy) = missing_module(file, &roots, &found.files, &|path| self.shown(path)) {
            return remedy;
        }
        let unnamed = |name: &str, write: String| {
            format!("nothing names the crate {name}, so the linker omits it: write {write}")
        };
        match (&found.dependent, found.package.library()) {
            (None, Some(library)) if is_left_out && self.includes(found, library, file) => {
                unnamed(&library.name, format!("`use {} as _;`", library.name))
            }
            (Some((0, name)), _) if is_left_out => unnamed(name, format!("`schemata::register!({name});`")),
            (Some((by, name)), _) if is_left_out => {
                let by = &self.all[*by].package;
                let place = by.library().map_or_else(|| by.name.clone(), |library| self.shown(&library.root));
                unnamed(name, format!("`use {name} as _;` in {place}"))
            }
            _ => "its module is declared, and it was not compiled: is it part of another program?".to_owned(),
        }
    }

    /// Returns whether the library includes the file.
    fn includes(&self, found: &PackageSources, library: &CargoTarget, file: &Path) -> bool {
        missing_module(file, &[&library.root], &found.files, &|path| self.shown(path)).is_none()
    }

    /// Returns a path relative to the package of the test.
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
