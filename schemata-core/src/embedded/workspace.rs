//! The workspace of this process. All processes of a workspace share a server, so every test binary
//! must find the same one, regardless of its current directory.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Returns the workspace's root directory.
///
/// `CARGO_MANIFEST_DIR` (set by `cargo run`, `cargo test` and nextest) has precedence over the
/// current directory, and that over the program's directory, so that `target/debug/app` finds the
/// data of `cargo run` wherever it is started. Outside a workspace it is the current directory.
pub(super) fn root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let current = std::env::current_dir().ok();
    let program = std::env::current_exe().ok();
    [manifest, current.clone(), program]
        .into_iter()
        .flatten()
        .find_map(|start| root_above(&start))
        .or(current)
        .unwrap_or_else(|| PathBuf::from("/"))
}

/// Returns the nearest directory whose `Cargo.toml` has a `[workspace]` table, or else the nearest with a `Cargo.toml`.
fn root_above(start: &Path) -> Option<PathBuf> {
    let start = start.canonicalize().ok()?;
    let manifests = || start.ancestors().filter(|dir| dir.join("Cargo.toml").is_file());
    manifests().find(|dir| is_workspace(&dir.join("Cargo.toml"))).or_else(|| manifests().next()).map(Path::to_owned)
}

fn is_workspace(manifest: &Path) -> bool {
    fs::read_to_string(manifest).is_ok_and(|text| {
        text.lines().map(str::trim).any(|line| line.starts_with("[workspace]") || line.starts_with("[workspace."))
    })
}

/// Returns a short name for a path: the first 10 hexadecimal digits of its SHA-256.
pub(super) fn short_hash(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    digest.iter().take(5).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_share_the_workspace() {
        let member = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = root_above(member).expect("this crate is in a workspace");
        assert_eq!(root_above(&member.join("src")), Some(root.clone()));
        assert!(is_workspace(&root.join("Cargo.toml")));
    }

    #[test]
    fn hashes_differ_by_path() {
        assert_eq!(short_hash(Path::new("/a")).len(), 10);
        assert_ne!(short_hash(Path::new("/a")), short_hash(Path::new("/b")));
    }
}
