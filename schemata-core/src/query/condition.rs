//! Typed conditions, and how they combine.

use std::fmt;
use std::marker::PhantomData;

use crate::sql::filter::Filter;

/// A condition on rows of model `M`; conditions of different models do not mix.
///
/// Made from the columns' handles, combined with `and`, `or` and `!`. A group keeps together whatever it is combined
/// with, so no condition changes another's meaning.
///
/// NULL is as in SQL: a comparison with it neither holds nor fails to, so neither `status.eq("x")` nor its negation
/// keeps a row whose `status` is NULL. Where NULL is to count as a value, there is `is_distinct_from`.
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

    /// Both hold.
    pub fn and(self, other: Self) -> Self {
        Self::new(self.filter.and(other.filter))
    }

    /// One of them holds, or both.
    pub fn or(self, other: Self) -> Self {
        Self::new(self.filter.or(other.filter))
    }

    /// Both hold, where there is another.
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

    /// All of `conditions` hold: true for none.
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Filter::all(conditions.into_iter().map(|condition| condition.filter)))
    }

    /// One of `conditions` holds at least: false for none.
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Filter::any(conditions.into_iter().map(|condition| condition.filter)))
    }
}

/// It does not hold. As in SQL, a comparison with NULL neither holds nor fails to.
impl<M> std::ops::Not for Condition<M> {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(self.filter.negate())
    }
}

impl<M> fmt::Debug for Condition<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition").finish_non_exhaustive()
    }
}
