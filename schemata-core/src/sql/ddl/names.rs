//! Names constraints and indexes by PostgreSQL's own pattern, with a hash where PostgreSQL would truncate the name, and
//! refuses a name that is taken twice.

use std::collections::HashMap;

use crate::ident::{Ident, MAX_IDENT_BYTES, quoted};
use crate::schema::Table;
use crate::sql::ddl::error::DdlError;

/// The names given so far. Indexes share the name space of tables; each table has its own for checks and foreign keys.
#[derive(Default)]
pub(super) struct TakenNames(HashMap<(String, String), String>);

impl TakenNames {
    /// Gives `name` to the object `what` in the name space `space`.
    pub(super) fn take(&mut self, space: &str, name: &str, what: String) -> Result<(), DdlError> {
        Ident::new(name)?;
        match self.0.insert((space.to_owned(), name.to_owned()), what.clone()) {
            None => Ok(()),
            Some(first) => Err(DdlError::NameTaken { name: name.to_owned(), first, second: what }),
        }
    }
}

/// Returns a table's qualified name.
pub(super) fn qualified(schema: &Ident, table: &Table) -> String {
    format!("{}.{}", quoted(table.schema.unwrap_or(schema.as_str())), quoted(table.name))
}

/// Returns quoted names, separated by commas.
pub(super) fn list(names: &[&str]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

/// Returns the name space of tables and indexes: the schema.
pub(super) fn space<'a>(schema: &'a Ident, table: &Table) -> &'a str {
    table.schema.unwrap_or(schema.as_str())
}

/// Returns `table_column_column_suffix`, the name that PostgreSQL would generate. Beyond 63 bytes, a hash of the whole name
/// replaces the end of the stem, so that two long names stay different.
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

/// FNV-1a with 64 bits. It never changes, unlike the hasher of the standard library.
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
