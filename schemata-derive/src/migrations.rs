//! `migrations!()`: declares a module per migration in a folder, so that a new file needs no line elsewhere.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::diag::Diagnostics;

/// Generates `mod m0001_initial;` per migration beside the file `at`, which calls the macro.
pub(crate) fn migrations(input: &TokenStream, at: Option<PathBuf>) -> TokenStream {
    let mut diag = Diagnostics::default();
    if !input.is_empty() {
        diag.error_on(input, "`migrations!` takes nothing: write `schemata::migrations!();`");
        return diag.to_tokens();
    }
    let folder = at.map_or_else(usual, |file| folder_of(&file));
    match modules(&folder) {
        Ok(names) => {
            let names = names.iter().map(|name| Ident::new(name, Span::call_site()));
            quote!(#(mod #names;)*)
        }
        Err(error) => {
            diag.error(Span::call_site(), format!("cannot read the folder {}: {error}", folder.display()));
            diag.to_tokens()
        }
    }
}

/// Returns the folder in which the compiler looks for the modules that `file` declares.
fn folder_of(file: &Path) -> PathBuf {
    let own = file.file_stem().is_some_and(|stem| stem == "mod" || stem == "lib" || stem == "main");
    if own { file.parent().map_or_else(PathBuf::new, Path::to_owned) } else { file.with_extension("") }
}

/// Returns the usual folder: the analyser of an editor does not tell the path of the file.
fn usual() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
    package.join("src").join("migrations")
}

/// Returns the sorted names of files that are `m`, a digit, then letters, digits and `_`. A new project has neither
/// such files nor the folder.
fn modules(folder: &Path) -> std::io::Result<Vec<String>> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = match fs::read_dir(here) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().to_str().and_then(module));
    }
    names.sort();
    Ok(names)
}

fn module(file: &str) -> Option<String> {
    let name = file.strip_suffix(".rs")?;
    let rest = name.strip_prefix('m')?;
    let is_name = rest.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    (rest.starts_with(|letter: char| letter.is_ascii_digit()) && is_name).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_migrations_are_declared() {
        assert_eq!(module("m0001_initial.rs").as_deref(), Some("m0001_initial"));
        for other in ["mod.rs", "m.rs", "money.rs", "m0001.sql", "m0001-x.rs", "m0001.rs.orig", "0001.rs", ".m0001.rs"]
        {
            assert_eq!(module(other), None, "{other}");
        }
    }

    #[test]
    fn the_folder_is_where_the_compiler_looks() {
        assert_eq!(folder_of(Path::new("src/migrations/mod.rs")), Path::new("src/migrations"));
        assert_eq!(folder_of(Path::new("src/migrations.rs")), Path::new("src/migrations"));
        assert_eq!(folder_of(Path::new("src/main.rs")), Path::new("src"));
    }
}
