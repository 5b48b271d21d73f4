//! Expressions that a SELECT lists, compares or sorts by: a column, or an aggregate.

use crate::param::{Compared, Param};
use crate::sql::scope::Scope;
use crate::sql::writer::Sql;

/// A column or an aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expr {
    /// `"column"`.
    Column(&'static str),
    /// `count(*)`.
    CountRows,
    /// `count(DISTINCT "column")`.
    CountDistinct(&'static str),
    /// `function("column")`.
    Call(&'static str, &'static str),
}

impl Expr {
    /// Returns the value to compare with; it carries the column's name, so that a refusal can name it.
    pub(crate) fn compared(self, value: Param) -> Param {
        match self {
            Self::Column(column) | Self::CountDistinct(column) | Self::Call(_, column) => {
                Box::new(Compared { column, value })
            }
            Self::CountRows => value,
        }
    }

    /// Writes the expression.
    pub(crate) fn write(self, sql: &mut Sql, scope: &Scope<'_>) {
        match self {
            Self::Column(column) => scope.column(sql, column),
            Self::CountRows => {
                sql.push("count(*)");
            }
            Self::CountDistinct(column) => {
                sql.push("count(DISTINCT ");
                scope.column(sql, column);
                sql.push(")");
            }
            Self::Call(function, column) => {
                sql.push(function).push("(");
                scope.column(sql, column);
                sql.push(")");
            }
        }
    }
}

impl From<&'static str> for Expr {
    fn from(column: &'static str) -> Self {
        Self::Column(column)
    }
}
