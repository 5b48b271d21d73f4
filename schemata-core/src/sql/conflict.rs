//! `ON CONFLICT`: the key that rows may conflict on, and what happens to the existing row.

use crate::ident::Ident;
use crate::schema::Table;
use crate::sql::literal::raw;
use crate::sql::removed_rows::guard;
use crate::sql::scope::Scope;
use crate::sql::tree::{Filter, FromItem, Removed, TableRef};
use crate::sql::write::{ColumnValue, write_automatic, write_value};
use crate::sql::writer::Sql;
use std::any::TypeId;

/// Stands for the row that was to be inserted, in expressions for the existing one.
pub(crate) enum ExcludedRow {}

/// The key that rows may conflict on.
#[derive(Debug, Clone)]
pub(crate) struct ConflictTarget {
    pub(crate) columns: Vec<&'static str>,
    /// The expressions of an index, as written.
    pub(crate) expressions: Vec<&'static str>,
    /// The predicate of a partial index, which the clause has to repeat.
    pub(crate) predicate: Option<&'static str>,
    /// Whether NULL equals NULL in the key: NULLS NOT DISTINCT.
    pub(crate) nulls_are_equal: bool,
}

/// The new value of a column of the existing row.
pub(crate) enum ConflictValue {
    /// The value of this column in the row that was to be inserted.
    Excluded(usize),
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
        /// What must hold for the existing row to change.
        condition: Option<Filter>,
    },
}

/// Appends `ON CONFLICT …`.
pub(crate) fn on_conflict(
    sql: &mut Sql,
    schema: &Ident,
    table: &'static Table,
    target: &ConflictTarget,
    action: ConflictAction,
) {
    sql.push(" ON CONFLICT (").list(", ", &target.columns, |sql, column| {
        sql.ident(column);
    });
    for (at, expression) in target.expressions.iter().enumerate() {
        sql.push(if at + target.columns.len() > 0 { ", (" } else { "(" }).push_cow(&raw(expression)).push(")");
    }
    sql.push(")");
    if let Some(predicate) = target.predicate {
        sql.push(" WHERE ").push_cow(&raw(predicate));
    }
    let ConflictAction::Update { set, live_only, condition } = action else {
        sql.push(" DO NOTHING");
        return;
    };
    let scope = scope(schema, table);
    sql.push(" DO UPDATE SET ");
    let set_columns: Vec<usize> = set.iter().map(|(column, _)| *column).collect();
    sql.list(", ", set, |sql, (column, value)| {
        let name = table.columns[column].name;
        sql.ident(name).push(" = ");
        match value {
            ConflictValue::Excluded(from) => {
                sql.push("EXCLUDED.").ident(table.columns[from].name);
            }
            ConflictValue::Other(value) => write_value(sql, &scope, value),
        }
    });
    write_automatic(sql, &scope, table, &set_columns);
    let live = guard(table, if live_only { Removed::Hidden } else { Removed::Shown }, TableRef::First);
    if let Some(filter) = condition.into_iter().chain(live).reduce(Filter::and) {
        sql.push(" WHERE ");
        filter.write(sql, &scope);
    }
}

/// Returns the scope of the action: the existing row, and the one that was to be inserted. Both have all columns of the table,
/// so columns are qualified.
fn scope<'a>(schema: &'a Ident, table: &'static Table) -> Scope<'a> {
    let excluded = FromItem { model: Some(TypeId::of::<ExcludedRow>()), name: "excluded", ..FromItem::of(table) };
    Scope::tables(schema, &FromItem::of(table), [&excluded].into_iter())
}
