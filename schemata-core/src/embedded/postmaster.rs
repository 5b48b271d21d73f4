//! `postmaster.pid`, in which a server describes itself (manual, "Database File Layout").

use std::fs;
use std::path::{Path, PathBuf};

use crate::embedded::fault::Fault;
use crate::embedded::process;

/// The used lines of `postmaster.pid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Postmaster {
    /// Line 1.
    pub(super) pid: u32,
    /// Line 4: part of the socket's name, too.
    pub(super) port: u16,
    /// Line 5.
    pub(super) socket_directory: PathBuf,
    /// Line 6: empty without TCP.
    pub(super) listens: String,
    /// Line 8.
    pub(super) ready: bool,
}

impl Postmaster {
    /// Reads the file of the server in `data`. Returns `None` if it is missing or incomplete.
    pub(super) fn read(data: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(data.join("postmaster.pid")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(Self {
            pid: lines.first()?.parse().ok()?,
            port: lines.get(3)?.parse().ok()?,
            socket_directory: PathBuf::from(lines.get(4)?),
            listens: (*lines.get(5)?).to_owned(),
            ready: lines.get(7).is_some_and(|status| *status == "ready"),
        })
    }

    /// Returns whether the process is alive and the server of `data`: the file outlives a crash.
    pub(super) fn is_alive(&self, data: &Path) -> bool {
        process::runs_with(self.pid, data)
    }

    /// Lets a new server take over the file of a dead one.
    ///
    /// `PostgreSQL` refuses to start if `kill(pid, 0)` succeeds, which it also does for zombies and
    /// reused pids. It considers the pid of its own parent stale, so that is written here. The file
    /// itself must stay: it names the shared memory by which leftover backends are detected.
    pub(super) fn release_dead(data: &Path) -> Result<(), Fault> {
        let path = data.join("postmaster.pid");
        let Some(text) = fs::read_to_string(&path).ok() else { return Ok(()) };
        let Some((pid, rest)) = text.split_once('\n') else { return Ok(()) };
        if pid.trim().parse().is_ok_and(|pid| process::runs_with(pid, data)) {
            return Ok(());
        }
        fs::write(&path, format!("{}\n{rest}", std::process::id())).map_err(Fault::io("write", path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_ready_server() {
        let text = "4242\n/d\n1790000000\n5432\n/run/s\n\n  123 4\nready   \n";
        let postmaster = Postmaster::parse(text).expect("complete");
        assert_eq!((postmaster.pid, postmaster.port, postmaster.ready), (4242, 5432, true));
        assert_eq!(postmaster.socket_directory, Path::new("/run/s"));
        assert_eq!(postmaster.listens, "");
    }

    #[test]
    fn half_written_is_not_ready() {
        assert_eq!(Postmaster::parse("4242\n/d\n"), None);
        assert!(!Postmaster::parse("1\n/d\n9\n5432\n/s\n127.0.0.1\n").expect("six lines").ready);
        assert!(!Postmaster::parse("1\n/d\n9\n5432\n/s\n\n1 1\nstarting\n").expect("eight lines").ready);
    }
}
