//! Comparisons of array columns with arrays.

use crate::param::Param;
use crate::query::condition::Condition;
use crate::query::expr::expression_methods;
use crate::query::scope::ReadBy;
use crate::schema::{ArrayElement, ColumnType, IntoValue};
use crate::sql::tree::Filter;

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

macro_rules! comparisons {
    ($($(#[$docs:meta])* $name:ident $operator:literal;)*) => {
        expression_methods! { [ArrayColumn]
            $($(#[$docs])*
            pub fn $name<S, V: IntoValue<T::Element>, I>(self, values: impl IntoIterator<Item = V>) -> Condition<S>
            where
                R: ReadBy<S, I>,
            {
                let values: Vec<T::Element> = values.into_iter().map(IntoValue::into_value).collect();
                let (column, value) = (self.tree(), Param::new(values));
                Condition::new(Filter::Compare { column, operator: $operator, value, joins: false })
            })*
        }
    };
}

comparisons! {
    /// Shares an element with `values`. In comparisons of whole arrays, order and repetition do not matter, and a NULL element
    /// never equals another.
    overlaps " && ";
    /// Contains each of `values`. If there are none, every array does.
    contains_all " @> ";
    /// Contains no element but some of `values`. The empty array always qualifies.
    contained_by " <@ ";
}
