//! `UPDATE … FROM` and `DELETE … USING`: writes that read further tables beside the one that changes.

use crate::ident::Ident;
use crate::sql::from::write_relation;
use crate::sql::removed_rows::guard;
use crate::sql::scope::Scope;
use crate::sql::tree::{Expr, Filter, FromItem, Join, JoinKind, Removed, TableRef};
use crate::sql::write::{Assignments, write_set};
use crate::sql::writer::Sql;

/// The rows of a write that joins tables.
pub(crate) struct JoinedRows {
    /// The table that changes.
    pub(crate) target: FromItem,
    /// The joined tables. The first one is joined to the target, and the target is no part of the condition of an outer join.
    pub(crate) joins: Vec<Join>,
    pub(crate) filter: Filter,
    /// The rows of the target that are seen. Joined rows are live, unless the target shows all.
    pub(crate) removed: Removed,
}

impl JoinedRows {
    fn scope<'a>(&self, schema: &'a Ident) -> Scope<'a> {
        Scope::tables(schema, &self.target, self.joins.iter().map(|join| &join.item))
    }

    /// Appends `UPDATE … SET … FROM … WHERE …`.
    pub(crate) fn write_update(&self, sql: &mut Sql, schema: &Ident, assignments: Assignments) {
        let scope = self.scope(schema);
        sql.push("UPDATE ");
        write_table(sql, &scope, &self.target, 0);
        write_set(sql, &scope, self.target.table, assignments);
        self.write_rows(sql, &scope, " FROM ");
    }

    /// Appends `DELETE FROM … USING … WHERE …`.
    pub(crate) fn write_delete(&self, sql: &mut Sql, schema: &Ident) {
        let scope = self.scope(schema);
        sql.push("DELETE FROM ");
        write_table(sql, &scope, &self.target, 0);
        self.write_rows(sql, &scope, " USING ");
    }

    /// Appends ` RETURNING …`. Without expressions it returns a constant, so that there are rows to count.
    pub(crate) fn write_returning(&self, sql: &mut Sql, schema: &Ident, list: &[Expr]) {
        let scope = self.scope(schema);
        sql.push(" RETURNING ");
        if list.is_empty() {
            sql.push("1");
        }
        sql.list(", ", list, |sql, expr| expr.write(sql, &scope));
    }

    /// Returns the condition of a join, and the guard against removed rows of its table.
    fn conditions(&self, join: &Join) -> impl Iterator<Item = Filter> + use<> {
        let removed = if self.removed == Removed::Shown { Removed::Shown } else { Removed::Hidden };
        let guard = guard(join.item.table, removed, join.item.table_ref());
        join.on.clone().into_iter().chain(guard)
    }

    fn write_rows(&self, sql: &mut Sql, scope: &Scope<'_>, keyword: &'static str) {
        let has_outer = self.joins.iter().any(|join| join.kind != JoinKind::Inner);
        sql.push(keyword);
        for (at, join) in self.joins.iter().enumerate() {
            let is_inner = join.kind == JoinKind::Inner;
            // An outer join binds more tightly than a comma, and its condition would not see the tables before one.
            sql.push(match (at, is_inner, has_outer) {
                (0, ..) => "",
                (_, false, _) => " LEFT JOIN ",
                (_, true, true) => " CROSS JOIN ",
                (_, true, false) => ", ",
            });
            write_table(sql, scope, &join.item, at + 1);
            if !is_inner {
                sql.push(" ON ");
                Filter::all(self.conditions(join)).write(sql, scope);
            }
        }
        let inner = self.joins.iter().filter(|join| join.kind == JoinKind::Inner);
        let own = guard(self.target.table, self.removed, TableRef::First);
        let all = inner.flat_map(|join| self.conditions(join)).chain([self.filter.clone()]).chain(own);
        sql.push(" WHERE ");
        Filter::all(all).write(sql, scope);
    }
}

fn write_table(sql: &mut Sql, scope: &Scope<'_>, item: &FromItem, position: usize) {
    let name = scope.name(position);
    if !write_relation(sql, scope, item, name) {
        sql.push(" AS ").ident_cow(name);
    }
}

#[cfg(test)]
mod tests {
    use std::any::TypeId;

    use super::*;
    use crate::param::Param;
    use crate::schema::{Column, Table};
    use crate::sql::write::ColumnValue;

    const COLUMNS: &[Column] = &[Column::of::<i32>("id"), Column::of::<Option<String>>("gone").soft_delete()];
    const TABLE: Table = Table::new("order", COLUMNS, &["id"]);

    fn rows(removed: Removed) -> JoinedRows {
        let item = |model| FromItem { model: Some(model), name: "order", ..FromItem::of(&TABLE) };
        let (target, partner) = (TypeId::of::<u8>(), TypeId::of::<u16>());
        let on = Filter::Operands { left: Expr::of(partner, "id"), operator: " = ", right: Expr::of(target, "id") };
        let either = Filter::equals("id", Param::new(1_i32)).or(Filter::equals("id", Param::new(2_i32)));
        JoinedRows {
            target: item(target),
            joins: vec![Join { kind: JoinKind::Inner, item: item(partner), on: Some(on) }],
            filter: either,
            removed,
        }
    }

    #[test]
    fn removed_rows_of_any_table_take_no_part_and_every_column_is_qualified() {
        let mut sql = Sql::default();
        let public = Ident::public();
        rows(Removed::Hidden).write_update(&mut sql, &public, vec![(0, ColumnValue::Computed(Expr::first("id")))]);
        rows(Removed::Hidden).write_returning(&mut sql, &public, &[Expr::of(TypeId::of::<u16>(), "id")]);
        let set = r#"UPDATE "public"."order" AS "order" SET "id" = "order"."id" FROM "public"."order" AS "order_2""#;
        let on = r#"("order_2"."id" = "order"."id" AND "order_2"."gone" IS NULL"#;
        let own = r#"("order"."id" = $1 OR "order"."id" = $2) AND "order"."gone" IS NULL)"#;
        assert_eq!(sql.text.to_text(), format!(r#"{set} WHERE {on} AND {own} RETURNING "order_2"."id""#));
    }

    #[test]
    fn a_delete_of_removed_rows_joins_live_ones() {
        let mut sql = Sql::default();
        rows(Removed::Only).write_delete(&mut sql, &Ident::public());
        let start = r#"DELETE FROM "public"."order" AS "order" USING "public"."order" AS "order_2" WHERE ("#;
        assert!(sql.text.to_text().starts_with(start), "{}", sql.text.to_text());
        assert!(sql.text.to_text().contains(r#""order_2"."gone" IS NULL"#), "{}", sql.text.to_text());
        assert!(sql.text.to_text().ends_with(r#""order"."gone" IS NOT NULL)"#), "{}", sql.text.to_text());
    }
}
