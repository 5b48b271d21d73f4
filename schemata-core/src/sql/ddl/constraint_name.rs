//! Names constraints exactly as CREATE TABLE does.

use crate::schema::{ConstraintRef, Table};
use crate::sql::ddl::index;
use crate::sql::ddl::names::generated;
use crate::sql::ddl::table::primary_key_name;

/// Returns the name of `constraint` in the catalog; `None` if `table` has no such constraint.
pub(crate) fn constraint_name(table: &Table, constraint: ConstraintRef) -> Option<String> {
    match constraint {
        ConstraintRef::PrimaryKey => Some(primary_key_name(table)),
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
            Some(index.name.map_or_else(|| index::generated(table, index), str::to_owned))
        }
    }
}
