//! Comparisons of a column with values of its type, or with another column of the same model.

use crate::query::col::Col;
use crate::query::condition::Condition;
use crate::schema::{ArrayElement, ColumnType, IntoValue};
use crate::sql::filter::Filter;

impl<M, T: ColumnType, S> Col<M, T, S> {
    /// Equals `value`. NULL equals nothing: see [`Col::is_null`].
    pub fn eq(self, value: impl IntoValue<T::Inner>) -> Condition<M> {
        self.compare(" = ", value)
    }

    /// Differs from `value`. NULL does not differ from any value: see [`Col::is_distinct_from`].
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

    /// Lies between `least` and `greatest`, both included. If `least` is greater than `greatest`, no value does.
    pub fn between(self, least: impl IntoValue<T::Inner>, greatest: impl IntoValue<T::Inner>) -> Condition<M> {
        self.ge(least).and(self.le(greatest))
    }

    /// Differs from `value`, where NULL is a value like any other: `None` finds what is not NULL.
    pub fn is_distinct_from(self, value: impl IntoValue<Option<T::Inner>>) -> Condition<M> {
        self.compare_nullable(" IS DISTINCT FROM ", value)
    }

    /// Equals `value`, where NULL is a value like any other: `None` finds NULL. PostgreSQL does not use an index for it.
    pub fn is_not_distinct_from(self, value: impl IntoValue<Option<T::Inner>>) -> Condition<M> {
        self.compare_nullable(" IS NOT DISTINCT FROM ", value)
    }

    /// Equals one of `values`. They are sent as one array, so the statement does not depend on their number. If there are none,
    /// no row qualifies.
    pub fn is_in<V>(self, values: impl IntoIterator<Item = V>) -> Condition<M>
    where
        V: IntoValue<T::Inner>,
        T::Inner: ArrayElement,
    {
        self.among(values, false)
    }

    /// Equals none of `values`. If there are none, every row qualifies; otherwise a NULL column never does. An update or a
    /// delete refuses the condition without values, because it always holds.
    pub fn not_in<V>(self, values: impl IntoIterator<Item = V>) -> Condition<M>
    where
        V: IntoValue<T::Inner>,
        T::Inner: ArrayElement,
    {
        self.among(values, true)
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
        // PostgreSQL has no arrays of arrays.
        let joins = !T::SQL_TYPE.array && !T::SQL_TYPE.name.ends_with("[]");
        Condition::new(Filter::Compare { column: self.name().into(), operator, value: Box::new(value), joins })
    }

    fn compare_nullable(self, operator: &'static str, value: impl IntoValue<Option<T::Inner>>) -> Condition<M> {
        let value: Option<T::Inner> = value.into_value();
        Condition::new(Filter::Compare { column: self.name().into(), operator, value: Box::new(value), joins: false })
    }

    fn among<V>(self, values: impl IntoIterator<Item = V>, negated: bool) -> Condition<M>
    where
        V: IntoValue<T::Inner>,
        T::Inner: ArrayElement,
    {
        let values: Vec<T::Inner> = values.into_iter().map(IntoValue::into_value).collect();
        let (column, is_empty) = (self.name().into(), values.is_empty());
        Condition::new(Filter::Among { column, values: Box::new(values), is_empty, negated })
    }
}

macro_rules! against_columns {
    ($($(#[$docs:meta])* $name:ident $operator:literal;)*) => {
        /// Comparisons with another column of the same row and of the same type. If either is NULL, no comparison holds.
        impl<M, T: ColumnType, S> Col<M, T, S> {
            $($(#[$docs])*
            pub fn $name<U: ColumnType<Inner = T::Inner>, R>(self, other: Col<M, U, R>) -> Condition<M> {
                Condition::new(Filter::Columns { left: self.name(), operator: $operator, right: other.name() })
            })*
        }
    };
}

against_columns! {
    /// Equals `other`.
    eq_column " = ";
    /// Differs from `other`.
    ne_column " <> ";
    /// Is less than `other`.
    lt_column " < ";
    /// Is at most `other`.
    le_column " <= ";
    /// Is greater than `other`.
    gt_column " > ";
    /// Is at least `other`.
    ge_column " >= ";
}
