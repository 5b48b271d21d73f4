//! The guard against removed rows, which every statement on a soft-delete table adds to its condition. `from` adds it to queries;
//! `write`, `joined_write` and `conflict` add it to writes.

use crate::schema::{Column, Table};
use crate::sql::tree::{ColumnRef, Expr, Filter, Removed, TableRef};

/// Returns the guard of a table with a soft-delete column: the condition for the rows that a statement sees.
pub(crate) fn guard(table: &Table, removed: Removed, of: TableRef) -> Option<Filter> {
    let test = |column: &Column, test| {
        let column = Expr::Column(ColumnRef { table: of, name: column.name });
        Some(Filter::Postfix { column, test })
    };
    match (table.soft_delete(), removed) {
        (Some(column), Removed::Hidden) => test(column, " IS NULL"),
        (Some(column), Removed::Only) => test(column, " IS NOT NULL"),
        // Such a table has no removed rows.
        (None, Removed::Only) => Some(Filter::any([])),
        _ => None,
    }
}

/// Adds the guard to the condition of a write. The guard applies to `filter` as a whole, whatever OR it contains.
pub(crate) fn guarded(table: &Table, removed: Removed, filter: Filter) -> Filter {
    match guard(table, removed, TableRef::First) {
        Some(guard) => filter.and(guard),
        None => filter,
    }
}
