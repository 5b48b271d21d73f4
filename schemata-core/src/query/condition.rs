//! Typed conditions, and how they are combined.

use std::marker::PhantomData;

use crate::query::col::Col;
use crate::query::expr::Expr;
use crate::query::scope::index::{Expression, Whole};
use crate::query::scope::{ReadBy, Within};
use crate::query::source::Source;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::ColumnType;
use crate::sql::tree::{Expr as Tree, Filter, Node};

/// A condition on the rows of a query over `S`: a model, or a [`Join`](crate::query::Join) of several.
///
/// Conditions are made by columns and expressions and combined with `and`, `or` and `!`. Each combination keeps its operands in
/// parentheses, so it never changes their meaning.
///
/// NULL is as in SQL: a comparison with NULL is neither true nor false, so neither `status.eq("x")` nor its negation selects a
/// row whose `status` is NULL. To compare NULL like any other value, use `is_distinct_from`.
///
/// ```
/// # use schemata::{TableModel, query::Condition};
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, pub status: String, pub note: Option<String> }
/// fn open(noted: Option<&str>) -> Condition<Order> {
///     let open = Condition::any([Order::status.eq("pending"), Order::status.eq("paid")]);
///     open.and_opt(noted.map(|text| Order::note.contains(text)))
/// }
/// ```
#[must_use = "a condition does nothing until a query filters by it"]
pub struct Condition<S> {
    pub(crate) filter: Filter,
    marker: PhantomData<fn() -> S>,
}

impl<S> Condition<S> {
    pub(crate) fn new(filter: Filter) -> Self {
        Self { filter, marker: PhantomData }
    }

    /// Both conditions hold.
    pub fn and(self, other: Self) -> Self {
        Self::new(self.filter.and(other.filter))
    }

    /// At least one of the conditions holds.
    pub fn or(self, other: Self) -> Self {
        Self::new(self.filter.or(other.filter))
    }

    /// Both conditions hold, if there is another one.
    pub fn and_opt(self, other: Option<Self>) -> Self {
        match other {
            Some(other) => self.and(other),
            None => self,
        }
    }

    /// Holds for every row.
    pub fn always() -> Self {
        Self::new(Filter::all([]))
    }

    /// Holds for no row.
    pub fn never() -> Self {
        Self::new(Filter::any([]))
    }

    /// All of `conditions` hold. If there are none, it holds for every row.
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Filter::all(conditions.into_iter().map(|condition| condition.filter)))
    }

    /// At least one of `conditions` holds. If there are none, it holds for no row.
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Filter::any(conditions.into_iter().map(|condition| condition.filter)))
    }
}

/// The condition does not hold. As in SQL, the negation of a comparison with NULL does not hold either.
impl<S> std::ops::Not for Condition<S> {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(self.filter.negate())
    }
}

opaque_debug!([S] [Condition<S>]);

impl<S> Clone for Condition<S> {
    fn clone(&self) -> Self {
        Self::new(self.filter.clone())
    }
}

impl<S> Condition<S> {
    /// Returns the condition for a query that reads more tables: `.filter(open_orders().lift())`.
    pub fn lift<Q, I>(self) -> Condition<Q>
    where
        S: ReadBy<Q, I>,
    {
        Condition::new(self.filter)
    }

    /// Returns the condition as an expression, to list it or to sort by it. It is NULL where a comparison with NULL decides.
    pub fn into_expr(self) -> Expr<Within<S>, Option<bool>> {
        Expr::new(Tree::tree(Node::Holds(self.filter)))
    }
}

/// What a query over `S` filters by: a [`Condition`], or a column or an expression of type `bool`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a condition on `{S}`",
    label = "expected a condition",
    note = "compare it: `.eq(…)`; combine conditions by `.and(…)` and `.or(…)`; one made for fewer tables is taken after `.lift()`"
)]
pub trait IntoCondition<S, K> {
    #[doc(hidden)]
    fn __condition(self) -> Condition<S>;
}

impl<S> IntoCondition<S, Whole> for Condition<S> {
    fn __condition(self) -> Self {
        self
    }
}

impl<S, M: Source + ReadBy<S, I>, T: ColumnType<Inner = bool>, A, I> IntoCondition<S, Expression<I>> for Col<M, T, A> {
    fn __condition(self) -> Condition<S> {
        Condition::new(Filter::holds(self.tree()))
    }
}

impl<S, R: ReadBy<S, I>, T: ColumnType<Inner = bool>, I> IntoCondition<S, Expression<I>> for Expr<R, T> {
    fn __condition(self) -> Condition<S> {
        Condition::new(Filter::holds(self.tree))
    }
}
