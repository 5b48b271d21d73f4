//! Keyset paging: the rows after a position in an order, or before it, without reading those in between.

use crate::cursor::Value;
use crate::ident::Ident;
use crate::param::RawValue;
use crate::schema::Table;
use crate::sql::expr::Expr;
use crate::sql::guard::guarded;
use crate::sql::scope::Scope;
use crate::sql::select::{Query, SortKey, order_by};
use crate::sql::writer::Sql;

/// One column of the order, as far as comparing goes.
#[derive(Debug, Clone, Copy)]
struct Key {
    column: &'static str,
    nullable: bool,
    sort: SortKey,
}

/// A page in the making.
pub(crate) struct Keyset<'s> {
    sql: Sql,
    scope: Scope<'s>,
    keys: Vec<Key>,
    /// Where the text begins that tells this query from others.
    from: usize,
}

impl<'s> Keyset<'s> {
    /// The columns of the order that the query's page has.
    pub(crate) fn columns_of(query: &Query) -> Vec<&'static str> {
        keys(query.table, &query.order).iter().map(|key| key.column).collect()
    }

    /// Begins the page of `query`, whose order gets the primary key as its least keys: with it, no two rows tie.
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

    /// What tells this query from others: the text so far, whatever it lists, and the order.
    pub(crate) fn shape(&self) -> String {
        let mut order = Sql::default();
        order_by(&mut order, &self.scope, &self.order(false));
        self.sql.text[self.from..].to_owned() + &order.text
    }

    /// The statement: at most `limit` rows after the position, or before it, nearest first.
    pub(crate) fn finish(mut self, position: Option<Vec<Value>>, backwards: bool, limit: i64) -> Sql {
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

    /// The rows beyond the position. One row comparison where every column compares the same way and none can be NULL:
    /// an index serves it whole. Else column by column: greater in the first that differs. The text depends on which
    /// of the position's values are NULL, and on no other value.
    fn beyond(&mut self, values: Vec<Value>, backwards: bool) {
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
        // The bound on the first column follows from the rest, but PostgreSQL finds the place in an index by it only.
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

/// `(a > $1 OR (a = $1 AND (b > $2 OR …)))`.
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
    /// How to sort by it, in the direction of travel.
    fn towards(self, backwards: bool) -> SortKey {
        let SortKey { expr, descending, nulls_first } = self.sort;
        SortKey { expr, descending: descending != backwards, nulls_first: nulls_first != backwards }
    }

    /// The column stands after the value: NULL too, where NULLs come last.
    fn after(self, sql: &mut Sql, scope: &Scope<'_>, value: Option<usize>) {
        let Some(number) = value else {
            // After NULL comes everything else, or nothing.
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

/// The order's columns, each once, then those of the primary key that are not among them, in the last one's direction.
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

    fn page(order: &[(&'static str, bool)], position: Vec<Value>, backwards: bool) -> String {
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
