//! [`PrivateServer`], the public handle: a lease on a running server.

use std::fs;
use std::path::{Path, PathBuf};

use crate::embedded::binaries::Binaries;
use crate::embedded::error::EmbeddedError;
use crate::embedded::fault::Fault;
use crate::embedded::find::{RunningServer, Starter, ephemeral_home};
use crate::embedded::generation::{Home, Kind};
use crate::embedded::lease::Lease;
use crate::embedded::owner::Owner;
use crate::embedded::settings::EnvironmentSettings;
use crate::embedded::version::ServerVersion;
use crate::embedded::{database, directory, stop, tcp};

/// A lease on a private `PostgreSQL` server.
///
/// The server runs as long as some process holds a lease, and a few seconds longer
/// (`SCHEMATA_PG_GRACE`). Dropping the handle releases the lease; so does the end of the
/// process, however it ends. Every function here blocks unless it is `async`.
///
/// # Example
/// ```no_run
/// use schemata::embedded::PrivateServer;
///
/// # async fn example() -> Result<(), schemata::embedded::EmbeddedError> {
/// let server = PrivateServer::persistent("order-service")?;
/// eprintln!("{}", server.describe("app"));
/// server.ensure_database("orders").await?;
/// let url = server.url("orders"); // postgres://postgres@%2F…/orders
/// # let _ = url;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PrivateServer {
    server: RunningServer,
}

impl PrivateServer {
    /// Finds or starts the server that keeps `app`'s data between runs.
    ///
    /// The data belongs to this workspace and this app. It stays with the major version that
    /// created it: newer programs are never started on it. If many processes call this at once,
    /// one of them starts the server and the others attach.
    ///
    /// # Errors
    /// If PostgreSQL [is not installed](EmbeddedError::is_not_installed), a variable has a wrong value, the data needs
    /// another version, or the directory cannot be used; and with the end of the log, if the server does not start.
    pub fn persistent(app: &str) -> Result<Self, EmbeddedError> {
        let (settings, owner) = (EnvironmentSettings::from_env()?, Owner::current()?);
        let base = directory::persistent(app, &settings, &owner);
        let starter = Starter { settings: &settings, owner: &owner };
        let Some((major, home)) = home_with_data(&base) else {
            let binaries = Binaries::find(&settings, &owner, None)?;
            let home = Home::new(&base, binaries.version.major(), Kind::Persistent);
            return Ok(Self { server: starter.find_or_start(&home, || Ok(binaries.clone()))? });
        };
        let find = || pinned(major, &home, &settings, &owner);
        // An explicit choice is checked even if the server is already running.
        let chosen = if settings.bin.is_some() { Some(find()?) } else { None };
        let server = starter.find_or_start(&home, || chosen.clone().map_or_else(find, Ok))?;
        Ok(Self { server })
    }

    /// Finds or starts this workspace's server for tests: fast, not durable, and without its data
    /// once it stops.
    ///
    /// # Errors
    /// As for [`PrivateServer::persistent`].
    pub fn ephemeral() -> Result<Self, EmbeddedError> {
        let (settings, owner) = (EnvironmentSettings::from_env()?, Owner::current()?);
        let binaries = Binaries::find(&settings, &owner, None)?;
        let home = ephemeral_home(&settings, &owner, binaries.version.major())?;
        let starter = Starter { settings: &settings, owner: &owner };
        Ok(Self { server: starter.find_or_start(&home, || Ok(binaries.clone()))? })
    }

    /// Takes a lease on `app`'s server if it is running. Starts nothing.
    ///
    /// # Errors
    /// If a variable has a wrong value, or the directory cannot be read.
    pub fn running(app: &str) -> Result<Option<Self>, EmbeddedError> {
        let (settings, owner) = (EnvironmentSettings::from_env()?, Owner::current()?);
        let base = directory::persistent(app, &settings, &owner);
        let starter = Starter { settings: &settings, owner: &owner };
        for (_, home) in Home::list(&base, Kind::Persistent) {
            if let Some(server) = starter.attach(&home, crate::embedded::start::READY_LIMIT)? {
                return Ok(Some(Self { server }));
            }
        }
        Ok(None)
    }

    /// Stops `app`'s server, even if others use it, and keeps the data. Returns whether it was running.
    ///
    /// # Errors
    /// If the server still runs after a minute, or the directory cannot be used.
    pub fn stop(app: &str) -> Result<bool, EmbeddedError> {
        let (settings, owner) = (EnvironmentSettings::from_env()?, Owner::current()?);
        Ok(stop::all(&directory::persistent(app, &settings, &owner), &owner)?)
    }

    /// Stops `app`'s server and deletes its data. Returns whether there was any.
    ///
    /// # Hazards
    /// All databases of `app` in this workspace are lost. Dump what you need first.
    ///
    /// # Errors
    /// As for [`PrivateServer::stop`].
    pub fn reset(app: &str) -> Result<bool, EmbeddedError> {
        let (settings, owner) = (EnvironmentSettings::from_env()?, Owner::current()?);
        Ok(stop::reset(&directory::persistent(app, &settings, &owner), &owner)?)
    }

    /// Returns the URL of a database, over the socket: `postgres://postgres@%2Fsocket%2Fdir/database`.
    pub fn url(&self, database: &str) -> String {
        self.server.url(database)
    }

    /// Returns the URL of a database over TCP, with its password; `None` unless the server was
    /// started with `SCHEMATA_PG_PORT`.
    pub fn tcp_url(&self, database: &str) -> Option<String> {
        let postmaster = &self.server.postmaster;
        if postmaster.listens.is_empty() {
            return None;
        }
        let password = fs::read_to_string(tcp::password_file(&self.server.generation)).ok()?;
        let url = self.server.url(database);
        let (_, name) = url.rsplit_once('/')?;
        Some(format!("postgres://postgres:{}@127.0.0.1:{}/{name}", password.trim(), postmaster.port))
    }

    /// Describes the server in one line: version, programs, data, and how to open `database`.
    pub fn describe(&self, database: &str) -> String {
        format!(
            "using private PostgreSQL {} ({}), data in {}, psql '{}'",
            self.version(),
            self.binaries().display(),
            self.data_directory().display(),
            self.url(database),
        )
    }

    /// Returns the server's version.
    pub fn version(&self) -> &ServerVersion {
        &self.server.binaries.version
    }

    /// Returns the server's data directory.
    pub fn data_directory(&self) -> &Path {
        &self.server.generation.data
    }

    /// Returns the directory of the server's programs.
    pub fn binaries(&self) -> &Path {
        &self.server.binaries.directory
    }

    /// Creates the database `name` unless it exists. Returns whether it was created.
    ///
    /// If many processes call this at once, exactly one of them creates it. Needs a tokio runtime
    /// with I/O and time.
    ///
    /// # Errors
    /// If the name is empty or longer than 63 bytes, or PostgreSQL refuses.
    pub async fn ensure_database(&self, name: &str) -> Result<bool, EmbeddedError> {
        Ok(database::ensure(&self.url("postgres"), name).await?)
    }

    /// Keeps the server running after the last lease, until a run without `SCHEMATA_PG_KEEP`.
    pub(crate) fn keep(&self) -> Result<(), Fault> {
        Lease::keep(&self.server.generation)
    }
}

/// Returns the home with data, of the newest major version.
fn home_with_data(base: &Path) -> Option<(u32, Home)> {
    Home::list(base, Kind::Persistent).into_iter().find(|(_, home)| data(home).join("PG_VERSION").exists())
}

fn data(home: &Home) -> PathBuf {
    home.path.join("data")
}

/// Finds programs of exactly the major version that created the data.
fn pinned(major: u32, home: &Home, settings: &EnvironmentSettings, owner: &Owner) -> Result<Binaries, Fault> {
    match Binaries::find(settings, owner, Some(major)) {
        Ok(found) if found.version.major() == major => Ok(found),
        Ok(other) => Err(Fault::other_major(data(home), major, &other.version, &other.directory)),
        Err(Fault::NoServer { looked_in, .. }) => {
            let found = format!("that version was not found (looked in {})", looked_in.join(", "));
            Err(Fault::MajorMissing { data: data(home), required: major, found })
        }
        Err(other) => Err(other),
    }
}
