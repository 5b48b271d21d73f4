//! The folders of `sql_migrations!`: files in them that were added after the call was compiled are not part of the program.

use std::fs;
use std::path::Path;

use proc_macro2::{Group, TokenTree};
use syn::LitStr;

/// Returns the folder that a call with these arguments names.
pub(super) fn named(arguments: &Group) -> Option<String> {
    let first: TokenTree = arguments.stream().into_iter().next()?;
    Some(syn::parse2::<LitStr>(first.into()).ok()?.value())
}

/// Returns the files that lead up in the folder `path` of `package`, as `sql_migrations!` names them.
pub(super) fn files(package: &Path, path: &str) -> Vec<String> {
    // The macro reports a folder that cannot be read.
    let Ok(entries) = fs::read_dir(package.join(path)) else { return Vec::new() };
    let mut found: Vec<String> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().join("up.sql").is_file() {
                return Some(format!("{name}/up.sql"));
            }
            let stem = name.strip_suffix(".sql").filter(|stem| stem.strip_suffix(".down").is_none());
            (stem.is_some() && entry.path().is_file()).then_some(name)
        })
        .map(|name| format!("{}/{name}", path.trim_end_matches('/')))
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_lead_up_are_listed_as_the_macro_names_them() {
        let package = std::env::temp_dir().join(format!("schemata_sql_folders_{}", std::process::id()));
        for name in ["m/1_a.sql", "m/2_b.up.sql", "m/2_b.down.sql", "m/2024-01-01-000000_c/up.sql", "m/README.md"] {
            let file = package.join(name);
            fs::create_dir_all(file.parent().expect("a folder")).expect("creates");
            fs::write(file, "").expect("writes");
        }
        let found = files(&package, "m/");
        fs::remove_dir_all(&package).expect("removes");
        assert_eq!(found, ["m/1_a.sql", "m/2024-01-01-000000_c/up.sql", "m/2_b.up.sql"]);
        assert!(files(&package, "gone").is_empty());
    }

    #[test]
    fn the_folder_of_a_call_is_its_first_argument() {
        let arguments = |text: &str| match text.parse::<proc_macro2::TokenStream>().expect("tokens").into_iter().next()
        {
            Some(TokenTree::Group(group)) => named(&group),
            _ => None,
        };
        assert_eq!(arguments("(\"migrations\", module = \"a\")").as_deref(), Some("migrations"));
        assert_eq!(arguments("()"), None);
    }
}
