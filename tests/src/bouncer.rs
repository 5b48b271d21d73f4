//! A PgBouncer for one test in front of a database; it stops when dropped.

use std::path::Path;
use std::process::Command;

use tokio_postgres::config::Host;

use crate::process::{Folder, Server, free_port};

/// A running PgBouncer with two connections to the server.
#[derive(Debug)]
pub struct Bouncer {
    _server: Server,
    _folder: Folder,
    url: String,
}

/// Finds PgBouncer. On a machine without it, these tests are skipped with a message; CI installs it, and fails without
/// it.
fn program() -> Option<&'static Path> {
    const PLACES: [&str; 4] =
        ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"];
    let found = PLACES.iter().map(Path::new).find(|path| path.exists());
    assert!(found.is_some() || std::env::var_os("CI").is_none(), "CI installs PgBouncer");
    if found.is_none() {
        eprintln!("skipped, as it needs PgBouncer: apt-get install pgbouncer, or brew install pgbouncer");
    }
    found
}

impl Bouncer {
    /// Starts a PgBouncer in front of the database at `url`, with these lines of settings; returns `None` if PgBouncer
    /// is not installed.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(url: &str, settings: &str) -> Option<Self> {
        Self::start_on(free_port(), url, settings).await
    }

    /// Does the same as [`Bouncer::start`], on this port.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_on(own: u16, url: &str, settings: &str) -> Option<Self> {
        let program = program()?;
        let config: tokio_postgres::Config = url.parse().expect("a URL");
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let host = match config.get_hosts().first().expect("a host") {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        };
        let folder = Folder::create("pgbouncer");
        let ini = folder.write(
            "pgbouncer.ini",
            &format!(
                "[databases]\n* = host={host} port={port} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
                 listen_port = {own}\nunix_socket_dir =\nauth_type = any\nadmin_users = postgres\ndefault_pool_size = 2\n\
                 logfile = {}/log\n{settings}\n",
                folder.path().display()
            ),
        );
        let mut command = Command::new(program);
        command.arg("-q").arg(ini);
        // On SIGINT and SIGTERM it would wait for its clients, whose tasks may run on this thread. SIGQUIT is ignored in
        // the background jobs of a shell.
        let server = Server::start(command, own).await.ended_by("-KILL");
        let name = config.get_dbname().expect("a database");
        let url = format!("postgres://postgres@127.0.0.1:{own}/{name}");
        Some(Self { _server: server, _folder: folder, url })
    }

    /// Returns the URL of the database through PgBouncer.
    pub fn url(&self) -> &str {
        &self.url
    }
}
