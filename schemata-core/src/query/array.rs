//! Array columns against arrays.

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

/// Whole arrays; order and repetition do not count. NULL elements are never equal to each other.
impl<M, T: ArrayColumn, S> Col<M, T, S> {
    /// Shares an element with `values`.
    pub fn overlaps<V: IntoValue<T::Element>>(self, values: impl IntoIterator<Item = V>) -> Condition<M> {
        self.against(" && ", values)
    }

    /// Has every one of `values`. Every array does for none.
    pub fn contains_all<V: IntoValue<T::Element>>(self, values: impl IntoIterator<Item = V>) -> Condition<M> {
        self.against(" @> ", values)
    }

    /// Has nothing but some of `values`. The empty array always does.
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
