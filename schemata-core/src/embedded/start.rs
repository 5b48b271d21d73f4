//! Starts a server on a data directory and waits until it is ready.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, thread};

use crate::embedded::binaries::Binaries;
use crate::embedded::fault::Fault;
use crate::embedded::generation::{Generation, Kind};
use crate::embedded::owner::Owner;
use crate::embedded::postmaster::Postmaster;
use crate::embedded::settings::EnvironmentSettings;
use crate::embedded::{launch, process, tcp};

/// Allows for recovery after a crash.
pub(super) const READY_LIMIT: Duration = Duration::from_secs(120);
/// How often a start is tried while remains of an earlier server are in the way.
const ATTEMPTS: u32 = 40;
/// `sun_path` holds 104 bytes on macOS and 108 on Linux, including the final NUL.
const LONGEST_SOCKET: usize = 100;

/// Fast rather than durable, since the data is temporary. `mmap` keeps dynamic shared memory inside
/// the data directory, so that nothing is left in /dev/shm after a crash.
const EPHEMERAL: [&str; 9] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "shared_buffers=64MB",
    "max_connections=200",
    "dynamic_shared_memory_type=mmap",
];

/// Returns the socket's directory: inside the generation, or a short one in the temp directory.
pub(super) fn socket_directory(generation: &Generation) -> PathBuf {
    let inside = generation.file("s");
    if fits(&inside) {
        return inside;
    }
    let name = generation.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let short = |temp: PathBuf| temp.join(format!("pg-{name}"));
    let preferred = short(std::env::temp_dir());
    // TMPDIR is long on macOS.
    if fits(&preferred) { preferred } else { short(PathBuf::from("/tmp")) }
}

fn fits(directory: &Path) -> bool {
    directory.as_os_str().len() + "/.s.PGSQL.65535".len() <= LONGEST_SOCKET
}

/// Starts the server and waits until it accepts connections.
///
/// # Errors
/// `Start` with the end of the log, `PortInUse`, or `NotReady`.
pub(super) fn run(
    binaries: &Binaries,
    generation: &Generation,
    socket: &Path,
    owner: &Owner,
    settings: &EnvironmentSettings,
) -> Result<Postmaster, Fault> {
    let log = generation.file("server.log");
    let mut attempt = 0;
    loop {
        Postmaster::release_dead(&generation.data)?;
        let port = settings.port.map(|port| if port == 0 { tcp::free_port().unwrap_or(0) } else { port });
        let args = arguments(generation, socket, port)?;
        if let Some(postmaster) = start_once(binaries, generation, owner, &args, &log)? {
            return Ok(postmaster);
        }
        attempt += 1;
        let tail = launch::tail(&log);
        let port_in_use = tail.contains("Address already in use");
        // The last processes of a killed server and their memory vanish by themselves.
        let is_temporary =
            port_in_use || ["still in use", "lock file \"postmaster.pid\""].iter().any(|t| tail.contains(t));
        match port {
            _ if is_temporary && attempt < ATTEMPTS => thread::sleep(Duration::from_millis(100)),
            Some(port) if port_in_use => return Err(Fault::PortInUse { port }),
            _ => return Err(Fault::Start { log, tail }),
        }
        let _ = fs::remove_file(&log);
    }
}

/// Starts the server once. Returns `None` if it gave up.
fn start_once(
    binaries: &Binaries,
    generation: &Generation,
    owner: &Owner,
    args: &[OsString],
    log: &Path,
) -> Result<Option<Postmaster>, Fault> {
    let program = binaries.program("postgres");
    let args: Vec<&OsStr> = args.iter().map(OsString::as_os_str).collect();
    let mut child = launch::detached(&program, &args, owner, log, &generation.file("server.pid"))?;
    let (pid, mut gave_up) = (child.id(), false);
    let mut postmaster = None;
    process::wait_until(READY_LIMIT, || {
        // The file of a crashed server has another pid.
        postmaster = Postmaster::read(&generation.data).filter(|found| found.pid == pid && found.ready);
        gave_up = postmaster.is_none() && !matches!(child.try_wait(), Ok(None));
        postmaster.is_some() || gave_up
    });
    if postmaster.is_none() && !gave_up {
        let (data, log) = (generation.data.clone(), log.to_owned());
        return Err(Fault::NotReady { data, log, seconds: READY_LIMIT.as_secs() });
    }
    // Reaps the server if this process outlives it.
    let _ = thread::Builder::new().name("schemata-reaper".into()).spawn(move || child.wait());
    Ok(postmaster)
}

fn arguments(generation: &Generation, socket: &Path, port: Option<u16>) -> Result<Vec<OsString>, Fault> {
    let mut args: Vec<OsString> = vec!["-D".into(), generation.data.clone().into(), "-k".into(), socket.into()];
    let mut set = |setting: OsString| args.extend(["-c".into(), setting]);
    match port {
        None => {
            set("listen_addresses=".into());
            set("port=5432".into());
        }
        Some(port) => {
            let mut rules = OsString::from("hba_file=");
            rules.push(tcp::write_rules(generation)?);
            set(rules);
            set("listen_addresses=127.0.0.1".into());
            set(format!("port={port}").into());
            set("password_encryption=scram-sha-256".into());
        }
    }
    if generation.kind == Kind::Ephemeral {
        for setting in EPHEMERAL {
            set(setting.into());
        }
    }
    Ok(args)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_paths_get_a_short_socket() {
        let at = |path: PathBuf| Generation { data: path.join("data"), path, kind: Kind::Ephemeral };
        let short = at(PathBuf::from("/var/tmp/app-0-0123456789/pg15/g1-2-3"));
        assert_eq!(socket_directory(&short), short.file("s"));
        let long = at(Path::new("/var/tmp").join("x".repeat(90)).join("g1-2-3"));
        let socket = socket_directory(&long);
        assert!(fits(&socket) && socket.ends_with("pg-g1-2-3"), "{}", socket.display());
    }
}
