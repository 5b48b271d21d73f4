//! The user who runs the server: `PostgreSQL` refuses to run as root, so root runs it as another user.
//! No sudo, su or setpriv is needed: `Command::uid` also clears the supplementary groups.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::embedded::fault::Fault;

/// The users as whom root may run the server, best first. `PostgreSQL` needs a passwd entry.
const CANDIDATES: [&str; 3] = ["postgres", "_postgres", "nobody"];

/// The user of this process, and the user who runs the server if that must be another one.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) uid: u32,
    other: Option<User>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct User {
    name: String,
    uid: u32,
    gid: u32,
}

impl Owner {
    /// Finds the users for this process.
    ///
    /// # Errors
    /// [`Fault::NoOwner`] for root on a system without any of the known users.
    pub(super) fn current() -> Result<Self, Fault> {
        let uid = effective_uid();
        if uid != 0 {
            return Ok(Self { uid, other: None });
        }
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let user = CANDIDATES.into_iter().find_map(|name| find_user(&passwd, name).or_else(|| ask_id(name)));
        Ok(Self { uid, other: Some(user.ok_or(Fault::NoOwner)?) })
    }

    /// Makes the command run as the server's user.
    pub(super) fn apply(&self, command: &mut Command) {
        if let Some(user) = &self.other {
            command.uid(user.uid).gid(user.gid);
        }
    }

    /// Gives a path to the server's user.
    pub(super) fn give(&self, path: &Path) -> Result<(), Fault> {
        let Some(user) = &self.other else { return Ok(()) };
        chown(path, Some(user.uid), Some(user.gid)).map_err(Fault::io("give away", path))
    }

    /// Returns the mode of directories that the server's user passes through.
    pub(super) fn passage_mode(&self) -> u32 {
        if self.other.is_some() { 0o711 } else { 0o700 }
    }

    /// Refuses a path that the server's user cannot reach, and names the first closed directory.
    pub(super) fn check_enterable(&self, path: &Path) -> Result<(), Fault> {
        let Some(user) = &self.other else { return Ok(()) };
        let closed = |dir: &&Path| fs::metadata(dir).is_ok_and(|meta| !user.may_enter(&meta));
        match path.ancestors().filter(closed).last() {
            None => Ok(()),
            Some(directory) => Err(Fault::NotEnterable { directory: directory.to_owned(), user: user.name.clone() }),
        }
    }
}

impl User {
    fn may_enter(&self, meta: &fs::Metadata) -> bool {
        let bit = if meta.uid() == self.uid {
            0o100
        } else if meta.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        !meta.is_dir() || meta.mode() & bit != 0
    }
}

/// Returns the effective uid. Linux has it in /proc (the owner of /proc/self would be wrong for setuid programs).
fn effective_uid() -> u32 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).or_else(|| id("-u", None)).unwrap_or(u32::MAX)
}

fn find_user(passwd: &str, name: &str) -> Option<User> {
    let mut fields = passwd.lines().map(|line| line.split(':')).find(|fields| fields.clone().next() == Some(name))?;
    let (uid, gid) = (fields.nth(2)?.parse().ok()?, fields.next()?.parse().ok()?);
    (uid != 0).then(|| User { name: name.to_owned(), uid, gid })
}

/// Looks up a user that is not in /etc/passwd, as on macOS and with LDAP.
fn ask_id(name: &str) -> Option<User> {
    let uid = id("-u", Some(name))?;
    Some(User { name: name.to_owned(), uid, gid: id("-g", Some(name))? })
}

fn id(flag: &str, name: Option<&str>) -> Option<u32> {
    let output = Command::new("id").arg(flag).args(name).stderr(Stdio::null()).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_users_but_never_another_root() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgres:x:101:104::/:/bin/sh\nnobody:x:0:0::/:\n";
        let user = User { name: "postgres".into(), uid: 101, gid: 104 };
        assert_eq!(find_user(passwd, "postgres"), Some(user));
        assert_eq!(find_user(passwd, "nobody"), None);
        assert_eq!(find_user(passwd, "_postgres"), None);
    }

    #[test]
    fn knows_its_own_uid() {
        assert_eq!(Some(effective_uid()), id("-u", None));
    }
}
