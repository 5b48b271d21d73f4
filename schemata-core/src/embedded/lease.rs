//! Leases: a file per process that uses a server.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::embedded::fault::Fault;
use crate::embedded::generation::Generation;
use crate::embedded::process::Process;

/// The name of a lease without a process, which keeps the server until a later run removes it.
const KEEP: &str = "keep";

/// A lease of this process. Dropping it releases it, and so does the end of the process.
#[derive(Debug)]
pub(super) struct Lease {
    path: PathBuf,
}

impl Lease {
    /// Takes a lease, unless the generation has ended (its `leases` directory is gone).
    pub(super) fn take(generation: &Generation) -> Result<Option<Self>, Fault> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = generation.leases().join(format!("{}-{count}", Process::current()));
        Ok(create(path)?.map(|path| Self { path }))
    }

    /// Leaves a lease that outlives this process.
    pub(super) fn keep(generation: &Generation) -> Result<(), Fault> {
        create(generation.leases().join(KEEP)).map(|_| ())
    }

    /// Removes the lease that [`Lease::keep`] left.
    pub(super) fn remove_kept(generation: &Generation) {
        let _ = fs::remove_file(generation.leases().join(KEEP));
    }
}

fn create(path: PathBuf) -> Result<Option<PathBuf>, Fault> {
    match File::create(&path) {
        Ok(_) => Ok(Some(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Fault::io("write", path)(error)),
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // The file is missing if the server was stopped.
        let _ = fs::remove_file(&self.path);
    }
}
