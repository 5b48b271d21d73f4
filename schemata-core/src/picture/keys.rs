//! The marks that columns get from keys, and the number of rows at each end of a foreign key.

use crate::schema::{Column, ForeignKey, Table};

/// Returns those of `PK`, `FK` and `UK` that hold for `column`.
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

/// Returns whether a row may refer to no row along `key`.
pub(super) fn is_optional(table: &Table, key: &ForeignKey) -> bool {
    key.columns.iter().any(|name| table.column(name).is_some_and(|column| column.nullable))
}

/// Returns whether at most one row refers along `key` to each row of the other table.
pub(super) fn is_single(table: &Table, key: &ForeignKey) -> bool {
    table.primary_key == key.columns || table.uniques.iter().any(|unique| unique.columns == key.columns)
}
