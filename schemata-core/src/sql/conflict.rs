//! `ON CONFLICT`: which key, and what becomes of the row that has it already.

use crate::ident::Ident;
use crate::schema::Table;
use crate::sql::literal::raw;
use crate::sql::write::{Cell, automatic, write_cell};
use crate::sql::writer::Sql;

/// The key that rows may conflict on.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Its columns.
    pub(crate) columns: Vec<&'static str>,
    /// The predicate of a partial index, which has to be repeated.
    pub(crate) predicate: Option<&'static str>,
    /// Whether NULL equals NULL in the key: NULLS NOT DISTINCT.
    pub(crate) nulls_are_equal: bool,
}

/// What a column of the row that is there becomes.
pub(crate) enum Becomes {
    /// The value the insert came with.
    Excluded,
    /// Something else.
    Cell(Cell),
}

/// What becomes of the row that is there.
pub(crate) enum Action {
    /// It stays as it is.
    Nothing,
    /// These columns change, and those that every update changes.
    Update {
        /// Positions in the table's columns.
        set: Vec<(usize, Becomes)>,
        /// Whether removed rows are left alone.
        live_only: bool,
    },
}

/// Appends `ON CONFLICT …`.
pub(crate) fn on_conflict(sql: &mut Sql, schema: &Ident, table: &Table, target: &Target, action: Action) {
    sql.push(" ON CONFLICT (").list(", ", &target.columns, |sql, column| {
        sql.ident(column);
    });
    sql.push(")");
    if let Some(predicate) = target.predicate {
        sql.push(" WHERE ").push(&raw(predicate));
    }
    let Action::Update { set, live_only } = action else {
        sql.push(" DO NOTHING");
        return;
    };
    sql.push(" DO UPDATE SET ");
    let given: Vec<usize> = set.iter().map(|(column, _)| *column).collect();
    let none_given = set.is_empty();
    sql.list(", ", set, |sql, (column, becomes)| {
        let name = table.columns[column].name;
        sql.ident(name).push(" = ");
        match becomes {
            Becomes::Excluded => {
                sql.push("EXCLUDED.").ident(name);
            }
            Becomes::Cell(cell) => write_cell(sql, cell),
        }
    });
    automatic(sql, schema, table, &given, none_given);
    if let (true, Some(removed)) = (live_only, table.soft_delete()) {
        sql.push(" WHERE ").table(schema, table).push(".").ident(removed.name).push(" IS NULL");
    }
}
