//! How the rows that a bulk insert or upsert returns are matched to those of the batch. `sql/bulk/insert` writes the match,
//! `engine` puts the rows in order.

use crate::schema::{DefaultValue, Table};
use crate::sql::bulk::insert::{ComputedColumns, RowMatching};
use crate::sql::declared_type::{DeclaredType, type_name};
use crate::sql::literal;

/// Returns the columns of the primary key that the rows leave to their default.
pub(crate) fn omitted_key_columns(table: &Table, given: &[usize]) -> Vec<usize> {
    let key = table.primary_key.iter().filter_map(|name| table.columns.iter().position(|c| c.name == *name));
    key.filter(|at| !given.contains(at)).collect()
}

/// Matches by primary key: by the given columns, by defaults that are computed before the insert, or, if a sequence
/// numbers the rows, by its numbers, which follow the order of the insert. `types` are those of the `omitted` columns.
pub(crate) fn by_primary_key(
    table: &Table,
    given: &[usize],
    omitted: &[usize],
    types: &[DeclaredType],
) -> (ComputedColumns, RowMatching) {
    if table.primary_key.is_empty() {
        return (ComputedColumns::new(), RowMatching::ReturnedOrder);
    }
    let mut computed = ComputedColumns::new();
    for (at, ty) in omitted.iter().zip(types) {
        let column = &table.columns[*at];
        let expression = match &column.default {
            _ if column.identity.is_some() || column.serial => {
                return (ComputedColumns::new(), RowMatching::Ascending(column.name));
            }
            // The model's text may name another sequence than that of this schema's table.
            Some(DefaultValue::Sql(text)) if text.contains("nextval") => {
                return (ComputedColumns::new(), RowMatching::Ascending(column.name));
            }
            Some(default) => literal::default(default),
            None => return (ComputedColumns::new(), RowMatching::ReturnedOrder),
        };
        computed.push((column.name, format!("({expression})::{}", ty.rounding().unwrap_or_else(|| type_name(&ty.ty)))));
    }
    (computed, by_given_columns(table, given, table.primary_key))
}

/// Matches the rows of an upsert by its key. Rows whose key has a NULL in it, and so equals no other, are new: they are
/// matched by their primary key if they set it.
pub(crate) fn by_conflict_key(
    table: &Table,
    given: &[usize],
    key: &[&'static str],
    is_key_comparable: bool,
) -> RowMatching {
    if is_key_comparable {
        by_given_columns(table, given, key)
    } else if !table.primary_key.is_empty() && omitted_key_columns(table, given).is_empty() {
        by_given_columns(table, given, table.primary_key)
    } else {
        RowMatching::ReturnedOrder
    }
}

/// Matches by those of the key's columns that the rows give.
fn by_given_columns(table: &Table, given: &[usize], key: &[&'static str]) -> RowMatching {
    let columns = key
        .iter()
        .filter_map(|name| given.iter().position(|column| table.columns[*column].name == *name).map(|at| (*name, at)));
    RowMatching::Key(columns.collect())
}
