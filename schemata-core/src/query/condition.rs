//! Typed conditions, and how they are combined.

use std::marker::PhantomData;

use crate::query::unbounded_impls::opaque_debug;
use crate::sql::filter::Filter;

/// A condition on rows of model `M`. Conditions of different models cannot be combined.
///
/// Conditions are made by column handles and combined with `and`, `or` and `!`. Each combination keeps its operands in
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
pub struct Condition<M> {
    pub(crate) filter: Filter,
    marker: PhantomData<fn() -> M>,
}

impl<M> Condition<M> {
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
impl<M> std::ops::Not for Condition<M> {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(self.filter.negate())
    }
}

opaque_debug!([M] [Condition<M>]);
