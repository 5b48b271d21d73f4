//! Writes conditions as text.

use crate::param::{Param, ParamArray};
use crate::sql::expr::TOO_DEEP;
use crate::sql::expr_text::write_cast;
use crate::sql::scope::Scope;
use crate::sql::tree::{ColumnRef, Expr, Filter};
use crate::sql::writer::Sql;
use std::collections::VecDeque;

/// The number of members from which on comparisons in a group are combined into one with an array. Smaller groups are
/// written as they were built.
pub(crate) const MANY: usize = 32;

impl Filter {
    /// Writes the condition; groups are in parentheses, so that it can stand beside any other.
    pub(crate) fn write(&self, sql: &mut Sql, scope: &Scope<'_>) {
        let (members, all) = match self {
            Self::And(all) => (&all.members, true),
            Self::Or(any) => (&any.members, false),
            Self::Not { inner, .. } => {
                sql.push("NOT (");
                inner.write(sql, scope);
                sql.push(")");
                return;
            }
            leaf => return leaf.write_leaf(sql, scope),
        };
        if members.len() >= MANY {
            return write_joined(sql, scope, members, all);
        }
        if members.is_empty() {
            sql.push(if all { "TRUE" } else { "FALSE" });
            return;
        }
        sql.push("(");
        for (i, member) in members.iter().enumerate() {
            if i > 0 {
                sql.push(if all { " AND " } else { " OR " });
            }
            member.write(sql, scope);
        }
        sql.push(")");
    }

    /// Writes the condition and another one that has to hold as well.
    pub(crate) fn write_and(&self, other: &Self, sql: &mut Sql, scope: &Scope<'_>) {
        sql.push("(");
        match self {
            Self::And(all) if all.members.len() < MANY => {
                for member in &all.members {
                    member.write(sql, scope);
                    sql.push(" AND ");
                }
            }
            filter => {
                filter.write(sql, scope);
                sql.push(" AND ");
            }
        }
        other.write(sql, scope);
        sql.push(")");
    }

    /// Writes a condition that contains no other conditions. It is a function of its own so that deep trees take less of the
    /// stack.
    fn write_leaf(&self, sql: &mut Sql, scope: &Scope<'_>) {
        match self {
            Self::Compare { column, operator, value, .. } => {
                column.write(sql, scope);
                sql.push(operator);
                write_value(sql, scope, column, value);
            }
            Self::CompareMany { column, operator, values, all } => {
                column.write(sql, scope);
                sql.push(operator).push(if *all { "ALL(" } else { "ANY(" });
                write_value(sql, scope, column, &Param::new(values.clone()));
                sql.push(")");
            }
            Self::Among { column, values, negated, .. } => {
                column.write(sql, scope);
                sql.push(if *negated { " <> ALL(" } else { " = ANY(" });
                write_value(sql, scope, column, values);
                sql.push(")");
            }
            Self::Postfix { column, test } => {
                column.write(sql, scope);
                sql.push(test);
            }
            Self::Operands { left, operator, right } => {
                left.write(sql, scope);
                sql.push(operator);
                right.write(sql, scope);
            }
            Self::Holds(expr) => expr.write(sql, scope),
            Self::And(_) | Self::Or(_) | Self::Not { .. } => unreachable!("written by `write`"),
            Self::TooDeep => {
                sql.refuse(TOO_DEEP);
                sql.push("FALSE");
            }
        }
    }
}

/// Writes a value that is compared with a column. Equal expressions have equal text, so that their clones share it.
fn write_value(sql: &mut Sql, scope: &Scope<'_>, column: &Expr, value: &Param) {
    match sql.known_in_expression(value) {
        Some(number) => sql.placeholder(number),
        None => sql.compared_param(value.clone(), column.as_column().map(|column| column.name)),
    };
    write_cast(sql, scope, value.cast());
}

/// Writes a group after combining what can be combined. It is a function of its own so that deep trees take less of the stack.
fn write_joined(sql: &mut Sql, scope: &Scope<'_>, members: &VecDeque<Filter>, all: bool) {
    let members = joined(members, all);
    sql.push("(").list(if all { " AND " } else { " OR " }, &members, |sql, member| member.write(sql, scope)).push(")");
}

/// Combines comparisons of a column that differ only in the value into one with an array. PostgreSQL would compile thousands
/// of comparisons one by one, a millisecond each.
fn joined(members: &VecDeque<Filter>, all: bool) -> VecDeque<Filter> {
    let mut kept: VecDeque<Filter> = VecDeque::new();
    let mut lists: Vec<(ColumnRef, &'static str, usize, Vec<Param>)> = Vec::new();
    for member in members {
        let Filter::Compare { column: Expr::Column(column), operator, value, joins: true } = member else {
            kept.push_back(member.clone());
            continue;
        };
        let known = lists.iter_mut().find(|(other, op, ..)| (*other, *op) == (*column, *operator));
        if let Some((.., list)) = known {
            list.push(value.clone());
        } else {
            lists.push((*column, operator, kept.len(), vec![value.clone()]));
            kept.push_back(member.clone());
        }
    }
    for (column, operator, at, values) in lists.into_iter().filter(|(.., list)| list.len() > 1) {
        kept[at] = Filter::CompareMany { column: Expr::Column(column), operator, values: ParamArray(values), all };
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident::Ident;
    use crate::schema::Table;
    use crate::sql::expr::MOST_LEVELS;
    use crate::sql::tree::{List, Node, Query};

    const TABLE: Table = Table::new("t", &[], &[]);

    fn is_null(column: &'static str) -> Filter {
        Filter::Postfix { column: column.into(), test: " IS NULL" }
    }

    fn written(filter: &Filter, nested: bool) -> Sql {
        let (mut sql, public) = (Sql::default(), Ident::public());
        let scope = Scope::of(&public, &TABLE);
        let inner = scope.inner(&Query::of(&TABLE));
        filter.write(&mut sql, if nested { &inner } else { &scope });
        sql
    }

    #[test]
    fn groups_keep_their_parentheses() {
        let either = is_null("a").or(is_null("b"));
        let text = written(&either.and(is_null("c")), false).text.to_text();
        assert_eq!(text, r#"(("a" IS NULL OR "b" IS NULL) AND "c" IS NULL)"#);
    }

    #[test]
    fn an_empty_or_is_false_and_an_empty_and_is_true() {
        assert_eq!(written(&Filter::any([]), false).text.to_text(), "FALSE");
        assert_eq!(written(&Filter::all([]), false).text.to_text(), "TRUE");
    }

    #[test]
    fn values_are_parameters_in_order() {
        let list =
            Filter::Among { column: "b".into(), values: Param::new(vec![1_i32]), is_empty: false, negated: false };
        let sql = written(&Filter::equals("a", Param::new(1_i32)).and(list), false);
        assert_eq!(sql.text.to_text(), r#"("a" = $1 AND "b" = ANY($2))"#);
        assert_eq!(sql.params.len(), 2);
    }

    #[test]
    fn a_nested_scope_qualifies_every_column() {
        let columns = Filter::Operands { left: "a".into(), operator: " < ", right: "b".into() };
        assert_eq!(
            written(&columns.and(is_null("c")), true).text.to_text(),
            r#"("s1"."a" < "s1"."b" AND "s1"."c" IS NULL)"#
        );
    }

    fn compare(column: &'static str, operator: &'static str, value: usize) -> Filter {
        Filter::Compare { column: column.into(), operator, value: Param::new(value.to_string()), joins: true }
    }

    #[test]
    fn many_comparisons_of_one_kind_become_one() {
        let any = Filter::any((0..MANY).map(|n| compare(if n % 2 == 0 { "a" } else { "b" }, " = ", n)));
        let sql = written(&any.or(is_null("c")), false);
        assert_eq!(sql.text.to_text(), r#"("a" = ANY($1) OR "b" = ANY($2) OR "c" IS NULL)"#);
        let all = Filter::all((0..MANY).map(|n| compare("a", " <> ", n))).and(compare("a", " < ", 1));
        assert_eq!(written(&all, false).text.to_text(), r#"("a" <> ALL($1) AND "a" < $2)"#);
    }

    #[test]
    fn chains_stay_flat_whichever_end_they_grow_at() {
        let count = 100_000;
        let last = (0..count).fold(is_null("a"), |all, _| all.or(is_null("b")));
        let first = (0..count).fold(is_null("a"), |all, _| is_null("b").or(all));
        let grouped = (0..count).fold(is_null("a"), |all, _| Filter::any([is_null("b"), all]));
        let negated = (0..count).fold(is_null("a"), |it, _| it.negate());
        assert_eq!([last.levels(), first.levels(), grouped.levels(), negated.levels()], [1, 1, 1, 0]);
        assert_eq!(written(&first, false).text.to_text().matches('(').count(), 1);
    }

    #[test]
    fn any_depth_is_built_and_written_and_dropped_on_a_small_stack() {
        let small = std::thread::Builder::new().stack_size(512 * 1024);
        let work = || {
            let deep = |levels: usize| {
                (0..levels).fold(is_null("a"), |it, level| match level % 3 {
                    0 => it.and(is_null("b")),
                    1 => it.or(is_null("b")),
                    _ => it.negate(),
                })
            };
            drop(deep(100_000));
            let (fits, exceeds) = (written(&deep(MOST_LEVELS as usize), false), written(&deep(10_000), false));
            assert_eq!((fits.refusal, exceeds.refusal), (None, Some(TOO_DEEP)));
            let nest = |it: Filter, _: usize| {
                let query = Query { filter: Some(it), list: List::Of(Vec::new()), ..Query::of(&TABLE) };
                Filter::holds(Expr::tree(Node::Query("EXISTS (", Box::new(query), ")")))
            };
            assert!(written(&(0..20).fold(is_null("a"), nest), false).refusal.is_none());
            assert!(written(&(0..10_000).fold(is_null("a"), nest), false).refusal.is_some());
        };
        small.spawn(work).expect("a thread").join().expect("no overflow");
    }
}
