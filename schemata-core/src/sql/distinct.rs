//! Writes DISTINCT, and finds orders that PostgreSQL refuses beside it (42P10; manual 7.3.2 and SELECT, "DISTINCT Clause").

use crate::error::Unsendable;
use crate::sql::scope::Scope;
use crate::sql::tree::{Distinct, Expr, Query, SortKey};
use crate::sql::writer::Sql;

impl Query {
    /// Writes DISTINCT, if rows that are equal are to be one.
    pub(crate) fn write_distinct(&self, sql: &mut Sql, scope: &Scope<'_>) {
        match &self.distinct {
            Distinct::No => {}
            Distinct::Rows => {
                if let Some(column) = self.unlisted_order() {
                    sql.refuse(Unsendable::UnlistedOrder { column });
                }
                sql.push("DISTINCT ");
            }
            Distinct::On(exprs) => {
                if self.begins_with_another_order() {
                    sql.refuse(Unsendable::DistinctOnOrder);
                }
                sql.push("DISTINCT ON (").list(", ", exprs, |sql, expr| expr.write(sql, scope)).push(") ");
            }
        }
    }

    /// Returns a column that the query sorts by and does not list. Expressions are left to PostgreSQL.
    fn unlisted_order(&self) -> Option<&'static str> {
        let is_unlisted = |key: &&SortKey| self.position_of(&key.expr).is_none();
        self.order.iter().filter(is_unlisted).find_map(|key| key.expr.as_column()).map(|column| column.name)
    }

    /// Returns whether a key of the order comes before those of DISTINCT ON, all of which are columns.
    fn begins_with_another_order(&self) -> bool {
        let Distinct::On(exprs) = &self.distinct else { return false };
        let columns: Option<Vec<_>> = exprs.iter().map(Expr::as_column).collect();
        let Some(columns) = columns else { return false };
        let mut left = columns.clone();
        for key in &self.order {
            left.retain(|column| !key.expr.as_column().is_some_and(|sorted| self.is_same_column(*column, sorted)));
            let is_one = |sorted| columns.iter().any(|column| self.is_same_column(*column, sorted));
            if !key.expr.as_column().is_some_and(is_one) {
                return !left.is_empty();
            }
        }
        false
    }
}
