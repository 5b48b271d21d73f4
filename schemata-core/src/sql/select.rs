//! Writes SELECT from one table. Column lists are always explicit, so that a column that a newer version of the application
//! adds cannot break an older one.

use crate::ident::Ident;
use crate::schema::Table;
use crate::sql::expr::Expr;
use crate::sql::filter::Filter;
use crate::sql::removed_rows::{Removed, guarded};
use crate::sql::scope::Scope;
use crate::sql::writer::Sql;

/// A key of ORDER BY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SortKey {
    /// The expression to sort by.
    pub(crate) expr: Expr,
    /// Whether the largest value comes first.
    pub(crate) descending: bool,
    /// Whether NULLs come first.
    pub(crate) nulls_first: bool,
}

impl SortKey {
    /// Writes the key without PostgreSQL's defaults, as one would write it by hand.
    pub(crate) fn write(self, sql: &mut Sql, scope: &Scope<'_>) {
        self.expr.write(sql, scope);
        if self.descending {
            sql.push(" DESC");
        }
        match (self.descending, self.nulls_first) {
            (false, true) => sql.push(" NULLS FIRST"),
            (true, false) => sql.push(" NULLS LAST"),
            _ => sql,
        };
    }
}

/// The rows that remain of equal ones.
#[derive(Debug, Clone, Default)]
pub(crate) enum Distinct {
    /// All rows.
    #[default]
    No,
    /// One of the rows that are equal in every listed column.
    Rows,
    /// The first of the rows that are equal in these columns.
    On(Vec<&'static str>),
}

/// How rows are locked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lock {
    /// Like ` FOR UPDATE`.
    pub(crate) strength: &'static str,
    /// Like ` SKIP LOCKED`; empty to wait.
    pub(crate) waiting: &'static str,
}

/// A SELECT from one table, without its list.
pub(crate) struct Query {
    pub(crate) table: &'static Table,
    pub(crate) filter: Option<Filter>,
    pub(crate) removed: Removed,
    pub(crate) distinct: Distinct,
    pub(crate) group: Vec<&'static str>,
    pub(crate) having: Option<Filter>,
    pub(crate) order: Vec<SortKey>,
    pub(crate) limit: Option<i64>,
    pub(crate) offset: Option<i64>,
    pub(crate) lock: Option<Lock>,
}

impl Query {
    /// Returns the query for all rows of `table` that are not soft-deleted.
    pub(crate) fn of(table: &'static Table) -> Self {
        Self {
            table,
            filter: None,
            removed: Removed::default(),
            distinct: Distinct::default(),
            group: Vec::new(),
            having: None,
            order: Vec::new(),
            limit: None,
            offset: None,
            lock: None,
        }
    }

    /// Writes the whole SELECT.
    pub(crate) fn write(self, sql: &mut Sql, scope: &Scope<'_>, list: &[Expr]) {
        sql.push("SELECT ");
        match &self.distinct {
            Distinct::No => {}
            Distinct::Rows => {
                sql.push("DISTINCT ");
            }
            Distinct::On(columns) => {
                sql.push("DISTINCT ON (").list(", ", columns, |sql, column| scope.column(sql, column)).push(") ");
            }
        }
        sql.list(", ", list, |sql, expr| expr.write(sql, scope)).push(" FROM ");
        scope.table(sql, self.table);
        condition(sql, scope, " WHERE ", guarded(self.table, self.removed, self.filter));
        if !self.group.is_empty() {
            sql.push(" GROUP BY ").list(", ", self.group, |sql, column| scope.column(sql, column));
        }
        condition(sql, scope, " HAVING ", self.having);
        order_by(sql, scope, &self.order);
        if let Some(limit) = self.limit {
            sql.push(" LIMIT ").param(Box::new(limit));
        }
        if let Some(offset) = self.offset {
            sql.push(" OFFSET ").param(Box::new(offset));
        }
        if let Some(lock) = self.lock {
            sql.push(lock.strength).push(lock.waiting);
        }
    }
}

/// Writes a filter after its keyword, or nothing.
pub(crate) fn condition(sql: &mut Sql, scope: &Scope<'_>, keyword: &str, filter: Option<Filter>) {
    if let Some(filter) = filter {
        sql.push(keyword);
        filter.write(sql, scope);
    }
}

/// Writes ` ORDER BY …`, or nothing.
pub(crate) fn order_by(sql: &mut Sql, scope: &Scope<'_>, order: &[SortKey]) {
    if !order.is_empty() {
        sql.push(" ORDER BY ").list(", ", order, |sql, key| key.write(sql, scope));
    }
}

/// Returns `SELECT list FROM … WHERE …`.
pub(crate) fn select(schema: &Ident, query: Query, list: &[Expr]) -> Sql {
    let mut sql = Sql::default();
    let table = query.table;
    query.write(&mut sql, &Scope::of(schema, table), list);
    sql
}

/// Returns the statement that counts the rows of a query, ignoring its order, limit, offset and lock.
pub(crate) fn count(schema: &Ident, query: Query, list: &[Expr]) -> Sql {
    let (mut sql, table) = (Sql::default(), query.table);
    let query = Query { order: Vec::new(), limit: None, offset: None, lock: None, ..query };
    if matches!(query.distinct, Distinct::No) {
        query.write(&mut sql, &Scope::of(schema, table), &[Expr::CountRows]);
    } else {
        sql.push("SELECT count(*) FROM (");
        query.write(&mut sql, &Scope::of(schema, table), list);
        sql.push(") AS ").ident("rows");
    }
    sql
}

/// Returns `SELECT EXISTS (SELECT FROM … WHERE …)`.
pub(crate) fn exists(schema: &Ident, query: Query) -> Sql {
    let (mut sql, table) = (Sql::default(), query.table);
    let query = Query { distinct: Distinct::No, order: Vec::new(), lock: None, ..query };
    sql.push("SELECT EXISTS (");
    query.write(&mut sql, &Scope::of(schema, table), &[]);
    sql.push(")");
    sql
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Column;

    const COLUMNS: &[Column] =
        &[Column::of::<i32>("id"), Column::of::<String>("na\"me"), Column::of::<Option<String>>("gone").soft_delete()];
    const TABLE: Table = Table::new("order", COLUMNS, &["id"]);

    fn key(descending: bool, nulls_first: bool) -> SortKey {
        SortKey { expr: Expr::Column("id"), descending, nulls_first }
    }

    #[test]
    fn every_identifier_is_quoted_and_every_column_named() {
        let list: Vec<Expr> = COLUMNS.iter().map(|column| Expr::Column(column.name)).collect();
        let sql = select(&Ident::public(), Query::of(&TABLE), &list);
        assert_eq!(sql.text, r#"SELECT "id", "na""me", "gone" FROM "public"."order" WHERE "gone" IS NULL"#);
    }

    #[test]
    fn nulls_are_named_where_they_do_not_stand_by_themselves() {
        let query = Query { order: vec![key(false, false), key(false, true)], ..Query::of(&TABLE) };
        let query = Query { removed: Removed::Shown, ..query };
        let text = select(&Ident::public(), query, &[Expr::CountRows]).text;
        assert_eq!(text, r#"SELECT count(*) FROM "public"."order" ORDER BY "id", "id" NULLS FIRST"#);
        let query = Query { order: vec![key(true, false), key(true, true)], ..Query::of(&TABLE) };
        let text = select(&Ident::public(), query, &[Expr::CountRows]).text;
        assert!(text.ends_with(r#" ORDER BY "id" DESC NULLS LAST, "id" DESC"#), "{text}");
    }

    #[test]
    fn counting_distinct_rows_counts_a_sub_select() {
        let query = Query { distinct: Distinct::On(vec!["id"]), limit: Some(1), ..Query::of(&TABLE) };
        let text = count(&Ident::public(), query, &[Expr::Column("id")]).text;
        let inner = r#"SELECT DISTINCT ON ("id") "id" FROM "public"."order" WHERE "gone" IS NULL"#;
        assert_eq!(text, format!(r#"SELECT count(*) FROM ({inner}) AS "rows""#));
    }
}
