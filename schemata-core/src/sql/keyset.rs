//! Keyset paging: reads the rows after a position in an order, or before it, without reading the rows that come first. `keys_of`
//! adds the keys that break ties; `query/page` has the cursors.

use crate::cursor::SortValue;
use crate::ident::Ident;
use crate::param::{CastType, Param, RawValue};
use crate::schema::Column;
use crate::sql::expr_text::{write_cast, write_order};
use crate::sql::scope::Scope;
use crate::sql::statement_text::StatementText;
use crate::sql::tree::{ColumnRef, Expr, FromItem, JoinKind, Query, SortKey, TableRef};
use crate::sql::writer::Sql;

/// A key of the order, with what comparing needs.
#[derive(Clone)]
pub(crate) struct Key {
    sort: SortKey,
    nullable: bool,
    /// The type that a comparison with a value has to name.
    cast: Option<CastType>,
}

/// A statement for a page, while it is written.
pub(crate) struct Keyset<'s> {
    sql: Sql,
    scope: Scope<'s>,
    keys: Vec<Key>,
    /// The text that identifies the query: all but the list, with the order and the types of its keys.
    shape: StatementText,
}

impl<'s> Keyset<'s> {
    /// Begins a page of `query` in the order of `keys`.
    pub(crate) fn begin(schema: &'s Ident, query: &Query, keys: Vec<Key>) -> Self {
        let (mut sql, scope) = (Sql::default(), query.scope(schema));
        query.write_with(&mut sql, &scope);
        let (with, bound) = (sql.text.len(), sql.params.len());
        sql.push("SELECT ");
        query.write_list(&mut sql, &scope);
        // Values of the list change the numbers of the placeholders that follow.
        let numbered = sql.params.len() > bound;
        let from = sql.text.len();
        write_rows(&mut sql, query, &scope);
        let mut shape = Sql::default();
        if numbered {
            query.write_with(&mut shape, &scope);
            write_rows(&mut shape, query, &scope);
        } else {
            shape.text = sql.text.without(with..from);
        }
        let sorted: Vec<SortKey> = keys.iter().map(|key| key.towards(false)).collect();
        write_order(&mut shape, &scope, &sorted, " ORDER BY ");
        write_types(&mut shape, query, &keys);
        Self { sql, scope, keys, shape: shape.text }
    }

    /// Returns the text that identifies the query: all but the list, with the order.
    pub(crate) fn shape(&self) -> &StatementText {
        &self.shape
    }

    /// Returns the statement for at most `limit` rows after the position, or before it, nearest first.
    pub(crate) fn finish(mut self, position: Option<Vec<SortValue>>, backwards: bool, limit: i64) -> Sql {
        let order = self.order(backwards);
        if let Some(values) = position {
            self.sql.push(" AND ");
            self.beyond(values, backwards);
        }
        write_order(&mut self.sql, &self.scope, &order, " ORDER BY ");
        self.sql.push(" LIMIT ").param(Param::new(limit));
        self.sql
    }

    fn order(&self, backwards: bool) -> Vec<SortKey> {
        self.keys.iter().map(|key| key.towards(backwards)).collect()
    }

    /// Writes the condition for the rows beyond the position. If all keys sort in the same direction and none can be NULL,
    /// it is one row comparison, which an index can serve as a whole. Otherwise it compares key by key, and the first that
    /// differs decides. Of the position's values, the text depends only on which are NULL.
    fn beyond(&mut self, values: Vec<SortValue>, backwards: bool) {
        let (sql, scope) = (&mut self.sql, &self.scope);
        let keys: Vec<Key> = self.keys.iter().map(|key| Key { sort: key.towards(backwards), ..*key }).collect();
        let bound: Vec<Option<usize>> =
            values.into_iter().map(|value| value.is_some().then(|| sql.bind(Param::new(RawValue(value))))).collect();
        let alike = keys.iter().all(|key| !key.nullable && key.sort.descending == keys[0].sort.descending);
        if alike {
            sql.push("(").list(", ", &keys, |sql, key| key.sort.expr.write(sql, scope)).push(")");
            sql.push(if keys[0].sort.descending { " < (" } else { " > (" });
            sql.list(", ", keys.iter().zip(bound.iter().flatten()), |sql, (key, number)| {
                key.write_value(sql, scope, *number);
            });
            sql.push(")");
            return;
        }
        // The bound on the first key follows from the rest, but PostgreSQL needs it to find the start in an index.
        let parts: Vec<(Key, Option<usize>)> = keys.into_iter().zip(bound).collect();
        if let Some((first, Some(number))) = parts.first()
            && !first.nullable
        {
            first.sort.expr.write(sql, scope);
            sql.push(if first.sort.descending { " <= " } else { " >= " });
            first.write_value(sql, scope, *number);
            sql.push(" AND ");
        }
        nested(sql, scope, &parts);
    }
}

/// Writes the types that the keys depend on, for the identity of the query alone: a value of a position would be read as one of
/// another type. An expression can depend on any column.
fn write_types(sql: &mut Sql, query: &Query, keys: &[Key]) {
    let mut write = |column: &Column| {
        let declared = column.declared.and_then(|declared| declared.split('(').next());
        sql.push("; ").push(column.sql_type.name).push(if column.sql_type.array { "[] " } else { " " });
        sql.push(declared.unwrap_or_default());
    };
    for key in keys {
        if let Some(column) = key.expr().as_column() {
            column_of(query, column).into_iter().for_each(&mut write);
        } else {
            let tables = std::iter::once(&query.from).chain(query.joins.iter().map(|join| &join.item));
            tables.flat_map(|item| item.table.columns).for_each(&mut write);
        }
    }
}

/// Writes which rows the query reads.
fn write_rows(sql: &mut Sql, query: &Query, scope: &Scope<'_>) {
    query.write_from(sql, scope);
    sql.push(" WHERE ");
    query.write_filter(sql, scope);
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
        key.sort.expr.write(sql, scope);
        match value {
            Some(number) => {
                sql.push(" = ");
                key.write_value(sql, scope, *number);
            }
            None => {
                sql.push(key.is_null());
            }
        }
        sql.push(" AND ");
        nested(sql, scope, rest);
        sql.push(")");
    }
    sql.push(")");
}

impl Key {
    /// Returns the expression.
    pub(crate) fn expr(&self) -> &Expr {
        &self.sort.expr
    }

    /// Returns how to sort by the expression, in the direction of paging.
    fn towards(&self, backwards: bool) -> SortKey {
        let SortKey { expr, descending, nulls_first } = &self.sort;
        SortKey { expr: expr.clone(), descending: *descending != backwards, nulls_first: *nulls_first != backwards }
    }

    /// Whether it is a composite value, for which `IS NULL` asks about its attributes.
    fn is_row(&self) -> bool {
        self.cast.is_some_and(|ty| ty.row && !ty.array)
    }

    fn is_null(&self) -> &'static str {
        if self.is_row() { " IS NOT DISTINCT FROM NULL" } else { " IS NULL" }
    }

    fn is_not_null(&self) -> &'static str {
        if self.is_row() { " IS DISTINCT FROM NULL" } else { " IS NOT NULL" }
    }

    /// Writes the placeholder of a value of the key.
    fn write_value(&self, sql: &mut Sql, scope: &Scope<'_>, number: usize) {
        sql.placeholder(number);
        write_cast(sql, scope, self.cast);
    }

    /// Writes that the expression sorts after the value. NULL does if NULLs come last.
    fn after(&self, sql: &mut Sql, scope: &Scope<'_>, value: Option<usize>) {
        let expr = &self.sort.expr;
        let Some(number) = value else {
            // Everything else sorts after NULL, or nothing does.
            if self.sort.nulls_first {
                expr.write(sql, scope);
                sql.push(self.is_not_null());
            } else {
                sql.push("FALSE");
            }
            return;
        };
        expr.write(sql, scope);
        sql.push(if self.sort.descending { " < " } else { " > " });
        self.write_value(sql, scope, number);
        if self.nullable && !self.sort.nulls_first {
            sql.push(" OR ");
            expr.write(sql, scope);
            sql.push(self.is_null());
        }
    }
}

/// Returns the keys of the order, each column once, then the other columns of the tables' primary keys, in the direction of the
/// last, so that no two rows tie. If the order `is_unique`, it is all of them. `None` if rows could tie.
pub(crate) fn keys_of(query: &Query, is_unique: bool) -> Option<Vec<Key>> {
    let mut keys: Vec<Key> = Vec::new();
    let mut add = |mut sort: SortKey| {
        let Some(column) = sort.expr.as_column() else {
            keys.push(Key { sort, nullable: true, cast: None });
            return;
        };
        let column = canonical(query, column);
        sort.expr = Expr::Column(column);
        if keys.iter().all(|known| known.expr().as_column() != Some(column)) {
            keys.push(Key { sort, nullable: is_nullable(query, column), cast: cast(query, column) });
        }
    };
    query.order.iter().cloned().for_each(&mut add);
    let descending = query.order.last().is_some_and(|last| last.descending);
    let tables = std::iter::once((&query.from, TableRef::First))
        .chain(query.joins.iter().map(|join| (&join.item, join.item.table_ref())));
    for (item, table) in tables.filter(|_| !is_unique) {
        if item.table.primary_key.is_empty() {
            return None;
        }
        for name in item.table.primary_key {
            add(SortKey::new(Expr::Column(ColumnRef { table, name }), descending));
        }
    }
    Some(keys).filter(|keys| !keys.is_empty())
}

/// Returns the one form of a column of the first table.
fn canonical(query: &Query, column: ColumnRef) -> ColumnRef {
    match column.table {
        TableRef::Model(model) if query.from.model == Some(model) => ColumnRef { table: TableRef::First, ..column },
        _ => column,
    }
}

/// Returns the type that a comparison with a value of the column has to name.
fn cast(query: &Query, column: ColumnRef) -> Option<CastType> {
    column_of(query, column)?.sql_type.cast_type()
}

/// Returns the column of the model that a reference means.
fn column_of(query: &Query, column: ColumnRef) -> Option<&'static Column> {
    let item = match column.table {
        TableRef::Model(model) => &query.joins.iter().find(|join| join.item.model == Some(model))?.item,
        _ => &query.from,
    };
    item.table.column(column.name)
}

/// Returns whether a column can be NULL, by its declaration or by an outer join.
fn is_nullable(query: &Query, column: ColumnRef) -> bool {
    let declared = |item: &FromItem| item.table.column(column.name).is_none_or(|column| column.nullable);
    let later =
        |from: usize| query.joins[from..].iter().any(|join| matches!(join.kind, JoinKind::Right | JoinKind::Full));
    match column.table {
        TableRef::Model(model) => match query.joins.iter().position(|join| join.item.model == Some(model)) {
            Some(at) => {
                let join = &query.joins[at];
                declared(&join.item) || matches!(join.kind, JoinKind::Left | JoinKind::Full) || later(at + 1)
            }
            None => true,
        },
        _ => declared(&query.from) || later(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Table;

    const COLUMNS: &[Column] = &[Column::of::<i32>("id"), Column::of::<Option<i32>>("n"), Column::of::<i32>("a")];
    const TABLE: Table = Table::new("t", COLUMNS, &["id"]);

    fn page(order: &[(&'static str, bool)], position: Vec<SortValue>, backwards: bool) -> String {
        let sort = |(column, descending): &(&'static str, bool)| SortKey {
            expr: (*column).into(),
            descending: *descending,
            nulls_first: *descending,
        };
        let query = Query { order: order.iter().map(sort).collect(), ..Query::of(&TABLE) };
        let (public, keys) = (Ident::public(), keys_of(&query, false).expect("a key"));
        let keyset = Keyset::begin(&public, &query, keys);
        let text = keyset.finish(Some(position), backwards, 1).text.to_text();
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
