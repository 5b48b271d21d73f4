//! `INSERT … SELECT`: new rows that a query or another write computes.

use crate::ident::Ident;
use crate::param::Param;
use crate::schema::Table;
use crate::sql::conflict::{ConflictAction, ConflictTarget, on_conflict};
use crate::sql::tree::Query;
use crate::sql::writer::Sql;

/// Rows to insert, and where they come from.
pub(crate) struct InsertedRows<'a> {
    pub(crate) table: &'static Table,
    /// The columns that the rows set, in their order.
    pub(crate) columns: &'a [usize],
    pub(crate) source: RowsFrom<'a>,
    /// A column that is set to the same value in each row.
    pub(crate) constant: Option<(usize, Param)>,
    pub(crate) conflict: Option<(&'a ConflictTarget, ConflictAction)>,
}

/// Where rows come from.
pub(crate) enum RowsFrom<'a> {
    Query(&'a Query),
    /// The common table expression of this name.
    Named(&'a str),
}

impl InsertedRows<'_> {
    /// Appends the statement.
    pub(crate) fn write(self, sql: &mut Sql, schema: &Ident) {
        sql.push("INSERT INTO ").table(schema, self.table).push(" (");
        let columns = self.columns.iter().copied().chain(self.constant.iter().map(|(column, _)| *column));
        sql.list(", ", columns, |sql, column| {
            sql.ident(self.table.columns[column].name);
        });
        sql.push(") ");
        match (self.source, self.constant) {
            (RowsFrom::Query(query), None) => query.write(sql, &query.scope(schema)),
            (RowsFrom::Query(query), Some((_, value))) => {
                // Around the query, so that the parameter takes the type of its column whatever the query is.
                sql.push(r#"SELECT "rows".*, "#).param(value).push(" FROM (");
                query.write(sql, &query.scope(schema));
                sql.push(r#") AS "rows""#);
            }
            (RowsFrom::Named(name), None) => {
                sql.push("SELECT * FROM ").ident_dynamic(name);
            }
            (RowsFrom::Named(name), Some((_, value))) => {
                sql.push("SELECT ").ident_dynamic(name).push(".*, ").param(value).push(" FROM ").ident_dynamic(name);
            }
        }
        if let Some((target, action)) = self.conflict {
            on_conflict(sql, schema, self.table, target, action);
        }
    }
}
