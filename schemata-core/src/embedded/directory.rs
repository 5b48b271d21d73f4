//! The directories of servers and their data, and checks that a directory is safe to use.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::embedded::fault::Fault;
use crate::embedded::owner::Owner;
use crate::embedded::settings::EnvironmentSettings;
use crate::embedded::workspace;

/// The name of the tests' server below `SCHEMATA_PG_DIR`; no application's name has a dot.
const EPHEMERAL: &str = ".ephemeral";
/// A RAM disk smaller than this fills up too soon.
const ENOUGH_MEMORY_KIB: u64 = 1024 * 1024;

/// Returns the base directory of an application's server, always the same for the same environment.
pub(super) fn persistent(app: &str, settings: &EnvironmentSettings, owner: &Owner) -> PathBuf {
    let root = workspace::root();
    let (app, hash) = (sanitise(app), workspace::short_hash(&root));
    if let Some(dir) = &settings.dir {
        return root.join(dir).join(app);
    }
    match state_directory().filter(|_| owner.uid != 0) {
        Some(state) => state.join(app).join(hash),
        None => Path::new("/var/tmp").join(format!("{app}-{}-{hash}", owner.uid)),
    }
}

/// Returns the possible base directories of a workspace's test server, best first.
pub(super) fn ephemeral(settings: &EnvironmentSettings, owner: &Owner) -> Vec<PathBuf> {
    let root = workspace::root();
    if let Some(dir) = &settings.dir {
        return vec![root.join(dir).join(EPHEMERAL)];
    }
    let name = format!("schemata-{}-{}", owner.uid, workspace::short_hash(&root));
    let memory = Path::new("/dev/shm").join(&name);
    let disk = std::env::temp_dir().join(name);
    // An existing one is tried first, so that a server that filled the RAM disk is still found.
    if memory.exists() || has_enough_memory() { vec![memory, disk] } else { vec![disk] }
}

/// Returns `XDG_STATE_HOME` (absolute, as its specification demands), or else `~/.local/state`;
/// `None` if the home does not exist, like `/nonexistent` of the user nobody.
fn state_directory() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || absolute("HOME").filter(|home| home.is_dir()).map(|home| home.join(".local/state"));
    absolute("XDG_STATE_HOME").or_else(home)
}

/// Asks POSIX `df`, which prints the free space in the fourth column; std has no function for it.
fn has_enough_memory() -> bool {
    let df = Command::new("df").args(["-Pk", "/dev/shm"]).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let text = df.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let free = text.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    free.is_some_and(|free| free >= ENOUGH_MEMORY_KIB)
}

/// Keeps letters in lower case, digits, `-` and `_`, and replaces anything else by `-`.
fn sanitise(app: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_lowercase() } else { '-' };
    let name: String = app.chars().map(keep).take(40).collect();
    if name.is_empty() { "app".to_owned() } else { name }
}

/// Ensures that `base` exists, that only this user may write to it, and that the server's user can reach it.
pub(super) fn prepare(base: &Path, owner: &Owner) -> Result<(), Fault> {
    if let Some(parent) = base.parent() {
        owner.check_enterable(parent)?;
        if !parent.exists() {
            fs::DirBuilder::new().recursive(true).mode(0o755).create(parent).map_err(Fault::io("create", parent))?;
            // The umask may have made the new directory inaccessible.
            owner.check_enterable(parent)?;
        }
    }
    make(base, owner)?;
    check(base, owner)
}

/// Creates a directory that the server's user may pass through, regardless of the umask.
pub(super) fn make(path: &Path, owner: &Owner) -> Result<(), Fault> {
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) if owner.passage_mode() == 0o700 => Ok(()),
        Ok(()) => fs::set_permissions(path, fs::Permissions::from_mode(owner.passage_mode()))
            .map_err(Fault::io("open for the server's user", path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Fault::io("create", path)(error)),
    }
}

/// Refuses a directory that another user may have created, since all may write to `/var/tmp` and `/dev/shm`.
pub(super) fn check(base: &Path, owner: &Owner) -> Result<(), Fault> {
    let meta = fs::symlink_metadata(base).map_err(Fault::io("look at", base))?;
    let reason = if !meta.is_dir() {
        "it is not a directory"
    } else if meta.uid() != owner.uid {
        "it belongs to another user"
    } else if meta.mode() & 0o022 != 0 {
        "group or others may write to it"
    } else {
        return Ok(());
    };
    Err(Fault::UnsafeDirectory { directory: base.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_directories() {
        assert_eq!(sanitise("Order Service/2.0"), "order-service-2-0");
        assert_eq!(sanitise("../.."), "-----");
        assert_eq!(sanitise(""), "app");
        assert_ne!(sanitise(EPHEMERAL), EPHEMERAL);
    }

    #[test]
    fn refuses_what_others_may_write() {
        let owner = Owner::current().expect("some user");
        let dir = std::env::temp_dir().join(format!("schemata-check-{}", std::process::id()));
        make(&dir, &owner).expect("the temp directory is writable");
        assert!(check(&dir, &owner).is_ok());
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o777)).expect("it is ours");
        let refused = check(&dir, &owner).expect_err("writable for all").to_string();
        assert!(refused.contains("group or others may write to it") && refused.contains("SCHEMATA_PG_DIR"));
        fs::remove_dir(&dir).expect("it is ours");
        std::os::unix::fs::symlink("/tmp", &dir).expect("the temp directory is writable");
        assert!(check(&dir, &owner).expect_err("a link").to_string().contains("not a directory"));
        fs::remove_file(&dir).expect("it is ours");
    }
}
