//! The names of constraints and indexes: PostgreSQL's own pattern, a hash where it would be cut, and no name twice.

use std::collections::HashMap;

use crate::ident::{Ident, MAX_IDENT_BYTES};
use crate::sql::ddl::error::DdlError;

/// The names given so far. Indexes share the tables' name space; check and foreign-key names are a table's own.
#[derive(Default)]
pub(super) struct Names(HashMap<(String, String), String>);

impl Names {
    /// Gives `name` to `what` within `space`.
    pub(super) fn take(&mut self, space: &str, name: &str, what: String) -> Result<(), DdlError> {
        Ident::new(name)?;
        match self.0.insert((space.to_owned(), name.to_owned()), what.clone()) {
            None => Ok(()),
            Some(first) => Err(DdlError::NameTaken { name: name.to_owned(), first, second: what }),
        }
    }
}

/// `table_column_column_suffix`, as PostgreSQL itself would call it. Beyond 63 bytes, the end of the stem gives way to
/// a hash of the whole, so that two long names stay two.
pub(crate) fn generated(table: &str, parts: &[&str], suffix: &str) -> String {
    let mut stem = table.to_owned();
    for part in parts {
        stem.push('_');
        stem.push_str(part);
    }
    let whole = format!("{stem}_{suffix}");
    if whole.len() <= MAX_IDENT_BYTES {
        return whole;
    }
    let tail = format!("_{:08x}_{suffix}", fold(fnv1a(&whole)));
    let mut cut = MAX_IDENT_BYTES - tail.len();
    while !stem.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{}{tail}", &stem[..cut])
}

/// FNV-1a, 64 bits: stable for ever, which the standard library's hasher is not.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn fold(hash: u64) -> u64 {
    (hash >> 32) ^ (hash & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_postgresqls_own() {
        assert_eq!(generated("orders", &["customer_id"], "fkey"), "orders_customer_id_fkey");
        assert_eq!(generated("orders", &[], "pkey"), "orders_pkey");
    }

    #[test]
    fn long_names_keep_63_bytes_their_suffix_and_their_difference() {
        let long = "a".repeat(40);
        let first = generated(&long, &["a_rather_long_column_name"], "key");
        let second = generated(&long, &["a_rather_long_column_nbme"], "key");
        assert_eq!(first.len(), 63);
        assert!(first.ends_with("_key"));
        assert_ne!(first, second);
        // Pinned: a name that changes with a release would look like drift.
        assert_eq!(first, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_a_rather__985caf37_key");
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        let name = generated(&"é".repeat(31), &["x"], "key");
        assert!(name.len() <= 63);
        assert!(name.ends_with("_key"));
    }
}
