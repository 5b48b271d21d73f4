//! What to write so that a migration becomes part of the program: the first link that is missing between its file and the
//! crate's first one.

use std::path::{Path, PathBuf};

use crate::testing::sources::files::{Files, inside};
use crate::testing::sources::scan::Scan;

/// What to write so that the crate with the first files `roots` takes `file` in; `None` where it does already.
pub(super) fn missing_module(
    file: &Path,
    roots: &[&Path],
    files: &Files,
    shown: &dyn Fn(&Path) -> String,
) -> Option<String> {
    let mut file = file.to_owned();
    while !roots.contains(&file.as_path()) {
        let (name, folder) = place(&file)?;
        let parent = files.keys().find(|other| declares_in(other, roots) == folder && **other != file);
        let Some(parent) = parent else {
            // Inside of a module that a file holds itself.
            let around = |(other, scan): (&PathBuf, &Scan)| {
                let inline = scan.inline.iter().find(|inline| declares_in(other, roots).join(inline) == folder)?;
                Some((other.clone(), inline.display().to_string().replace('/', "::")))
            };
            if let Some((other, inline)) = files.iter().find_map(around) {
                if !files[&other].modules.iter().any(|module| module.name == name) {
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
            // Unless the folder itself is not part of the program.
            return missing_module(parent, roots, files, shown).or_else(|| {
                Some(format!(
                    "{} was compiled before the file came: touch it, and have a build.rs watch the folder",
                    shown(parent)
                ))
            });
        }
        let named_by_path = |path: &str| parent.with_file_name(path) == file;
        let declares = scan.modules.iter().any(|module| match &module.path {
            Some(path) => named_by_path(path),
            None => module.name == name,
        });
        if !declares {
            return Some(format!("write `mod {name};` in {}", shown(parent)));
        }
        file.clone_from(parent);
    }
    None
}

/// A module's name, and the folder of the file that declares it.
fn place(file: &Path) -> Option<(String, PathBuf)> {
    let folder = file.parent()?;
    let of = |name: &std::ffi::OsStr| name.to_string_lossy().into_owned();
    if file.file_stem()? == "mod" {
        return Some((of(folder.file_name()?), folder.parent()?.to_owned()));
    }
    Some((of(file.file_stem()?), folder.to_owned()))
}

/// The folder of the modules that `file` declares.
fn declares_in(file: &Path, roots: &[&Path]) -> PathBuf {
    if roots.contains(&file) { file.parent().map_or_else(PathBuf::new, Path::to_owned) } else { inside(file) }
}

/// What `migrations!()` declares.
fn is_numbered(name: &str) -> bool {
    name.strip_prefix('m').is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
}
