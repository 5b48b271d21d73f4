//! How every `PostgreSQL` program is started: clean environment, own process group, no pipe.
//!
//! Output goes to a file: a pipe would kill `initdb` when its starter is killed, and an
//! inherited stdout would keep `cargo test | tee` waiting for a server that lives on.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::EmbeddedError;
use super::owner::Owner;

/// The shell notes its pid, then becomes the program: whoever finds the pid file can wait for
/// the program or stop it, even if the starter was killed before it knew the pid.
const NOTE_PID_AND_BECOME: &str = r#"echo $$ >&2; exec "$0" "$@" 2>&1"#;

/// A command that no `PG*` or locale variable of the user can change, run as the server's user.
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

/// Starts a program that outlives this process, its output in `log`, its pid in `pid_file`.
pub(super) fn detached(
    program: &Path,
    args: &[&OsStr],
    owner: &Owner,
    log: &Path,
    pid_file: &Path,
) -> Result<Child, EmbeddedError> {
    let output = OpenOptions::new().create(true).append(true).open(log).map_err(EmbeddedError::io("write", log))?;
    let pid = File::create(pid_file).map_err(EmbeddedError::io("write", pid_file))?;
    command(OsStr::new("sh"), owner)
        .arg("-c")
        .arg(NOTE_PID_AND_BECOME)
        .arg(program)
        .args(args)
        .stdout(output)
        .stderr(pid)
        .spawn()
        .map_err(|source| EmbeddedError::Spawn { program: "sh".into(), source })
}

/// The last 20 lines of a log.
pub(super) fn tail(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
