//! Builds and writes SELECT. Column lists are always explicit, so that a column that a newer version of the application adds
//! cannot break an older one.

use crate::error::Unsendable;
use crate::ident::Ident;
use crate::param::Param;
use crate::sql::expr::SUBSELECT_LEVELS;
use crate::sql::expr_text::write_order;
use crate::sql::scope::Scope;
use crate::sql::tree::{
    ColumnRef, CteBody, Distinct, Expr, Filter, FromItem, List, Query, Relation, Removed, TableRef,
};
use crate::sql::writer::Sql;

impl Query {
    /// Returns the query for all rows of `table` that are not soft-deleted.
    #[cfg(test)]
    pub(crate) fn of(table: &'static crate::schema::Table) -> Self {
        Self::from(FromItem::of(table))
    }

    /// Returns the query for all rows of a table that are not soft-deleted.
    pub(crate) fn from(from: FromItem) -> Self {
        Self {
            with: Vec::new(),
            combined: None,
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
            is_mapped: false,
        }
    }

    /// Adds a condition that the rows must fulfil as well.
    pub(crate) fn add_filter(&mut self, filter: Filter) {
        if self.combined.is_some() {
            *self = std::mem::replace(self, Self::from(FromItem::of(self.from.table))).wrapped();
        }
        self.filter = Some(match self.filter.take() {
            Some(known) => known.and(filter),
            None => filter,
        });
    }

    /// Adds a condition that the groups must fulfil as well.
    pub(crate) fn add_having(&mut self, filter: Filter) {
        self.having = self.having.take().into_iter().chain([filter]).reduce(Filter::and);
    }

    /// Returns the position of an expression in the list, to which it is added if it is missing.
    pub(crate) fn listed(&mut self, expr: &Expr) -> usize {
        self.position_of(expr).unwrap_or_else(|| self.append(expr.clone()))
    }

    /// Returns the position of a column in the list.
    pub(crate) fn position_of(&self, expr: &Expr) -> Option<usize> {
        let sought = expr.as_column()?;
        match &self.list {
            List::Whole if self.is_of_first_table(sought) => {
                self.from.table.columns.iter().position(|column| column.name == sought.name)
            }
            List::Whole => None,
            List::Of(list) => {
                list.iter().position(|expr| expr.as_column().is_some_and(|listed| self.is_same_column(listed, sought)))
            }
        }
    }

    /// Returns whether two columns of the query are the same.
    pub(crate) fn is_same_column(&self, one: ColumnRef, other: ColumnRef) -> bool {
        let is_first = |column| self.is_of_first_table(column);
        one == other || (one.name == other.name && is_first(one) && is_first(other))
    }

    fn is_of_first_table(&self, column: ColumnRef) -> bool {
        match column.table {
            TableRef::First => true,
            TableRef::Model(model) => self.from.model == Some(model),
            TableRef::Outer(_) => false,
        }
    }

    /// Adds an expression to the list, and returns its position.
    pub(crate) fn append(&mut self, expr: Expr) -> usize {
        let mut list = match std::mem::replace(&mut self.list, List::Whole) {
            List::Whole => self.from.table.columns.iter().map(|column| Expr::first(column.name)).collect(),
            List::Of(list) => list,
        };
        list.push(expr);
        let position = list.len() - 1;
        self.list = List::Of(list);
        position
    }

    /// Returns the depth of nesting of its parts.
    pub(crate) fn levels(&self) -> u32 {
        let filters =
            [&self.filter, &self.having].into_iter().flatten().chain(self.joins.iter().filter_map(|j| j.on.as_ref()));
        let listed: &[Expr] = if let List::Of(list) = &self.list { list } else { &[] };
        let exprs = listed.iter().chain(&self.group).chain(self.order.iter().map(|key| &key.expr));
        let items = std::iter::once(&self.from).chain(self.joins.iter().map(|join| &join.item)).map(FromItem::levels);
        let combined = self.combined.iter().flat_map(|combined| &combined.queries).map(|query| 1 + query.levels());
        let with = self.with.iter().map(|cte| cte.body.levels());
        let parts = filters.map(Filter::levels).chain(exprs.map(Expr::levels));
        parts.chain(items).chain(combined).chain(with).max().unwrap_or(0)
    }

    /// Returns the scope of the query as a statement of its own.
    pub(crate) fn scope<'a>(&self, schema: &'a Ident) -> Scope<'a> {
        Scope::query(schema, self)
    }

    /// Writes the query as a sub-select of the query with this scope.
    pub(crate) fn write_inner(&self, sql: &mut Sql, outer: &Scope<'_>) {
        if self.is_mapped {
            sql.refuse(Unsendable::Mapped);
        }
        self.write(sql, &outer.inner(self));
    }

    /// Writes the whole query.
    pub(crate) fn write(&self, sql: &mut Sql, scope: &Scope<'_>) {
        self.write_with(sql, scope);
        match &self.combined {
            Some(combined) => combined.write(sql, scope),
            None => self.write_select(sql, scope),
        }
        write_order(sql, scope, &self.order, " ORDER BY ");
        if let Some(limit) = self.limit {
            sql.push(" LIMIT ").param(Param::new(limit));
        }
        if let Some(offset) = self.offset {
            sql.push(" OFFSET ").param(Param::new(offset));
        }
        self.write_lock(sql, scope);
    }

    fn write_select(&self, sql: &mut Sql, scope: &Scope<'_>) {
        sql.push("SELECT ");
        self.write_distinct(sql, scope);
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
    }

    /// Writes what the query lists.
    pub(crate) fn write_list(&self, sql: &mut Sql, scope: &Scope<'_>) {
        match &self.list {
            List::Whole if !scope.is_qualified() && !sql.qualifies_all => sql.columns(self.from.table.columns),
            List::Whole => sql.list(", ", self.from.table.columns, |sql, column| {
                scope.column(sql, ColumnRef { table: TableRef::First, name: column.name });
            }),
            List::Of(list) => sql.list(", ", list, |sql, expr| expr.write(sql, scope)),
        };
    }
}

impl FromItem {
    fn levels(&self) -> u32 {
        match &self.relation {
            Relation::Table | Relation::Cte(_) => 0,
            Relation::Query { query, .. } => SUBSELECT_LEVELS + query.levels(),
            Relation::Function { call, .. } => call.levels(),
        }
    }
}

impl CteBody {
    fn levels(&self) -> u32 {
        SUBSELECT_LEVELS
            + match self {
                Self::Query(query) => query.levels(),
                Self::Recursive { first, next, .. } => first.levels().max(next.levels()),
                Self::Write(_) => 0,
            }
    }
}

/// Writes a filter after its keyword, or nothing.
pub(crate) fn write_condition(sql: &mut Sql, scope: &Scope<'_>, keyword: &'static str, filter: Option<&Filter>) {
    if let Some(filter) = filter {
        sql.push(keyword);
        filter.write(sql, scope);
    }
}

/// Returns `SELECT list FROM … WHERE …`.
pub(crate) fn select(schema: &Ident, query: &Query) -> Sql {
    let mut sql = Sql::default();
    sql.text.reserve_for(query.joins.len());
    query.write(&mut sql, &query.scope(schema));
    sql
}

/// Returns the statement that counts the rows of a query, ignoring its order, limit, offset and lock.
pub(crate) fn count(schema: &Ident, query: Query) -> Sql {
    let mut sql = Sql::default();
    let query = Query { order: Vec::new(), limit: None, offset: None, lock: None, is_mapped: false, ..query };
    let is_plain = matches!(query.distinct, Distinct::No) && !query.is_grouped && query.combined.is_none();
    let query = if is_plain { query } else { query.wrapped() };
    let query = Query { list: List::Of(vec![Expr::Text("count(*)".into())]), ..query };
    query.write(&mut sql, &query.scope(schema));
    sql
}

/// Returns `SELECT EXISTS (SELECT FROM … WHERE …)`.
pub(crate) fn exists(schema: &Ident, mut query: Query) -> Sql {
    let mut sql = Sql::default();
    query.keep_existence();
    sql.push("SELECT EXISTS (");
    query.write(&mut sql, &query.scope(schema));
    sql.push(")");
    sql
}

impl Query {
    /// Leaves out what does not decide whether there is a row. Totals are a row because of what they list.
    pub(crate) fn keep_existence(&mut self) {
        self.order.clear();
        (self.lock, self.distinct) = (None, Distinct::No);
        if !self.is_grouped && self.combined.is_none() {
            (self.list, self.is_mapped) = (List::Of(Vec::new()), false);
        }
    }
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
        assert_eq!(sql.text.to_text(), r#"SELECT "id", "na""me", "gone" FROM "public"."order" WHERE "gone" IS NULL"#);
    }

    #[test]
    fn nulls_are_named_where_they_do_not_stand_by_themselves() {
        let query = Query { order: vec![key(false, false), key(false, true)], ..Query::of(&TABLE) };
        let list = List::Of(vec![Expr::Text("count(*)".into())]);
        let query = Query { removed: Removed::Shown, list, ..query };
        let text = select(&Ident::public(), &query).text.to_text();
        assert_eq!(text, r#"SELECT count(*) FROM "public"."order" ORDER BY "id", "id" NULLS FIRST"#);
        let query = Query { order: vec![key(true, false), key(true, true)], ..Query::of(&TABLE) };
        let text = select(&Ident::public(), &query).text.to_text();
        assert!(text.ends_with(r#" ORDER BY "id" DESC NULLS LAST, "id" DESC"#), "{text}");
    }

    #[test]
    fn counting_distinct_rows_counts_a_sub_select() {
        let query = Query { distinct: Distinct::On(vec!["id".into()]), limit: Some(1), ..Query::of(&TABLE) };
        let query = Query { list: List::Of(vec!["id".into()]), ..query };
        let text = count(&Ident::public(), query).text.to_text();
        let inner = r#"SELECT DISTINCT ON ("id") "id" FROM "public"."order" WHERE "gone" IS NULL"#;
        assert_eq!(text, format!(r#"SELECT count(*) FROM ({inner}) AS "rows""#));
    }
}
