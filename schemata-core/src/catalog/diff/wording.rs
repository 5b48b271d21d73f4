//! The properties of columns and tables in words, as sentences about differences contain them.
//!
//! `all` is whether properties count that models cannot express.

use crate::catalog::snapshot::{ColumnState, Generated, RowSecurity, TableState};
use crate::schema::Identity;

pub(super) fn nullable(column: &ColumnState, all: bool) -> &'static str {
    match (column.nullable, column.unchecked && all) {
        (true, _) => "nullable",
        (false, false) => "NOT NULL",
        (false, true) => "NOT NULL, not valid",
    }
}

pub(super) fn default(column: &ColumnState, all: bool) -> String {
    let read = if all { " when read" } else { "" };
    if column.serial {
        return column
            .sequence
            .as_ref()
            .filter(|_| all)
            .map_or_else(|| "serial".to_owned(), |with| format!("serial ({with})"));
    }
    match (&column.default, column.generated) {
        (None, _) => "no default".to_owned(),
        (Some(expression), Some(Generated::Virtual)) => format!("generated{read} as {expression}"),
        (Some(expression), Some(Generated::Stored)) => format!("generated as {expression}"),
        (Some(expression), None) => format!("default {expression}"),
    }
}

pub(super) fn identity(column: &ColumnState, all: bool) -> String {
    let when = match column.identity {
        None => return "no identity".to_owned(),
        Some(Identity::Always) => "identity always",
        Some(Identity::ByDefault) => "identity by default",
    };
    match column.sequence.as_ref().filter(|_| all) {
        None => when.to_owned(),
        Some(options) => format!("{when} ({options})"),
    }
}

pub(super) fn collation(column: &ColumnState) -> String {
    column.collation.as_ref().map_or_else(|| "no collation".to_owned(), |name| format!("collation {name}"))
}

pub(super) fn comment(text: Option<&String>) -> String {
    text.map_or_else(|| "no comment".to_owned(), |text| format!("comment {text:?}"))
}

pub(super) fn valid(valid: bool) -> &'static str {
    if valid { "valid" } else { "not valid" }
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
