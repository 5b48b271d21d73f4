//! Parses `unmanaged(…)`, on the struct and on fields: what is left to the database.

use proc_macro2::{Ident, Span};
use syn::LitStr;

use crate::attr::entry::{Entry, Value, entries};
use crate::attr::value::{flag, string};
use crate::diag::Diagnostics;
use crate::names::list;

/// The keys for objects of a table, each with its variant of `schemata::schema::Unmanaged`.
const NAMED: &[(&str, &str)] = &[
    ("column", "Column"),
    ("constraint", "Constraint"),
    ("index", "Index"),
    ("trigger", "Trigger"),
    ("policy", "Policy"),
];

/// The properties of a table.
const ALONE: &[(&str, &str)] = &[
    ("row_security", "RowSecurity"),
    ("partitioning", "Partitioning"),
    ("inheritance", "Inheritance"),
    ("unlogged", "Unlogged"),
    ("storage_parameters", "StorageParameters"),
];

/// The properties of a column.
const PARTS: &[(&str, &str)] = &[
    ("default", "Default"),
    ("generated", "Generated"),
    ("collation", "Collation"),
    ("sequence", "Sequence"),
    ("not_null", "NotNull"),
    ("storage", "Storage"),
    ("statistics", "Statistics"),
];

/// One entry of `unmanaged(…)`.
pub(crate) struct UnmanagedAttr {
    /// The key as it was written.
    pub(crate) key: Ident,
    pub(crate) variant: Ident,
    /// The object's name, if it has one.
    pub(crate) name: Option<LitStr>,
}

impl UnmanagedAttr {
    /// Reads the list of a struct.
    pub(crate) fn of_table(of: &Entry, diag: &mut Diagnostics) -> Vec<Self> {
        let example = "unmanaged(index = \"orders_search_idx\", row_security)";
        let read = |entry: Entry, diag: &mut Diagnostics| {
            let word = entry.key.to_string();
            if let Some((_, variant)) = NAMED.iter().find(|(key, _)| *key == word) {
                return Some(Self::new(&entry.key, variant, Some(string(&entry, diag)?)));
            }
            if let Some((_, variant)) = ALONE.iter().find(|(key, _)| *key == word) {
                return flag(&entry, diag).map(|()| Self::new(&entry.key, variant, None));
            }
            if PARTS.iter().any(|(key, _)| *key == word) {
                let message =
                    format!("`{word}` is a property of a column: write `#[column(unmanaged({word}))]` on the field");
                diag.error(entry.key.span(), message);
                return None;
            }
            let keys: Vec<String> = NAMED.iter().map(|(key, _)| format!("{key} = \"…\"")).collect();
            let keys: Vec<&str> = keys.iter().map(String::as_str).chain(ALONE.iter().map(|(key, _)| *key)).collect();
            diag.error(
                entry.key.span(),
                format!("unknown key `{word}`: `unmanaged` on a struct takes {}", list(&keys)),
            );
            None
        };
        read_list(of, example, read, diag)
    }

    /// Reads the list of a field.
    pub(crate) fn of_column(of: &Entry, diag: &mut Diagnostics) -> Vec<Self> {
        let read = |entry: Entry, diag: &mut Diagnostics| {
            let word = entry.key.to_string();
            let Some((_, variant)) = PARTS.iter().find(|(key, _)| *key == word) else {
                let keys: Vec<&str> = PARTS.iter().map(|(key, _)| *key).collect();
                diag.error(
                    entry.key.span(),
                    format!("unknown word `{word}`: `unmanaged` on a field takes {}", list(&keys)),
                );
                return None;
            };
            flag(&entry, diag).map(|()| Self::new(&entry.key, variant, None))
        };
        read_list(of, "unmanaged(default)", read, diag)
    }

    fn new(key: &Ident, variant: &str, name: Option<LitStr>) -> Self {
        Self { key: key.clone(), variant: Ident::new(variant, Span::mixed_site()), name }
    }

    fn is(&self, other: &Self) -> bool {
        self.variant == other.variant && self.name.as_ref().map(LitStr::value) == other.name.as_ref().map(LitStr::value)
    }
}

fn read_list(
    of: &Entry,
    example: &str,
    read: impl Fn(Entry, &mut Diagnostics) -> Option<UnmanagedAttr>,
    diag: &mut Diagnostics,
) -> Vec<UnmanagedAttr> {
    let Value::List(tokens, _) = &of.value else {
        diag.error(of.key.span(), format!("`unmanaged` names what is left to the database: write `{example}`"));
        return Vec::new();
    };
    if tokens.is_empty() {
        diag.error(of.key.span(), format!("`unmanaged` names nothing: write `{example}`"));
    }
    let mut all: Vec<UnmanagedAttr> = Vec::new();
    for entry in entries(tokens.clone(), diag) {
        let Some(one) = read(entry, diag) else { continue };
        if all.iter().any(|other| other.is(&one)) {
            diag.error(one.key.span(), "`unmanaged` names this twice: remove one of them");
        } else {
            all.push(one);
        }
    }
    all
}
