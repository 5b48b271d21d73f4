//! Directs the columns of a condition to another table: a condition that was written for a model is used where an alias, or a
//! query around, stands for the model.

use std::any::TypeId;

use crate::sql::tree::{ColumnRef, CteBody, Distinct, Expr, Filter, List, Node, Query, Relation, SortKey, TableRef};

impl Filter {
    /// Directs the columns of the model `from` to another table, in sub-selects as well: not to the first table of the query,
    /// since a sub-select has a first table of its own.
    pub(crate) fn retarget(mut self, from: TypeId, to: TableRef) -> Self {
        Retarget { from, to }.filter(&mut self);
        self
    }
}

/// The replacement of a table by another.
struct Retarget {
    from: TypeId,
    to: TableRef,
}

impl Retarget {
    fn filter(&self, filter: &mut Filter) {
        match filter {
            Filter::Compare { column, .. }
            | Filter::CompareMany { column, .. }
            | Filter::Among { column, .. }
            | Filter::Postfix { column, .. }
            | Filter::Holds(column) => self.expr(column),
            Filter::Operands { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            Filter::And(group) | Filter::Or(group) => group.members.iter_mut().for_each(|member| self.filter(member)),
            Filter::Not { inner, .. } => self.filter(inner),
            Filter::TooDeep => {}
        }
    }

    fn expr(&self, expr: &mut Expr) {
        match expr {
            Expr::Column(ColumnRef { table, .. }) if *table == TableRef::Model(self.from) => *table = self.to,
            Expr::Tree(node, _) => self.node(node),
            _ => {}
        }
    }

    fn node(&self, node: &mut Node) {
        match node {
            Node::Pieces(_, arguments) | Node::Fragment(_, arguments) | Node::List(_, arguments, _) => {
                self.exprs(arguments);
            }
            Node::Cast(expr, _) => self.expr(expr),
            Node::Holds(filter) => self.filter(filter),
            Node::Case(arms, otherwise) => {
                for (when, then) in arms {
                    self.filter(when);
                    self.expr(then);
                }
                self.exprs(otherwise);
            }
            Node::Query(_, query, _) => self.query(query),
            Node::Aggregate(aggregate) => {
                self.exprs(&mut aggregate.arguments);
                self.keys(&mut aggregate.order);
                self.exprs(aggregate.within_group.iter_mut().map(|key| &mut key.expr));
                aggregate.filter.iter_mut().for_each(|filter| self.filter(filter));
                if let Some(window) = &mut aggregate.window {
                    self.exprs(&mut window.partition);
                    self.keys(&mut window.order);
                }
            }
        }
    }

    fn query(&self, query: &mut Query) {
        if let List::Of(list) = &mut query.list {
            self.exprs(list);
        }
        let conditions = query.filter.iter_mut().chain(&mut query.having);
        conditions.chain(query.joins.iter_mut().filter_map(|join| join.on.as_mut())).for_each(|on| self.filter(on));
        self.exprs(&mut query.group);
        self.keys(&mut query.order);
        if let Distinct::On(exprs) = &mut query.distinct {
            self.exprs(exprs);
        }
        let combined = query.combined.iter_mut().flat_map(|combined| &mut combined.queries);
        combined.for_each(|query| self.query(query));
        let joined = query.joins.iter_mut().map(|join| &mut join.item);
        for item in std::iter::once(&mut query.from).chain(joined) {
            match &mut item.relation {
                Relation::Query { query, .. } => self.query(query),
                Relation::Function { call, .. } => self.expr(call),
                Relation::Table | Relation::Cte(_) => {}
            }
        }
        for cte in &mut query.with {
            match &mut cte.body {
                CteBody::Query(query) => self.query(query),
                CteBody::Recursive { first, next, .. } => {
                    self.query(first);
                    self.query(next);
                }
                CteBody::Write(_) => {}
            }
        }
    }

    fn exprs<'e>(&self, exprs: impl IntoIterator<Item = &'e mut Expr>) {
        exprs.into_iter().for_each(|expr| self.expr(expr));
    }

    fn keys(&self, keys: &mut [SortKey]) {
        self.exprs(keys.iter_mut().map(|key| &mut key.expr));
    }
}
