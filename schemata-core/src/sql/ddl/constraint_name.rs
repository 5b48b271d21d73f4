//! Names constraints exactly as CREATE TABLE does.

use crate::schema::{ConstraintRef, Exclude, IndexPart, Indexed, Table};
use crate::sql::ddl::names::generated;

/// Returns the name of `constraint` in the catalog; `None` if `table` has no such constraint.
pub(crate) fn constraint_name(table: &Table, constraint: ConstraintRef) -> Option<String> {
    match constraint {
        ConstraintRef::PrimaryKey => (!table.primary_key.is_empty()).then(|| primary_key_name(table)),
        ConstraintRef::Unique(at) => {
            let unique = table.uniques.get(at)?;
            Some(unique.name.map_or_else(|| generated(table.name, unique.columns, "key"), str::to_owned))
        }
        ConstraintRef::Check(at) => table.checks.get(at).map(|check| check.name.to_owned()),
        ConstraintRef::ForeignKey(at) => {
            let key = table.foreign_keys.get(at)?;
            Some(key.name.map_or_else(|| generated(table.name, key.columns, "fkey"), str::to_owned))
        }
        ConstraintRef::Index(at) => {
            let index = table.indexes.get(at)?;
            Some(index.name.map_or_else(|| index_name(table, index.parts.iter(), "idx"), str::to_owned))
        }
        ConstraintRef::Exclude(at) => table.excludes.get(at).map(|exclude| exclude_name(table, exclude)),
    }
}

/// Returns the name of the primary key.
pub(super) fn primary_key_name(table: &Table) -> String {
    table.primary_key_name.map_or_else(|| generated(table.name, &[], "pkey"), str::to_owned)
}

/// Returns the name of an exclusion constraint.
pub(super) fn exclude_name(table: &Table, of: &Exclude) -> String {
    of.name.map_or_else(|| index_name(table, of.parts.iter().map(|part| &part.part), "excl"), str::to_owned)
}

/// Returns the name that PostgreSQL would generate for an index. It calls an expression `expr`.
pub(super) fn index_name<'p>(table: &Table, parts: impl Iterator<Item = &'p IndexPart>, suffix: &str) -> String {
    let part = |part: &IndexPart| match part.of {
        Indexed::Column(name) => name,
        Indexed::Expression(_) => "expr",
    };
    let parts: Vec<&str> = parts.map(part).collect();
    generated(table.name, &parts, suffix)
}
