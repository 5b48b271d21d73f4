//! Stops servers and removes their files, for `db stop`, `db reset` and abandoned starts.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::embedded::fault::Fault;
use crate::embedded::generation::{Generation, Home, Kind};
use crate::embedded::owner::Owner;
use crate::embedded::postmaster::Postmaster;
use crate::embedded::process;

/// A fast shutdown writes a checkpoint first.
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// Stops all servers below `base`, even if others use them. Returns whether there was one.
pub(super) fn all(base: &Path, owner: &Owner) -> Result<bool, Fault> {
    let mut stopped = false;
    for (_, home) in Home::list(base, Kind::Persistent) {
        let _lock = home.lock(owner)?;
        stopped |= stop_home(&home)?;
    }
    Ok(stopped)
}

/// Stops all servers below `base` and deletes their data. Returns whether there was any.
pub(super) fn reset(base: &Path, owner: &Owner) -> Result<bool, Fault> {
    let mut existed = false;
    for (_, home) in Home::list(base, Kind::Persistent) {
        let _lock = home.lock(owner)?;
        stop_home(&home)?;
        existed |= delete_data(&home)?;
        let _ = fs::remove_file(home.path.join("failed.log"));
    }
    let _ = fs::remove_file(base.join("password"));
    Ok(existed)
}

/// Deletes the data. It is renamed first, so that a killed reset leaves no incomplete data directory.
fn delete_data(home: &Home) -> Result<bool, Fault> {
    let (data, doomed) = (home.path.join("data"), home.path.join("deleted"));
    remove(&doomed)?;
    match fs::rename(&data, &doomed) {
        Ok(()) => remove(&doomed).map(|()| true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Fault::io("delete", data)(error)),
    }
}

fn stop_home(home: &Home) -> Result<bool, Fault> {
    let mut stopped = false;
    for generation in home.generations() {
        let _ = fs::remove_dir_all(generation.leases());
        stopped |= clean(&generation)?;
    }
    wait_until_free(&home.path.join("data"))?;
    Ok(stopped)
}

/// Does what the watchdog does, perhaps at the same time: waits for initdb, stops the server,
/// removes the generation. Returns whether a server was running.
pub(super) fn clean(generation: &Generation) -> Result<bool, Fault> {
    if let Some(pid) = generation.noted_pid("initdb") {
        process::wait_until(STOP_LIMIT, || !process::runs_with(pid, &generation.path));
    }
    let mut ran = false;
    if let Some(pid) = generation.noted_pid("server") {
        let runs = || process::runs_with(pid, &generation.data);
        ran = runs();
        if ran {
            process::signal(pid, if generation.kind == Kind::Ephemeral { "QUIT" } else { "INT" });
        }
        if !process::wait_until(STOP_LIMIT, || !runs()) {
            let data = generation.data.clone();
            return Err(Fault::NotStopped { data, pid, seconds: STOP_LIMIT.as_secs() });
        }
    }
    let socket = crate::embedded::start::socket_directory(generation);
    if !socket.starts_with(&generation.path) {
        remove(&socket)?;
    }
    remove(&generation.path)?;
    Ok(ran)
}

/// Waits until no server uses `data`. A watchdog may still be stopping one.
pub(super) fn wait_until_free(data: &Path) -> Result<(), Fault> {
    let user = || Postmaster::read(data).filter(|postmaster| postmaster.is_alive(data));
    if process::wait_until(STOP_LIMIT, || user().is_none()) {
        return Ok(());
    }
    let pid = user().map_or(0, |postmaster| postmaster.pid);
    Err(Fault::NotStopped { data: data.to_owned(), pid, seconds: STOP_LIMIT.as_secs() })
}

/// Removes a directory while others may be removing it or writing to it.
fn remove(path: &Path) -> Result<(), Fault> {
    let mut last = None;
    process::wait_until(Duration::from_secs(5), || match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            last = Some(error);
            false
        }
        _ => !path.exists(),
    });
    match last {
        Some(error) if path.exists() => Err(Fault::io("delete", path)(error)),
        _ => Ok(()),
    }
}
