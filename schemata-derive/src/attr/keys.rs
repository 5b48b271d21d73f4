//! Lists the keys of both attributes, and refuses unknown ones.

use proc_macro2::{Span, TokenStream};
use syn::{Attribute, Meta};

use crate::diag::Diagnostics;
use crate::names::{list, nearest};

/// The keys of `#[column]`, in the order in which messages list them.
pub(crate) const COLUMN_KEYS: &[&str] = &[
    "primary_key",
    "name",
    "sql_type",
    "default",
    "default_sql",
    "unique",
    "references",
    "on_delete",
    "on_update",
    "immutable",
    "identity",
    "serial",
    "generated",
    "generated_virtual",
    "flatten",
    "deferrable",
    "collation",
    "not_null",
    "storage",
    "compression",
    "statistics",
    "with",
    "comment",
    "renamed_from",
    "unmanaged",
];

/// The words of `on_delete` and `on_update`.
pub(crate) const ACTIONS: &[&str] = &["cascade", "restrict", "set_null", "set_default", "no_action"];

/// The keys of `#[table]`, in the order in which messages list them.
pub(crate) const TABLE_KEYS: &[&str] = &[
    "name",
    "schema",
    "primary_key",
    "keyless",
    "unique",
    "index",
    "check",
    "foreign_key",
    "exclude",
    "unlogged",
    "with",
    "toast",
    "comment",
    "renamed_from",
    "unmanaged",
    "validate",
    "crate",
];

/// Returns the content of the parentheses of `attr`.
pub(crate) fn arguments(attr: &Attribute, example: &str, diag: &mut Diagnostics) -> Option<TokenStream> {
    match &attr.meta {
        Meta::List(list) if matches!(list.delimiter, syn::MacroDelimiter::Paren(_)) => Some(list.tokens.clone()),
        meta => {
            diag.error_on(meta, format!("expected keys in parentheses: write `#[{example}]`"));
            None
        }
    }
}

/// Refuses a key that belongs to the other attribute, is misspelt, or does not exist.
pub(crate) fn unknown(key: &str, at: Span, attribute: &str, diag: &mut Diagnostics) {
    let on_table = attribute == "table";
    let (keys, others) = if on_table { (TABLE_KEYS, COLUMN_KEYS) } else { (COLUMN_KEYS, TABLE_KEYS) };
    if others.contains(&key) && !keys.contains(&key) {
        let (other, place) = if on_table { ("column", "field") } else { ("table", "struct") };
        diag.error(at, format!("`{key}` is a key of `#[{other}]`: write it there, on the {place}"));
        return;
    }
    let meant = nearest(key, keys.iter().copied()).map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    diag.error(at, format!("unknown key `{key}`: {meant}`#[{attribute}]` takes {}", list(keys)));
}
