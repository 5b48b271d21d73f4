//! Rust names for the objects of a database: no name twice, none with another meaning in Rust or in the library, and only
//! characters of a Rust name, whatever the database's name contains.

use std::collections::BTreeSet;

use crate::generate::sketch::case::{camel_case, is_letter, snake_case};
use crate::generate::text::name::is_keyword;
use crate::sql::ddl::generated_name;

/// Types that written files use. A struct of the same name would hide them.
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

/// Methods of models and of writes. The derive refuses a field of the same name, which would hide them.
const METHODS: &[&str] = &[
    "actor",
    "all_rows",
    "delete",
    "delete_many",
    "delete_where",
    "exec",
    "expect_version",
    "fetch",
    "filterable",
    "find",
    "get",
    "insert",
    "insert_from",
    "insert_many",
    "insert_select",
    "insert_stream",
    "join",
    "join_on",
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
    "set",
    "set_default",
    "set_opt",
    "set_sql",
    "sortable",
    "table",
    "touch",
    "update",
    "update_many",
    "update_where",
    "upsert_many",
    "validate",
    "with_deleted",
];

/// Options in a list of columns.
const OPTIONS: &[&str] = &["concurrently", "nulls_not_distinct", "unique"];

/// Returns the first of `candidates` that is free, otherwise the last one with a number, and adds it to `taken`.
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

/// Returns the names that no struct may have.
pub(crate) fn reserved() -> BTreeSet<String> {
    TYPES.iter().map(|name| (*name).to_owned()).collect()
}

/// Returns the name of the struct for a table.
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

/// Returns the name of the enum for a type.
pub(crate) fn enumeration(name: &str, taken: &mut BTreeSet<String>) -> String {
    let own = camel_case(name, false).unwrap_or_else(|| "Label".to_owned());
    let kind = format!("{own}Kind");
    free(taken, [own, kind])
}

/// Returns the name of the variant for a label, and whether an attribute has to name the label.
pub(crate) fn variant(label: &str, taken: &mut BTreeSet<String>) -> (String, bool) {
    let own = camel_case(label, false).filter(|name| name != "Self").unwrap_or_else(|| "Label".to_owned());
    let name = free(taken, [own]);
    let named = derived(&name).is_none_or(|derived| derived != label);
    (name, named)
}

/// Returns the PostgreSQL name that the derives make of a Rust name, if that consists of letters.
fn derived(name: &str) -> Option<String> {
    name.chars().all(|letter| letter.is_ascii_alphabetic()).then(|| snake_case(name))
}

/// Returns whether a field may have the name of the column.
pub(crate) fn is_field(column: &str) -> bool {
    column.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && !column.starts_with("__")
        && column.chars().any(is_letter)
        && column.chars().all(|letter| letter == '_' || is_letter(letter) && !letter.is_uppercase())
        && !is_refused(column)
}

/// Returns whether no field can have the name.
fn is_refused(name: &str) -> bool {
    ["self", "super", "crate"].contains(&name) || METHODS.contains(&name) || OPTIONS.contains(&name)
}

/// Returns the name of the field for the column at a position as source text, like `r#type`. Fields that can have the
/// names of their columns are named first.
pub(crate) fn field(column: &str, place: i16, taken: &mut BTreeSet<String>) -> String {
    let mut name = if is_field(column) { column.to_owned() } else { snake_case(column) };
    if name.is_empty() {
        name = format!("column_{place}");
    } else if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, '_');
    }
    if is_refused(&name) {
        name.push('_');
    }
    raw(free(taken, [name]))
}

/// Returns `name`, marked as raw if it is a keyword of Rust.
pub(crate) fn raw(name: String) -> String {
    if is_keyword(&name) { format!("r#{name}") } else { name }
}

/// Returns a name without the mark of a raw identifier.
pub(crate) fn unraw(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}

/// Returns the name of a constraint, unless it is the generated one.
pub(crate) fn explicit_name(name: &str, table: &str, columns: &[&str], suffix: &str) -> Option<String> {
    (generated_name(table, columns, suffix) != name).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_the_names_of_columns_if_possible() {
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
            ("__set", "set_"),
            ("_", "column_7"),
            ("表\u{202e}", "column_72"),
            ("a\"; } fn evil() { /*", "a_fn_evil"),
        ] {
            assert_eq!(field(column, 7, taken), name, "{column}");
        }
    }

    #[test]
    fn structs_hide_neither_each_other_nor_types() {
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
    fn labels_are_named_if_the_variant_has_another_name() {
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
