//! Conditions as a tree, and the tree as text.

use crate::param::Param;
use crate::sql::writer::Sql;

/// A condition on the rows of one table.
pub(crate) enum Filter {
    /// `"column" op $n`.
    Compare {
        /// The column.
        column: &'static str,
        /// The operator, with its spaces.
        operator: &'static str,
        /// The value.
        value: Param,
    },
    /// `"column" = ANY($n)`, or `<> ALL($n)`.
    Array {
        /// The column.
        column: &'static str,
        /// `= ANY` or `<> ALL`.
        operator: &'static str,
        /// The values, as one array.
        values: Param,
    },
    /// `"column" IS NULL` and its kin.
    Postfix {
        /// The column.
        column: &'static str,
        /// Like ` IS NULL`.
        test: &'static str,
    },
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
        Self::Compare { column, operator: " = ", value }
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
            _ => false,
        }
    }

    fn never_holds(&self) -> bool {
        match self {
            Self::And(all) => all.iter().any(Self::never_holds),
            Self::Or(any) => any.iter().all(Self::never_holds),
            Self::Not(inner) => inner.always_holds(),
            _ => false,
        }
    }

    /// Writes the condition; groups are in parentheses, so that it can stand beside any other.
    pub(crate) fn write(self, sql: &mut Sql) {
        match self {
            Self::Compare { column, operator, value } => {
                sql.ident(column).push(operator).param(value);
            }
            Self::Array { column, operator, values } => {
                sql.ident(column).push(operator).push("(").param(values).push(")");
            }
            Self::Postfix { column, test } => {
                sql.ident(column).push(test);
            }
            Self::And(all) => write_group(sql, all, " AND ", "TRUE"),
            Self::Or(any) => write_group(sql, any, " OR ", "FALSE"),
            Self::Not(inner) => {
                sql.push("NOT (");
                inner.write(sql);
                sql.push(")");
            }
        }
    }
}

fn write_group(sql: &mut Sql, members: Vec<Filter>, separator: &str, empty: &str) {
    if members.is_empty() {
        sql.push(empty);
        return;
    }
    sql.push("(").list(separator, members, |sql, member| member.write(sql)).push(")");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_null(column: &'static str) -> Filter {
        Filter::Postfix { column, test: " IS NULL" }
    }

    fn text(filter: Filter) -> String {
        let mut sql = Sql::default();
        filter.write(&mut sql);
        sql.text
    }

    #[test]
    fn groups_keep_their_parentheses() {
        let either = is_null("a").or(is_null("b"));
        assert_eq!(text(either.and(is_null("c"))), r#"(("a" IS NULL OR "b" IS NULL) AND "c" IS NULL)"#);
    }

    #[test]
    fn an_empty_or_is_false_and_an_empty_and_is_true() {
        assert_eq!(text(Filter::Or(vec![])), "FALSE");
        assert_eq!(text(Filter::And(vec![])), "TRUE");
    }

    #[test]
    fn values_are_parameters_in_order() {
        let mut sql = Sql::default();
        Filter::Compare { column: "a", operator: " = ", value: Box::new(1_i32) }
            .and(Filter::Array { column: "b", operator: " = ANY", values: Box::new(vec![1_i32]) })
            .write(&mut sql);
        assert_eq!(sql.text, r#"("a" = $1 AND "b" = ANY($2))"#);
        assert_eq!(sql.params.len(), 2);
    }
}
