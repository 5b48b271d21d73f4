//! Other processes: whether they are alive, since when, and how to signal them.
//!
//! A process is its pid *and* its start time, so that a reused pid is not mistaken for the old
//! process. A zombie counts as dead: under a PID 1 that does not reap, it would live forever.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A process: its pid, and its start time in clock ticks since boot (0 where unknown).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Process {
    pid: u32,
    started: u64,
}

impl Process {
    /// Returns this process.
    pub(crate) fn current() -> Self {
        let pid = std::process::id();
        Self { pid, started: stat(pid).map_or(0, |stat| stat.started) }
    }

    /// Reads pid and start time from the name of a lease or a database.
    pub(crate) fn parse(pid: &str, started: &str) -> Option<Self> {
        Some(Self { pid: pid.parse().ok()?, started: started.parse().ok()? })
    }

    /// Returns whether it is still running.
    pub(crate) fn is_alive(self) -> bool {
        stat(self.pid).is_some_and(|stat| self.started == 0 || stat.started == 0 || stat.started == self.started)
    }
}

/// `<pid>-<start>`, the beginning of a lease's name.
impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.pid, self.started)
    }
}

struct Stat {
    started: u64,
}

/// Returns the start time of a process that is not a zombie.
#[cfg(target_os = "linux")]
fn stat(pid: u32) -> Option<Stat> {
    // The name (field 2) may hold spaces and parentheses: the fields are counted from its end.
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let mut fields = text[text.rfind(')')? + 1..].split_whitespace();
    let state = fields.next()?;
    let started = fields.nth(18)?.parse().ok()?;
    (!state.starts_with(['Z', 'X'])).then_some(Stat { started })
}

/// Treats every process as alive, since there is no way to find out.
#[cfg(not(unix))]
fn stat(_pid: u32) -> Option<Stat> {
    Some(Stat { started: 0 })
}

/// Asks `ps`, which also knows zombies, since there is no /proc.
#[cfg(all(unix, not(target_os = "linux")))]
fn stat(pid: u32) -> Option<Stat> {
    let output =
        Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).stderr(Stdio::null()).output().ok()?;
    let state = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (!state.is_empty() && !state.starts_with('Z')).then_some(Stat { started: 0 })
}

/// Returns whether `pid` is alive and has `path` in its arguments, which a reused pid has not.
pub(super) fn runs_with(pid: u32, path: &Path) -> bool {
    stat(pid).is_some() && arguments(pid).is_some_and(|args| contains(&args, path.as_os_str().as_encoded_bytes()))
}

fn arguments(pid: u32) -> Option<Vec<u8>> {
    if cfg!(target_os = "linux") {
        return fs::read(format!("/proc/{pid}/cmdline")).ok();
    }
    let ps = Command::new("ps").args(["-ww", "-o", "args=", "-p", &pid.to_string()]).stderr(Stdio::null()).output();
    ps.ok().map(|output| output.stdout)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && text.windows(part.len()).any(|window| window == part)
}

/// Sends a signal with the shell's built-in `kill`, since std has none and slim images lack /bin/kill.
pub(super) fn signal(pid: u32, name: &str) {
    let _ = Command::new("sh")
        .args(["-c", &format!("kill -{name} {pid}")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// Polls until `done` returns true or the time is over. Returns whether it did.
pub(super) fn wait_until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if done() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(Duration::from_millis(3));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_itself_and_not_its_predecessor() {
        let me = Process::current();
        assert!(me.is_alive());
        if me.started > 0 {
            let earlier = Process { started: me.started - 1, ..me };
            assert!(!earlier.is_alive(), "a reused pid must not pass for the old process");
        }
    }

    #[test]
    fn zombies_are_dead() {
        let mut child = Command::new("true").spawn().expect("`true` exists");
        let pid = child.id();
        assert!(wait_until(Duration::from_secs(5), || stat(pid).is_none()), "an unreaped child counts as alive");
        child.wait().expect("it is our child");
    }

    #[test]
    fn recognises_a_process_by_its_arguments() {
        let mut child = Command::new("sleep").arg("7.5").spawn().expect("`sleep` exists");
        assert!(wait_until(Duration::from_secs(5), || runs_with(child.id(), Path::new("7.5"))));
        assert!(!runs_with(child.id(), Path::new("/elsewhere")));
        child.kill().expect("it is our child");
        child.wait().expect("it is our child");
    }
}
