//! Conditions that read another table: IN over a sub-select, EXISTS.

use crate::schema::{Column, Table};
use crate::sql::tree::{ColumnRef, Expr, Filter, FromItem, List, Node, Query, TableRef};

/// The name of the one column of a sub-select that is read like a table.
const VALUE: &str = "value";

/// A sub-select of one column that is read like a table. The type of the column does not matter.
const VALUES: Table = Table::new("values", &[Column::of::<bool>(VALUE)], &[]);

/// Returns `column IN (SELECT listed FROM …)`. The sub-select excludes NULLs: with one of them, NOT IN holds for no row.
pub(crate) fn among(column: Expr, negated: bool, mut query: Query) -> Filter {
    if query.combined.is_some() || query.limit.is_some() || query.offset.is_some() {
        query = Query {
            list: List::Of(vec![Expr::first(VALUE)]),
            ..Query::from(FromItem::of(&VALUES).reading(query, false))
        };
    }
    if let List::Of(list) = &query.list
        && let [listed] = list.as_slice()
    {
        let known = Filter::Postfix { column: listed.clone(), test: " IS NOT NULL" };
        if query.is_grouped {
            query.having = Some(query.having.into_iter().chain([known]).reduce(Filter::and).unwrap_or(Filter::TooDeep));
        } else {
            query.add_filter(known);
        }
    }
    let pieces: &'static [&'static str] = if negated { &["", " NOT IN (", ")"] } else { &["", " IN (", ")"] };
    Filter::holds(Expr::pieces(pieces, [column, Expr::tree(Node::Query("", Box::new(query), ""))]))
}

/// Returns `EXISTS (SELECT FROM …)`.
pub(crate) fn exists(mut query: Query) -> Filter {
    query.keep_existence();
    Filter::holds(Expr::tree(Node::Query("EXISTS (", Box::new(query), ")")))
}

/// Returns the query for the rows of `item` that are joined to a row of a query around it: `pairs` are the joined columns, the
/// outer table's first.
pub(crate) fn joined(item: FromItem, outer: &FromItem, pairs: &[(&'static str, &'static str)]) -> Query {
    let outer = outer.model.map_or(TableRef::First, TableRef::Outer);
    let joined = pairs.iter().map(|(there, here)| Filter::Operands {
        left: Expr::first(here),
        operator: " = ",
        right: Expr::Column(ColumnRef { table: outer, name: there }),
    });
    Query { filter: Some(Filter::all(joined)), ..Query::from(item) }
}

#[cfg(test)]
mod tests {
    use std::any::TypeId;

    use super::*;
    use crate::ident::Ident;
    use crate::sql::scope::Scope;
    use crate::sql::writer::Sql;

    const TABLE: Table = Table::new("node", &[Column::of::<Option<i32>>("gone").soft_delete()], &["id"]);

    fn written(filter: &Filter) -> String {
        let (mut sql, public) = (Sql::default(), Ident::public());
        filter.write(&mut sql, &Scope::of(&public, &TABLE));
        sql.text.to_text()
    }

    #[test]
    fn a_table_may_look_for_itself_two_levels_down_and_every_level_is_guarded() {
        let node = || FromItem { model: Some(TypeId::of::<()>()), ..FromItem::of(&TABLE) };
        let children = || joined(node(), &node(), &[("id", "parent")]);
        let mut outer = children();
        outer.add_filter(exists(children()));
        let text = written(&exists(outer));
        let second = r#"EXISTS (SELECT  FROM "public"."node" AS "s2" WHERE ("s2"."parent" = "s1"."id" AND "s2"."gone" IS NULL))"#;
        let first = r#"EXISTS (SELECT  FROM "public"."node" AS "s1" WHERE ("s1"."parent" = "node"."id""#;
        assert_eq!(text, format!(r#"{first} AND {second} AND "s1"."gone" IS NULL))"#));
    }

    #[test]
    fn a_sub_select_leaves_nulls_out() {
        let text = written(&among("a".into(), true, Query { list: List::Of(vec!["b".into()]), ..Query::of(&TABLE) }));
        let inner =
            r#"SELECT "s1"."b" FROM "public"."node" AS "s1" WHERE ("s1"."b" IS NOT NULL AND "s1"."gone" IS NULL)"#;
        assert_eq!(text, format!(r#""a" NOT IN ({inner})"#));
    }

    #[test]
    fn nulls_are_left_out_after_the_limit_and_the_offset_of_a_sub_select() {
        let listed = || Query { list: List::Of(vec!["b".into()]), ..Query::of(&TABLE) };
        let all = written(&among("a".into(), false, listed()));
        assert!(all.starts_with(r#""a" IN (SELECT "s1"."b" FROM"#), "{all}");
        for query in [
            Query { limit: Some(2), ..listed() },
            Query { offset: Some(2), ..listed() },
            listed().combine(" UNION ", listed()),
        ] {
            let text = written(&among("a".into(), false, query));
            assert!(text.starts_with(r#""a" IN (SELECT "s1"."value" FROM ("#), "{text}");
            assert!(text.ends_with(r#" AS "s1" ("value") WHERE "s1"."value" IS NOT NULL)"#), "{text}");
        }
    }
}
