//! Servers for one test, as child processes that stop when dropped: a PostgreSQL that speaks TLS, a PgBouncer.
//!
//! Neither program runs as root, so tests run by root start them as the user `postgres`.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A directory for one test, removed when dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Creates the directory.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn create(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let path = std::env::temp_dir().join(format!("schemata-{name}-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder of its own");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("it is ours");
        give(&path);
        Self(path)
    }

    /// Returns the path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file that only its owner can read.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        let mut file = fs::File::create(&path).expect("a file");
        file.set_permissions(fs::Permissions::from_mode(0o600)).expect("it is ours");
        file.write_all(text.as_bytes()).expect("written");
        give(&path);
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// The port on 127.0.0.1.
    pub port: u16,
    /// The signal that stops it.
    signal: &'static str,
}

impl Server {
    /// Starts `command` and waits until it listens on `port`.
    ///
    /// # Panics
    /// When it cannot be started, or does not listen within 20 seconds.
    pub async fn start(mut command: Command, port: u16) -> Self {
        let child = as_owner(&mut command).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        let server = Self { child, port, signal: "-INT" };
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{command:?} does not listen on {port}");
    }

    /// Returns its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Server {
    /// Does the same, but ends it by `signal` rather than SIGINT.
    #[must_use]
    pub fn ended_by(mut self, signal: &'static str) -> Self {
        self.signal = signal;
        self
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown; SIGKILL would leave child processes behind.
        let asked = Command::new("kill").args([self.signal, &self.child.id().to_string()]).status();
        if asked.is_ok() {
            let _ = self.child.wait();
        }
    }
}

/// Runs `command` as a user other than root, and waits for its end.
///
/// # Panics
/// When it fails.
pub fn run(mut command: Command) {
    let output = as_owner(&mut command).output().expect("starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Returns a free port.
///
/// # Panics
/// When there is none.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").port()
}

fn as_owner(command: &mut Command) -> &mut Command {
    match owner() {
        Some((user, group)) => command.uid(user).gid(group),
        None => command,
    }
}

fn give(path: &Path) {
    if let Some((user, group)) = owner() {
        chown(path, Some(user), Some(group)).expect("root may");
    }
}

/// Returns the user `postgres` if this test runs as root.
fn owner() -> Option<(u32, u32)> {
    let is_root = std::os::unix::fs::MetadataExt::uid(&fs::metadata("/proc/self").ok()?) == 0;
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.starts_with("postgres:")).filter(|_| is_root)?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}
