//! Builds expressions, and keeps them from nesting too deeply.

use crate::error::Unsendable;
use crate::param::{Compared, Param};
use crate::sql::tree::{Aggregate, ColumnRef, Expr, Filter, Node, SortKey, TableRef, Window};
use std::any::TypeId;
use std::borrow::Cow;

/// The deepest nesting of conditions and expressions. PostgreSQL's parser gives up at a few thousand levels, and its planner
/// takes seconds long before that.
pub(crate) const MOST_LEVELS: u32 = 250;

/// The reason not to send a statement in which something is nested more deeply.
pub(crate) const TOO_DEEP: Unsendable = Unsendable::Depth { levels: MOST_LEVELS };

/// The number of levels that a sub-select counts as.
pub(crate) const SUBSELECT_LEVELS: u32 = 10;

impl Expr {
    /// Returns a column of the query's first table.
    pub(crate) const fn first(name: &'static str) -> Self {
        Self::Column(ColumnRef { table: TableRef::First, name })
    }

    /// Returns a column of the table of a model or alias.
    pub(crate) const fn of(model: TypeId, name: &'static str) -> Self {
        Self::Column(ColumnRef { table: TableRef::Model(model), name })
    }

    /// Returns an expression that consists of text with others between its pieces.
    pub(crate) fn pieces(pieces: &'static [&'static str], arguments: impl Into<Vec<Self>>) -> Self {
        let arguments = arguments.into();
        debug_assert_eq!(pieces.len(), arguments.len() + 1, "a piece before and after each argument");
        Self::tree(Node::Pieces(Cow::Borrowed(pieces), arguments))
    }

    /// Returns `function(arguments)`. `open` is the name with its parenthesis.
    pub(crate) fn call(open: impl Into<Cow<'static, str>>, arguments: Vec<Self>) -> Self {
        Self::tree(Node::List(open.into(), arguments, ")"))
    }

    /// Returns a call of an aggregate.
    pub(crate) fn aggregate(function: impl Into<Cow<'static, str>>, arguments: Vec<Self>) -> Self {
        let function = function.into();
        let (order, within_group, filter, window) = (Vec::new(), None, None, None);
        let distinct = false;
        Self::tree(Node::Aggregate(Aggregate { function, distinct, arguments, order, within_group, filter, window }))
    }

    /// Returns the expression of a node.
    pub(crate) fn tree(node: Node) -> Self {
        let levels = 1 + node.levels();
        if levels > MOST_LEVELS { Self::TooDeep } else { Self::Tree(Box::new(node), levels) }
    }

    /// Changes the call of the aggregate that the expression consists of or is calculated from, as in `sum(…) * 2`. Arguments of
    /// aggregates, sub-selects and conditions are not entered: with one of them, an expression is typed as no aggregate.
    pub(crate) fn with_aggregate(self, change: &mut dyn FnMut(&mut Aggregate)) -> Self {
        let Self::Tree(node, _) = self else { return self };
        Self::tree(match *node {
            Node::Aggregate(mut aggregate) => {
                change(&mut aggregate);
                Node::Aggregate(aggregate)
            }
            Node::Pieces(pieces, arguments) => Node::Pieces(pieces, with_aggregates(arguments, change)),
            Node::List(open, arguments, close) => Node::List(open, with_aggregates(arguments, change), close),
            Node::Cast(expr, ty) => Node::Cast(expr.with_aggregate(change), ty),
            Node::Fragment(pieces, arguments) => Node::Fragment(pieces, with_aggregates(arguments, change)),
            node @ (Node::Holds(_) | Node::Case(..) | Node::Query(..)) => node,
        })
    }

    /// Returns the expression without the type of a bound value, so that PostgreSQL takes that of its place: `array_append` of a
    /// `varchar[]` takes an untyped value, but no `text` before PostgreSQL 14.
    pub(crate) fn untyped(self) -> Self {
        match self {
            Self::Value(value, _) => Self::Value(value, None),
            other => other,
        }
    }

    /// Returns the depth of its nesting.
    pub(crate) fn levels(&self) -> u32 {
        match self {
            Self::Tree(_, levels) => *levels,
            _ => 0,
        }
    }

    /// Returns the value to compare with; it carries the column's name, so that a refusal can name it.
    pub(crate) fn compared(&self, value: &Param) -> Param {
        match self {
            Self::Column(column) => Param::new(Compared { column: column.name, value: value.clone() }),
            _ => value.clone(),
        }
    }

    /// Returns the column, if it is one.
    pub(crate) fn as_column(&self) -> Option<ColumnRef> {
        if let Self::Column(column) = self { Some(*column) } else { None }
    }
}

impl From<&'static str> for Expr {
    fn from(column: &'static str) -> Self {
        Self::first(column)
    }
}

fn with_aggregates(exprs: Vec<Expr>, change: &mut dyn FnMut(&mut Aggregate)) -> Vec<Expr> {
    exprs.into_iter().map(|expr| expr.with_aggregate(change)).collect()
}

impl Node {
    fn levels(&self) -> u32 {
        let deepest = |exprs: &[Expr]| exprs.iter().map(Expr::levels).max().unwrap_or(0);
        match self {
            Self::Pieces(_, arguments) | Self::Fragment(_, arguments) | Self::List(_, arguments, _) => {
                deepest(arguments)
            }
            Self::Cast(expr, _) => expr.levels(),
            Self::Holds(filter) => filter.levels(),
            Self::Case(arms, otherwise) => {
                let arms = arms.iter().map(|(when, then)| when.levels().max(then.levels())).max().unwrap_or(0);
                arms.max(otherwise.as_ref().map_or(0, Expr::levels))
            }
            Self::Query(_, query, _) => SUBSELECT_LEVELS + query.levels(),
            Self::Aggregate(aggregate) => {
                let filter = aggregate.filter.as_ref().map_or(0, Filter::levels);
                let window = aggregate.window.as_ref().map_or(0, |window| window.levels());
                let sorted =
                    sorted(&aggregate.order).max(aggregate.within_group.as_ref().map_or(0, |key| key.expr.levels()));
                deepest(&aggregate.arguments).max(sorted).max(filter).max(window)
            }
        }
    }
}

impl Window {
    fn levels(&self) -> u32 {
        let bounds = self.frame.iter().flat_map(|frame| [&frame.start, &frame.end]);
        let offsets = bounds.filter_map(|bound| bound.offset.as_ref());
        self.partition.iter().chain(offsets).map(Expr::levels).max().unwrap_or(0).max(sorted(&self.order))
    }
}

fn sorted(order: &[SortKey]) -> u32 {
    order.iter().map(|key| key.expr.levels()).max().unwrap_or(0)
}

impl SortKey {
    /// Returns the key with NULLs where PostgreSQL puts them: last, or first if descending.
    pub(crate) const fn new(expr: Expr, descending: bool) -> Self {
        Self { expr, descending, nulls_first: descending }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_expression_is_sent_and_a_deeper_one_is_not() {
        let nested =
            |levels: u32| (0..levels).fold(Expr::Text("a".into()), |expr, _| Expr::pieces(&["lower(", ")"], [expr]));
        assert!(matches!(nested(MOST_LEVELS), Expr::Tree(_, MOST_LEVELS)));
        assert!(matches!(nested(MOST_LEVELS + 1), Expr::TooDeep));
    }

    #[test]
    fn what_a_window_holds_counts_too() {
        let deep = || (0..MOST_LEVELS).fold(Expr::Text("a".into()), |expr, _| Expr::pieces(&["lower(", ")"], [expr]));
        let over = |window: Window| {
            let call = Expr::aggregate("count", Vec::new());
            call.with_aggregate(&mut |aggregate| aggregate.window = Some(Box::new(window.clone())))
        };
        assert!(matches!(over(Window::default()), Expr::Tree(_, 1)));
        assert!(matches!(over(Window { partition: vec![deep()], ..Window::default() }), Expr::TooDeep));
        let order = vec![SortKey::new(deep(), false)];
        assert!(matches!(over(Window { order, ..Window::default() }), Expr::TooDeep));
    }
}
