//! Starts the watchdog (`cleanup_watchdog.sh`), which outlives this process and stops the server.
//!
//! Rejected: `Drop` and `atexit` do not run after `kill -9`; `PR_SET_PDEATHSIG` needs unsafe code
//! and fires when a *thread* ends; a pipe's end has one owner and cannot be shared.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::embedded::fault::Fault;
use crate::embedded::generation::{Generation, Kind};
use crate::embedded::process;

const SCRIPT: &str = include_str!("cleanup_watchdog.sh");

/// Starts a watchdog unless one is alive, for example because the last one was killed.
pub(super) fn ensure(generation: &Generation, socket: &Path, grace: Duration) -> Result<(), Fault> {
    if is_alive(generation) {
        return Ok(());
    }
    let kind = if generation.kind == Kind::Ephemeral { "ephemeral" } else { "persistent" };
    let script = generation.file("cleanup_watchdog.sh");
    fs::write(&script, SCRIPT).map_err(Fault::io("write", &script))?;
    // The outer shell exits at once, so the watchdog is not a child of this process and never its zombie.
    let mut command = Command::new("sh");
    command
        .args(["-c", r#"sh "$@" &"#, "sh"])
        .arg(script)
        .args([generation.path.as_os_str(), generation.data.as_os_str(), socket.as_os_str()])
        .args([OsStr::new(kind), OsStr::new(&grace.as_secs().to_string())])
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().map(|_| ()).map_err(|source| Fault::Spawn { program: "sh".into(), source })
}

/// Returns whether the generation's watchdog is running.
pub(super) fn is_alive(generation: &Generation) -> bool {
    generation.noted_pid("watchdog").is_some_and(|pid| process::runs_with(pid, &generation.path))
}

#[cfg(test)]
mod tests {
    use super::SCRIPT;

    #[test]
    fn the_script_is_valid_posix_shell() {
        let checked = std::process::Command::new("sh").args(["-n", "-c", SCRIPT]).status();
        assert!(checked.expect("sh exists").success());
    }
}
