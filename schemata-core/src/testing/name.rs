//! Names of test databases. They tell who made them, so that later runs can clean up:
//! `schemata_test_<host>_<pid>_<start>_<counter>`.
//!
//! A pid means something on one machine and in one container only, hence the host's tag: what
//! another machine left on a shared server is not ours to judge.

use std::fmt::Write as _;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use sha2::{Digest, Sha256};

use crate::embedded::Process;

/// Every test database's name begins so.
const PREFIX: &str = "schemata_test_";

/// A new name, unique on its server.
pub(super) fn next() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("{}{}_{count}", ours(), Process::current().to_string().replace('-', "_"))
}

/// How the names made on this machine begin.
pub(super) fn ours() -> String {
    format!("{PREFIX}{}_", host_tag())
}

/// Whether a database was made here, by a process that is gone.
pub(super) fn is_abandoned(name: &str) -> bool {
    let ours = ours();
    let Some(rest) = name.strip_prefix(&ours) else { return false };
    let parts: Vec<&str> = rest.split('_').collect();
    let [pid, started, _] = parts[..] else { return false };
    Process::parse(pid, started).is_some_and(|process| !process.is_alive())
}

/// The name of the template for `key`.
pub(super) fn template(key: &str) -> String {
    format!("schemata_tpl_{}", hex(key.as_bytes(), 8))
}

/// The host's name, and the container within it.
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
        assert!(is_abandoned(&format!("{}4194305_1_0", ours())), "no pid is that high");
        assert!(!is_abandoned("schemata_test_ffffff_4194305_1_0"), "another machine's");
        assert!(!is_abandoned(&format!("{}mine", ours())), "not a name we make");
        assert!(next().len() <= 63);
        assert_ne!(next(), next());
    }
}
