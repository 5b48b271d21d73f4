//! INSERT, UPDATE and DELETE of one table: one row, or the rows of a condition. Column lists are always explicit, so that a
//! column added by a newer version of the application cannot break an older one.

use std::cell::Cell;
use std::fmt;

use crate::datum::Datum;
use crate::ident::Ident;
use crate::param::Param;
use crate::schema::{Role, Table};
use crate::sql::literal::raw;
use crate::sql::removed_rows::guarded;
use crate::sql::scope::Scope;
use crate::sql::tree::{Expr, Filter, Removed};
use crate::sql::writer::Sql;

/// The value that a write gives a column.
#[derive(Clone)]
pub(crate) enum ColumnValue {
    /// A bound value.
    Bound(Datum),
    /// An SQL expression from the source of the library or the application.
    Sql(&'static str),
    /// What PostgreSQL computes from the tables of the write.
    Computed(Expr),
    /// The column's default.
    Default,
}

impl ColumnValue {
    /// Returns whether both are computed alike from equal values, so that one statement can assign them to several rows.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bound(one), Self::Bound(other)) => one.equals(other),
            (Self::Sql(one), Self::Sql(other)) => one == other,
            (Self::Default, Self::Default) => true,
            (Self::Computed(one), Self::Computed(other)) => {
                let public = Ident::public();
                let written = |expr: &Expr| {
                    let mut sql = Sql::default();
                    expr.write(&mut sql, &Scope::named(&public, "t"));
                    sql
                };
                let (one, other) = (written(one), written(other));
                let mut params = one.params.iter().zip(&other.params);
                one.text.to_text() == other.text.to_text()
                    && one.params.len() == other.params.len()
                    && params.all(|(a, b)| a.value.equals(&b.value))
            }
            _ => false,
        }
    }
}

/// Hides the value.
impl fmt::Debug for ColumnValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// The columns that a write sets, by position in the table, each with its value.
pub(crate) type Assignments = Vec<(usize, ColumnValue)>;

thread_local! {
    /// A list that the last row of a batch has given back, so that a batch does not allocate one per row.
    static SPARE: Cell<Assignments> = const { Cell::new(Vec::new()) };
}

/// Returns an empty list.
pub(crate) fn no_assignments() -> Assignments {
    SPARE.try_with(Cell::take).unwrap_or_default()
}

/// Keeps the memory of a list for the next one.
pub(crate) fn give_back(mut assignments: Assignments) {
    assignments.clear();
    let _ = SPARE.try_with(|spare| spare.set(assignments));
}

/// Builds `INSERT …`. Columns without a value take their default.
pub(crate) fn insert(schema: &Ident, table: &Table, assignments: Assignments) -> Sql {
    let mut sql = Sql::default();
    write_insert(&mut sql, schema, table, assignments);
    sql
}

/// Appends what [`insert`] builds.
pub(crate) fn write_insert(sql: &mut Sql, schema: &Ident, table: &Table, assignments: Assignments) {
    sql.push("INSERT INTO ").table(schema, table);
    if assignments.is_empty() {
        sql.push(" DEFAULT VALUES");
        return;
    }
    sql.push(" (").list(", ", &assignments, |sql, (column, _)| {
        sql.ident(table.columns[*column].name);
    });
    let scope = Scope::of(schema, table);
    sql.push(") VALUES (").list(", ", assignments, |sql, (_, value)| write_value(sql, &scope, value)).push(")");
}

/// Builds `UPDATE … SET … WHERE …`, with the columns that every update sets.
pub(crate) fn update(schema: &Ident, table: &Table, assignments: Assignments, filter: Filter, removed: Removed) -> Sql {
    let mut sql = Sql::default();
    write_update(&mut sql, schema, table, assignments, filter, removed);
    sql
}

/// Appends what [`update`] builds.
pub(crate) fn write_update(
    sql: &mut Sql,
    schema: &Ident,
    table: &Table,
    assignments: Assignments,
    filter: Filter,
    removed: Removed,
) {
    sql.push("UPDATE ").table(schema, table);
    write_set(sql, &Scope::of(schema, table), table, assignments);
    write_where(sql, schema, table, filter, removed);
}

/// Appends `DELETE FROM … WHERE …`.
pub(crate) fn write_delete(sql: &mut Sql, schema: &Ident, table: &Table, filter: Filter, removed: Removed) {
    sql.push("DELETE FROM ").table(schema, table);
    write_where(sql, schema, table, filter, removed);
}

/// The columns that a write returns.
#[derive(Clone, Copy)]
pub(crate) enum Returned<'a> {
    /// All columns of the table, as one part of the text.
    All,
    /// These. Without any, a constant is returned, so that there are rows to count.
    Columns(&'a [&'static str]),
}

/// Appends `RETURNING …` for a write to `table`.
pub(crate) fn returning_of(sql: &mut Sql, table: &Table, returned: Returned<'_>) {
    match returned {
        Returned::All => {
            sql.push(" RETURNING ").columns(table.columns);
        }
        Returned::Columns(columns) => returning(sql, columns),
    }
}

/// Appends `RETURNING …`. Without columns it returns a constant, so that there are rows to count.
pub(crate) fn returning(sql: &mut Sql, columns: &[&'static str]) {
    sql.push(" RETURNING ");
    if columns.is_empty() {
        sql.push("1");
    }
    sql.list(", ", columns, |sql, column| {
        sql.ident(column);
    });
}

/// Builds a query that returns a constant per row for which the condition holds.
pub(crate) fn existing(schema: &Ident, table: &Table, filter: Filter, removed: Removed) -> Sql {
    let mut sql = Sql::default();
    sql.push("SELECT 1 FROM ").table(schema, table);
    write_where(&mut sql, schema, table, filter, removed);
    sql
}

/// Builds [`existing`] with the further condition that a trigger, a rule or a policy of the table may skip updates. A row that it
/// returns does not prove a skip: another transaction may have written it just now.
pub(crate) fn skippable(schema: &Ident, table: &Table, filter: Filter, removed: Removed) -> Sql {
    let mut sql = existing(schema, table, filter, removed);
    let mut name = Sql::default();
    name.table(schema, table);
    let relation = sql.bind(Param::new(name.text.to_text()));
    sql.push(" AND EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass(");
    // The bits of `tgtype`, as in the catalog's pg_trigger.h: 1 row, 2 before, 16 update, 64 instead of.
    sql.placeholder(relation).push(
        r")
          AND (
            c.relrowsecurity
            OR EXISTS (
              SELECT FROM pg_catalog.pg_trigger AS t
              WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D'
                AND t.tgtype & 17 = 17 AND t.tgtype & 66 <> 0
            )
            OR EXISTS (
              SELECT FROM pg_catalog.pg_rewrite AS r
              WHERE r.ev_class = c.oid AND r.ev_type = '2' AND r.is_instead
            )
          ))",
    );
    sql
}

/// Appends ` SET …`, with the columns that every update sets.
pub(crate) fn write_set(sql: &mut Sql, scope: &Scope<'_>, table: &Table, assignments: Assignments) {
    let set: Vec<usize> = assignments.iter().map(|(column, _)| *column).collect();
    sql.push(" SET ").list(", ", assignments, |sql, (column, value)| {
        sql.ident(table.columns[column].name).push(" = ");
        write_value(sql, scope, value);
    });
    write_automatic(sql, scope, table, &set);
}

/// Appends the assignments that every update makes, except to the columns in `set`, which precede them.
pub(crate) fn write_automatic(sql: &mut Sql, scope: &Scope<'_>, table: &Table, set: &[usize]) {
    let mut separator = if set.is_empty() { "" } else { ", " };
    for (_, column) in table.columns.iter().enumerate().filter(|(at, _)| !set.contains(at)) {
        if column.role == Role::Version {
            sql.push(separator).ident(column.name).push(" = ");
            Expr::first(column.name).write(sql, scope);
            sql.push(" + 1");
        } else if let Some(expression) = column.on_update {
            sql.push(separator).ident(column.name).push(" = ").push(expression);
        } else {
            continue;
        }
        separator = ", ";
    }
}

/// Appends the value's placeholder, or the expression.
pub(crate) fn write_value(sql: &mut Sql, scope: &Scope<'_>, value: ColumnValue) {
    match value {
        ColumnValue::Bound(value) => {
            sql.param(value.into_param());
        }
        ColumnValue::Sql(expression) => {
            sql.push_cow(&raw(expression));
        }
        ColumnValue::Computed(expr) => expr.write(sql, scope),
        ColumnValue::Default => {
            sql.push("DEFAULT");
        }
    }
}

fn write_where(sql: &mut Sql, schema: &Ident, table: &Table, filter: Filter, removed: Removed) {
    sql.push(" WHERE ");
    guarded(table, removed, filter).write(sql, &Scope::of(schema, table));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Column;

    const COLUMNS: &[Column] = &[
        Column::of::<i32>("id"),
        Column::of::<String>("na\"me"),
        Column::of::<String>("touched").on_update("now()"),
        Column::of::<i64>("version").role(Role::Version),
        Column::of::<Option<String>>("gone").soft_delete(),
    ];
    const TABLE: Table = Table::new("order", COLUMNS, &["id"]);

    fn by_id() -> Filter {
        Filter::equals("id", Param::new(1_i32))
    }

    fn set(column: usize, value: &'static str) -> Assignments {
        vec![(column, ColumnValue::Bound(Datum::new(value.to_owned())))]
    }

    #[test]
    fn an_update_sets_what_was_given_and_what_every_update_sets() {
        let sql = update(&Ident::public(), &TABLE, set(1, "x"), by_id(), Removed::Hidden);
        let expected =
            r#"UPDATE "public"."order" SET "na""me" = $1, "touched" = now(), "version" = "version" + 1 WHERE "#;
        assert!(sql.text.to_text().starts_with(expected), "{}", sql.text.to_text());
    }

    #[test]
    fn a_value_given_for_an_automatic_column_wins() {
        let sql = update(&Ident::public(), &TABLE, set(2, "x"), by_id(), Removed::Hidden);
        assert!(sql.text.to_text().contains(r#"SET "touched" = $1, "version" ="#), "{}", sql.text.to_text());
    }

    #[test]
    fn an_insert_without_values_takes_all_defaults() {
        let sql = insert(&Ident::public(), &TABLE, vec![]);
        assert_eq!(sql.text.to_text(), r#"INSERT INTO "public"."order" DEFAULT VALUES"#);
    }

    #[test]
    fn the_guard_against_removed_rows_stands_outside_an_or() {
        let mut sql = Sql::default();
        write_delete(&mut sql, &Ident::public(), &TABLE, by_id().or(by_id()), Removed::Hidden);
        assert!(
            sql.text.to_text().ends_with(r#"WHERE (("id" = $1 OR "id" = $2) AND "gone" IS NULL)"#),
            "{}",
            sql.text.to_text()
        );
    }

    #[test]
    fn values_are_alike_if_they_are_written_alike_with_equal_parameters() {
        let bound = |value: i32| ColumnValue::Bound(Datum::new(value));
        let computed =
            |value: i32| ColumnValue::Computed(Expr::pieces(&["abs(", ")"], [Expr::Value(Param::new(value), None)]));
        let (sql, all) = (ColumnValue::Sql, || [bound(1), bound(2), computed(1), computed(2), ColumnValue::Default]);
        for (at, one) in all().iter().enumerate() {
            for (other, value) in all().iter().enumerate() {
                assert_eq!(one.is_like(value), at == other, "{at} and {other}");
            }
            assert!(!one.is_like(&sql("now()")));
        }
        assert!(sql("now()").is_like(&sql("now()")));
        assert!(!sql("now()").is_like(&sql("DEFAULT")));
    }
}
