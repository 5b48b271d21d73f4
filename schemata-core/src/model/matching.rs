//! How the rows that a bulk insert or upsert hands back are told apart.

use crate::schema::{DefaultValue, Table};
use crate::sql::bulk::{Computed, Matching};
use crate::sql::declared::{Declared, type_name};
use crate::sql::literal;

/// The columns of the key that the rows leave to their default and that an expression can stand for.
pub(crate) fn computable(table: &Table, given: &[usize]) -> Vec<usize> {
    let key = table.primary_key.iter().filter_map(|name| table.columns.iter().position(|c| c.name == *name));
    key.filter(|at| !given.contains(at)).collect()
}

/// Matches by primary key: by the lanes that hold it, by defaults that are computed beforehand, or, where a sequence
/// numbers the rows, by its number, which follows the order of the insert.
pub(crate) fn by_primary_key(
    table: &Table,
    given: &[usize],
    missing: &[usize],
    types: &[Declared],
) -> (Computed, Matching) {
    let mut computed = Computed::new();
    for (at, ty) in missing.iter().zip(types) {
        let column = &table.columns[*at];
        let expression = match &column.default {
            _ if column.identity.is_some() || column.serial => {
                return (Computed::new(), Matching::Ascending(column.name));
            }
            // The model's text may name another sequence than the one this schema's table has.
            Some(DefaultValue::Sql(text)) if text.contains("nextval") => {
                return (Computed::new(), Matching::Ascending(column.name));
            }
            Some(default) => literal::default(default),
            None => return (Computed::new(), Matching::Arrival),
        };
        computed.push((column.name, format!("({expression})::{}", ty.rounding().unwrap_or_else(|| type_name(&ty.ty)))));
    }
    (computed, by_lanes(table, given, table.primary_key))
}

/// Matches the rows of an upsert by its key. Rows whose key equals no other, because it has a NULL in it, are new: they are
/// matched by their primary key, if they set it.
pub(crate) fn by_conflict(table: &Table, given: &[usize], key: &[&'static str], is_whole: bool) -> Matching {
    if is_whole {
        by_lanes(table, given, key)
    } else if computable(table, given).is_empty() {
        by_lanes(table, given, table.primary_key)
    } else {
        Matching::Arrival
    }
}

/// Matches by these columns, as far as the rows give them.
fn by_lanes(table: &Table, given: &[usize], key: &[&'static str]) -> Matching {
    let lanes = key.iter().filter_map(|name| {
        given.iter().position(|column| table.columns[*column].name == *name).map(|lane| (*name, lane))
    });
    Matching::Lanes(lanes.collect())
}
