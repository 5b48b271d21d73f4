//! Conditions and sub-selects along a relation: of a row's parent, or of its children.

use std::any::TypeId;
use std::marker::PhantomData;

use crate::query::{Condition, Correlated, ReadBy, Select, Source, from_item};
use crate::relation::foreign_key::Relation;
use crate::sql::subselect::{exists, joined};
use crate::sql::tree::{Query, TableRef};

impl<C: Source, P: Source> Relation<C, P> {
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
    pub fn child_exists<S, I>(self, condition: Condition<C>) -> Condition<S>
    where
        P: ReadBy<S, I>,
    {
        let mut children = self.child_query();
        children.add_filter(condition.filter);
        Condition::new(exists(children))
    }

    /// Selects children with a parent for which `condition` holds. A removed parent does not count, and a child whose foreign
    /// key is NULL has no parent. The condition reads the parent, also where child and parent are rows of one table.
    pub fn parent_exists<S, I>(self, condition: Condition<P>) -> Condition<S>
    where
        C: ReadBy<S, I>,
    {
        let mut parent = self.parent_query();
        let condition = match parent.from.model {
            Some(model) if model != TypeId::of::<P>() => {
                condition.filter.retarget(TypeId::of::<P>(), TableRef::Model(model))
            }
            _ => condition.filter,
        };
        parent.add_filter(condition);
        Condition::new(exists(parent))
    }

    /// Begins a sub-select of the children of a row of the query around it: to be counted, summed or tested by
    /// [`scalar`](crate::query::scalar) and [`exists`](crate::query::exists).
    pub fn children<O, I>(self) -> Select<Correlated<C, O>, C::Row>
    where
        P: ReadBy<O, I>,
    {
        Select::from_source().with_query(self.child_query()).correlated()
    }

    /// Begins a sub-select of the parent of a row of the query around it. Where child and parent are rows of one table, an alias tells
    /// their columns apart: `Employee::BOSS_ID_FKEY.to(Boss).parent().columns(Boss::of(Employee::name))`.
    pub fn parent<O, I>(self) -> Select<Correlated<P, O>, P::Row>
    where
        C: ReadBy<O, I>,
    {
        Select::from_source().with_query(self.parent_query()).correlated()
    }

    pub(crate) fn child_query(self) -> Query {
        let pairs: Vec<_> = self.pairs().into_iter().map(|(child, parent)| (parent, child)).collect();
        let mut query = joined(from_item::<C>(), &from_item::<P>(), &pairs);
        if let Some(condition) = self.condition(TableRef::Model(TypeId::of::<C>())) {
            query.add_filter(condition);
        }
        query
    }

    fn parent_query(self) -> Query {
        let mut parent = from_item::<P>();
        if parent.model == Some(TypeId::of::<C>()) {
            // Otherwise sub-selects of `when` would take the parent for the child.
            parent.model = Some(TypeId::of::<ParentOf<P>>());
        }
        let mut query = joined(parent, &from_item::<C>(), &self.pairs());
        if let Some(condition) = self.condition(TableRef::Outer(TypeId::of::<C>())) {
            query.add_filter(condition);
        }
        query
    }
}

/// Stands for the parent of a row of the same table.
struct ParentOf<P>(PhantomData<P>);
