//! Starts `PostgreSQL` programs with a clean environment, in their own process group, without pipes.
//!
//! Output goes to a file: a broken pipe would kill `initdb` after the process that started it, and
//! an inherited stdout would keep `cargo test | tee` waiting for the server.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::embedded::fault::Fault;
use crate::embedded::owner::Owner;

/// The shell writes its pid, then becomes the program. So other processes can wait for the program
/// or stop it, even if the process that started it was killed before it knew the pid.
const WRITE_PID_AND_EXEC: &str = r#"echo $$ >&2; exec "$0" "$@" 2>&1"#;

/// Returns a command that runs as the server's user, without the `PG*` and locale variables of this process.
pub(super) fn command(program: &OsStr, owner: &Owner) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let bytes = name.as_encoded_bytes();
        if bytes.starts_with(b"PG") || bytes.starts_with(b"LC_") || bytes == b"LANG" || bytes == b"LANGUAGE" {
            command.env_remove(name);
        }
    }
    command.env("LC_ALL", "C").stdin(Stdio::null()).current_dir("/").process_group(0);
    owner.apply(&mut command);
    command
}

/// Starts a program that outlives this process, with its output in `log` and its pid in `pid_file`.
pub(super) fn detached(
    program: &Path,
    args: &[&OsStr],
    owner: &Owner,
    log: &Path,
    pid_file: &Path,
) -> Result<Child, Fault> {
    let output = OpenOptions::new().create(true).append(true).open(log).map_err(Fault::io("write", log))?;
    let pid = File::create(pid_file).map_err(Fault::io("write", pid_file))?;
    command(OsStr::new("sh"), owner)
        .arg("-c")
        .arg(WRITE_PID_AND_EXEC)
        .arg(program)
        .args(args)
        .stdout(output)
        .stderr(pid)
        .spawn()
        .map_err(|source| Fault::Spawn { program: "sh".into(), source })
}

/// Returns the last 20 lines of a log.
pub(super) fn tail(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
