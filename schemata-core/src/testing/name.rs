//! Names of test databases, which identify the process that created them, so that later runs can
//! clean up: `schemata_test_<host>_<pid>_<start>_<counter>`.
//!
//! A pid is valid on one machine and in one container only, hence the host's tag: databases of
//! other machines on a shared server are left alone.

use std::fmt::Write as _;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use sha2::{Digest, Sha256};

use crate::embedded::Process;

/// The beginning of every test database's name.
const PREFIX: &str = "schemata_test_";

/// Returns a new name, unique on its server.
pub(super) fn next() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("{}{}_{count}", prefix(), Process::current().to_string().replace('-', "_"))
}

/// Returns the beginning of the names of this machine.
pub(super) fn prefix() -> String {
    format!("{PREFIX}{}_", host_tag())
}

/// Returns whether a database was created on this machine, by a process that is dead.
pub(super) fn is_abandoned(name: &str) -> bool {
    let prefix = prefix();
    let Some(rest) = name.strip_prefix(&prefix) else { return false };
    let parts: Vec<&str> = rest.split('_').collect();
    let [pid, started, _] = parts[..] else { return false };
    Process::parse(pid, started).is_some_and(|process| !process.is_alive())
}

/// Returns the name of the template for `key`.
pub(super) fn template(key: &str) -> String {
    format!("schemata_tpl_{}", hex(key.as_bytes(), 8))
}

/// Returns a short hash of the host's name and the container.
fn host_tag() -> String {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let host = host.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    let container = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    hex(format!("{host} {}", container.display()).as_bytes(), 3)
}

fn hex(text: &[u8], bytes: usize) -> String {
    Sha256::digest(text).iter().take(bytes).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_dead_of_this_machine_are_abandoned() {
        assert!(!is_abandoned(&next()), "this process lives");
        assert!(is_abandoned(&format!("{}4194305_1_0", prefix())), "no pid is that high");
        assert!(!is_abandoned("schemata_test_ffffff_4194305_1_0"), "another machine's");
        assert!(!is_abandoned(&format!("{}mine", prefix())), "not a generated name");
        assert!(next().len() <= 63);
        assert_ne!(next(), next());
    }
}
