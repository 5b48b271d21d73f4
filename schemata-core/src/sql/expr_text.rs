//! Writes expressions as text: columns, values, calls, CASE, aggregates and their windows.

use crate::param::{CastType, TypeHome};
use crate::sql::expr::TOO_DEEP;
use crate::sql::scope::Scope;
use crate::sql::tree::{Aggregate, Expr, Filter, FrameBound, Node, SortKey, Window};
use crate::sql::writer::Sql;

impl Expr {
    /// Writes the expression, so that it can stand beside any operator.
    pub(crate) fn write(&self, sql: &mut Sql, scope: &Scope<'_>) {
        match self {
            Self::Column(column) => scope.column(sql, *column),
            Self::Value(value, cast) => {
                sql.shared_param(value);
                write_cast(sql, scope, cast.map(|ty| ty.as_named()).or_else(|| value.cast()));
            }
            Self::Text(text) => {
                sql.push_cow(text);
            }
            Self::Tree(node, _) => {
                let before = std::mem::replace(&mut sql.is_in_expression, true);
                node.write(sql, scope);
                sql.is_in_expression = before;
            }
            Self::TooDeep => {
                sql.refuse(TOO_DEEP);
                sql.push("NULL");
            }
        }
    }
}

impl Node {
    fn write(&self, sql: &mut Sql, scope: &Scope<'_>) {
        match self {
            Self::Pieces(pieces, arguments) => write_pieces(sql, scope, pieces, arguments),
            Self::Fragment(pieces, arguments) => {
                let before = std::mem::replace(&mut sql.qualifies_all, true);
                sql.runs_code_of_user = true;
                write_pieces(sql, scope, pieces, arguments);
                sql.qualifies_all = before;
            }
            Self::List(open, arguments, close) => {
                sql.runs_code_of_user |= is_declared(open);
                sql.push_cow(open).list(", ", arguments, |sql, argument| argument.write(sql, scope)).push(close);
            }
            Self::Cast(expr, ty) => {
                sql.push("CAST(");
                expr.write(sql, scope);
                sql.push(" AS ");
                write_type(sql, scope, ty.as_named());
                sql.push(")");
            }
            Self::Holds(filter) => {
                sql.push("(");
                filter.write(sql, scope);
                sql.push(")");
            }
            Self::Case(arms, otherwise) => write_case(sql, scope, arms, otherwise.as_ref()),
            Self::Query(before, query, after) => {
                sql.push(before);
                query.write_inner(sql, scope);
                sql.push(after);
            }
            Self::Aggregate(aggregate) => aggregate.write(sql, scope),
        }
    }
}

fn write_pieces(sql: &mut Sql, scope: &Scope<'_>, pieces: &[&'static str], arguments: &[Expr]) {
    for (i, piece) in pieces.iter().enumerate() {
        sql.push(piece);
        if let Some(argument) = arguments.get(i) {
            argument.write(sql, scope);
        }
    }
}

fn write_case(sql: &mut Sql, scope: &Scope<'_>, arms: &[(Filter, Expr)], otherwise: Option<&Expr>) {
    sql.push("CASE");
    for (when, then) in arms {
        sql.push(" WHEN ");
        when.write(sql, scope);
        sql.push(" THEN ");
        then.write(sql, scope);
    }
    if let Some(otherwise) = otherwise {
        sql.push(" ELSE ");
        otherwise.write(sql, scope);
    }
    sql.push(" END");
}

/// Returns whether the application declared the function: its name is quoted, as none of the library's is.
fn is_declared(function: &str) -> bool {
    function.starts_with('"')
}

impl Aggregate {
    fn write(&self, sql: &mut Sql, scope: &Scope<'_>) {
        sql.runs_code_of_user |= is_declared(&self.function);
        sql.push_cow(&self.function).push("(").push(if self.distinct { "DISTINCT " } else { "" });
        if self.arguments.is_empty() && self.function == "count" {
            sql.push("*");
        }
        sql.list(", ", &self.arguments, |sql, argument| argument.write(sql, scope));
        write_order(sql, scope, &self.order, " ORDER BY ");
        sql.push(")");
        if let Some(key) = &self.within_group {
            sql.push(" WITHIN GROUP (ORDER BY ");
            key.write(sql, scope);
            sql.push(")");
        }
        if let Some(filter) = &self.filter {
            sql.push(" FILTER (WHERE ");
            filter.write(sql, scope);
            sql.push(")");
        }
        if let Some(window) = &self.window {
            window.write(sql, scope);
        }
    }
}

impl Window {
    fn write(&self, sql: &mut Sql, scope: &Scope<'_>) {
        sql.push(" OVER (");
        let mut separator = "";
        if !self.partition.is_empty() {
            sql.push("PARTITION BY ").list(", ", &self.partition, |sql, expr| expr.write(sql, scope));
            separator = " ";
        }
        if !self.order.is_empty() {
            sql.push(separator);
            write_order(sql, scope, &self.order, "ORDER BY ");
            separator = " ";
        }
        if let Some(frame) = &self.frame {
            sql.push(separator).push(frame.unit);
            frame.start.write(sql, scope);
            sql.push(" AND ");
            frame.end.write(sql, scope);
            sql.push(self.exclusion);
        }
        sql.push(")");
    }
}

impl FrameBound {
    fn write(&self, sql: &mut Sql, scope: &Scope<'_>) {
        if let Some(offset) = &self.offset {
            offset.write(sql, scope);
        }
        sql.push(self.word);
    }
}

impl SortKey {
    /// Writes the key without PostgreSQL's defaults, as one would write it by hand.
    pub(crate) fn write(&self, sql: &mut Sql, scope: &Scope<'_>) {
        self.expr.write(sql, scope);
        if self.descending {
            sql.push(" DESC");
        }
        match (self.descending, self.nulls_first) {
            (false, true) => sql.push(" NULLS FIRST"),
            (true, false) => sql.push(" NULLS LAST"),
            _ => sql,
        };
    }
}

/// Writes the keyword and the keys, or nothing.
pub(crate) fn write_order(sql: &mut Sql, scope: &Scope<'_>, order: &[SortKey], keyword: &'static str) {
    if !order.is_empty() {
        sql.push(keyword).list(", ", order, |sql, key| key.write(sql, scope));
    }
}

/// Writes the name of a type, without a modifier. A type that is created with the tables and names no schema is in that of the
/// statement.
pub(crate) fn write_type(sql: &mut Sql, scope: &Scope<'_>, ty: CastType) {
    match ty.home {
        TypeHome::Schema(schema) => sql.schema(scope.schema, Some(schema)).ident(ty.name),
        TypeHome::Statement => sql.schema(scope.schema, None).ident(ty.name),
        TypeHome::SearchPath => sql.push(ty.name),
    };
    if ty.array {
        sql.push("[]");
    }
}

/// Writes `::type` after a value that has to name its type.
pub(crate) fn write_cast(sql: &mut Sql, scope: &Scope<'_>, ty: Option<CastType>) {
    if let Some(ty) = ty {
        sql.push("::");
        write_type(sql, scope, ty);
    }
}
