//! Which features of a table need a newer major version of PostgreSQL than the oldest supported one. PostgreSQL's own
//! message would be "syntax error", or the feature would be ignored.

use crate::schema::{Table, Validity};

/// Returns the first feature of `table` that PostgreSQL `major` lacks, and the first version that has it.
pub(crate) fn lacking(table: &Table, major: i32) -> Option<(&'static str, i32)> {
    let columns = |holds: fn(&crate::schema::Column) -> bool| table.columns.iter().any(holds);
    let features = [
        (columns(|column| column.compression.is_some()), "compression", 14),
        (
            table.uniques.iter().any(|unique| unique.nulls_not_distinct)
                || table.indexes.iter().any(|index| index.nulls_not_distinct),
            "nulls_not_distinct",
            15,
        ),
        (table.foreign_keys.iter().any(|key| !key.set_columns.is_empty()), "the columns of `on_delete`", 15),
        (columns(|column| column.is_virtual), "generated_virtual", 18),
        (columns(|column| column.not_null.is_some()), "not_null", 18),
        (
            table.checks.iter().any(|check| check.validity == Validity::NotEnforced)
                || table.foreign_keys.iter().any(|key| key.validity == Validity::NotEnforced),
            "not_enforced",
            18,
        ),
        (
            table.primary_key_options.without_overlaps
                || table.uniques.iter().any(|unique| unique.options.without_overlaps),
            "without_overlaps",
            18,
        ),
        (table.foreign_keys.iter().any(|key| key.period), "period", 18),
    ];
    features.into_iter().find(|(used, _, needs)| *used && major < *needs).map(|(_, feature, needs)| (feature, needs))
}
