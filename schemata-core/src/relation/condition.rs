//! Conditions along a foreign key: on a row's parent, or on its children.

use crate::model::TableModel;
use crate::query::Condition;
use crate::relation::foreign_key::Relation;
use crate::sql::subselect::exists;

impl<C: TableModel, P: TableModel> Relation<C, P> {
    /// Selects parents with a child for which `condition` holds; [`Condition::always`] accepts any child. Removed children do
    /// not count. With `!` it selects parents without such a child.
    ///
    /// ```
    /// # use schemata::{TableModel, query::Condition};
    /// # #[derive(TableModel)]
    /// # pub struct Customer { #[column(primary_key)] pub id: i64 }
    /// # #[derive(TableModel)]
    /// # pub struct Order { #[column(primary_key)] pub id: i64, #[column(references = Customer::id)] pub customer_id: i64, pub status: String }
    /// let waiting: Condition<Customer> = Order::CUSTOMER_ID_FKEY.child_exists(Order::status.eq("pending"));
    /// let new: Condition<Customer> = !Order::CUSTOMER_ID_FKEY.child_exists(Condition::always());
    /// # drop((waiting, new));
    /// ```
    pub fn child_exists(self, condition: Condition<C>) -> Condition<P> {
        let pairs = self.pairs().into_iter().map(|(child, parent)| (parent, child)).collect();
        Condition::new(exists(C::TABLE, pairs, Some(condition.filter)))
    }

    /// Selects children with a parent for which `condition` holds. A removed parent does not count, and a child whose foreign
    /// key is NULL has no parent.
    pub fn parent_exists(self, condition: Condition<P>) -> Condition<C> {
        Condition::new(exists(P::TABLE, self.pairs(), Some(condition.filter)))
    }
}
