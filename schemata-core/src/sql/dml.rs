//! SELECT of one table. Column lists are always explicit, so that a column added by a newer
//! version of the application cannot break an older one.

use crate::ident::Ident;
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

    #[test]
    fn every_identifier_is_quoted_and_every_column_named() {
        let sql = select(&Ident::public(), &TABLE, None, Tail::default());
        assert_eq!(sql.text, r#"SELECT "id", "na""me", "touched", "gone" FROM "public"."order" WHERE "gone" IS NULL"#);
    }
}
