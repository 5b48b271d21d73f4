//! Loading the rows that belong to a page of other rows: one statement per level.

use std::marker::PhantomData;

use crate::error::Result;
use crate::exec::Executor;
use crate::exec::row::RowReader;
use crate::exec::statement::Purpose;
use crate::exec::statement::fetch_with;
use crate::model::TableModel;
use crate::query::unbounded_impls::opaque_debug;
use crate::query::{Condition, IntoOrder, Select};
use crate::relation::foreign_key::Relation;
use crate::relation::keyed::Keyed;
use crate::relation::related::{OwnedRow, Related};
use crate::sql::related::{KeyColumn, related};

/// The rows of `M` that belong to other rows, their owners. [`Relation::children_of`] and [`Relation::parents_of`] begin one.
#[must_use = "nothing is loaded until it is fetched"]
pub struct Load<M> {
    select: Select<M>,
    keys: Vec<KeyColumn>,
    owners: usize,
    marker: PhantomData<fn() -> M>,
}

impl<C, P> Relation<C, P>
where
    C: TableModel + Keyed,
    P: TableModel + Keyed,
{
    /// Loads the children of each of `parents`.
    pub fn children_of<'r>(self, parents: impl IntoIterator<Item = &'r P>) -> Load<C> {
        let pairs = self.pairs().into_iter().map(|(child, parent)| (parent, child));
        Load::of(&parents.into_iter().collect::<Vec<_>>(), pairs)
    }

    /// Loads the parent of each of `children`. A parent of several children is loaded once.
    pub fn parents_of<'r>(self, children: impl IntoIterator<Item = &'r C>) -> Load<P> {
        Load::of(&children.into_iter().collect::<Vec<_>>(), self.pairs().into_iter())
    }
}

impl<M: TableModel> Load<M> {
    fn of<O: TableModel + Keyed>(owners: &[&O], pairs: impl Iterator<Item = (&'static str, &'static str)>) -> Self {
        let keys = pairs.map(|(here, sought)| KeyColumn {
            sought,
            table: O::TABLE,
            column: O::TABLE.column(here).expect("a foreign key joins columns of its tables"),
            values: O::__keys(owners, here).expect("the derive lists every column of a key"),
        });
        Self { select: M::select(), keys: keys.collect(), owners: owners.len(), marker: PhantomData }
    }

    /// Loads only rows for which `condition` holds.
    pub fn filter(mut self, condition: Condition<M>) -> Self {
        self.select = self.select.filter(condition);
        self
    }

    /// Like [`Load::filter`], if there is a condition.
    pub fn filter_opt(mut self, condition: Option<Condition<M>>) -> Self {
        self.select = self.select.filter_opt(condition);
        self
    }

    /// Sorts the rows of each owner.
    pub fn order_by(mut self, order: impl IntoOrder<M>) -> Self {
        self.select = self.select.order_by(order);
        self
    }

    /// Loads at most `rows` rows per owner: the first ones of the order.
    pub fn limit_each(mut self, rows: u64) -> Self {
        self.select = self.select.limit(rows);
        self
    }

    /// Loads removed rows too.
    pub fn with_deleted(mut self) -> Self {
        self.select = self.select.with_deleted();
        self
    }

    /// Loads the rows, with one statement for any number of owners, and without a statement if there are no owners.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database), [`Error::Decode`](crate::Error::Decode),
    /// [`Error::Pool`](crate::Error::Pool).
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Related<M>> {
        if self.owners == 0 {
            return Ok(Related::new(Vec::new(), 0));
        }
        let (target, purpose) = (on.target(), Purpose { operation: "select", table: M::TABLE.name });
        let sql = related(target.schema, self.keys, self.select.query);
        let found = fetch_with(target, purpose, &sql, |row| {
            let mut row = RowReader::new(row);
            Ok(OwnedRow { owner: row.take()?, owners: row.take()?, row: M::from_row(&mut row)? })
        });
        Ok(Related::new(found.await?, self.owners))
    }
}

opaque_debug!([M] [Load<M>], this { select: this.select, owners: this.owners });
