//! Finds the server programs: the first directory whose programs really run.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use crate::embedded::fault::{Fault, Rejected};
use crate::embedded::owner::Owner;
use crate::embedded::settings::EnvironmentSettings;
use crate::embedded::version::ServerVersion;
use crate::embedded::{candidates, launch, workspace};

/// A directory with a working `initdb` and `postgres`, and their version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    pub(super) directory: PathBuf,
    pub(super) version: ServerVersion,
}

impl Binaries {
    /// Finds the programs to use, of the major version `pinned` if one is given.
    ///
    /// # Errors
    /// `BadBinaries` if `SCHEMATA_PG_BIN` is set and does not work: no other directory is tried.
    /// `NoServer` if nothing usable is found.
    pub(super) fn find(settings: &EnvironmentSettings, owner: &Owner, pinned: Option<u32>) -> Result<Self, Fault> {
        if let Some(bin) = &settings.bin {
            return Self::chosen(bin, settings, owner);
        }
        let mut rejected = Vec::new();
        for directory in candidates::directories(&workspace::root()) {
            match Self::probe(&directory, settings.minimum, owner) {
                Ok(found) if pinned.is_none_or(|major| major == found.version.major()) => return Ok(found),
                Ok(other) => rejected.push(Rejected { directory, reason: format!("is {}", other.version) }),
                Err(reason) => rejected.push(Rejected { directory, reason }),
            }
        }
        rejected.dedup();
        let looked_in = candidates::described(false);
        Err(Fault::NoServer { minimum: settings.minimum, looked_in, rejected })
    }

    /// Checks `SCHEMATA_PG_BIN`, which is relative to the current directory or to the workspace.
    fn chosen(bin: &Path, settings: &EnvironmentSettings, owner: &Owner) -> Result<Self, Fault> {
        let here = std::path::absolute(bin).unwrap_or_else(|_| bin.to_owned());
        let directory = if here.is_dir() { here } else { workspace::root().join(bin) };
        let directory = candidates::resolve(directory);
        Self::probe(&directory, settings.minimum, owner).map_err(|reason| Fault::BadBinaries { directory, reason })
    }

    /// Runs both programs as the server's user. `--version` alone would accept a program without its
    /// installation; `initdb --show` also looks for its `postgres` and its templates.
    fn probe(directory: &Path, minimum: u32, owner: &Owner) -> Result<Self, String> {
        let start = |name: &str, args: &[&str]| {
            let path = directory.join(name);
            if !path.is_file() {
                return Err(format!("holds no {name}"));
            }
            let mut command = launch::command(path.as_os_str(), owner);
            command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().map_err(|error| cannot_run(name, &error))
        };
        let postgres = start("postgres", &["--version"])?;
        let initdb = start("initdb", &["--show", "-U", "postgres", "-D", "/nonexistent"])?;
        let postgres = finished("postgres", postgres.wait_with_output())?;
        let initdb = finished("initdb", initdb.wait_with_output())?;
        let line = String::from_utf8_lossy(&postgres.stdout);
        let version = ServerVersion::parse(&line).ok_or_else(|| format!("postgres --version says {line:?}"))?;
        if version.major() < minimum {
            return Err(format!("PostgreSQL {version} is older than {minimum}"));
        }
        check_templates(&String::from_utf8_lossy(&initdb.stderr))?;
        Ok(Self { directory: directory.to_owned(), version })
    }

    /// Returns the path of a program.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

fn cannot_run(name: &str, error: &io::Error) -> String {
    format!("{name} cannot be run: {error}")
}

fn finished(name: &str, output: io::Result<Output>) -> Result<Output, String> {
    let output = output.map_err(|error| cannot_run(name, &error))?;
    if output.status.success() {
        return Ok(output);
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let message: Vec<_> = message.lines().map(str::trim).filter(|line| !line.is_empty()).take(2).collect();
    Err(format!("{name} fails: {}", message.join(" ")))
}

/// Checks that the templates exist: `initdb --show` only prints their names.
fn check_templates(shown: &str) -> Result<(), String> {
    let bki = shown.lines().find_map(|line| line.strip_prefix("POSTGRES_BKI="));
    match bki {
        Some(bki) if !Path::new(bki).is_file() => Err(format!("initdb lacks its template {bki}")),
        _ => Ok(()),
    }
}
