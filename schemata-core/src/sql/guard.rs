//! The guard against removed rows: what every statement on a soft-delete table adds to its condition.

use crate::schema::Table;
use crate::sql::filter::Filter;

/// Which rows of a soft-delete table a statement sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Removed {
    /// The live ones.
    #[default]
    Hidden,
    /// All of them.
    Shown,
    /// The removed ones.
    Only,
}

/// `filter` and the guard, where the table has one. The guard stands outside whatever `filter` is made of.
pub(crate) fn guarded(table: &Table, removed: Removed, filter: Option<Filter>) -> Option<Filter> {
    let guard = match (table.soft_delete(), removed) {
        (Some(column), Removed::Hidden) => Some(Filter::Postfix { column: column.name, test: " IS NULL" }),
        (Some(column), Removed::Only) => Some(Filter::Postfix { column: column.name, test: " IS NOT NULL" }),
        // A table that never marks a row as removed has none to show.
        (None, Removed::Only) => Some(Filter::any([])),
        _ => None,
    };
    match (filter, guard) {
        (Some(filter), Some(guard)) => Some(filter.and(guard)),
        (filter, guard) => filter.or(guard),
    }
}
