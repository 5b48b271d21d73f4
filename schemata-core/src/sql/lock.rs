//! Writes the lock of a SELECT, and finds the parts of a query with which PostgreSQL refuses it (manual, SELECT, "The Locking Clause").

use std::any::TypeId;

use crate::error::Unsendable;
use crate::sql::scope::Scope;
use crate::sql::tree::{Distinct, Expr, FromItem, List, Lock, Node, Query, Relation};
use crate::sql::writer::Sql;

/// The refusal of a lock in a query that is combined with others.
pub(crate) const COMBINED: Unsendable = Unsendable::Lock { part: "UNION, INTERSECT or EXCEPT" };

impl Query {
    /// Writes the lock, if there is one.
    pub(crate) fn write_lock(&self, sql: &mut Sql, scope: &Scope<'_>) {
        let Some(lock) = &self.lock else { return };
        if let Some(part) = self.unlockable(&lock.of) {
            sql.refuse(Unsendable::Lock { part });
        }
        lock.write(sql, scope);
    }

    /// Returns the part that keeps PostgreSQL from locking rows of these tables of the query, or of all.
    fn unlockable(&self, of: &[TypeId]) -> Option<&'static str> {
        if !matches!(self.distinct, Distinct::No) {
            Some("DISTINCT")
        } else if self.is_grouped {
            Some("groups or totals")
        } else if self.combined.is_some() {
            Some("UNION, INTERSECT or EXCEPT")
        } else if self.has_windows() {
            Some("a function of a window")
        } else {
            let items = std::iter::once(&self.from).chain(self.joins.iter().map(|join| &join.item));
            items.into_iter().find_map(|item| item.unlockable(of))
        }
    }

    fn has_windows(&self) -> bool {
        let listed: &[Expr] = if let List::Of(list) = &self.list { list } else { &[] };
        listed.iter().chain(self.order.iter().map(|key| &key.expr)).any(Expr::has_window)
    }
}

impl FromItem {
    /// A lock of all tables locks the rows of a derived table too, and leaves out what holds no stored rows.
    fn unlockable(&self, of: &[TypeId]) -> Option<&'static str> {
        let is_named = self.model.is_some_and(|model| of.contains(&model));
        match &self.relation {
            Relation::Query { query, .. } if is_named || of.is_empty() => query.unlockable(&[]),
            Relation::Cte(_) | Relation::Function { .. } if is_named => {
                Some("a lock `of` a function or a common table expression")
            }
            _ => None,
        }
    }
}

impl Expr {
    fn has_window(&self) -> bool {
        let Self::Tree(node, _) = self else { return false };
        match &**node {
            Node::Aggregate(call) => call.window.is_some() || call.arguments.iter().any(Self::has_window),
            Node::Pieces(_, parts) | Node::Fragment(_, parts) | Node::List(_, parts, _) => {
                parts.iter().any(Self::has_window)
            }
            Node::Cast(expr, _) => expr.has_window(),
            Node::Case(arms, otherwise) => arms.iter().map(|(_, then)| then).chain(otherwise).any(Self::has_window),
            Node::Holds(_) | Node::Query(..) => false,
        }
    }
}

impl Lock {
    fn write(&self, sql: &mut Sql, scope: &Scope<'_>) {
        sql.push(self.strength);
        let names = self.of.iter().filter_map(|model| scope.name_of(*model));
        if !self.of.is_empty() {
            sql.push(" OF ").list(", ", names, |sql, name| {
                sql.ident_cow(name);
            });
        }
        sql.push(self.waiting);
    }
}
