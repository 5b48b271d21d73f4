//! `ON CONFLICT`: the key that rows may conflict on, and what happens to the existing row.

use crate::ident::Ident;
use crate::schema::Table;
use crate::sql::literal::raw;
use crate::sql::write::{ColumnValue, write_automatic, write_value};
use crate::sql::writer::Sql;

/// The key that rows may conflict on.
#[derive(Debug, Clone)]
pub(crate) struct ConflictTarget {
    pub(crate) columns: Vec<&'static str>,
    /// The predicate of a partial index, which the clause has to repeat.
    pub(crate) predicate: Option<&'static str>,
    /// Whether NULL equals NULL in the key: NULLS NOT DISTINCT.
    pub(crate) nulls_are_equal: bool,
}

/// The new value of a column of the existing row.
pub(crate) enum ConflictValue {
    /// The value of the row that was to be inserted.
    Excluded,
    /// Another value.
    Other(ColumnValue),
}

/// What happens to the existing row.
pub(crate) enum ConflictAction {
    /// DO NOTHING.
    Nothing,
    /// DO UPDATE of these columns and of those that every update sets.
    Update {
        /// Columns by position in the table.
        set: Vec<(usize, ConflictValue)>,
        /// Whether a removed row stays as it is.
        live_only: bool,
    },
}

/// Appends `ON CONFLICT …`.
pub(crate) fn on_conflict(
    sql: &mut Sql,
    schema: &Ident,
    table: &Table,
    target: &ConflictTarget,
    action: ConflictAction,
) {
    sql.push(" ON CONFLICT (").list(", ", &target.columns, |sql, column| {
        sql.ident(column);
    });
    sql.push(")");
    if let Some(predicate) = target.predicate {
        sql.push(" WHERE ").push(&raw(predicate));
    }
    let ConflictAction::Update { set, live_only } = action else {
        sql.push(" DO NOTHING");
        return;
    };
    sql.push(" DO UPDATE SET ");
    let set_columns: Vec<usize> = set.iter().map(|(column, _)| *column).collect();
    sql.list(", ", set, |sql, (column, value)| {
        let name = table.columns[column].name;
        sql.ident(name).push(" = ");
        match value {
            ConflictValue::Excluded => {
                sql.push("EXCLUDED.").ident(name);
            }
            ConflictValue::Other(value) => write_value(sql, value),
        }
    });
    write_automatic(sql, schema, table, &set_columns);
    if let (true, Some(removed)) = (live_only, table.soft_delete()) {
        sql.push(" WHERE ").table(schema, table).push(".").ident(removed.name).push(" IS NULL");
    }
}
