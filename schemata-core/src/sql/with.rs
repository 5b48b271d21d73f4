//! Writes WITH: the common table expressions that a query reads.

use crate::sql::scope::Scope;
use crate::sql::tree::{Cte, CteBody, Query, WrittenPart};
use crate::sql::writer::Sql;

impl Query {
    /// Writes `WITH … `, or nothing.
    pub(crate) fn write_with(&self, sql: &mut Sql, scope: &Scope<'_>) {
        if self.with.is_empty() {
            return;
        }
        let is_recursive = self.with.iter().any(|cte| matches!(cte.body, CteBody::Recursive { .. }));
        sql.push(if is_recursive { "WITH RECURSIVE " } else { "WITH " });
        let beside = scope.beside();
        for (at, cte) in self.with.iter().enumerate() {
            sql.push(if at > 0 { ", " } else { "" }).ident_cow(scope.cte_name(at));
            sql.push(" (").columns(cte.table.columns).push(") AS").push(cte.materialized).push(" (");
            cte.write(sql, &beside);
            sql.push(")");
        }
        sql.push(" ");
    }
}

impl Cte {
    fn write(&self, sql: &mut Sql, beside: &Scope<'_>) {
        match &self.body {
            CteBody::Query(query) => query.write_inner(sql, beside),
            CteBody::Recursive { first, operator, next } => {
                sql.push("(");
                first.write_inner(sql, beside);
                sql.push(")").push(operator).push("(");
                next.write_inner(sql, beside);
                sql.push(")");
            }
            CteBody::Written(parts) => {
                for part in parts {
                    match part {
                        WrittenPart::Text(text) => sql.push_cow(text),
                        WrittenPart::Table(table) => sql.table(beside.schema, table),
                        WrittenPart::Value(value) => sql.param(value.clone()),
                    };
                }
            }
        }
    }
}
