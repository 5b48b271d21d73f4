//! SELECT, INSERT, UPDATE and DELETE of one table. Column lists are always explicit, so that a column added by a newer
//! version of the application cannot break an older one.

use crate::ident::Ident;
use crate::param::Param;
use crate::schema::Table;
use crate::sql::filter::Filter;
use crate::sql::writer::Sql;

/// What follows the condition of a SELECT.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    /// Columns with their direction, like ` DESC`.
    pub(crate) order: Vec<(&'static str, &'static str)>,
    /// LIMIT.
    pub(crate) limit: Option<i64>,
    /// OFFSET.
    pub(crate) offset: Option<i64>,
    /// FOR UPDATE.
    pub(crate) for_update: bool,
}

/// `SELECT … FROM … WHERE …`.
pub(crate) fn select(schema: &Ident, table: &Table, filter: Option<Filter>, tail: Tail) -> Sql {
    let mut sql = Sql::default();
    sql.push("SELECT ").columns(table.columns).push(" FROM ").table(schema, table);
    condition(&mut sql, live(table, filter));
    if !tail.order.is_empty() {
        sql.push(" ORDER BY ").list(", ", tail.order, |sql, (column, direction)| {
            sql.ident(column).push(direction);
        });
    }
    if let Some(limit) = tail.limit {
        sql.push(" LIMIT ").param(Box::new(limit));
    }
    if let Some(offset) = tail.offset {
        sql.push(" OFFSET ").param(Box::new(offset));
    }
    if tail.for_update {
        sql.push(" FOR UPDATE");
    }
    sql
}

/// `SELECT count(*) FROM … WHERE …`.
pub(crate) fn count(schema: &Ident, table: &Table, filter: Option<Filter>) -> Sql {
    let mut sql = Sql::default();
    sql.push("SELECT count(*) FROM ").table(schema, table);
    condition(&mut sql, live(table, filter));
    sql
}

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
    condition(&mut sql, live(table, Some(filter)));
    sql.push(" RETURNING ").columns(table.columns);
    sql
}

/// `DELETE FROM … WHERE …`.
pub(crate) fn delete(schema: &Ident, table: &Table, filter: Filter) -> Sql {
    let mut sql = Sql::default();
    sql.push("DELETE FROM ").table(schema, table);
    condition(&mut sql, live(table, Some(filter)));
    sql
}

/// Adds the guard against removed rows, where the table has them.
fn live(table: &Table, filter: Option<Filter>) -> Option<Filter> {
    let guard = table.soft_delete().map(|column| Filter::Postfix { column: column.name, test: " IS NULL" });
    match (filter, guard) {
        (Some(filter), Some(guard)) => Some(filter.and(guard)),
        (filter, guard) => filter.or(guard),
    }
}

fn condition(sql: &mut Sql, filter: Option<Filter>) {
    if let Some(filter) = filter {
        sql.push(" WHERE ");
        filter.write(sql);
    }
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
        Filter::Compare { column: "id", operator: " = ", value: Box::new(1_i32) }
    }

    #[test]
    fn every_identifier_is_quoted_and_every_column_named() {
        let sql = select(&Ident::public(), &TABLE, None, Tail::default());
        assert_eq!(sql.text, r#"SELECT "id", "na""me", "touched", "gone" FROM "public"."order" WHERE "gone" IS NULL"#);
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
