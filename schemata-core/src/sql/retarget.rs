//! Directs the columns of a condition to another table: a condition that was written for a model is used where an alias, or a
//! query around, stands for the model.

use std::any::TypeId;

use crate::sql::tree::{
    ColumnRef, CteBody, Distinct, Expr, Filter, FromItem, List, Node, Query, Relation, SortKey, TableRef,
};

impl Filter {
    /// Directs the columns of the model `from` to another table, in sub-selects as well: not to the first table of the query,
    /// since a sub-select has a first table of its own. A sub-select that reads `from` itself keeps its own columns.
    pub(crate) fn retarget(mut self, from: TypeId, to: TableRef) -> Self {
        Retarget { from, to, renames: None, is_hidden: false, is_hidden_around: true }.filter(&mut self);
        self
    }

    /// Gives the tables of the model `from` in sub-selects another name, with all columns of theirs: a condition that reads one itself
    /// can then be directed to a table of that model.
    pub(crate) fn rename(mut self, from: TypeId, to: TypeId) -> Self {
        let renames = Some(to);
        let rename = Retarget { from, to: TableRef::Model(to), renames, is_hidden: false, is_hidden_around: false };
        rename.filter(&mut self);
        self
    }
}

/// The replacement of a table by another.
struct Retarget {
    from: TypeId,
    to: TableRef,
    /// The new name of tables in sub-selects that stand for `from`. Otherwise, these keep their columns.
    renames: Option<TypeId>,
    /// Whether a column of `from` belongs to a table of this query, or of one between it and the condition.
    is_hidden: bool,
    /// The same of the query around this one.
    is_hidden_around: bool,
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
            Expr::Column(ColumnRef { table, .. }) => match *table {
                TableRef::Model(model) if model == self.from && !self.is_hidden => *table = self.to,
                TableRef::Outer(model) if model == self.from && !self.is_hidden_around => *table = self.to.around(),
                _ => {}
            },
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
            Node::Query(_, query, _) => self.inside().query(query),
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

    /// Returns the replacement for a query inside this one.
    fn inside(&self) -> Self {
        Self { is_hidden_around: self.is_hidden, ..*self }
    }

    /// Replaces in a query, of which only the queries around it are known to the replacement.
    fn query(&self, query: &mut Query) {
        let beside = self;
        let is_read = |item: &FromItem| self.renames.is_none() && item.model == Some(self.from);
        let reads = is_read(&query.from) || query.joins.iter().any(|join| is_read(&join.item));
        Self { is_hidden: self.is_hidden || reads, ..*self }.parts(query, beside);
    }

    /// Replaces in the parts of a query; `beside` is for the queries that it consists of or reads, which do not see its tables.
    fn parts(&self, query: &mut Query, beside: &Self) {
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
        combined.for_each(|query| beside.query(query));
        let joined = query.joins.iter_mut().map(|join| &mut join.item);
        for item in std::iter::once(&mut query.from).chain(joined) {
            if self.renames.is_some() && item.model == Some(self.from) {
                item.model = self.renames;
            }
            match &mut item.relation {
                Relation::Query { query, is_lateral: true } => self.inside().query(query),
                Relation::Query { query, is_lateral: false } => beside.query(query),
                Relation::Function { call, .. } => self.expr(call),
                Relation::Table | Relation::Cte(_) => {}
            }
        }
        for cte in &mut query.with {
            match &mut cte.body {
                CteBody::Query(query) => beside.query(query),
                CteBody::Recursive { first, next, .. } => {
                    beside.query(first);
                    beside.query(next);
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

impl TableRef {
    /// Returns the table as one of a query around.
    fn around(self) -> Self {
        match self {
            Self::Model(model) | Self::Outer(model) => Self::Outer(model),
            Self::First => Self::First,
        }
    }
}
