//! Comparisons of array columns with arrays.

use crate::query::col::Col;
use crate::query::condition::Condition;
use crate::schema::{ArrayElement, ColumnType, IntoValue};
use crate::sql::filter::Filter;

/// Array columns: `Vec<T>` and `Option<Vec<T>>`, but not `Vec<u8>`, which is `bytea`.
pub trait ArrayColumn: ColumnType {
    /// The type of the elements.
    type Element: ArrayElement;
}

impl<T: ArrayElement> ArrayColumn for Vec<T> {
    type Element = T;
}

impl<T: ArrayElement> ArrayColumn for Option<Vec<T>> {
    type Element = T;
}

/// Comparisons of whole arrays. Order and repetition do not matter. A NULL element never equals another.
impl<M, T: ArrayColumn, S> Col<M, T, S> {
    /// Shares an element with `values`.
    pub fn overlaps<V: IntoValue<T::Element>>(self, values: impl IntoIterator<Item = V>) -> Condition<M> {
        self.against(" && ", values)
    }

    /// Contains each of `values`. If there are none, every array does.
    pub fn contains_all<V: IntoValue<T::Element>>(self, values: impl IntoIterator<Item = V>) -> Condition<M> {
        self.against(" @> ", values)
    }

    /// Contains no element but some of `values`. The empty array always qualifies.
    pub fn contained_by<V: IntoValue<T::Element>>(self, values: impl IntoIterator<Item = V>) -> Condition<M> {
        self.against(" <@ ", values)
    }

    fn against<V>(self, operator: &'static str, values: impl IntoIterator<Item = V>) -> Condition<M>
    where
        V: IntoValue<T::Element>,
    {
        let values: Vec<T::Element> = values.into_iter().map(IntoValue::into_value).collect();
        Condition::new(Filter::Compare { column: self.name().into(), operator, value: Box::new(values), joins: false })
    }
}
