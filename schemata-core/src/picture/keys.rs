//! What keys say about columns and rows: which mark a column gets, and how many rows stand at each end of a foreign key.

use crate::schema::{Column, ForeignKey, Table};

/// `PK`, `FK` and `UK`, as far as they hold for `column`.
pub(super) fn marks(table: &Table, column: &Column) -> Vec<&'static str> {
    let mut marks = Vec::new();
    if table.primary_key.contains(&column.name) {
        marks.push("PK");
    }
    if table.foreign_keys.iter().any(|key| key.columns.contains(&column.name)) {
        marks.push("FK");
    }
    if table.uniques.iter().any(|unique| unique.columns == [column.name]) {
        marks.push("UK");
    }
    marks
}

/// Whether a row may do without a row at the other end of `key`.
pub(super) fn optional(table: &Table, key: &ForeignKey) -> bool {
    key.columns.iter().any(|name| table.column(name).is_some_and(|column| column.nullable))
}

/// Whether one row at most points along `key` at a row of the other table.
pub(super) fn single(table: &Table, key: &ForeignKey) -> bool {
    table.primary_key == key.columns || table.uniques.iter().any(|unique| unique.columns == key.columns)
}
