//! The guard against removed rows, which every statement on a soft-delete table adds to its condition.

use crate::schema::Table;
use crate::sql::filter::Filter;

/// The rows of a soft-delete table that a statement sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Removed {
    /// Live rows.
    #[default]
    Hidden,
    /// All rows.
    Shown,
    /// Removed rows.
    Only,
}

/// Adds the guard to `filter` if the table has a soft-delete column. The guard applies to `filter` as a whole, whatever OR it
/// contains.
pub(crate) fn guarded(table: &Table, removed: Removed, filter: Option<Filter>) -> Option<Filter> {
    let guard = match (table.soft_delete(), removed) {
        (Some(column), Removed::Hidden) => Some(Filter::Postfix { column: column.name, test: " IS NULL" }),
        (Some(column), Removed::Only) => Some(Filter::Postfix { column: column.name, test: " IS NOT NULL" }),
        // Such a table has no removed rows.
        (None, Removed::Only) => Some(Filter::any([])),
        _ => None,
    };
    match (filter, guard) {
        (Some(filter), Some(guard)) => Some(filter.and(guard)),
        (filter, guard) => filter.or(guard),
    }
}
