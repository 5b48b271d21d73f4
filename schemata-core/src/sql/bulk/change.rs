//! Updates and deletes of many rows by key, and the locks that come first. Rows are locked in the order of the batch before they
//! change, so that two batches in the same order cannot wait for each other.

use crate::ident::Ident;
use crate::schema::{Role, Table};
use crate::sql::bulk::unnest::{ColumnArrays, UnnestedRows};
use crate::sql::scope::Scope;
use crate::sql::tree::Removed;
use crate::sql::write::{ColumnValue, write_automatic, write_value};
use crate::sql::writer::Sql;

/// Rows to change. Their values are the key, then the expected version if `is_versioned`, then the columns to set.
pub(crate) struct BulkChange<'a> {
    pub(crate) schema: &'a Ident,
    pub(crate) table: &'static Table,
    pub(crate) removed: Removed,
    /// Whether each row must have an expected version.
    pub(crate) is_versioned: bool,
    /// Whether the rows are locked in the order of the batch before they change.
    pub(crate) is_ordered: bool,
    pub(crate) action: BulkAction<'a>,
    /// Columns to return, after the row's number in the batch.
    pub(crate) returning: Option<&'a [&'static str]>,
}

/// What a bulk change does to the rows it finds.
pub(crate) enum BulkAction<'a> {
    /// Sets columns to values of the batch, and others to expressions.
    Update {
        columns: &'a [usize],
        expressions: &'a [(usize, ColumnValue)],
    },
    Delete,
    /// Counts them, without locks.
    Count,
}

/// Locks the rows with these keys, in the order of the batch.
pub(crate) fn lock(schema: &Ident, table: &'static Table, key: &[&'static str], values: Vec<ColumnArrays>) -> Sql {
    let mut sql = Sql::default();
    UnnestedRows::bind(&mut sql, values).write_with(&mut sql);
    sql.push(r#", "l" AS (SELECT 1 FROM "r" JOIN "#);
    join_by_key(&mut sql, schema, table, key);
    sql.push(r#" ORDER BY "r"."n" FOR UPDATE OF "t") SELECT 1 FROM "l""#);
    sql
}

/// Appends the table as `"t"`, joined with `"r"` by key.
fn join_by_key(sql: &mut Sql, schema: &Ident, table: &Table, key: &[&'static str]) {
    sql.table(schema, table).push(r#" AS "t" ON "#);
    sql.list(" AND ", key.iter().enumerate(), |sql, (at, name)| {
        sql.push(r#""t"."#).ident(name).push_dynamic(&format!(r#" = "r"."c{at}""#));
    });
}

impl BulkChange<'_> {
    /// Builds the statement.
    pub(crate) fn write(self, values: Vec<ColumnArrays>) -> Sql {
        let mut sql = Sql::default();
        let (schema, table, key, total) = (self.schema, self.table, self.table.primary_key, values.len());
        UnnestedRows::bind(&mut sql, values).write_with(&mut sql);
        let is_count = matches!(self.action, BulkAction::Count);
        if self.is_ordered || is_count {
            sql.push(r#", "l" AS (SELECT "#).list(", ", 0..total, |sql, at| {
                sql.push_dynamic(&format!(r#""r"."c{at}""#));
            });
            sql.push(r#", "r"."n" FROM "r" JOIN "#);
            join_by_key(&mut sql, schema, table, key);
            self.write_conditions(&mut sql, r#""r""#, |sql| sql.push(r#""t""#));
        }
        if is_count {
            sql.push(r#") SELECT 1 FROM "l""#);
            return sql;
        }
        if self.is_ordered {
            sql.push(r#" ORDER BY "r"."n" FOR UPDATE OF "t")"#);
        }
        sql.push(if self.returning.is_some() { r#", "x" AS ("# } else { " " });
        self.write_action(&mut sql);
        sql.list(" AND ", key.iter().enumerate(), |sql, (at, name)| {
            sql.table(schema, table).push(".").ident(name).push_dynamic(&format!(r#" = "l"."c{at}""#));
        });
        if !self.is_ordered {
            self.write_conditions(&mut sql, r#""l""#, |sql| sql.table(schema, table));
        }
        let Some(columns) = self.returning else { return sql };
        sql.push(r#" RETURNING "l"."n" AS "n""#);
        for (at, column) in columns.iter().enumerate() {
            sql.push(", ").table(schema, table).push(".").ident(column).push_dynamic(&format!(r#" AS "c{at}""#));
        }
        sql.push(r#") SELECT "n""#);
        for (at, column) in columns.iter().enumerate() {
            sql.push_dynamic(&format!(r#", "c{at}" AS "#)).ident(column);
        }
        sql.push(r#" FROM "x""#);
        sql
    }

    /// Appends what a row must fulfil beside having the key: the expected version, and whether it may be removed. `rows` are those
    /// of the batch.
    fn write_conditions(&self, sql: &mut Sql, rows: &'static str, table: impl Fn(&mut Sql) -> &mut Sql) {
        if let (true, Some(version)) = (self.is_versioned, self.table.columns.iter().find(|c| c.role == Role::Version))
        {
            let at = self.table.primary_key.len();
            table(sql.push(" AND ")).push(".").ident(version.name).push(" = ").push(rows);
            sql.push_dynamic(&format!(r#"."c{at}""#));
        }
        let Some(column) = self.table.soft_delete() else { return };
        let test = match self.removed {
            Removed::Hidden => " IS NULL",
            Removed::Only => " IS NOT NULL",
            Removed::Shown => return,
        };
        table(sql.push(" AND ")).push(".").ident(column.name).push(test);
    }

    /// Appends `UPDATE … FROM "l" WHERE `, or `DELETE … USING "l" WHERE `.
    fn write_action(&self, sql: &mut Sql) {
        let (schema, table) = (self.schema, self.table);
        let BulkAction::Update { columns, expressions } = &self.action else {
            sql.push("DELETE FROM ").table(schema, table).push(" USING ").push(self.rows()).push(" WHERE ");
            return;
        };
        sql.push("UPDATE ").table(schema, table).push(" SET ");
        let first = table.primary_key.len() + usize::from(self.is_versioned);
        // Qualified, because `"l"` has columns of its own.
        let scope = Scope::named(schema, table.name);
        let mut separator = "";
        for (at, column) in columns.iter().enumerate() {
            sql.push(separator)
                .ident(table.columns[*column].name)
                .push_dynamic(&format!(r#" = "l"."c{}""#, first + at));
            separator = ", ";
        }
        for (column, value) in *expressions {
            sql.push(separator).ident(table.columns[*column].name).push(" = ");
            write_value(sql, &scope, value.clone());
            separator = ", ";
        }
        let set: Vec<usize> = columns.iter().copied().chain(expressions.iter().map(|(column, _)| *column)).collect();
        write_automatic(sql, &scope, table, &set);
        sql.push(" FROM ").push(self.rows()).push(" WHERE ");
    }

    /// Returns the rows of the batch as `"l"`: those that were locked, or all.
    fn rows(&self) -> &'static str {
        if self.is_ordered { r#""l""# } else { r#""r" AS "l""# }
    }
}
