//! Rust names for what a database calls as it likes: no name twice, none that means something else already, and whatever the
//! database's name holds, nothing but a name.

use std::collections::BTreeSet;

use crate::generate::sketch::case::{camel_case, is_letter, snake_case};
use crate::generate::text::name::is_keyword;

/// Types that the written files name, which a struct of that name would hide.
const TYPES: &[&str] = &[
    "DateTime",
    "Decimal",
    "IpAddr",
    "NaiveDate",
    "NaiveDateTime",
    "NaiveTime",
    "Option",
    "PgEnum",
    "Self",
    "String",
    "TableModel",
    "Utc",
    "Uuid",
    "Vec",
];

/// What every model and every write can do: a field of that name would hide it, and the derive refuses it.
const METHODS: &[&str] = &[
    "actor",
    "all_rows",
    "delete",
    "delete_many",
    "delete_where",
    "exec",
    "expect_version",
    "fetch",
    "find",
    "get",
    "insert",
    "insert_from",
    "insert_many",
    "key",
    "on_conflict",
    "only_deleted",
    "patch",
    "primary_key",
    "purge",
    "purge_where",
    "remove",
    "remove_where",
    "restore",
    "restore_where",
    "returning",
    "select",
    "set_sql",
    "table",
    "touch",
    "update",
    "update_many",
    "update_where",
    "upsert_many",
    "validate",
    "with_deleted",
];

/// Words that mean something else in a list of columns.
const OPTIONS: &[&str] = &["concurrently", "nulls_not_distinct", "unique"];

/// The first of `candidates` that is free, else the last with a number. It is taken then.
pub(crate) fn free(taken: &mut BTreeSet<String>, candidates: impl IntoIterator<Item = String>) -> String {
    let mut last = String::new();
    for candidate in candidates {
        if taken.insert(candidate.clone()) {
            return candidate;
        }
        last = candidate;
    }
    let mut number = 2;
    loop {
        let name = format!("{last}{number}");
        if taken.insert(name.clone()) {
            return name;
        }
        number += 1;
    }
}

/// The names that no struct may have.
pub(crate) fn reserved() -> BTreeSet<String> {
    TYPES.iter().map(|name| (*name).to_owned()).collect()
}

/// The name of the struct for a table.
pub(crate) fn model(schema: Option<&str>, table: &str, taken: &mut BTreeSet<String>) -> String {
    let home = schema.and_then(|schema| camel_case(&format!("{schema}_{table}"), true));
    let mut candidates: Vec<String> =
        [camel_case(table, true), home, camel_case(table, false)].into_iter().flatten().collect();
    if candidates.last() == candidates.first() {
        candidates.truncate(candidates.len().max(2) - 1);
    }
    if candidates.is_empty() {
        candidates.push("Table".to_owned());
    }
    free(taken, candidates)
}

/// The name of the enum for a type.
pub(crate) fn enumeration(name: &str, taken: &mut BTreeSet<String>) -> String {
    let own = camel_case(name, false).unwrap_or_else(|| "Label".to_owned());
    let kind = format!("{own}Kind");
    free(taken, [own, kind])
}

/// The name of the variant for a label, and whether the label has to be named beside it.
pub(crate) fn variant(label: &str, taken: &mut BTreeSet<String>) -> (String, bool) {
    let own = camel_case(label, false).filter(|name| name != "Self").unwrap_or_else(|| "Label".to_owned());
    let name = free(taken, [own]);
    let named = derived(&name).is_none_or(|derived| derived != label);
    (name, named)
}

/// The PostgreSQL name that the derives make of a Rust one, of plain letters. Digits are not relied on.
fn derived(name: &str) -> Option<String> {
    name.chars().all(|letter| letter.is_ascii_alphabetic()).then(|| snake_case(name))
}

/// Whether a field may be called like the column.
pub(crate) fn is_field(column: &str) -> bool {
    column.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && !column.starts_with("__")
        && column.chars().any(is_letter)
        && column.chars().all(|letter| letter == '_' || is_letter(letter) && !letter.is_uppercase())
        && !is_fixed(column)
}

/// Names that no field can have.
fn is_fixed(name: &str) -> bool {
    ["self", "super", "crate"].contains(&name) || METHODS.contains(&name) || OPTIONS.contains(&name)
}

/// The name of the field for the column at a place, as it is written: `r#type` for `type`. Those that are called like their
/// columns come first.
pub(crate) fn field(column: &str, place: i16, taken: &mut BTreeSet<String>) -> String {
    let mut name = if is_field(column) { column.to_owned() } else { snake_case(column) };
    if name.is_empty() {
        name = format!("column_{place}");
    } else if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, '_');
    }
    if is_fixed(&name) {
        name.push('_');
    }
    raw(free(taken, [name]))
}

/// `name`, marked where it is one of Rust's own words.
pub(crate) fn raw(name: String) -> String {
    if is_keyword(&name) { format!("r#{name}") } else { name }
}

/// A field's name without the mark of a raw identifier.
pub(crate) fn unraw(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_called_like_columns_where_that_is_a_name() {
        let taken = &mut BTreeSet::new();
        for (column, name) in [
            ("id", "id"),
            ("order_total", "order_total"),
            ("_x", "_x"),
            ("type", "r#type"),
            ("self", "self_"),
            ("select", "select_"),
            ("unique", "unique_"),
            ("orderId", "order_id"),
            ("order_id", "order_id2"),
            ("Order Id", "order_id3"),
            ("1st", "_1st"),
            ("größe", "größe"),
            ("__set", "set"),
            ("_", "column_7"),
            ("表\u{202e}", "column_72"),
            ("a\"; } fn evil() { /*", "a_fn_evil"),
        ] {
            assert_eq!(field(column, 7, taken), name, "{column}");
        }
    }

    #[test]
    fn structs_do_not_hide_each_other_nor_types() {
        let taken = &mut reserved();
        assert_eq!(model(None, "orders", taken), "Order");
        assert_eq!(model(None, "order", taken), "Order2");
        assert_eq!(model(None, "options", taken), "Options");
        assert_eq!(model(Some("sales"), "orders", taken), "SalesOrder");
        assert_eq!(model(Some("sales"), "order", taken), "SalesOrder2");
        assert_eq!(enumeration("order", taken), "OrderKind");
        assert_eq!(model(None, "表", taken), "Table");
    }

    #[test]
    fn labels_are_named_where_a_variant_does_not_say_them() {
        let taken = &mut BTreeSet::new();
        assert_eq!(variant("pending", taken), ("Pending".to_owned(), false));
        assert_eq!(variant("wide awake", taken), ("WideAwake".to_owned(), true));
        assert_eq!(variant("wide_awake", taken), ("WideAwake2".to_owned(), true));
        assert_eq!(variant("self", taken), ("Label".to_owned(), true));
        assert_eq!(variant("", taken), ("Label2".to_owned(), true));
    }

    /// The derive's own lists.
    #[test]
    fn the_lists_are_those_of_the_derive() {
        let source = include_str!("../../../../schemata-derive/src/check/handles.rs");
        let lists = source.split("/// Refuses fields").next().expect("the lists come first");
        let listed: BTreeSet<&str> =
            lists.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\",")).collect();
        assert_eq!(listed, METHODS.iter().copied().collect());
    }
}
