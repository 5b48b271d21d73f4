//! Conditions on a column and the values that a sub-select lists.

use crate::query::col::Col;
use crate::query::condition::Condition;
use crate::query::select::Select;
use crate::query::selection::Columns;
use crate::schema::ColumnType;
use crate::sql::subselect::among;

impl<M, T: ColumnType, S> Col<M, T, S> {
    /// Equals a value that the sub-select lists: `.in_select(Customer::select().columns(Customer::id))`.
    pub fn in_select<N, U, R>(self, select: Select<N, Columns<Col<N, U, R>>>) -> Condition<M>
    where
        U: ColumnType<Inner = T::Inner>,
    {
        let listed = select.selection.0.name();
        Condition::new(among(self.name(), false, select.query, listed))
    }

    /// Equals no value that the sub-select lists. NULLs in the list are ignored; a NULL column qualifies only if the list is
    /// empty.
    pub fn not_in_select<N, U, R>(self, select: Select<N, Columns<Col<N, U, R>>>) -> Condition<M>
    where
        U: ColumnType<Inner = T::Inner>,
    {
        let listed = select.selection.0.name();
        Condition::new(among(self.name(), true, select.query, listed))
    }
}
