//! Updates and deletes of many rows by key. Rows are locked in the order of the batch before they change, so that two
//! batches in the same order cannot wait for each other.

use crate::ident::Ident;
use crate::schema::{Role, Table};
use crate::sql::bulk::{Lane, Source};
use crate::sql::guard::Removed;
use crate::sql::literal::raw;
use crate::sql::write::automatic;
use crate::sql::writer::Sql;

/// What becomes of the rows whose keys the first lanes hold.
pub(crate) struct ChangeMany<'a> {
    pub(crate) schema: &'a Ident,
    pub(crate) table: &'static Table,
    pub(crate) removed: Removed,
    /// Whether the lane after the key holds the version that each row must have.
    pub(crate) versioned: bool,
    pub(crate) change: Change<'a>,
}

/// What becomes of a row.
pub(crate) enum Change<'a> {
    /// It takes the values of the further lanes, and of expressions.
    Update { columns: &'a [usize], fixed: &'a [(usize, &'static str)] },
    /// It goes.
    Delete,
    /// Nothing: it is counted.
    Count,
}

/// Locks the rows whose keys the lanes hold, in the order of the batch.
pub(crate) fn lock(schema: &Ident, table: &'static Table, key: &[&'static str], lanes: Vec<Lane>) -> Sql {
    let mut sql = Sql::default();
    let source = Source::bind(&mut sql, lanes);
    sql.push("WITH ");
    source.write(&mut sql);
    sql.push(", \"l\" AS (SELECT 1 FROM \"r\" JOIN ");
    join(&mut sql, schema, table, key);
    sql.push(" ORDER BY \"r\".\"n\" FOR UPDATE OF \"t\") SELECT 1 FROM \"l\"");
    sql
}

/// The table as `"t"`, where its key is that of `"r"`.
fn join(sql: &mut Sql, schema: &Ident, table: &Table, key: &[&'static str]) {
    sql.table(schema, table).push(" AS \"t\" ON ");
    sql.list(" AND ", key.iter().enumerate(), |sql, (at, name)| {
        sql.push("\"t\".").ident(name).push(&format!(" = \"r\".\"c{at}\""));
    });
}

impl ChangeMany<'_> {
    /// The statement; with `returning`, each row comes with its number in front.
    pub(crate) fn write(self, lanes: Vec<Lane>, returning: Option<&[&'static str]>) -> Sql {
        let mut sql = Sql::default();
        let (schema, table, key) = (self.schema, self.table, self.table.primary_key);
        let total = lanes.len();
        let source = Source::bind(&mut sql, lanes);
        sql.push("WITH ");
        source.write(&mut sql);
        sql.push(", \"l\" AS (SELECT ");
        sql.list(", ", 0..total, |sql, at| {
            sql.push(&format!("\"r\".\"c{at}\""));
        });
        sql.push(", \"r\".\"n\" FROM \"r\" JOIN ");
        join(&mut sql, schema, table, key);
        if let (true, Some(version)) = (self.versioned, table.columns.iter().find(|c| c.role == Role::Version)) {
            sql.push(" AND \"t\".").ident(version.name).push(&format!(" = \"r\".\"c{}\"", key.len()));
        }
        self.guard(&mut sql);
        if let Change::Count = self.change {
            sql.push(") SELECT 1 FROM \"l\"");
            return sql;
        }
        sql.push(" ORDER BY \"r\".\"n\" FOR UPDATE OF \"t\")");
        sql.push(if returning.is_some() { ", \"x\" AS (" } else { " " });
        self.change(&mut sql);
        sql.list(" AND ", key.iter().enumerate(), |sql, (at, name)| {
            sql.table(schema, table).push(".").ident(name).push(&format!(" = \"l\".\"c{at}\""));
        });
        let Some(columns) = returning else { return sql };
        sql.push(" RETURNING \"l\".\"n\" AS \"n\"");
        for (at, column) in columns.iter().enumerate() {
            sql.push(", ").table(schema, table).push(".").ident(column).push(&format!(" AS \"c{at}\""));
        }
        sql.push(") SELECT \"n\"");
        for (at, column) in columns.iter().enumerate() {
            sql.push(&format!(", \"c{at}\" AS ")).ident(column);
        }
        sql.push(" FROM \"x\"");
        sql
    }

    fn guard(&self, sql: &mut Sql) {
        let Some(column) = self.table.soft_delete() else { return };
        match self.removed {
            Removed::Hidden => sql.push(" WHERE \"t\".").ident(column.name).push(" IS NULL"),
            Removed::Only => sql.push(" WHERE \"t\".").ident(column.name).push(" IS NOT NULL"),
            Removed::Shown => sql,
        };
    }

    /// `UPDATE … FROM "l" WHERE `, or `DELETE … USING "l" WHERE `.
    fn change(&self, sql: &mut Sql) {
        let (schema, table) = (self.schema, self.table);
        let Change::Update { columns, fixed } = &self.change else {
            sql.push("DELETE FROM ").table(schema, table).push(" USING \"l\" WHERE ");
            return;
        };
        sql.push("UPDATE ").table(schema, table).push(" SET ");
        let first = table.primary_key.len() + usize::from(self.versioned);
        let lanes = columns.iter().enumerate().map(|(at, column)| (*column, format!("\"l\".\"c{}\"", first + at)));
        let set: Vec<(usize, String)> =
            lanes.chain(fixed.iter().map(|(column, expression)| (*column, raw(expression)))).collect();
        let given: Vec<usize> = set.iter().map(|(column, _)| *column).collect();
        let none_given = set.is_empty();
        sql.list(", ", set, |sql, (column, value)| {
            sql.ident(table.columns[column].name).push(" = ").push(&value);
        });
        automatic(sql, schema, table, &given, none_given);
        sql.push(" FROM \"l\" WHERE ");
    }
}
