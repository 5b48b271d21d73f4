//! The directories of one start of a server, and the lock that serializes starts.
//!
//! ```text
//! base/pg15/                  a Home: one major version; locked while a server is looked up
//!           data/             a persistent server's data, kept
//!           g4711-6a01b2c3-0/ a Generation: one start of a server, removed with it
//!              leases/        one file per user of the server; removing it ends the server
//!              s/             the socket
//!              data/          an ephemeral server's data
//! ```
//! A generation is never reused, so an old watchdog cannot harm a newer server.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::embedded::directory;
use crate::embedded::fault::Fault;
use crate::embedded::owner::Owner;

/// Whether the data outlives the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Persistent,
    Ephemeral,
}

/// `base/pg<major>`.
#[derive(Debug, Clone)]
pub(super) struct Home {
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
}

impl Home {
    pub(super) fn new(base: &Path, major: u32, kind: Kind) -> Self {
        Self { path: base.join(format!("pg{major}")), kind }
    }

    /// Returns the homes that exist in `base`, newest major version first.
    pub(super) fn list(base: &Path, kind: Kind) -> Vec<(u32, Self)> {
        let major = |entry: fs::DirEntry| entry.file_name().to_str()?.strip_prefix("pg")?.parse().ok();
        let mut majors: Vec<u32> = fs::read_dir(base).into_iter().flatten().flatten().filter_map(major).collect();
        majors.sort_unstable_by(|a, b| b.cmp(a));
        majors.into_iter().map(|major| (major, Self::new(base, major, kind))).collect()
    }

    /// Returns the generations that exist, newest first.
    pub(super) fn generations(&self) -> Vec<Generation> {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        let is_generation = |entry: &fs::DirEntry| {
            let name = entry.file_name();
            name.to_str().is_some_and(|name| name.starts_with('g') && name.contains('-'))
        };
        let mut found: Vec<_> = entries.filter(is_generation).map(|entry| self.generation(entry.path())).collect();
        found.sort_by_key(|generation| {
            std::cmp::Reverse(fs::metadata(&generation.path).and_then(|meta| meta.modified()).ok())
        });
        found
    }

    fn generation(&self, path: PathBuf) -> Generation {
        let data = match self.kind {
            Kind::Persistent => self.path.join("data"),
            Kind::Ephemeral => path.join("data"),
        };
        Generation { path, data, kind: self.kind }
    }

    /// Creates a generation with an empty `leases` directory. Returns `None` if the home is gone.
    pub(super) fn new_generation(&self, owner: &Owner) -> Result<Option<Generation>, Fault> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        loop {
            let count = COUNTER.fetch_add(1, Ordering::Relaxed);
            let generation = self.generation(self.path.join(format!("g{}-{seconds:x}-{count}", std::process::id())));
            if generation.path.exists() {
                continue;
            }
            let made =
                directory::make(&generation.path, owner).and_then(|()| directory::make(&generation.leases(), owner));
            return match made {
                Ok(()) => Ok(Some(generation)),
                Err(error) if is_gone(&error) => Ok(None),
                Err(error) => Err(error),
            };
        }
    }

    /// Waits for the lock, and creates the directory if necessary.
    pub(super) fn lock(&self, owner: &Owner) -> Result<HomeLock, Fault> {
        let base = self.path.parent().unwrap_or(&self.path);
        loop {
            directory::prepare(base, owner)?;
            match directory::make(&self.path, owner) {
                Err(error) if is_gone(&error) => continue,
                made => made?,
            }
            if let Some(lock) = HomeLock::take(self)? {
                return Ok(lock);
            }
        }
    }
}

/// Returns whether a parent directory has vanished.
fn is_gone(error: &Fault) -> bool {
    matches!(error, Fault::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
}

/// The lock of a home, held until dropped; the kernel releases it when the process dies.
///
/// The lock of an ephemeral home is on its directory, so that an unused home is empty and the
/// watchdog can remove it. A persistent home may be on NFS, which locks only writable files, so it
/// has a lock file, which stays.
#[derive(Debug)]
pub(super) struct HomeLock {
    file: File,
    path: PathBuf,
}

impl HomeLock {
    fn take(home: &Home) -> Result<Option<Self>, Fault> {
        let (path, file) = match home.kind {
            Kind::Ephemeral => (home.path.clone(), File::open(&home.path)),
            Kind::Persistent => {
                let path = home.path.join("lock");
                let file = File::options().create(true).truncate(false).write(true).open(&path);
                (path, file)
            }
        };
        match file {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Fault::io("open", path)(error)),
            Ok(file) => {
                file.lock().map_err(Fault::io("lock", &path))?;
                let lock = Self { file, path };
                Ok(lock.holds().then_some(lock))
            }
        }
    }

    /// Returns whether the path is still the locked file: a watchdog may have removed an empty home.
    pub(super) fn holds(&self) -> bool {
        let id = |meta: &fs::Metadata| (meta.dev(), meta.ino());
        matches!((self.file.metadata(), fs::metadata(&self.path)), (Ok(a), Ok(b)) if id(&a) == id(&b))
    }
}

/// One start of a server.
#[derive(Debug, Clone)]
pub(super) struct Generation {
    pub(super) path: PathBuf,
    pub(super) data: PathBuf,
    pub(super) kind: Kind,
}

impl Generation {
    pub(super) fn leases(&self) -> PathBuf {
        self.path.join("leases")
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Reads the pid that a program or watchdog wrote to `<name>.pid`.
    pub(super) fn noted_pid(&self, name: &str) -> Option<u32> {
        fs::read_to_string(self.file(&format!("{name}.pid"))).ok()?.trim().parse().ok()
    }
}
