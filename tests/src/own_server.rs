//! A PostgreSQL server for one test, which may be restarted.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use schemata::embedded::PrivateServer;

use crate::private_server::signal;

/// The user that PostgreSQL runs as if the tests run as root, which it refuses. `nobody` exists everywhere.
const NOBODY: u32 = 65_534;

/// The server. When it is dropped, it is stopped and its data removed.
#[derive(Debug)]
pub struct OwnServer {
    folder: PathBuf,
    binaries: PathBuf,
    child: Child,
}

impl OwnServer {
    /// Makes and starts a server.
    ///
    /// # Panics
    /// When the server cannot be started.
    pub fn start() -> Self {
        let binaries = PrivateServer::ephemeral().unwrap_or_else(|error| panic!("{error}")).binaries().to_owned();
        let parent = Path::new(if Path::new("/dev/shm").is_dir() { "/dev/shm" } else { "/var/tmp" });
        let folder = parent.join(format!("schemata-own-{}", std::process::id()));
        std::fs::create_dir(&folder).expect("it is writable for all");
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).expect("it is ours");
        if is_root() {
            chown(&folder, Some(NOBODY), Some(NOBODY)).expect("root may");
        }
        let data = folder.join("data");
        let mut initdb = command(&binaries.join("initdb"), &folder);
        initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync", "-D"]).arg(&data);
        assert!(initdb.status().expect("initdb runs").success());
        let child = launch(&binaries, &folder);
        Self { folder, binaries, child }
    }

    /// Returns the URL of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.folder.display().to_string().replace('/', "%2F"))
    }

    /// Stops the server immediately and starts it again.
    ///
    /// # Panics
    /// When it does not start again.
    pub fn restart(&mut self) {
        self.stop();
        self.child = launch(&self.binaries, &self.folder);
    }

    fn stop(&mut self) {
        signal(self.child.id(), "INT");
        self.child.wait().expect("it is our child");
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// Starts the server in `folder`, and waits until it listens.
fn launch(binaries: &Path, folder: &Path) -> Child {
    let mut postgres = command(&binaries.join("postgres"), folder);
    postgres.arg("-D").arg(folder.join("data")).arg("-k").arg(folder);
    let child = postgres.args(["-h", "", "-c", "fsync=off"]).spawn().expect("postgres runs");
    let began = Instant::now();
    let is_ready = || {
        let mut ready = command(&binaries.join("pg_isready"), folder);
        ready.arg("-h").arg(folder).status().is_ok_and(|status| status.success())
    };
    let pid_file = folder.join("data/postmaster.pid");
    let says_ready = || {
        std::fs::read_to_string(&pid_file)
            .is_ok_and(|text| text.lines().nth(7).is_some_and(|line| line.trim() == "ready"))
    };
    while !says_ready() && !is_ready() {
        assert!(began.elapsed() < Duration::from_secs(60), "the server does not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}
