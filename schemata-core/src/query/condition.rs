//! Typed conditions: a column of a model against values of the column's own type.

use std::fmt;
use std::marker::PhantomData;

use crate::query::col::Col;
use crate::schema::{ArrayElement, ColumnType, IntoValue};
use crate::sql::filter::Filter;

/// A condition on rows of model `M`; conditions of different models do not mix.
#[must_use = "a condition does nothing until a query filters by it"]
pub struct Condition<M> {
    pub(crate) filter: Filter,
    model: PhantomData<fn() -> M>,
}

impl<M> Condition<M> {
    pub(crate) fn new(filter: Filter) -> Self {
        Self { filter, model: PhantomData }
    }

    /// Both hold.
    pub fn and(self, other: Self) -> Self {
        Self::new(self.filter.and(other.filter))
    }

    /// One of them holds, or both.
    pub fn or(self, other: Self) -> Self {
        Self::new(self.filter.or(other.filter))
    }

    /// All of `conditions` hold: true for none.
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Filter::And(conditions.into_iter().map(|condition| condition.filter).collect()))
    }

    /// One of `conditions` holds at least: false for none.
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Filter::Or(conditions.into_iter().map(|condition| condition.filter).collect()))
    }
}

/// It does not hold. As in SQL, a comparison with NULL neither holds nor fails to.
impl<M> std::ops::Not for Condition<M> {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(Filter::Not(Box::new(self.filter)))
    }
}

impl<M> fmt::Debug for Condition<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition").finish_non_exhaustive()
    }
}

impl<M, T: ColumnType> Col<M, T> {
    /// Equals `value`. NULL equals nothing: see [`Col::is_null`].
    pub fn eq(self, value: impl IntoValue<T::Inner>) -> Condition<M> {
        self.compare(" = ", value)
    }

    /// Differs from `value`. A NULL column does not: see [`Col::is_distinct_from`].
    pub fn ne(self, value: impl IntoValue<T::Inner>) -> Condition<M> {
        self.compare(" <> ", value)
    }

    /// Is less than `value`.
    pub fn lt(self, value: impl IntoValue<T::Inner>) -> Condition<M> {
        self.compare(" < ", value)
    }

    /// Is at most `value`.
    pub fn le(self, value: impl IntoValue<T::Inner>) -> Condition<M> {
        self.compare(" <= ", value)
    }

    /// Is greater than `value`.
    pub fn gt(self, value: impl IntoValue<T::Inner>) -> Condition<M> {
        self.compare(" > ", value)
    }

    /// Is at least `value`.
    pub fn ge(self, value: impl IntoValue<T::Inner>) -> Condition<M> {
        self.compare(" >= ", value)
    }

    /// Differs from `value`, NULL counting as a value of its own.
    pub fn is_distinct_from(self, value: impl IntoValue<T::Inner>) -> Condition<M> {
        self.compare(" IS DISTINCT FROM ", value)
    }

    /// Equals one of `values`. They travel as one array, so the statement does not depend on their number; for none,
    /// no row qualifies.
    pub fn is_in<V>(self, values: impl IntoIterator<Item = V>) -> Condition<M>
    where
        V: IntoValue<T::Inner>,
        T::Inner: ArrayElement,
    {
        self.array(" = ANY", values)
    }

    /// Equals none of `values`. For none, every row qualifies, but a NULL column never does otherwise.
    pub fn not_in<V>(self, values: impl IntoIterator<Item = V>) -> Condition<M>
    where
        V: IntoValue<T::Inner>,
        T::Inner: ArrayElement,
    {
        self.array(" <> ALL", values)
    }

    /// Is NULL.
    pub fn is_null(self) -> Condition<M> {
        Condition::new(Filter::Postfix { column: self.name(), test: " IS NULL" })
    }

    /// Is not NULL.
    pub fn is_not_null(self) -> Condition<M> {
        Condition::new(Filter::Postfix { column: self.name(), test: " IS NOT NULL" })
    }

    fn compare(self, operator: &'static str, value: impl IntoValue<T::Inner>) -> Condition<M> {
        let value: T::Inner = value.into_value();
        Condition::new(Filter::Compare { column: self.name(), operator, value: Box::new(value) })
    }

    fn array<V>(self, operator: &'static str, values: impl IntoIterator<Item = V>) -> Condition<M>
    where
        V: IntoValue<T::Inner>,
        T::Inner: ArrayElement,
    {
        let values: Vec<T::Inner> = values.into_iter().map(IntoValue::into_value).collect();
        Condition::new(Filter::Array { column: self.name(), operator, values: Box::new(values) })
    }
}

/// Text columns: `String` and `Option<String>`.
pub trait TextColumn: ColumnType {}

impl TextColumn for String {}
impl TextColumn for Option<String> {}

impl<M, T: TextColumn> Col<M, T> {
    /// Matches the LIKE pattern, case-sensitively: `%` is any text, `_` any character, `\` takes the next one as is.
    pub fn like(self, pattern: impl Into<String>) -> Condition<M> {
        self.pattern(" LIKE ", pattern.into())
    }

    /// Matches the LIKE pattern, whatever the case.
    pub fn ilike(self, pattern: impl Into<String>) -> Condition<M> {
        self.pattern(" ILIKE ", pattern.into())
    }

    fn pattern(self, operator: &'static str, pattern: String) -> Condition<M> {
        Condition::new(Filter::Compare { column: self.name(), operator, value: Box::new(pattern) })
    }
}
