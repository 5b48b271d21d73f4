//! Conditions that read another table: IN over a sub-select, EXISTS along a foreign key.

use crate::schema::Table;
use crate::sql::expr::Expr;
use crate::sql::filter::Filter;
use crate::sql::select::Query;

/// Returns `"column" IN (SELECT "listed" FROM …)`. The sub-select excludes NULLs: with one of them, NOT IN holds for no row.
pub(crate) fn among(column: &'static str, negated: bool, mut query: Query, listed: &'static str) -> Filter {
    let known = Filter::Postfix { column: listed, test: " IS NOT NULL" };
    let filter = match query.filter.take() {
        Some(filter) => filter.and(known),
        None => known,
    };
    Filter::nested(Some(filter), move |sql, scope, filter| {
        scope.column(sql, column);
        sql.push(if negated { " NOT IN (" } else { " IN (" });
        Query { filter, ..query }.write(sql, &scope.inner(), &[Expr::Column(listed)]);
        sql.push(")");
    })
}

/// Returns `EXISTS (SELECT FROM other WHERE other.key = this.key AND …)`; `pairs` are the joined columns, this table's first.
pub(crate) fn exists(
    other: &'static Table,
    pairs: Vec<(&'static str, &'static str)>,
    condition: Option<Filter>,
) -> Filter {
    Filter::nested(condition, move |sql, scope, condition| {
        let outer = scope.name().to_owned();
        let joined = pairs.into_iter().map(|(here, there)| {
            let outer = outer.clone();
            Filter::nested(None, move |sql, inner, _| {
                inner.column(sql, there);
                sql.push(" = ").ident(&outer).push(".").ident(here);
            })
        });
        let filter = Filter::all(joined.chain(condition));
        sql.push("EXISTS (");
        Query { filter: Some(filter), ..Query::of(other) }.write(sql, &scope.inner(), &[]);
        sql.push(")");
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident::Ident;
    use crate::schema::Column;
    use crate::sql::scope::Scope;
    use crate::sql::writer::Sql;

    const TABLE: Table = Table::new("node", &[Column::of::<Option<i32>>("gone").soft_delete()], &["id"]);

    fn written(filter: Filter) -> String {
        let (mut sql, public) = (Sql::default(), Ident::public());
        filter.write(&mut sql, &Scope::of(&public, &TABLE));
        sql.text
    }

    #[test]
    fn a_table_may_look_for_itself_two_levels_down_and_every_level_is_guarded() {
        let inner = exists(&TABLE, vec![("id", "parent")], None);
        let text = written(exists(&TABLE, vec![("id", "parent")], Some(inner)));
        let second = r#"EXISTS (SELECT  FROM "public"."node" AS "s2" WHERE ("s2"."parent" = "s1"."id" AND "s2"."gone" IS NULL))"#;
        let first = r#"EXISTS (SELECT  FROM "public"."node" AS "s1" WHERE ("s1"."parent" = "node"."id""#;
        assert_eq!(text, format!(r#"{first} AND {second} AND "s1"."gone" IS NULL))"#));
    }

    #[test]
    fn a_sub_select_leaves_nulls_out() {
        let text = written(among("a", true, Query::of(&TABLE), "b"));
        let inner =
            r#"SELECT "s1"."b" FROM "public"."node" AS "s1" WHERE ("s1"."b" IS NOT NULL AND "s1"."gone" IS NULL)"#;
        assert_eq!(text, format!(r#""a" NOT IN ({inner})"#));
    }
}
