//! A lease: a file that says "this process uses this server".

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::generation::Generation;
use super::{EmbeddedError, Process};

/// A lease without a process: the server is kept until a later run removes it.
const KEEP: &str = "keep";

/// Held as long as the server is needed. Dropping it, or dying, releases it.
#[derive(Debug)]
pub(super) struct Lease {
    path: PathBuf,
}

impl Lease {
    /// Takes a lease, unless the generation has ended (its `leases` directory is gone).
    pub(super) fn take(generation: &Generation) -> Result<Option<Self>, EmbeddedError> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = generation.leases().join(format!("{}-{count}", Process::current()));
        Ok(create(path)?.map(|path| Self { path }))
    }

    /// Leaves a lease behind that outlives this process.
    pub(super) fn keep(generation: &Generation) -> Result<(), EmbeddedError> {
        create(generation.leases().join(KEEP)).map(|_| ())
    }

    /// Ends what [`Lease::keep`] began.
    pub(super) fn forget_kept(generation: &Generation) {
        let _ = fs::remove_file(generation.leases().join(KEEP));
    }
}

fn create(path: PathBuf) -> Result<Option<PathBuf>, EmbeddedError> {
    match File::create(&path) {
        Ok(_) => Ok(Some(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(EmbeddedError::io("write", path)(error)),
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // A missing file means that somebody stopped the server: nothing to release.
        let _ = fs::remove_file(&self.path);
    }
}
