//! Writes WITH: the common table expressions that a query reads.

use crate::sql::scope::Scope;
use crate::sql::tree::{Cte, CteBody, Query};
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
            sql.push(if at > 0 { ", " } else { "" });
            cte.write_sources(sql);
            sql.ident_cow(scope.cte_name(at));
            sql.push(" (").columns(cte.table.columns).push(") AS").push(cte.materialized).push(" (");
            cte.write(sql, &beside);
            sql.push(")");
        }
        sql.push(" ");
    }
}

impl Cte {
    /// Writes the writes that this one reads, each with its name: PostgreSQL allows writes in the outermost WITH only.
    fn write_sources(&self, sql: &mut Sql) {
        if let CteBody::Write(writes) = &self.body {
            for source in writes.iter().rev().skip(1).rev() {
                sql.ident_dynamic(&source.name).push(" AS (").push_dynamic(&source.text).push("), ");
            }
        }
    }

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
            CteBody::Write(writes) => {
                sql.runs_code_of_user = true;
                sql.push_dynamic(writes.last().map_or("", |write| &write.text));
            }
        }
    }
}
