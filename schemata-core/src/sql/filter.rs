//! Conditions as a tree, and the tree as text.

use crate::param::Param;
use crate::sql::expr::Expr;
use crate::sql::scope::Scope;
use crate::sql::writer::Sql;

/// What writes a condition that brings tables of its own.
pub(crate) type Nested = Box<dyn FnOnce(&mut Sql, &Scope<'_>) + Send + Sync>;

/// A condition on the rows of one table, or on groups of them.
pub(crate) enum Filter {
    /// `"column" op $n`.
    Compare {
        /// The column.
        column: Expr,
        /// The operator, with its spaces.
        operator: &'static str,
        /// The value.
        value: Param,
    },
    /// `"column"` with a value in the midst of an expression, like ` @? $n::text::jsonpath`.
    #[cfg(feature = "json")]
    Around {
        /// The column.
        column: Expr,
        /// What stands before the value.
        before: &'static str,
        /// The value.
        value: Param,
        /// What stands after it.
        after: &'static str,
    },
    /// `"column" = ANY($n)`, or `"column" <> ALL($n)`.
    Among {
        /// The column.
        column: Expr,
        /// The values, as one array.
        values: Param,
        /// Whether there are none: then it holds for every row, or for none, whatever is in it.
        is_empty: bool,
        /// Whether it asks for rows that equal none of them.
        negated: bool,
    },
    /// `"column" IS NULL` and its kin.
    Postfix {
        /// The column.
        column: &'static str,
        /// Like ` IS NULL`.
        test: &'static str,
    },
    /// `"left" op "right"`.
    Columns {
        /// One column.
        left: &'static str,
        /// The operator, with its spaces.
        operator: &'static str,
        /// The other.
        right: &'static str,
    },
    /// A condition that reads another table.
    Nested(Nested),
    /// All of them; true when there are none.
    And(Vec<Filter>),
    /// Any of them; false when there are none.
    Or(Vec<Filter>),
    /// Its negation.
    Not(Box<Filter>),
}

impl Filter {
    /// `"column" = $n`.
    pub(crate) fn equals(column: &'static str, value: Param) -> Self {
        Self::Compare { column: Expr::Column(column), operator: " = ", value }
    }

    /// Both. Chains of `and` stay one flat list.
    pub(crate) fn and(self, other: Self) -> Self {
        match self {
            Self::And(mut all) => {
                all.push(other);
                Self::And(all)
            }
            one => Self::And(vec![one, other]),
        }
    }

    /// Either.
    pub(crate) fn or(self, other: Self) -> Self {
        match self {
            Self::Or(mut any) => {
                any.push(other);
                Self::Or(any)
            }
            one => Self::Or(vec![one, other]),
        }
    }

    /// Whether it holds for every row whatever is in it, because nothing was asked.
    pub(crate) fn always_holds(&self) -> bool {
        match self {
            Self::And(all) => all.iter().all(Self::always_holds),
            Self::Or(any) => any.iter().any(Self::always_holds),
            Self::Not(inner) => inner.never_holds(),
            Self::Among { is_empty, negated, .. } => *is_empty && *negated,
            _ => false,
        }
    }

    fn never_holds(&self) -> bool {
        match self {
            Self::And(all) => all.iter().any(Self::never_holds),
            Self::Or(any) => any.iter().all(Self::never_holds),
            Self::Not(inner) => inner.always_holds(),
            Self::Among { is_empty, negated, .. } => *is_empty && !*negated,
            _ => false,
        }
    }

    /// Writes the condition; groups are in parentheses, so that it can stand beside any other.
    pub(crate) fn write(self, sql: &mut Sql, scope: &Scope<'_>) {
        match self {
            Self::Compare { column, operator, value } => {
                column.write(sql, scope);
                sql.push(operator).param(column.compared(value));
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
            Self::Nested(write) => write(sql, scope),
            Self::And(all) => write_group(sql, scope, all, " AND ", "TRUE"),
            Self::Or(any) => write_group(sql, scope, any, " OR ", "FALSE"),
            Self::Not(inner) => {
                sql.push("NOT (");
                inner.write(sql, scope);
                sql.push(")");
            }
        }
    }
}

fn write_group(sql: &mut Sql, scope: &Scope<'_>, members: Vec<Filter>, separator: &str, empty: &str) {
    if members.is_empty() {
        sql.push(empty);
        return;
    }
    sql.push("(").list(separator, members, |sql, member| member.write(sql, scope)).push(")");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident::Ident;
    use crate::schema::Table;

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
        assert_eq!(written(Filter::Or(vec![]), false).text, "FALSE");
        assert_eq!(written(Filter::And(vec![]), false).text, "TRUE");
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
}
