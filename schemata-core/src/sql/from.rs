//! Writes what a query reads: tables, queries and functions as tables, joins, the guards against removed rows, and the
//! condition that has them.

use crate::error::Unsendable;
use crate::schema::Table;
use crate::sql::removed_rows::guard;
use crate::sql::scope::Scope;
use crate::sql::statement_text::AnyText;
use crate::sql::tree::{Filter, FromItem, JoinKind, Query, Relation, Removed, TableRef};
use crate::sql::writer::Sql;

impl FromItem {
    /// Returns a table that no model stands for.
    pub(crate) fn of(table: &'static Table) -> Self {
        Self { model: None, name: table.name, table, relation: Relation::Table }
    }

    /// Returns how columns of the table refer to it.
    pub(crate) fn table_ref(&self) -> TableRef {
        self.model.map_or(TableRef::First, TableRef::Model)
    }
}

impl Query {
    /// Writes ` FROM …`, joins included.
    pub(crate) fn write_from(&self, sql: &mut Sql, scope: &Scope<'_>) {
        let filtered_first = self.filters_before_joining();
        sql.push(" FROM ");
        let first = if filtered_first { self.removed } else { Removed::Shown };
        write_item(sql, scope, &self.from, 0, first);
        for (at, join) in self.joins.iter().enumerate() {
            sql.push(match join.kind {
                JoinKind::Inner => " JOIN ",
                JoinKind::Left => " LEFT JOIN ",
                JoinKind::Right => " RIGHT JOIN ",
                JoinKind::Full => " FULL JOIN ",
            });
            let removed = self.removed_when_joined();
            write_item(sql, scope, &join.item, at + 1, if filtered_first { removed } else { Removed::Shown });
            let guard = if filtered_first { None } else { guard(join.item.table, removed, join.item.table_ref()) };
            sql.push(" ON ");
            write_guarded(sql, scope, join.on.as_ref(), guard);
        }
    }

    /// Returns whether WHERE has a condition.
    pub(crate) fn is_filtered(&self) -> bool {
        self.filter.is_some() || self.first_guard().is_some()
    }

    /// Writes the condition on rows, with the guard against removed rows of the first table.
    pub(crate) fn write_filter(&self, sql: &mut Sql, scope: &Scope<'_>) {
        write_guarded(sql, scope, self.filter.as_ref(), self.first_guard());
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

/// Writes a condition together with a guard, which applies to it as a whole.
fn write_guarded(sql: &mut Sql, scope: &Scope<'_>, filter: Option<&Filter>, guard: Option<Filter>) {
    match (filter, guard) {
        (Some(filter), Some(guard)) => filter.write_and(&guard, sql, scope),
        (Some(filter), None) => filter.write(sql, scope),
        (None, Some(guard)) => guard.write(sql, scope),
        (None, None) => Filter::all([]).write(sql, scope),
    }
}

/// Writes a table with its alias. Unless all its rows are shown, it is a sub-select of those that are.
fn write_item(sql: &mut Sql, scope: &Scope<'_>, item: &FromItem, position: usize, removed: Removed) {
    let name = scope.name(position);
    if let Some(guard) = guard(item.table, removed, TableRef::First) {
        sql.push("(SELECT ").columns(item.table.columns).push(" FROM ");
        write_relation(sql, scope, item, name);
        sql.push(" WHERE ");
        guard.write(sql, &Scope::of(scope.schema, item.table));
        sql.push(") AS ").ident_cow(name);
        return;
    }
    let is_named = write_relation(sql, scope, item, name);
    if scope.is_qualified() && !is_named {
        sql.push(" AS ").ident_cow(name);
    }
}

/// Writes where the rows come from, and returns whether that includes the alias. What PostgreSQL would name by itself has an
/// alias always, with the names of the columns.
pub(crate) fn write_relation(sql: &mut Sql, scope: &Scope<'_>, item: &FromItem, name: &AnyText) -> bool {
    match &item.relation {
        Relation::Table => {
            sql.table(scope.schema, item.table);
            return false;
        }
        Relation::Cte(source) => {
            let known = |(cte, name): &(_, AnyText)| (cte == source).then(|| name.clone());
            let name = scope.cte(*source).cloned().or_else(|| sql.ctes.iter().find_map(known));
            if let Some(name) = &name {
                sql.ident_cow(name);
            } else {
                sql.refuse(Unsendable::UndefinedCte { name: item.table.name });
                sql.ident(item.table.name);
            }
            return false;
        }
        Relation::Query { query, is_lateral } => {
            sql.push(if *is_lateral { "LATERAL (" } else { "(" });
            if *is_lateral {
                query.write_inner(sql, scope);
            } else {
                query.write_inner(sql, &scope.beside());
            }
            sql.push(") AS ");
        }
        Relation::Function { call, is_numbered } => {
            call.write(sql, scope);
            sql.push(if *is_numbered { " WITH ORDINALITY AS " } else { " AS " });
        }
    }
    sql.ident_cow(name);
    if !item.table.columns.is_empty() {
        sql.push(" (").columns(item.table.columns).push(")");
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident::Ident;
    use crate::schema::Column;
    use crate::sql::select::select;
    use crate::sql::tree::{Expr, Join, List};

    const TABLE: Table = Table::new("t", &[Column::of::<Option<i32>>("gone").soft_delete()], &["gone"]);
    const OTHER: Table = Table::new("o", &[Column::of::<i32>("id")], &["id"]);

    #[test]
    fn a_removed_row_is_no_partner_of_a_row_that_a_join_keeps() {
        let from = |kind| {
            let joins = vec![Join { kind, item: FromItem::of(&OTHER), on: None }];
            let query = Query { joins, list: List::Of(vec![Expr::Text("1".into())]), ..Query::of(&TABLE) };
            select(&Ident::public(), &query).text.to_text()
        };
        for kind in [JoinKind::Inner, JoinKind::Left] {
            let text = from(kind);
            assert!(text.starts_with(r#"SELECT 1 FROM "public"."t" AS "t" "#), "{text}");
            assert!(text.ends_with(r#" ON TRUE WHERE "t"."gone" IS NULL"#), "{text}");
        }
        for kind in [JoinKind::Right, JoinKind::Full] {
            let text = from(kind);
            assert!(
                text.starts_with(r#"SELECT 1 FROM (SELECT "gone" FROM "public"."t" WHERE "gone" IS NULL) AS "t" "#),
                "{text}"
            );
            assert!(text.ends_with(" ON TRUE"), "{text}");
        }
    }
}
