//! Builds and writes SELECT. Column lists are always explicit, so that a column that a newer version of the application adds
//! cannot break an older one.

use crate::ident::Ident;
use crate::param::Param;
use crate::sql::expr_text::write_order;
use crate::sql::removed_rows::guard;
use crate::sql::scope::Scope;
use crate::sql::tree::{ColumnRef, Distinct, Expr, Filter, FromItem, JoinKind, List, Lock, Query, Removed, TableRef};
use crate::sql::writer::Sql;

impl Query {
    /// Returns the query for all rows of `table` that are not soft-deleted.
    #[cfg(test)]
    pub(crate) fn of(table: &'static crate::schema::Table) -> Self {
        Self::from(FromItem { model: None, name: table.name, table })
    }

    /// Returns the query for all rows of a table that are not soft-deleted.
    pub(crate) fn from(from: FromItem) -> Self {
        Self {
            list: List::Whole,
            from,
            joins: Vec::new(),
            filter: None,
            removed: Removed::default(),
            distinct: Distinct::default(),
            is_grouped: false,
            group: Vec::new(),
            having: None,
            order: Vec::new(),
            limit: None,
            offset: None,
            lock: None,
        }
    }

    /// Adds a condition that the rows must fulfil as well.
    pub(crate) fn add_filter(&mut self, filter: Filter) {
        self.filter = Some(match self.filter.take() {
            Some(known) => known.and(filter),
            None => filter,
        });
    }

    /// Returns the depth of nesting of its parts.
    pub(crate) fn levels(&self) -> u32 {
        let filters =
            [&self.filter, &self.having].into_iter().flatten().chain(self.joins.iter().filter_map(|j| j.on.as_ref()));
        let listed: &[Expr] = if let List::Of(list) = &self.list { list } else { &[] };
        let exprs = listed.iter().chain(&self.group).chain(self.order.iter().map(|key| &key.expr));
        filters.map(Filter::levels).chain(exprs.map(Expr::levels)).max().unwrap_or(0)
    }

    /// Returns the scope of the query as a statement of its own.
    pub(crate) fn scope<'a>(&self, schema: &'a Ident) -> Scope<'a> {
        Scope::query(schema, self.from, self.joins.iter().map(|join| join.item))
    }

    /// Writes the query as a sub-select of the query with this scope.
    pub(crate) fn write_inner(&self, sql: &mut Sql, outer: &Scope<'_>) {
        self.write(sql, &outer.inner(self.from, self.joins.iter().map(|join| join.item)));
    }

    /// Writes the whole SELECT.
    pub(crate) fn write(&self, sql: &mut Sql, scope: &Scope<'_>) {
        sql.push("SELECT ");
        match &self.distinct {
            Distinct::No => {}
            Distinct::Rows => {
                sql.push("DISTINCT ");
            }
            Distinct::On(exprs) => {
                sql.push("DISTINCT ON (").list(", ", exprs, |sql, expr| expr.write(sql, scope)).push(") ");
            }
        }
        self.write_list(sql, scope);
        self.write_from(sql, scope);
        if self.is_filtered() {
            sql.push(" WHERE ");
            self.write_filter(sql, scope);
        }
        if !self.group.is_empty() {
            sql.push(" GROUP BY ").list(", ", &self.group, |sql, expr| expr.write(sql, scope));
        }
        write_condition(sql, scope, " HAVING ", self.having.as_ref());
        write_order(sql, scope, &self.order, " ORDER BY ");
        if let Some(limit) = self.limit {
            sql.push(" LIMIT ").param(Param::new(limit));
        }
        if let Some(offset) = self.offset {
            sql.push(" OFFSET ").param(Param::new(offset));
        }
        if let Some(lock) = &self.lock {
            lock.write(sql, scope);
        }
    }

    /// Writes what the query lists.
    pub(crate) fn write_list(&self, sql: &mut Sql, scope: &Scope<'_>) {
        match &self.list {
            List::Whole => sql.list(", ", self.from.table.columns, |sql, column| {
                scope.column(sql, ColumnRef { table: TableRef::First, name: column.name });
            }),
            List::Of(list) => sql.list(", ", list, |sql, expr| expr.write(sql, scope)),
        };
    }

    /// Writes ` FROM …`, joins included.
    pub(crate) fn write_from(&self, sql: &mut Sql, scope: &Scope<'_>) {
        let filtered_first = self.filters_before_joining();
        sql.push(" FROM ");
        let first = if filtered_first { self.removed } else { Removed::Shown };
        write_item(sql, scope, self.from, 0, first);
        for (at, join) in self.joins.iter().enumerate() {
            sql.push(match join.kind {
                JoinKind::Inner => " JOIN ",
                JoinKind::Left => " LEFT JOIN ",
                JoinKind::Right => " RIGHT JOIN ",
                JoinKind::Full => " FULL JOIN ",
            });
            let removed = self.removed_when_joined();
            write_item(sql, scope, join.item, at + 1, if filtered_first { removed } else { Removed::Shown });
            let guard = if filtered_first { None } else { guard(join.item.table, removed, join.item.table_ref()) };
            let on = join.on.clone().into_iter().chain(guard).reduce(Filter::and);
            write_condition(sql, scope, " ON ", Some(&on.unwrap_or_else(|| Filter::all([]))));
        }
    }

    fn is_filtered(&self) -> bool {
        self.filter.is_some() || self.first_guard().is_some()
    }

    /// Writes the condition on rows, with the guard against removed rows of the first table.
    pub(crate) fn write_filter(&self, sql: &mut Sql, scope: &Scope<'_>) {
        match (&self.filter, self.first_guard()) {
            (Some(filter), Some(guard)) => filter.write_and(&guard, sql, scope),
            (Some(filter), None) => filter.write(sql, scope),
            (None, Some(guard)) => guard.write(sql, scope),
            (None, None) => Filter::all([]).write(sql, scope),
        }
    }

    fn first_guard(&self) -> Option<Filter> {
        if self.filters_before_joining() { None } else { guard(self.from.table, self.removed, TableRef::First) }
    }

    /// Returns whether removed rows are left out before tables are joined. Where a join keeps rows of the joined table without
    /// a partner, a condition on the tables before it would drop them again.
    fn filters_before_joining(&self) -> bool {
        self.joins.iter().any(|join| matches!(join.kind, JoinKind::Right | JoinKind::Full))
    }

    fn removed_when_joined(&self) -> Removed {
        if self.removed == Removed::Shown { Removed::Shown } else { Removed::Hidden }
    }
}

impl FromItem {
    /// Returns how columns of the table refer to it.
    pub(crate) fn table_ref(self) -> TableRef {
        self.model.map_or(TableRef::First, TableRef::Model)
    }
}

/// Writes a table with its alias. Unless all its rows are shown, it is a sub-select of those that are.
fn write_item(sql: &mut Sql, scope: &Scope<'_>, item: FromItem, position: usize, removed: Removed) {
    match guard(item.table, removed, TableRef::First) {
        Some(guard) => {
            let inner = Scope::of(scope.schema, item.table);
            sql.push("(SELECT ").list(", ", item.table.columns, |sql, column| {
                sql.ident(column.name);
            });
            sql.push(" FROM ").table(scope.schema, item.table).push(" WHERE ");
            guard.write(sql, &inner);
            sql.push(")");
        }
        None => {
            sql.table(scope.schema, item.table);
        }
    }
    if scope.is_qualified() {
        sql.push(" AS ").ident(scope.name(position));
    }
}

impl Lock {
    fn write(&self, sql: &mut Sql, scope: &Scope<'_>) {
        sql.push(self.strength);
        let names = self.of.iter().filter_map(|model| scope.name_of(*model));
        if !self.of.is_empty() {
            sql.push(" OF ").list(", ", names, |sql, name| {
                sql.ident(name);
            });
        }
        sql.push(self.waiting);
    }
}

/// Writes a filter after its keyword, or nothing.
pub(crate) fn write_condition(sql: &mut Sql, scope: &Scope<'_>, keyword: &str, filter: Option<&Filter>) {
    if let Some(filter) = filter {
        sql.push(keyword);
        filter.write(sql, scope);
    }
}

/// Returns `SELECT list FROM … WHERE …`.
pub(crate) fn select(schema: &Ident, query: &Query) -> Sql {
    let mut sql = Sql::default();
    query.write(&mut sql, &query.scope(schema));
    sql
}

/// Returns the statement that counts the rows of a query, ignoring its order, limit, offset and lock.
pub(crate) fn count(schema: &Ident, query: Query) -> Sql {
    let mut sql = Sql::default();
    let query = Query { order: Vec::new(), limit: None, offset: None, lock: None, ..query };
    if matches!(query.distinct, Distinct::No) {
        let query = Query { list: List::Of(vec![Expr::Text("count(*)".into())]), ..query };
        query.write(&mut sql, &query.scope(schema));
    } else {
        sql.push("SELECT count(*) FROM (");
        query.write(&mut sql, &query.scope(schema));
        sql.push(") AS ").ident("rows");
    }
    sql
}

/// Returns `SELECT EXISTS (SELECT FROM … WHERE …)`.
pub(crate) fn exists(schema: &Ident, query: Query) -> Sql {
    let mut sql = Sql::default();
    let query = Query { list: List::Of(Vec::new()), distinct: Distinct::No, order: Vec::new(), lock: None, ..query };
    sql.push("SELECT EXISTS (");
    query.write(&mut sql, &query.scope(schema));
    sql.push(")");
    sql
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, Table};
    use crate::sql::tree::SortKey;

    const COLUMNS: &[Column] =
        &[Column::of::<i32>("id"), Column::of::<String>("na\"me"), Column::of::<Option<String>>("gone").soft_delete()];
    const TABLE: Table = Table::new("order", COLUMNS, &["id"]);

    fn key(descending: bool, nulls_first: bool) -> SortKey {
        SortKey { expr: "id".into(), descending, nulls_first }
    }

    #[test]
    fn every_identifier_is_quoted_and_every_column_named() {
        let sql = select(&Ident::public(), &Query::of(&TABLE));
        assert_eq!(sql.text, r#"SELECT "id", "na""me", "gone" FROM "public"."order" WHERE "gone" IS NULL"#);
    }

    #[test]
    fn nulls_are_named_where_they_do_not_stand_by_themselves() {
        let query = Query { order: vec![key(false, false), key(false, true)], ..Query::of(&TABLE) };
        let list = List::Of(vec![Expr::Text("count(*)".into())]);
        let query = Query { removed: Removed::Shown, list, ..query };
        let text = select(&Ident::public(), &query).text;
        assert_eq!(text, r#"SELECT count(*) FROM "public"."order" ORDER BY "id", "id" NULLS FIRST"#);
        let query = Query { order: vec![key(true, false), key(true, true)], ..Query::of(&TABLE) };
        let text = select(&Ident::public(), &query).text;
        assert!(text.ends_with(r#" ORDER BY "id" DESC NULLS LAST, "id" DESC"#), "{text}");
    }

    #[test]
    fn counting_distinct_rows_counts_a_sub_select() {
        let query = Query { distinct: Distinct::On(vec!["id".into()]), limit: Some(1), ..Query::of(&TABLE) };
        let query = Query { list: List::Of(vec!["id".into()]), ..query };
        let text = count(&Ident::public(), query).text;
        let inner = r#"SELECT DISTINCT ON ("id") "id" FROM "public"."order" WHERE "gone" IS NULL"#;
        assert_eq!(text, format!(r#"SELECT count(*) FROM ({inner}) AS "rows""#));
    }
}
