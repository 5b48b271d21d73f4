//! Finds what to write so that a migration becomes part of the program: the first missing declaration between its file and
//! the root file of the crate.

use std::path::{Path, PathBuf};

use crate::testing::sources::declarations::{Module, Scan, inside};
use crate::testing::sources::files::Files;

/// Returns what to write so that the crate with the root files `roots` includes `file`; `None` if it does.
pub(super) fn missing_module(
    file: &Path,
    roots: &[&Path],
    files: &Files,
    shown: &dyn Fn(&Path) -> String,
) -> Option<String> {
    let mut file = file.to_owned();
    while !roots.contains(&file.as_path()) {
        if let Some(parent) = declared_by_path(&file, files) {
            file.clone_from(parent);
            continue;
        }
        let (name, folder) = place(&file)?;
        let parent = files.keys().find(|other| declares_in(other, roots) == folder && **other != file);
        let Some(parent) = parent else {
            // Inside of an inline module.
            let around = |(other, scan): (&PathBuf, &Scan)| {
                let inline = scan.inline.iter().find(|inline| declares_in(other, roots).join(inline) == folder)?;
                Some((other.clone(), inline.display().to_string()))
            };
            if let Some((other, inline)) = files.iter().find_map(around) {
                let folder = Path::new(&inline);
                if !files[&other].modules.iter().any(|module| module.name == name && module.within == folder) {
                    let inline = inline.replace('/', "::");
                    return Some(format!("write `mod {name};` in the module {inline} of {}", shown(&other)));
                }
                file = other;
                continue;
            }
            let module = folder.join("mod.rs");
            return Some(format!(
                "no file declares its module: make {} with `schemata::migrations!();`",
                shown(&module)
            ));
        };
        let scan = &files[parent];
        if scan.declares_folder && is_numbered(&name) {
            // The folder itself may be missing from the program.
            return missing_module(parent, roots, files, shown).or_else(|| {
                Some(format!(
                    "{} was compiled before the file was added: touch it, and have a build.rs watch the folder",
                    shown(parent)
                ))
            });
        }
        let is_declaration =
            |module: &Module| module.path.is_none() && module.name == name && module.within.as_os_str().is_empty();
        if !scan.modules.iter().any(is_declaration) {
            return Some(format!("write `mod {name};` in {}", shown(parent)));
        }
        file.clone_from(parent);
    }
    None
}

/// Returns the file that declares `file` by `#[path]`.
fn declared_by_path<'f>(file: &Path, files: &'f Files) -> Option<&'f PathBuf> {
    let declares = |other: &Path, scan: &Scan| {
        scan.modules.iter().any(|module| module.file_by_path(other).as_deref() == Some(file))
    };
    files.iter().find(|(other, scan)| other.as_path() != file && declares(other, scan)).map(|(other, _)| other)
}

/// Returns a module's name, and the folder of the file that declares it.
fn place(file: &Path) -> Option<(String, PathBuf)> {
    let folder = file.parent()?;
    let of = |name: &std::ffi::OsStr| name.to_string_lossy().into_owned();
    if file.file_stem()? == "mod" {
        return Some((of(folder.file_name()?), folder.parent()?.to_owned()));
    }
    Some((of(file.file_stem()?), folder.to_owned()))
}

/// Returns the folder of the modules that `file` declares.
fn declares_in(file: &Path, roots: &[&Path]) -> PathBuf {
    if roots.contains(&file) { file.parent().map_or_else(PathBuf::new, Path::to_owned) } else { inside(file) }
}

/// Returns whether `migrations!()` declares a module of this name.
fn is_numbered(name: &str) -> bool {
    name.strip_prefix('m').is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
}
