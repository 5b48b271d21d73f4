//! Keyset paging: reads the rows after a position in an order, or before it, without reading the rows that come first.

use crate::cursor::SortValue;
use crate::ident::Ident;
use crate::param::RawValue;
use crate::schema::Table;
use crate::sql::expr::Expr;
use crate::sql::removed_rows::guarded;
use crate::sql::scope::Scope;
use crate::sql::select::{Query, SortKey, order_by};
use crate::sql::writer::Sql;

/// A column of the order, with what comparing needs.
#[derive(Debug, Clone, Copy)]
struct Key {
    column: &'static str,
    nullable: bool,
    sort: SortKey,
}

/// A statement for a page, while it is written.
pub(crate) struct Keyset<'s> {
    sql: Sql,
    scope: Scope<'s>,
    keys: Vec<Key>,
    /// The offset of the text that identifies the query.
    from: usize,
}

impl<'s> Keyset<'s> {
    /// Returns the columns of the order of the query's pages.
    pub(crate) fn columns_of(query: &Query) -> Vec<&'static str> {
        keys(query.table, &query.order).iter().map(|key| key.column).collect()
    }

    /// Begins a page of `query`. The primary key is appended to its order, so that no two rows tie.
    pub(crate) fn begin(schema: &'s Ident, query: Query, list: &[Expr]) -> Self {
        let (mut sql, scope) = (Sql::default(), Scope::of(schema, query.table));
        let keys = keys(query.table, &query.order);
        sql.push("SELECT ").list(", ", list, |sql, expr| expr.write(sql, &scope));
        let from = sql.text.len();
        sql.push(" FROM ");
        scope.table(&mut sql, query.table);
        sql.push(" WHERE ");
        match guarded(query.table, query.removed, query.filter) {
            Some(filter) => filter.write(&mut sql, &scope),
            None => {
                sql.push("TRUE");
            }
        }
        Self { sql, scope, keys, from }
    }

    /// Returns the text that identifies the query: the text so far without the list, and the order.
    pub(crate) fn shape(&self) -> String {
        let mut order = Sql::default();
        order_by(&mut order, &self.scope, &self.order(false));
        self.sql.text[self.from..].to_owned() + &order.text
    }

    /// Returns the statement for at most `limit` rows after the position, or before it, nearest first.
    pub(crate) fn finish(mut self, position: Option<Vec<SortValue>>, backwards: bool, limit: i64) -> Sql {
        let order = self.order(backwards);
        if let Some(values) = position {
            self.sql.push(" AND ");
            self.beyond(values, backwards);
        }
        order_by(&mut self.sql, &self.scope, &order);
        self.sql.push(" LIMIT ").param(Box::new(limit));
        self.sql
    }

    fn order(&self, backwards: bool) -> Vec<SortKey> {
        self.keys.iter().map(|key| key.towards(backwards)).collect()
    }

    /// Writes the condition for the rows beyond the position. If all columns sort in the same direction and none can be NULL,
    /// it is one row comparison, which an index can serve as a whole. Otherwise it compares column by column, and the first
    /// that differs decides. Of the position's values, the text depends only on which are NULL.
    fn beyond(&mut self, values: Vec<SortValue>, backwards: bool) {
        let (sql, scope) = (&mut self.sql, &self.scope);
        let keys: Vec<Key> = self.keys.iter().map(|key| Key { sort: key.towards(backwards), ..*key }).collect();
        let bound: Vec<Option<usize>> =
            values.into_iter().map(|value| value.is_some().then(|| sql.bind(Box::new(RawValue(value))))).collect();
        let alike = keys.iter().all(|key| !key.nullable && key.sort.descending == keys[0].sort.descending);
        if alike {
            sql.push("(").list(", ", &keys, |sql, key| scope.column(sql, key.column)).push(")");
            sql.push(if keys[0].sort.descending { " < (" } else { " > (" });
            sql.list(", ", bound.iter().flatten(), |sql, number| {
                sql.placeholder(*number);
            });
            sql.push(")");
            return;
        }
        // The bound on the first column follows from the rest, but PostgreSQL needs it to find the start in an index.
        let parts: Vec<(Key, Option<usize>)> = keys.into_iter().zip(bound).collect();
        if let Some((first, Some(number))) = parts.first()
            && !first.nullable
        {
            scope.column(sql, first.column);
            sql.push(if first.sort.descending { " <= " } else { " >= " }).placeholder(*number).push(" AND ");
        }
        nested(sql, scope, &parts);
    }
}

/// Writes `(a > $1 OR (a = $1 AND (b > $2 OR …)))`.
fn nested(sql: &mut Sql, scope: &Scope<'_>, parts: &[(Key, Option<usize>)]) {
    let Some(((key, value), rest)) = parts.split_first() else {
        sql.push("FALSE");
        return;
    };
    sql.push("(");
    key.after(sql, scope, *value);
    if !rest.is_empty() {
        sql.push(" OR (");
        scope.column(sql, key.column);
        match value {
            Some(number) => sql.push(" = ").placeholder(*number),
            None => sql.push(" IS NULL"),
        };
        sql.push(" AND ");
        nested(sql, scope, rest);
        sql.push(")");
    }
    sql.push(")");
}

impl Key {
    /// Returns how to sort by the column, in the direction of paging.
    fn towards(self, backwards: bool) -> SortKey {
        let SortKey { expr, descending, nulls_first } = self.sort;
        SortKey { expr, descending: descending != backwards, nulls_first: nulls_first != backwards }
    }

    /// Writes that the column sorts after the value. NULL does if NULLs come last.
    fn after(self, sql: &mut Sql, scope: &Scope<'_>, value: Option<usize>) {
        let Some(number) = value else {
            // Everything else sorts after NULL, or nothing does.
            if self.sort.nulls_first {
                scope.column(sql, self.column);
                sql.push(" IS NOT NULL");
            } else {
                sql.push("FALSE");
            }
            return;
        };
        scope.column(sql, self.column);
        sql.push(if self.sort.descending { " < " } else { " > " }).placeholder(number);
        if self.nullable && !self.sort.nulls_first {
            sql.push(" OR ");
            scope.column(sql, self.column);
            sql.push(" IS NULL");
        }
    }
}

/// Returns the columns of the order, each once, then the other columns of the primary key, in the direction of the last.
fn keys(table: &'static Table, order: &[SortKey]) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    let mut add = |sort: SortKey| {
        let Expr::Column(column) = sort.expr else { return };
        if keys.iter().all(|known| known.column != column) {
            let nullable = table.column(column).is_none_or(|column| column.nullable);
            keys.push(Key { column, nullable, sort });
        }
    };
    order.iter().copied().for_each(&mut add);
    let descending = order.last().is_some_and(|last| last.descending);
    for column in table.primary_key {
        add(SortKey { expr: Expr::Column(column), descending, nulls_first: descending });
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Column;

    const COLUMNS: &[Column] = &[Column::of::<i32>("id"), Column::of::<Option<i32>>("n"), Column::of::<i32>("a")];
    const TABLE: Table = Table::new("t", COLUMNS, &["id"]);

    fn page(order: &[(&'static str, bool)], position: Vec<SortValue>, backwards: bool) -> String {
        let sort = |(column, descending): &(&'static str, bool)| SortKey {
            expr: Expr::Column(column),
            descending: *descending,
            nulls_first: *descending,
        };
        let query = Query { order: order.iter().map(sort).collect(), ..Query::of(&TABLE) };
        let public = Ident::public();
        let keyset = Keyset::begin(&public, query, &[Expr::CountRows]);
        let text = keyset.finish(Some(position), backwards, 1).text;
        text.split_once("TRUE AND ").expect("no filter").1.to_owned()
    }

    #[test]
    fn columns_that_go_one_way_compare_as_one_row() {
        let text = page(&[("a", true)], vec![Some(vec![]), Some(vec![])], false);
        assert_eq!(text, r#"("a", "id") < ($1, $2) ORDER BY "a" DESC, "id" DESC LIMIT $3"#);
        let text = page(&[("a", true)], vec![Some(vec![]), Some(vec![])], true);
        assert_eq!(text, r#"("a", "id") > ($1, $2) ORDER BY "a", "id" LIMIT $3"#);
    }

    #[test]
    fn nulls_stand_where_the_order_puts_them() {
        let text = page(&[("n", false)], vec![Some(vec![]), Some(vec![])], false);
        let expected = r#"("n" > $1 OR "n" IS NULL OR ("n" = $1 AND ("id" > $2))) ORDER BY "n", "id" LIMIT $3"#;
        assert_eq!(text, expected);
        let text = page(&[("n", false)], vec![None, Some(vec![])], false);
        assert_eq!(text, r#"(FALSE OR ("n" IS NULL AND ("id" > $1))) ORDER BY "n", "id" LIMIT $2"#);
        let text = page(&[("n", false)], vec![None, Some(vec![])], true);
        let expected = r#"("n" IS NOT NULL OR ("n" IS NULL AND ("id" < $1))) ORDER BY "n" DESC, "id" DESC LIMIT $2"#;
        assert_eq!(text, expected);
    }

    #[test]
    fn mixed_directions_keep_a_bound_for_the_index() {
        let text = page(&[("a", true), ("id", false)], vec![Some(vec![]), Some(vec![])], false);
        let expected = r#""a" <= $1 AND ("a" < $1 OR ("a" = $1 AND ("id" > $2))) ORDER BY "a" DESC, "id" LIMIT $3"#;
        assert_eq!(text, expected);
    }
}
