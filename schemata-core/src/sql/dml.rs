//! INSERT, UPDATE and DELETE of one table. Column lists are always explicit, so that a column added by a newer
//! version of the application cannot break an older one.

use crate::ident::Ident;
use crate::param::Param;
use crate::schema::Table;
use crate::sql::filter::Filter;
use crate::sql::guard::{Removed, guarded};
use crate::sql::scope::Scope;
use crate::sql::select::condition;
use crate::sql::writer::Sql;

/// `INSERT … RETURNING …`. Columns without a value take their default.
pub(crate) fn insert(schema: &Ident, table: &Table, values: Vec<(usize, Param)>) -> Sql {
    let mut sql = Sql::default();
    sql.push("INSERT INTO ").table(schema, table);
    if values.is_empty() {
        sql.push(" DEFAULT VALUES");
    } else {
        sql.push(" (").list(", ", &values, |sql, (column, _)| {
            sql.ident(table.columns[*column].name);
        });
        sql.push(") VALUES (").list(", ", values, |sql, (_, value)| {
            sql.param(value);
        });
        sql.push(")");
    }
    sql.push(" RETURNING ").columns(table.columns);
    sql
}

/// `UPDATE … SET … WHERE … RETURNING …`, with the columns that every update sets.
pub(crate) fn update(schema: &Ident, table: &Table, values: Vec<(usize, Param)>, filter: Filter) -> Sql {
    let mut sql = Sql::default();
    let set: Vec<usize> = values.iter().map(|(column, _)| *column).collect();
    let automatic = table
        .columns
        .iter()
        .enumerate()
        .filter(|(at, _)| !set.contains(at))
        .filter_map(|(_, column)| Some((column.name, column.on_update?)));
    sql.push("UPDATE ").table(schema, table).push(" SET ").list(", ", values, |sql, (column, value)| {
        sql.ident(table.columns[column].name).push(" = ").param(value);
    });
    for (column, expression) in automatic {
        sql.push(", ").ident(column).push(" = ").push(expression);
    }
    live(schema, &mut sql, table, filter);
    sql.push(" RETURNING ").columns(table.columns);
    sql
}

/// `DELETE FROM … WHERE …`.
pub(crate) fn delete(schema: &Ident, table: &Table, filter: Filter) -> Sql {
    let mut sql = Sql::default();
    sql.push("DELETE FROM ").table(schema, table);
    live(schema, &mut sql, table, filter);
    sql
}

fn live(schema: &Ident, sql: &mut Sql, table: &Table, filter: Filter) {
    let filter = guarded(table, Removed::Hidden, Some(filter));
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
        Column::of::<Option<String>>("gone").soft_delete(),
    ];
    const TABLE: Table = Table::new("order", COLUMNS, &["id"]);

    fn by_id() -> Filter {
        Filter::equals("id", Box::new(1_i32))
    }

    #[test]
    fn an_update_sets_what_was_given_and_what_every_update_sets() {
        let sql = update(&Ident::public(), &TABLE, vec![(1, Box::new("x"))], by_id());
        assert!(sql.text.starts_with(r#"UPDATE "public"."order" SET "na""me" = $1, "touched" = now() WHERE "#));
    }

    #[test]
    fn a_value_given_for_an_automatic_column_wins() {
        let sql = update(&Ident::public(), &TABLE, vec![(2, Box::new("x"))], by_id());
        assert!(sql.text.contains(r#"SET "touched" = $1 WHERE"#), "{}", sql.text);
    }

    #[test]
    fn an_insert_without_values_takes_all_defaults() {
        let sql = insert(&Ident::public(), &TABLE, vec![]);
        assert!(sql.text.starts_with(r#"INSERT INTO "public"."order" DEFAULT VALUES RETURNING "id""#));
    }

    #[test]
    fn the_guard_against_removed_rows_stands_outside_an_or() {
        let sql = delete(&Ident::public(), &TABLE, by_id().or(by_id()));
        assert!(sql.text.ends_with(r#"WHERE (("id" = $1 OR "id" = $2) AND "gone" IS NULL)"#), "{}", sql.text);
    }
}
