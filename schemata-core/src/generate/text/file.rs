//! Generated files: their text, their formatting, and where they are written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::generate::error::GenerateError;

/// The content of `mod.rs` in a new folder of migrations.
const MOD: &str = "//! The history of the database, oldest first. An applied migration never changes: write a new one.\n\n\
                   schemata::migrations!();\n";

/// Returns the source of a migration.
pub(crate) fn source(sentence: &str, frozen: &str, id: &str, name: &str, bodies: &[String]) -> String {
    whole(sentence, frozen, &format!("\"{id}\""), name, bodies)
}

/// Returns the source of a migration whose attribute has these arguments. Several bodies become functions of their own.
pub(crate) fn whole(sentence: &str, frozen: &str, attribute: &str, name: &str, bodies: &[String]) -> String {
    let frozen = if frozen.is_empty() { String::new() } else { format!("{}\n\n", frozen.trim()) };
    let function =
        |name: &str, body: &str| format!("async fn {name}(m: &mut Migration<'_>) -> MigrationResult {{\n{body}}}\n");
    let migration = match bodies {
        [body] => function(name, body),
        parts => {
            let names: Vec<String> = (1..=parts.len()).map(|number| format!("{name}_part_{number}")).collect();
            let calls: Vec<String> = names.iter().map(|part| format!("    {part}(m).await?;\n")).collect();
            let parts = names.iter().zip(parts).map(|(part, body)| format!("\n{}", function(part, body)));
            let parts: Vec<String> = parts.collect();
            function(name, &(calls.concat() + "    Ok(())\n")) + &parts.concat()
        }
    };
    format!("//! {sentence}\n\nuse schemata::prelude::*;\n\n{frozen}#[migration({attribute})]\n{migration}")
}

/// Returns the crates that `source` uses beside the library.
pub(crate) fn crates(source: &str) -> Vec<&'static str> {
    let names = ["chrono", "rust_decimal", "serde_json", "uuid"];
    names.into_iter().filter(|name| source.contains(&format!("use {name}::"))).collect()
}

/// Returns the files in `folder` that `migrations!()` declares: `m`, a digit, anything, `.rs`.
pub(crate) fn migrations(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let stem = name.strip_suffix(".rs").and_then(|stem| stem.strip_prefix('m'));
        if stem.is_some_and(|stem| stem.starts_with(|letter: char| letter.is_ascii_digit())) {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

/// Writes a new migration into `folder`, formatted by the project's own rustfmt if there is one. If only the folder is
/// missing, it is created, with a `mod.rs` that declares all migrations in it.
pub(crate) fn write(folder: &Path, name: &str, source: &str) -> Result<Written, GenerateError> {
    make_folder(folder)?;
    let file = folder.join(name);
    create(&file, &formatted(folder, source))?;
    let module = folder.join("mod.rs");
    let beside = folder.with_extension("rs");
    let created = !module.exists() && !beside.exists();
    if created {
        create(&module, MOD)?;
    } else {
        // The compiler reads the folder when it compiles this file, but cargo looks only at the file's time.
        let module = if module.exists() { module } else { beside };
        let now = std::time::SystemTime::now();
        let touched = File::options().append(true).open(&module).and_then(|open| open.set_modified(now));
        touched.map_err(failed("touch", &module))?;
    }
    Ok(Written { file, created_module: created })
}

/// Writes new files into `folder`, formatted. If only the folder is missing, it is created. If one of the files exists,
/// none is written.
pub(crate) fn write_new(folder: &Path, files: &[(String, String)]) -> Result<Vec<PathBuf>, GenerateError> {
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| folder.join(name)).collect();
    if let Some(file) = paths.iter().find(|path| path.symlink_metadata().is_ok()) {
        return Err(GenerateError::Exists { file: file.clone() });
    }
    can_be_module(folder)?;
    make_folders(folder, &paths)?;
    for (path, (_, text)) in paths.iter().zip(&all_formatted(folder, files)) {
        create(path, text)?;
    }
    Ok(paths)
}

/// Refuses a folder that cannot be a module: Rust refuses one that is both a file and a folder, and a crate's own folder is none.
pub(crate) fn can_be_module(folder: &Path) -> Result<(), GenerateError> {
    let taken = [folder.with_extension("rs"), folder.join("main.rs"), folder.join("lib.rs")];
    match taken.into_iter().find(|path| path.symlink_metadata().is_ok()) {
        Some(file) => Err(GenerateError::Exists { file }),
        None => Ok(()),
    }
}

/// Writes those of the files that `folder` lacks. If only the folder is missing, it is created. Returns the written files, and
/// those that exist already, which stay as they are.
pub(crate) fn write_missing(
    folder: &Path,
    files: &[(String, String)],
) -> Result<(Vec<PathBuf>, Vec<PathBuf>), GenerateError> {
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| folder.join(name)).collect();
    make_folders(folder, &paths)?;
    let (mut written, mut kept) = (Vec::new(), Vec::new());
    for (path, (_, text)) in paths.into_iter().zip(files) {
        if path.symlink_metadata().is_ok() {
            let _ = fs::remove_file(unfinished(&path));
            kept.push(path);
        } else {
            create(&path, text)?;
            written.push(path);
        }
    }
    Ok((written, kept))
}

/// Gives a file that exists another text, in one step: a reader sees the old text or the new one.
pub(crate) fn replace(file: &Path, text: &str) -> Result<(), GenerateError> {
    let new = file.with_extension("rs.new");
    fs::write(&new, text).map_err(failed("write", &new))?;
    fs::rename(&new, file).map_err(failed("replace", file))
}

/// Creates `folder` if its parent exists, and the folders of files in it.
fn make_folders(folder: &Path, files: &[PathBuf]) -> Result<(), GenerateError> {
    make_folder(folder)?;
    files.iter().filter_map(|file| file.parent()).try_for_each(make_folder)
}

/// Creates `folder` if its parent exists.
pub(crate) fn make_folder(folder: &Path) -> Result<(), GenerateError> {
    if folder.is_dir() {
        return Ok(());
    }
    // The parent of `models` is the empty path: the folder where the program runs.
    if !folder.parent().is_some_and(|parent| parent.is_dir() || parent.as_os_str().is_empty()) {
        return Err(GenerateError::NoFolder { folder: folder.to_owned() });
    }
    fs::create_dir(folder).map_err(failed("create", folder))
}

/// Returns the place of a file while it is written. A program that is killed leaves it there.
fn unfinished(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name}.new"))
}

/// Writes a file that does not exist yet, in one step: if the program is killed, the whole file is there or none.
fn create(file: &Path, text: &str) -> Result<(), GenerateError> {
    let new = unfinished(file);
    fs::write(&new, text).map_err(failed("write", &new))?;
    let linked = match fs::hard_link(&new, file) {
        // Some file systems have no links.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !file.exists() => fs::rename(&new, file),
        other => other,
    };
    let _ = fs::remove_file(&new);
    linked.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => GenerateError::Exists { file: file.to_owned() },
        _ => failed("create", file)(source),
    })
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> GenerateError {
    let path = path.to_owned();
    move |source| GenerateError::File { action, path, source }
}

/// A migration that was written.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Written {
    /// Its file.
    pub file: PathBuf,
    /// Whether `mod.rs` is new, so that the program does not name it yet.
    pub created_module: bool,
}

/// Returns `source` as the project's rustfmt writes it, or unchanged if there is none or it refuses.
pub(crate) fn formatted(folder: &Path, source: &str) -> String {
    rustfmt(folder, source).unwrap_or_else(|| source.to_owned())
}

fn rustfmt(folder: &Path, source: &str) -> Option<String> {
    let mut child = Command::new("rustfmt")
        .args(["--edition", &edition(folder), "--emit", "stdout", "--quiet"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    // rustfmt reads all its input before it writes, so that neither side waits for the other.
    child.stdin.take()?.write_all(source.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// Returns files as the project's rustfmt writes them, by one process, since it takes long to start; those that it refuses, and
/// all if there is none, unchanged.
pub(crate) fn all_formatted(folder: &Path, files: &[(String, String)]) -> Vec<(String, String)> {
    // rustfmt also reads the modules that a file declares.
    let is_rust = |name: &str| Path::new(name).extension().is_some_and(|extension| extension == "rs");
    let is_alone = |name: &str| is_rust(name) && !Path::new(name).ends_with("mod.rs");
    let alone: Vec<&str> = files.iter().filter(|(name, _)| is_alone(name)).map(|(_, text)| text.as_str()).collect();
    let mut done = format_together(folder, &alone).unwrap_or_default().into_iter();
    let text = |(name, text): &(String, String)| {
        let together = if is_alone(name) { done.next() } else { None };
        (name.clone(), together.unwrap_or_else(|| if is_rust(name) { formatted(folder, text) } else { text.clone() }))
    };
    files.iter().map(text).collect()
}

/// Returns what one rustfmt makes of files, which stand in a new folder meanwhile; `None` if it cannot be made.
fn format_together(folder: &Path, texts: &[&str]) -> Option<Vec<String>> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let place = std::env::temp_dir().join(format!("schemata-format-{}-{number}", std::process::id()));
    fs::create_dir(&place).ok()?;
    let formatted = format_in(&place, folder, texts);
    let _ = fs::remove_dir_all(&place);
    formatted
}

fn format_in(place: &Path, folder: &Path, texts: &[&str]) -> Option<Vec<String>> {
    let files: Vec<PathBuf> = (0..texts.len()).map(|at| place.join(format!("{at}.rs"))).collect();
    for (file, text) in files.iter().zip(texts) {
        fs::write(file, text).ok()?;
    }
    let folder = folder.canonicalize().ok()?;
    Command::new("rustfmt")
        .args(["--edition", &edition(&folder), "--quiet", "--config-path"])
        .arg(&folder)
        .args(&files)
        .current_dir(&folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()?;
    files.iter().map(|file| fs::read_to_string(file).ok().filter(|text| !text.is_empty())).collect()
}

/// Returns the edition of the package that contains `folder`, as `cargo fmt` passes it on; the newest one if it is not
/// found.
fn edition(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let manifests = folder.ancestors().filter_map(|folder| fs::read_to_string(folder.join("Cargo.toml")).ok());
    let stated = manifests.flat_map(|text| text.lines().filter_map(stated).collect::<Vec<_>>()).next();
    stated.unwrap_or_else(|| "2024".to_owned())
}

/// Returns `2021` for the line `edition = "2021"`.
fn stated(line: &str) -> Option<String> {
    let value = line.trim().strip_prefix("edition")?.trim_start().strip_prefix('=')?.trim();
    let year = value.trim_matches('"');
    (year.len() == 4 && year.bytes().all(|digit| digit.is_ascii_digit())).then(|| year.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edition_is_read_where_it_is_stated() {
        assert_eq!(stated("edition = \"2021\""), Some("2021".to_owned()));
        assert_eq!(stated("edition.workspace = true"), None);
        assert_eq!(stated("editions = \"2021\""), None);
    }
}
