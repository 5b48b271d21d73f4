//! Writes conditions as text.

use std::collections::VecDeque;

use crate::param::{Param, ParamArray};
use crate::sql::filter::Filter;
use crate::sql::scope::Scope;
use crate::sql::writer::Sql;

/// The number of members from which on comparisons in a group are combined into one with an array. Smaller groups are
/// written as they were built.
const MANY: usize = 32;

impl Filter {
    /// Writes the condition; groups are in parentheses, so that it can stand beside any other.
    pub(crate) fn write(self, sql: &mut Sql, scope: &Scope<'_>) {
        let (members, (separator, empty)) = match self {
            Self::And(all) => (joined(all.members, true), (" AND ", "TRUE")),
            Self::Or(any) => (joined(any.members, false), (" OR ", "FALSE")),
            Self::Not { inner, .. } => {
                sql.push("NOT (");
                inner.write(sql, scope);
                sql.push(")");
                return;
            }
            Self::Nested { write, .. } => return write(sql, scope),
            leaf => return leaf.write_leaf(sql, scope),
        };
        if members.is_empty() {
            sql.push(empty);
            return;
        }
        sql.push("(");
        for (i, member) in members.into_iter().enumerate() {
            if i > 0 {
                sql.push(separator);
            }
            member.write(sql, scope);
        }
        sql.push(")");
    }

    /// Writes a condition that contains no others. It is a function of its own so that deep trees take less of the stack.
    fn write_leaf(self, sql: &mut Sql, scope: &Scope<'_>) {
        match self {
            Self::Compare { column, operator, value, .. } => {
                column.write(sql, scope);
                sql.push(operator).param(column.compared(value));
            }
            Self::CompareMany { column, operator, values, all } => {
                column.write(sql, scope);
                sql.push(operator)
                    .push(if all { "ALL(" } else { "ANY(" })
                    .param(column.compared(Box::new(values)))
                    .push(")");
            }
            #[cfg(feature = "json")]
            Self::Around { column, before, value, after } => {
                column.write(sql, scope);
                sql.push(before).param(column.compared(value)).push(after);
            }
            Self::Among { column, values, negated, .. } => {
                column.write(sql, scope);
                sql.push(if negated { " <> ALL(" } else { " = ANY(" }).param(column.compared(values)).push(")");
            }
            Self::Postfix { column, test } => {
                scope.column(sql, column);
                sql.push(test);
            }
            Self::Columns { left, operator, right } => {
                scope.column(sql, left);
                sql.push(operator);
                scope.column(sql, right);
            }
            Self::And(_) | Self::Or(_) | Self::Not { .. } | Self::Nested { .. } => unreachable!("written by `write`"),
            Self::TooDeep => {
                sql.is_too_deep = true;
                sql.push("FALSE");
            }
        }
    }
}

/// Combines comparisons that differ only in the value into one with an array. PostgreSQL would compile thousands of
/// comparisons one by one, a millisecond each.
fn joined(members: VecDeque<Filter>, all: bool) -> VecDeque<Filter> {
    if members.len() < MANY {
        return members;
    }
    let mut kept: VecDeque<Filter> = VecDeque::new();
    let mut lists: Vec<(usize, Vec<Param>)> = Vec::new();
    for member in members {
        let Filter::Compare { column, operator, value, joins: true } = member else {
            kept.push_back(member);
            continue;
        };
        let is_like = |at: usize| matches!(&kept[at], Filter::Compare { column: c, operator: o, .. } if (*c, *o) == (column, operator));
        if let Some((_, list)) = lists.iter_mut().find(|(at, _)| is_like(*at)) {
            list.push(value);
        } else {
            lists.push((kept.len(), Vec::new()));
            kept.push_back(Filter::Compare { column, operator, value, joins: true });
        }
    }
    for (at, mut values) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        if let Filter::Compare { column, operator, value, .. } = std::mem::replace(&mut kept[at], Filter::TooDeep) {
            values.insert(0, value);
            kept[at] = Filter::CompareMany { column, operator, values: ParamArray(values), all };
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident::Ident;
    use crate::schema::Table;
    use crate::sql::filter::MOST_LEVELS;

    const TABLE: Table = Table::new("t", &[], &[]);

    fn is_null(column: &'static str) -> Filter {
        Filter::Postfix { column, test: " IS NULL" }
    }

    fn written(filter: Filter, nested: bool) -> Sql {
        let (mut sql, public) = (Sql::default(), Ident::public());
        let scope = Scope::of(&public, &TABLE);
        filter.write(&mut sql, &if nested { scope.inner() } else { scope });
        sql
    }

    #[test]
    fn groups_keep_their_parentheses() {
        let either = is_null("a").or(is_null("b"));
        let text = written(either.and(is_null("c")), false).text;
        assert_eq!(text, r#"(("a" IS NULL OR "b" IS NULL) AND "c" IS NULL)"#);
    }

    #[test]
    fn an_empty_or_is_false_and_an_empty_and_is_true() {
        assert_eq!(written(Filter::any([]), false).text, "FALSE");
        assert_eq!(written(Filter::all([]), false).text, "TRUE");
    }

    #[test]
    fn values_are_parameters_in_order() {
        let list = Filter::Among { column: "b".into(), values: Box::new(vec![1_i32]), is_empty: false, negated: false };
        let sql = written(Filter::equals("a", Box::new(1_i32)).and(list), false);
        assert_eq!(sql.text, r#"("a" = $1 AND "b" = ANY($2))"#);
        assert_eq!(sql.params.len(), 2);
    }

    #[test]
    fn a_nested_scope_qualifies_every_column() {
        let columns = Filter::Columns { left: "a", operator: " < ", right: "b" };
        assert_eq!(written(columns.and(is_null("c")), true).text, r#"("s1"."a" < "s1"."b" AND "s1"."c" IS NULL)"#);
    }

    fn compare(column: &'static str, operator: &'static str, value: usize) -> Filter {
        Filter::Compare { column: column.into(), operator, value: Box::new(value.to_string()), joins: true }
    }

    #[test]
    fn many_comparisons_of_one_kind_become_one() {
        let any = Filter::any((0..MANY).map(|n| compare(if n % 2 == 0 { "a" } else { "b" }, " = ", n)));
        let sql = written(any.or(is_null("c")), false);
        assert_eq!(sql.text, r#"("a" = ANY($1) OR "b" = ANY($2) OR "c" IS NULL)"#);
        let all = Filter::all((0..MANY).map(|n| compare("a", " <> ", n))).and(compare("a", " < ", 1));
        assert_eq!(written(all, false).text, r#"("a" <> ALL($1) AND "a" < $2)"#);
    }

    #[test]
    fn chains_stay_flat_whichever_end_they_grow_at() {
        let count = 100_000;
        let last = (0..count).fold(is_null("a"), |all, _| all.or(is_null("b")));
        let first = (0..count).fold(is_null("a"), |all, _| is_null("b").or(all));
        let grouped = (0..count).fold(is_null("a"), |all, _| Filter::any([is_null("b"), all]));
        let negated = (0..count).fold(is_null("a"), |it, _| it.negate());
        assert_eq!([last.levels(), first.levels(), grouped.levels(), negated.levels()], [1, 1, 1, 0]);
        assert_eq!(written(first, false).text.matches('(').count(), 1);
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
            let (fits, exceeds) = (written(deep(MOST_LEVELS as usize), false), written(deep(10_000), false));
            assert_eq!((fits.is_too_deep, exceeds.is_too_deep), (false, true));
            let nest = |it: Filter, _: usize| {
                Filter::nested(Some(it), |sql, scope, inner| {
                    if let Some(inner) = inner {
                        inner.write(sql, &scope.inner());
                    }
                })
            };
            assert!(!written((0..20).fold(is_null("a"), nest), false).is_too_deep);
            assert!(written((0..10_000).fold(is_null("a"), nest), false).is_too_deep);
        };
        small.spawn(work).expect("a thread").join().expect("no overflow");
    }
}
