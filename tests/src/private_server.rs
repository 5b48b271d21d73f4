//! Sandboxes for tests of the private server: a separate base directory, processes that use servers in it
//! (`private_server_probe`), and checks of what they leave behind.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long a killed application may leave anything behind.
pub const GONE_WITHIN: Duration = Duration::from_secs(5);

/// A base directory, removed at the end together with all servers in it.
#[derive(Debug)]
pub struct Sandbox {
    path: PathBuf,
    exe: PathBuf,
}

impl Sandbox {
    /// Creates an empty directory for processes of `exe`, on a RAM disk if possible, since the disk would be the
    /// bottleneck of twenty tests that run initdb.
    ///
    /// # Panics
    /// If the directory cannot be made.
    pub fn new(exe: &str) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let parent = Path::new(if Path::new("/dev/shm").is_dir() { "/dev/shm" } else { "/var/tmp" });
        let path = parent.join(format!("schemata-box-{}-{count}", std::process::id()));
        fs::create_dir(&path).expect("it is writable for all");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
        Self { path, exe: exe.into() }
    }

    /// Returns the base directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns a probe's command, without the environment variables of the test run.
    pub fn command<const N: usize>(&self, args: [&str; N]) -> Command {
        let mut command = Command::new(&self.exe);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            let ours = name.starts_with("SCHEMATA_PG_") && name != "SCHEMATA_PG_BIN";
            if ours || name.ends_with("DATABASE_URL") || name.starts_with("PG") {
                command.env_remove(name);
            }
        }
        command.args(args).env("SCHEMATA_PG_DIR", &self.path).env("SCHEMATA_PG_GRACE", "0").stdin(Stdio::null());
        command
    }

    /// Starts a probe that runs until its stdin ends.
    ///
    /// # Panics
    /// If the probe cannot be started.
    pub fn probe<const N: usize>(&self, args: [&str; N]) -> Probe {
        Probe::start(&mut self.command(args))
    }

    /// Runs a probe whose stdin ends at once.
    ///
    /// # Panics
    /// If the probe cannot be started.
    pub fn run<const N: usize>(&self, args: [&str; N]) -> Output {
        self.command(args).output().expect("the probe runs")
    }

    /// Returns the folders of servers, running or not.
    pub fn generations(&self) -> Vec<PathBuf> {
        let dirs = |path: PathBuf| fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
        let homes = dirs(self.path.clone()).flat_map(dirs);
        homes.flat_map(dirs).filter(|path| path.file_name().is_some_and(is_generation)).collect()
    }

    /// Returns all files except a persistent server's lock, data and log.
    fn leftovers(&self) -> Vec<PathBuf> {
        let ephemeral = self.path.join(".ephemeral");
        self.generations().into_iter().chain(ephemeral.exists().then_some(ephemeral)).collect()
    }

    /// Fails unless all processes and folders are gone in time. A running initdb may finish first (killing it would
    /// leave shared memory); the time counts from then on.
    ///
    /// # Panics
    /// If something is left.
    pub fn assert_gone(&self) {
        let in_initdb = || processes_with(&self.path).iter().any(|(_, args)| args.contains("initdb -U"));
        wait_until(Duration::from_secs(20), || !in_initdb());
        let left = || (processes_with(&self.path), self.leftovers());
        let gone = wait_until(GONE_WITHIN, || left() == (Vec::new(), Vec::new()));
        assert!(gone, "left in {}: {:#?}", self.path.display(), left());
    }
}

fn is_generation(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with('g') && name.contains('-'))
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // A watchdog stops its server when the leases folder is gone.
        for generation in self.generations() {
            let _ = fs::remove_dir_all(generation.join("leases"));
        }
        wait_until(GONE_WITHIN, || processes_with(&self.path).is_empty());
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A process that uses a server.
#[derive(Debug)]
pub struct Probe {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Probe {
    /// Starts the process.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("the probe starts");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { child, stdout }
    }

    /// Returns the next line it prints.
    ///
    /// # Panics
    /// If it ends instead; its stderr is shown.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it prints text");
        if line.is_empty() {
            let mut said = String::new();
            if let Some(stderr) = &mut self.child.stderr {
                let _ = stderr.read_to_string(&mut said);
            }
            panic!("the probe ended: {said}");
        }
        line.trim_end().to_owned()
    }

    /// Returns its pid.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends its stdin, and waits until it ends.
    ///
    /// # Panics
    /// If it fails.
    pub fn finish(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().expect("it is our child").success());
    }

    /// Ends its stdin, and returns its stderr.
    ///
    /// # Panics
    /// If stderr is not UTF-8.
    pub fn finish_failing(mut self) -> String {
        drop(self.child.stdin.take());
        let mut said = String::new();
        self.child.stderr.take().expect("it is piped").read_to_string(&mut said).expect("text");
        assert!(!self.child.wait().expect("it is our child").success());
        said
    }

    /// `kill -9`, or another signal.
    ///
    /// # Panics
    /// If there is no such process.
    pub fn signal(mut self, name: &str) {
        signal(self.pid(), name);
        self.child.wait().expect("it is our child");
    }
}

/// Sends a signal.
///
/// # Panics
/// If `sh` is missing.
pub fn signal(pid: u32, name: &str) {
    let command = format!("kill -{name} {pid}");
    Command::new("sh").args(["-c", &command]).stderr(Stdio::null()).status().expect("sh exists");
}

/// Returns the processes that have `path` among their arguments, with their arguments and without zombies.
///
/// # Panics
/// If there is no `ps`.
pub fn processes_with(path: &Path) -> Vec<(u32, String)> {
    let path = path.to_string_lossy().into_owned();
    let output = Command::new("ps").args(["-e", "-ww", "-o", "pid=,stat=,args="]).output().expect("ps exists");
    let parse = |line: &str| {
        let (pid, rest) = line.trim_start().split_once(' ')?;
        let (stat, args) = rest.trim_start().split_once(' ')?;
        (!stat.starts_with('Z') && args.contains(&path)).then(|| (pid.parse().unwrap_or(0), args.to_owned()))
    };
    String::from_utf8_lossy(&output.stdout).lines().filter_map(parse).collect()
}

/// Returns the pid of a sandbox's server or watchdog.
///
/// # Panics
/// If it does not run.
pub fn pid_of(sandbox: &Sandbox, program: &str) -> u32 {
    let running = processes_with(sandbox.path());
    let found = running.iter().find(|(_, args)| args.contains(program));
    found.unwrap_or_else(|| panic!("no {program} in {running:#?}")).0
}

/// Polls until `done` is true or the time is over; returns whether it became true.
pub fn wait_until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    while Instant::now() < end {
        if done() {
            return true;
        }
        thread::sleep(Duration::from_millis(50));
    }
    done()
}

/// Runs statements on a server and returns the last result's first column.
///
/// # Panics
/// If the server cannot be reached or refuses.
pub fn query(url: &str, sql: &str) -> Vec<String> {
    try_query(url, sql).expect("the statements run")
}

/// Does the same as [`query`], and returns the error.
///
/// # Errors
/// Those of the driver.
///
/// # Panics
/// If no runtime can be started.
pub fn try_query(url: &str, sql: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        let driver = tokio::spawn(connection);
        let mut found = Vec::new();
        for message in client.simple_query(sql).await? {
            if let tokio_postgres::SimpleQueryMessage::Row(row) = message {
                found.push(row.get(0).unwrap_or_default().to_owned());
            }
        }
        drop(client);
        let _ = driver.await;
        Ok(found)
    })
}
