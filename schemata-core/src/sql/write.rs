//! INSERT, UPDATE and DELETE of one table, one row or those of a condition. Column lists are always explicit, so that a
//! column added by a newer version of the application cannot break an older one.

use crate::ident::Ident;
use crate::param::Param;
use crate::schema::{Role, Table};
use crate::sql::filter::Filter;
use crate::sql::guard::{Removed, guarded};
use crate::sql::literal::raw;
use crate::sql::scope::Scope;
use crate::sql::select::condition;
use crate::sql::writer::Sql;

/// What a column is set to.
pub(crate) enum Cell {
    /// A bound value.
    Value(Param),
    /// An expression, as the library or the application's source wrote it.
    Sql(&'static str),
}

/// Positions in the table's columns, each with what it is set to.
pub(crate) type Cells = Vec<(usize, Cell)>;

/// `INSERT …`. Columns without a value take their default.
pub(crate) fn insert(schema: &Ident, table: &Table, cells: Cells) -> Sql {
    let mut sql = Sql::default();
    sql.push("INSERT INTO ").table(schema, table);
    if cells.is_empty() {
        sql.push(" DEFAULT VALUES");
        return sql;
    }
    sql.push(" (").list(", ", &cells, |sql, (column, _)| {
        sql.ident(table.columns[*column].name);
    });
    sql.push(") VALUES (").list(", ", cells, |sql, (_, cell)| write_cell(sql, cell)).push(")");
    sql
}

/// `UPDATE … SET … WHERE …`, with the columns that every update sets.
pub(crate) fn update(schema: &Ident, table: &Table, cells: Cells, filter: Filter, removed: Removed) -> Sql {
    let mut sql = Sql::default();
    sql.push("UPDATE ").table(schema, table).push(" SET ");
    let set: Vec<usize> = cells.iter().map(|(column, _)| *column).collect();
    let none_given = cells.is_empty();
    sql.list(", ", cells, |sql, (column, cell)| {
        sql.ident(table.columns[column].name).push(" = ");
        write_cell(sql, cell);
    });
    automatic(&mut sql, schema, table, &set, none_given);
    only_where(&mut sql, schema, table, filter, removed);
    sql
}

/// `DELETE FROM … WHERE …`.
pub(crate) fn delete(schema: &Ident, table: &Table, filter: Filter, removed: Removed) -> Sql {
    let mut sql = Sql::default();
    sql.push("DELETE FROM ").table(schema, table);
    only_where(&mut sql, schema, table, filter, removed);
    sql
}

/// `RETURNING …`. For no columns a constant stands in, so that there is a row to count.
pub(crate) fn returning(sql: &mut Sql, columns: &[&'static str]) {
    sql.push(" RETURNING ");
    if columns.is_empty() {
        sql.push("1");
    }
    sql.list(", ", columns, |sql, column| {
        sql.ident(column);
    });
}

/// A row for each that the condition selects.
pub(crate) fn exists(schema: &Ident, table: &Table, filter: Filter, removed: Removed) -> Sql {
    let mut sql = Sql::default();
    sql.push("SELECT 1 FROM ").table(schema, table);
    only_where(&mut sql, schema, table, filter, removed);
    sql
}

/// Returns a row for each one that the condition selects, if a trigger, a rule or a policy of the table may skip updates.
/// The row alone does not prove a skip: another transaction may have written it just now.
pub(crate) fn skipped(schema: &Ident, table: &Table, filter: Filter, removed: Removed) -> Sql {
    let mut sql = exists(schema, table, filter, removed);
    let mut name = Sql::default();
    name.table(schema, table);
    let relation = sql.bind(Box::new(name.text));
    // The bits of `tgtype`, as in the catalog's pg_trigger.h: 1 row, 2 before, 16 update, 64 instead of.
    sql.push(" AND EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass(")
        .placeholder(relation);
    sql.push(
        ") AND (c.relrowsecurity OR EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = c.oid \
         AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgtype & 17 = 17 AND t.tgtype & 66 <> 0) \
         OR EXISTS (SELECT FROM pg_catalog.pg_rewrite AS r WHERE r.ev_class = c.oid AND r.ev_type = '2' AND r.is_instead)))",
    );
    sql
}

/// The assignments that every update makes, but for the columns in `set`.
pub(crate) fn automatic(sql: &mut Sql, schema: &Ident, table: &Table, set: &[usize], first: bool) {
    let mut separator = if first { "" } else { ", " };
    for (_, column) in table.columns.iter().enumerate().filter(|(at, _)| !set.contains(at)) {
        if column.role == Role::Version {
            // Qualified, since ON CONFLICT has a second row of the same columns in sight.
            sql.push(separator).ident(column.name).push(" = ").table(schema, table).push(".").ident(column.name);
            sql.push(" + 1");
        } else if let Some(expression) = column.on_update {
            sql.push(separator).ident(column.name).push(" = ").push(expression);
        } else {
            continue;
        }
        separator = ", ";
    }
}

/// The value's placeholder, or the expression.
pub(crate) fn write_cell(sql: &mut Sql, cell: Cell) {
    match cell {
        Cell::Value(value) => sql.param(value),
        Cell::Sql(expression) => sql.push(&raw(expression)),
    };
}

fn only_where(sql: &mut Sql, schema: &Ident, table: &Table, filter: Filter, removed: Removed) {
    let filter = guarded(table, removed, Some(filter));
    condition(sql, &Scope::of(schema, table), " WHERE ", filter);
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
        Filter::equals("id", Box::new(1_i32))
    }

    fn set(column: usize, value: &'static str) -> Cells {
        vec![(column, Cell::Value(Box::new(value.to_owned())))]
    }

    #[test]
    fn an_update_sets_what_was_given_and_what_every_update_sets() {
        let sql = update(&Ident::public(), &TABLE, set(1, "x"), by_id(), Removed::Hidden);
        let expected = r#"UPDATE "public"."order" SET "na""me" = $1, "touched" = now(), "version" = "public"."order"."version" + 1 WHERE "#;
        assert!(sql.text.starts_with(expected), "{}", sql.text);
    }

    #[test]
    fn a_value_given_for_an_automatic_column_wins() {
        let sql = update(&Ident::public(), &TABLE, set(2, "x"), by_id(), Removed::Hidden);
        assert!(sql.text.contains(r#"SET "touched" = $1, "version" ="#), "{}", sql.text);
    }

    #[test]
    fn an_insert_without_values_takes_all_defaults() {
        let sql = insert(&Ident::public(), &TABLE, vec![]);
        assert_eq!(sql.text, r#"INSERT INTO "public"."order" DEFAULT VALUES"#);
    }

    #[test]
    fn the_guard_against_removed_rows_stands_outside_an_or() {
        let sql = delete(&Ident::public(), &TABLE, by_id().or(by_id()), Removed::Hidden);
        assert!(sql.text.ends_with(r#"WHERE (("id" = $1 OR "id" = $2) AND "gone" IS NULL)"#), "{}", sql.text);
    }
}
