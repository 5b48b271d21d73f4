//! Finds a running server or starts one, under the home's lock.
//!
//! A generation can be used while its `leases` directory exists, and each lease in it keeps it
//! alive. Without that directory it is ending, and belongs to its watchdog. A generation is never
//! repaired: if its server is gone, it is retired, and a new one begins.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::embedded::binaries::Binaries;
use crate::embedded::fault::Fault;
use crate::embedded::generation::{Generation, Home, Kind};
use crate::embedded::lease::Lease;
use crate::embedded::owner::Owner;
use crate::embedded::postmaster::Postmaster;
use crate::embedded::settings::EnvironmentSettings;
use crate::embedded::version::ServerVersion;
use crate::embedded::{cleanup_watchdog, directory, initdb, process, start, stop, tcp};

/// A running server and the lease of this process on it.
#[derive(Debug)]
pub(super) struct RunningServer {
    /// Held until drop.
    _lease: Lease,
    pub(super) generation: Generation,
    pub(super) postmaster: Postmaster,
    pub(super) binaries: Binaries,
}

/// Finds and starts servers with these settings.
pub(super) struct Starter<'a> {
    pub(super) settings: &'a EnvironmentSettings,
    pub(super) owner: &'a Owner,
}

impl Starter<'_> {
    /// Returns how long the server outlives its last lease.
    pub(super) fn grace(&self, kind: Kind) -> Duration {
        let default = if kind == Kind::Ephemeral { 10 } else { 2 };
        self.settings.grace.unwrap_or(Duration::from_secs(default))
    }

    /// Returns the running server of `home`, or starts one with the programs that `binaries` finds.
    pub(super) fn find_or_start(
        &self,
        home: &Home,
        binaries: impl Fn() -> Result<Binaries, Fault>,
    ) -> Result<RunningServer, Fault> {
        if let Some(found) = self.attach(home, Duration::ZERO)? {
            return Ok(found);
        }
        loop {
            let lock = home.lock(self.owner)?;
            if let Some(found) = self.attach(home, start::READY_LIMIT)? {
                return Ok(found);
            }
            retire(home)?;
            let binaries = binaries()?;
            // A watchdog may have removed the empty home, and the lock with it. With a generation
            // in it, the home stays.
            let Some(generation) = home.new_generation(self.owner)? else { continue };
            if lock.holds() {
                let started = self.start(&generation, binaries);
                return started.map_err(|error| keep_log(error, home, &generation));
            }
            let _ = fs::remove_dir_all(&generation.path);
        }
    }

    /// Takes a lease on a running server, waiting up to `limit` for one that is starting.
    pub(super) fn attach(&self, home: &Home, limit: Duration) -> Result<Option<RunningServer>, Fault> {
        // Another user who may write here could plant a server of their own.
        if let Some(base) = home.path.parent().filter(|base| base.exists()) {
            directory::check(base, self.owner)?;
        }
        for generation in home.generations() {
            let Some(lease) = Lease::take(&generation)? else { continue };
            let Some(postmaster) = wait_ready(&generation, limit)? else { continue };
            let Some(binaries) = read_about(&generation) else { continue };
            if !self.settings.keep {
                Lease::remove_kept(&generation);
            }
            cleanup_watchdog::ensure(&generation, &postmaster.socket_directory, self.grace(home.kind))?;
            return Ok(Some(RunningServer { _lease: lease, generation, postmaster, binaries }));
        }
        Ok(None)
    }

    fn start(&self, generation: &Generation, binaries: Binaries) -> Result<RunningServer, Fault> {
        let stopped = || Fault::Io {
            action: "take a lease in",
            path: generation.leases(),
            source: std::io::ErrorKind::NotFound.into(),
        };
        let lease = Lease::take(generation)?.ok_or_else(stopped)?;
        let socket = start::socket_directory(generation);
        cleanup_watchdog::ensure(generation, &socket, self.grace(generation.kind))?;
        self.owner.check_enterable(&generation.path)?;
        make_private(&socket, self.owner)?;
        write_about(generation, &binaries)?;
        if !generation.data.join("PG_VERSION").exists() {
            initdb::run(&binaries, generation, self.owner)?;
        }
        let postmaster = start::run(&binaries, generation, &socket, self.owner, self.settings)?;
        let found = RunningServer { _lease: lease, generation: generation.clone(), postmaster, binaries };
        if self.settings.port.is_some() {
            tcp::set_password(generation, &found.url("postgres"))?;
        }
        Ok(found)
    }
}

/// Retires every generation. Those with a watchdog are left to it. Returns once no server uses
/// persistent data, so that a new one can.
fn retire(home: &Home) -> Result<(), Fault> {
    for generation in home.generations() {
        let _ = fs::remove_dir_all(generation.leases());
        if !cleanup_watchdog::is_alive(&generation) {
            stop::clean(&generation)?;
        }
    }
    if home.kind == Kind::Persistent {
        stop::wait_until_free(&home.path.join("data"))?;
    }
    Ok(())
}

impl RunningServer {
    /// Returns the socket's URL: `postgres://postgres@%2Fdir/name`.
    pub(super) fn url(&self, database: &str) -> String {
        let host = percent_encode(&self.postmaster.socket_directory.to_string_lossy());
        let port = match self.postmaster.port {
            5432 => String::new(),
            port => format!(":{port}"),
        };
        format!("postgres://postgres@{host}{port}/{}", percent_encode(database))
    }
}

/// Waits until the generation's server is ready. Returns `None` if it is dead or was never started.
fn wait_ready(generation: &Generation, limit: Duration) -> Result<Option<Postmaster>, Fault> {
    let (mut ready, mut dead) = (None, false);
    process::wait_until(limit, || {
        let pid = generation.noted_pid("server");
        dead = pid.is_none_or(|pid| !process::runs_with(pid, &generation.data));
        ready = Postmaster::read(&generation.data).filter(|found| Some(found.pid) == pid && found.ready);
        dead || ready.is_some()
    });
    if ready.is_none() && !dead && !limit.is_zero() {
        let (data, log) = (generation.data.clone(), generation.file("server.log"));
        return Err(Fault::NotReady { data, log, seconds: limit.as_secs() });
    }
    Ok(ready.filter(|_| !dead))
}

/// Creates a directory for the server's user alone.
fn make_private(path: &Path, owner: &Owner) -> Result<(), Fault> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().mode(0o700).create(path).map_err(Fault::io("create", path))?;
    owner.give(path)
}

/// Records version and directory of the programs, for processes that attach without looking for programs.
fn write_about(generation: &Generation, binaries: &Binaries) -> Result<(), Fault> {
    let path = generation.file("about");
    let text = format!("{}\n{}\n", binaries.version, binaries.directory.display());
    fs::write(&path, text).map_err(Fault::io("write", &path))
}

fn read_about(generation: &Generation) -> Option<Binaries> {
    let text = fs::read_to_string(generation.file("about")).ok()?;
    let (version, directory) = text.split_once('\n')?;
    Some(Binaries { version: ServerVersion::parse(version)?, directory: PathBuf::from(directory.trim_end()) })
}

/// Copies the log of a failed start out of the generation, which is removed with its lease.
fn keep_log(error: Fault, home: &Home, generation: &Generation) -> Fault {
    let kept = home.path.join("failed.log");
    let keep = |log: PathBuf| if fs::copy(&log, &kept).is_ok() { kept.clone() } else { log };
    let error = match error {
        Fault::Initdb { log, tail } => Fault::Initdb { log: keep(log), tail },
        Fault::Start { log, tail } => Fault::Start { log: keep(log), tail },
        other => return other,
    };
    let _ = fs::remove_dir_all(generation.leases());
    error
}

/// Returns the home of the workspace's test server: one with a generation, or else the best one
/// that can be used.
pub(super) fn ephemeral_home(settings: &EnvironmentSettings, owner: &Owner, major: u32) -> Result<Home, Fault> {
    let mut homes =
        directory::ephemeral(settings, owner).into_iter().map(|base| Home::new(&base, major, Kind::Ephemeral));
    let Some(first) = homes.next() else {
        return Err(Fault::NoServer { minimum: settings.minimum, looked_in: Vec::new(), rejected: Vec::new() });
    };
    let Some(second) = homes.next() else { return Ok(first) };
    if !first.generations().is_empty() {
        return Ok(first);
    }
    // The RAM disk may not be writable.
    let use_second = !second.generations().is_empty() || first.lock(owner).is_err();
    Ok(if use_second { second } else { first })
}

/// Encodes everything but letters, digits and `-._~` (RFC 3986, section 2.3).
fn percent_encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
