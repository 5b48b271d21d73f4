//! The properties of columns and tables in words, as sentences about differences contain them.

use crate::catalog::snapshot::{ColumnState, CreatedTypeState, Generated, RowSecurity, TableState};
use crate::schema::Identity;

pub(super) fn nullable(column: &ColumnState) -> &'static str {
    match (column.nullable, column.unchecked) {
        (_, true) => "NOT NULL, not valid",
        (true, false) => "nullable",
        (false, false) => "NOT NULL",
    }
}

/// `generated_too` is whether names count that PostgreSQL may have generated.
pub(super) fn not_null_constraint(column: &ColumnState, generated_too: bool) -> String {
    let Some(constraint) = &column.not_null else { return "NOT NULL without a name".to_owned() };
    let name = if generated_too { Some(constraint.name.as_str()) } else { constraint.own_name() };
    let inherit = if constraint.no_inherit { ", NO INHERIT" } else { "" };
    format!("NOT NULL {}{inherit}", name.map_or_else(|| "without a name".to_owned(), |name| format!("called {name}")))
}

pub(super) fn default(column: &ColumnState) -> String {
    if column.serial {
        return column.sequence.as_ref().map_or_else(|| "serial".to_owned(), |with| format!("serial ({with})"));
    }
    match (&column.default, column.generated) {
        (None, _) => "no default".to_owned(),
        (Some(expression), Some(Generated::Virtual)) => format!("generated when read as {expression}"),
        (Some(expression), Some(Generated::Stored)) => format!("generated as {expression}"),
        (Some(expression), None) => format!("default {expression}"),
    }
}

/// Describes what models cannot express of a domain.
pub(super) fn domain_properties(domain: &CreatedTypeState) -> [String; 3] {
    [
        if domain.not_null { "NOT NULL" } else { "nullable" }.to_owned(),
        domain.default.as_ref().map_or_else(|| "no default".to_owned(), |text| format!("default {text}")),
        domain.collation.as_ref().map_or_else(|| "no collation".to_owned(), |name| format!("collation {name}")),
    ]
}

pub(super) fn identity(column: &ColumnState) -> String {
    let when = match column.identity {
        None => return "no identity".to_owned(),
        Some(Identity::Always) => "identity always",
        Some(Identity::ByDefault) => "identity by default",
    };
    match &column.sequence {
        None => when.to_owned(),
        Some(options) => format!("{when} ({options})"),
    }
}

pub(super) fn collation(column: &ColumnState) -> String {
    column.collation.as_ref().map_or_else(|| "no collation".to_owned(), |name| format!("collation {name}"))
}

pub(super) fn storage(column: &ColumnState) -> String {
    let storage = column.storage.as_ref().map(|storage| format!("storage {storage}"));
    let compression = column.compression.as_ref().map(|method| format!("compression {method}"));
    let all: Vec<String> = storage.into_iter().chain(compression).collect();
    if all.is_empty() { "the type's storage".to_owned() } else { all.join(", ") }
}

pub(super) fn statistics(column: &ColumnState) -> String {
    column.statistics.map_or_else(|| "no statistics target".to_owned(), |target| format!("statistics target {target}"))
}

/// Describes storage parameters, or options of a column.
pub(super) fn options(all: &[String]) -> String {
    if all.is_empty() { "no parameters".to_owned() } else { format!("parameters {}", all.join(", ")) }
}

pub(super) fn comment(text: Option<&String>) -> String {
    text.map_or_else(|| "no comment".to_owned(), |text| format!("comment {text:?}"))
}

pub(super) fn valid(valid: bool) -> &'static str {
    if valid { "valid" } else { "not valid" }
}

pub(super) fn enabled(enabled: bool) -> &'static str {
    if enabled { "enabled" } else { "not all enabled" }
}

pub(super) fn logged(table: &TableState) -> &'static str {
    if table.unlogged { "unlogged" } else { "logged" }
}

pub(super) fn partitioned(table: &TableState) -> String {
    table.partitioned.as_ref().map_or_else(|| "not partitioned".to_owned(), |by| format!("partitioned by {by}"))
}

pub(super) fn inherits(table: &TableState) -> String {
    if table.inherits.is_empty() { "no parent".to_owned() } else { format!("inherits {}", table.inherits.join(", ")) }
}

pub(super) fn row_security(table: &TableState) -> &'static str {
    match table.row_security {
        RowSecurity::Off => "row security off",
        RowSecurity::On => "row security on",
        RowSecurity::Forced => "row security forced",
    }
}
