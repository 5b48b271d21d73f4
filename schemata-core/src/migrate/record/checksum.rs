//! The checksum of a migration: of what it does, not of how its source is written.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::sql::script::canonical;
use crate::sql::secret::redacted;

/// Returns the SHA-256 hash, in hexadecimal, of the canonical form of the operations.
///
/// Each operation is preceded by its length, so that no two lists give the same bytes. A dynamic migration is marked,
/// since its operations end at its first read. Passwords are left out: they could be guessed from a hash in the ledger. The
/// ids that a squash replaces are included.
pub(crate) fn checksum(operations: &[impl AsRef<str>], dynamic: bool, replaces: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(if dynamic { b"schemata 1 dynamic\n".as_slice() } else { b"schemata 1\n".as_slice() });
    let mut replaces = replaces.to_vec();
    replaces.sort_unstable();
    for id in replaces {
        hash.update(format!("replaces {}\n{id}", id.len()));
    }
    for operation in operations {
        let text = canonical(&redacted(operation.as_ref()));
        hash.update(format!("{}\n", text.len()));
        hash.update(text);
    }
    hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::migration::operation::{NameScope, Operation};

    fn of(sql: &str) -> String {
        checksum(&[sql], false, &[])
    }

    #[test]
    fn spelling_does_not_count_and_meaning_does() {
        assert_eq!(of("CREATE TABLE t (a int)"), of("create  table T(a INT) -- same"));
        assert_ne!(of("CREATE TABLE t (a int)"), of("CREATE TABLE t (a bigint)"));
        assert_ne!(checksum(&["a", "b"], false, &[]), checksum(&["a b"], false, &[]));
        assert_ne!(checksum(&[""; 0], false, &[]), checksum(&[""; 0], true, &[]));
        assert_ne!(checksum(&["a"], false, &["1"]), checksum(&["a"], false, &[]));
        assert_ne!(checksum(&["a"], false, &["1", "2"]), checksum(&["a"], false, &["1"]));
        assert_eq!(checksum(&["a"], false, &["1", "2"]), checksum(&["a"], false, &["2", "1"]));
    }

    #[test]
    fn passwords_are_left_out() {
        assert_eq!(of("ALTER ROLE a PASSWORD 'x'"), of("ALTER ROLE a PASSWORD 'y'"));
        assert_ne!(of("ALTER ROLE a PASSWORD 'x'"), of("ALTER ROLE b PASSWORD 'x'"));
        assert_ne!(of("ALTER ROLE a PASSWORD 'x'"), of("ALTER ROLE a PASSWORD NULL"));
    }

    /// Existing ledgers hold checksums of this form: these values must never change.
    #[test]
    fn the_form_is_pinned() {
        assert_eq!(of("SELECT 1"), "dd323f2980d5c3b25eb854f30dc6286484accf07dee777c4a9e1b634a292bc2f");
        let commit = [
            Operation::statement("SELECT 1", NameScope::Own),
            Operation::commit(),
            Operation::statement("SELECT 2", NameScope::Own),
        ];
        assert_eq!(checksum(&commit, false, &[]), "eba17d99070ef0d3d3bdaed1deb7f42ada11a368112b44d9b89c4a82676b8b70");
        assert_ne!(checksum(&commit, false, &[]), checksum(&["SELECT 1", "SELECT 2"], false, &[]));
    }
}
