//! Lists the migrations of a folder, and what is wrong with it: names, styles, versions, and what the files hold.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::sql::migration_file::read;
use crate::sql_migrations::file_name::{Meaning, NameStyle, of_file, of_folder};

/// A file that is a migration.
#[derive(Debug)]
pub(super) struct SqlMigration {
    pub(super) id: String,
    /// The path from the folder of `Cargo.toml`.
    pub(super) path: String,
    pub(super) absolute: String,
    pub(super) in_transaction: bool,
    /// The absolute paths of the files that decide how it runs.
    pub(super) beside: Vec<String>,
}

/// A file or folder whose name is that of a migration.
struct Named {
    style: NameStyle,
    version: String,
    id: String,
    /// The name in the folder.
    name: String,
}

/// Returns the migrations in the folder at `path`, in the order of their names, and what is wrong.
pub(super) fn list(path: &str) -> (Vec<SqlMigration>, Vec<String>) {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
    list_in(&package.join(path), path)
}

/// As [`list`], for the `folder` that messages call `path`.
fn list_in(folder: &Path, path: &str) -> (Vec<SqlMigration>, Vec<String>) {
    let mut mistakes = Vec::new();
    let named = match named(folder, path, &mut mistakes) {
        Ok(named) => named,
        Err(error) => {
            let message =
                format!("cannot read the folder {path:?}: {error}; the path begins at the folder of `Cargo.toml`");
            return (Vec::new(), vec![message]);
        }
    };
    if named.is_empty() && mistakes.is_empty() {
        mistakes.push(format!("{path:?} holds no migration: write one, like `{path}/0001_initial.sql`"));
    }
    check_styles(path, &named, &mut mistakes);
    check_versions(path, &named, &mut mistakes);
    let load = |of: &Named| migration(of, folder, path, &mut mistakes);
    (named.iter().filter_map(load).collect(), mistakes)
}

/// Reads the names of a folder.
fn named(folder: &Path, path: &str, mistakes: &mut Vec<String>) -> std::io::Result<Vec<Named>> {
    let (mut found, mut down) = (Vec::new(), BTreeMap::new());
    let mut entries = fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path_of = entry.path();
        let meaning = match (path_of.is_dir(), path_of.join("up.sql").is_file()) {
            (false, _) => of_file(&name),
            (true, true) => of_folder(&name),
            (true, false) if name.starts_with('.') => Ok(Meaning::Other),
            (true, false) => {
                Err(format!("{name} is a folder without `up.sql`: write that file, or move the folder elsewhere"))
            }
        };
        match meaning {
            Ok(Meaning::Up { style, version, id }) => found.push(Named { style, version, id, name }),
            Ok(Meaning::Down { id }) => drop(down.insert(id, name)),
            Ok(Meaning::Other) => {}
            Err(message) => mistakes.push(format!("{path}/{message}")),
        }
    }
    for (id, name) in down {
        if !found.iter().any(|up| up.id == id) {
            mistakes.push(format!(
                "{path}/{name} leads down, and there is no `{id}.up.sql`: write that file, or remove this one"
            ));
        }
    }
    Ok(found)
}

/// Refuses files of two tools: their versions would not be of one kind.
fn check_styles(path: &str, named: &[Named], mistakes: &mut Vec<String>) {
    let Some(first) = named.first() else { return };
    if let Some(other) = named.iter().find(|other| other.style != first.style) {
        mistakes.push(format!(
            "{path} mixes two styles: {} is named like `{}`, and {} like `{}`: keep each style in a folder of its own, with a call each",
            first.name,
            first.style.shown(),
            other.name,
            other.style.shown()
        ));
    }
}

fn check_versions(path: &str, named: &[Named], mistakes: &mut Vec<String>) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for of in named {
        if let Some(first) = seen.insert(&of.version, &of.name) {
            mistakes.push(format!(
                "{path}/{first} and {} have the same version, {}: give one another",
                of.name, of.version
            ));
        }
    }
}

/// Reads the file of a migration.
fn migration(of: &Named, folder: &Path, path: &str, mistakes: &mut Vec<String>) -> Option<SqlMigration> {
    let (file, name, setting) = match of.style {
        NameStyle::Folder => {
            let own = folder.join(&of.name);
            (own.join("up.sql"), format!("{}/up.sql", of.name), own.join("metadata.toml"))
        }
        NameStyle::Numbered | NameStyle::Prefixed => {
            let file = folder.join(&of.name);
            (file, of.name.clone(), folder.join(format!("{}.conf", of.name)))
        }
    };
    let path = format!("{}/{name}", path.trim_end_matches('/'));
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) => {
            mistakes.push(format!("cannot read {path}: {error}"));
            return None;
        }
    };
    let settings = fs::read_to_string(&setting).ok();
    let in_transaction = !settings.as_deref().is_some_and(is_without_transaction);
    match read(&text, in_transaction) {
        Err(error) => mistakes.push(format!("{path}, line {}: {}", error.line, error.message)),
        Ok(steps) if steps.is_empty() => mistakes.push(format!(
            "{path} holds no statement: write what it does, `SELECT 1;` if that is nothing, or remove it"
        )),
        Ok(_) => {}
    }
    let shown = |path: &Path| path.to_string_lossy().into_owned();
    let beside = settings.map(|_| shown(&setting)).into_iter().collect();
    Some(SqlMigration { id: of.id.clone(), path, absolute: shown(&file), in_transaction, beside })
}

/// Returns whether settings of diesel (`run_in_transaction = false`) or Flyway (`executeInTransaction=false`) say so.
fn is_without_transaction(settings: &str) -> bool {
    settings.lines().any(|line| {
        let (key, value) = line.split('#').next().and_then(|line| line.split_once('=')).unwrap_or_default();
        let is_key = ["run_in_transaction", "executeInTransaction"].contains(&key.trim());
        is_key && value.trim() == "false"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the ids of a folder with these files, and what is wrong with it.
    fn listed(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let folder =
            std::env::temp_dir().join(format!("schemata_{}_{:?}", std::process::id(), std::thread::current().id()));
        for (name, text) in files {
            let file = folder.join(name);
            fs::create_dir_all(file.parent().expect("a folder")).expect("creates");
            fs::write(file, text).expect("writes");
        }
        let (found, mistakes) = list_in(&folder, "migrations");
        fs::remove_dir_all(&folder).expect("removes");
        (found.into_iter().map(|migration| migration.id).collect(), mistakes)
    }

    #[test]
    fn a_folder_of_one_style_is_listed() {
        let (ids, mistakes) = listed(&[
            ("0001_a.up.sql", "SELECT 1"),
            ("0001_a.down.sql", ""),
            ("0002_b.sql", "SELECT 2"),
            (".keep", ""),
        ]);
        assert_eq!((ids, mistakes), (vec!["0001_a".to_owned(), "0002_b".to_owned()], vec![]));
    }

    #[test]
    fn each_mistake_is_told_with_its_file() {
        for (files, message) in [
            (
                &[("0001_a.sql", "SELECT 1"), ("V2__b.sql", "SELECT 1")][..],
                "migrations mixes two styles: 0001_a.sql is named like `0001_name.sql`, and V2__b.sql like `V1__name.sql`: keep each \
                 style in a folder of its own, with a call each",
            ),
            (
                &[("1_a.sql", "SELECT 1"), ("001_b.sql", "SELECT 1")],
                "migrations/001_b.sql and 1_a.sql have the same version, 1: give one another",
            ),
            (
                &[("1_a.sql", "SELECT 1"), ("notes.txt", "")],
                "migrations/notes.txt is not the name of a migration: write `0001_name.sql`, `0001_name.up.sql`, `V1__name.sql` or a \
                 folder `2020-01-01-000000_name` with `up.sql`; or move it to another folder",
            ),
            (
                &[("1_a.sql", "-- later\n")],
                "migrations/1_a.sql holds no statement: write what it does, `SELECT 1;` if that is nothing, or remove it",
            ),
            (
                &[("1_a.up.sql", "SELECT 1"), ("2_b.down.sql", "SELECT 1")],
                "migrations/2_b.down.sql leads down, and there is no `2_b.up.sql`: write that file, or remove this one",
            ),
            (
                &[("1_a.sql", "SELECT 1;\n\\connect b\n")],
                "migrations/1_a.sql, line 2: \\connect is a command of psql, which PostgreSQL does not know: a migration stays on its \
                 database: remove the line, and what is about another database",
            ),
            (
                &[("a/b.sql", "SELECT 1"), ("1_a.sql", "SELECT 1")],
                "migrations/a is a folder without `up.sql`: write that file, or move the folder elsewhere",
            ),
            (&[("README.md", "")], "\"migrations\" holds no migration: write one, like `migrations/0001_initial.sql`"),
        ] {
            assert_eq!(listed(files).1, [message]);
        }
        assert!(list_in(Path::new("/nowhere/at all"), "x").1[0].starts_with("cannot read the folder \"x\": "));
    }

    #[test]
    fn settings_of_diesel_and_flyway_are_read() {
        assert!(is_without_transaction("# a comment\nrun_in_transaction = false # x\n"));
        assert!(is_without_transaction("executeInTransaction=false"));
        assert!(!is_without_transaction("run_in_transaction = true\n#run_in_transaction = false"));
    }
}
