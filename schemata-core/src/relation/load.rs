//! `Load`: the rows that belong to other rows, while it is built, and its statement.

use std::any::TypeId;
use std::marker::PhantomData;

use tokio_postgres::Row;

use crate::error::Result;
use crate::exec::Executor;
use crate::exec::row::{Decode, RowReader};
use crate::exec::statement::{Purpose, fetch_with};
use crate::exec::target::Target;
use crate::model::TableModel;
use crate::query::unbounded_impls::opaque_debug;
use crate::query::{
    Condition, FirstRow, Inner, IntoCondition, IntoOrder, Join, Joinable, Left, Projection, Select, SelectList, Source,
    Tables, Totals, Ungrouped, count,
};
use crate::relation::foreign_key::Relation;
use crate::relation::keyed::Keyed;
use crate::relation::owner_link::OwnerLink;
use crate::relation::owner_rows::WholeRows;
use crate::relation::owners_by_key::OwnersByKey;
use crate::relation::related::{OwnerNumbers, Related};
use crate::sql::related::{OwnerKeys, numbered, totals};
use crate::sql::select::select;
use crate::sql::tree::{Query, TableRef};

/// The rows that belong to other rows, their owners: a query over `S` for each owner, whose rows are decoded as `T`. One
/// statement loads the rows of all owners.
///
/// `W` says whose rows they are. [`Relation::children_of`], [`Relation::parents_of`] and
/// [`ManyToMany::of`](crate::relation::ManyToMany::of) begin a load for rows in memory. [`Relation::each`],
/// [`Relation::parent_of_each`] and [`ManyToMany::each`](crate::relation::ManyToMany::each) begin one for the rows of a query
/// that is yet to run: see [`Select::with`].
#[must_use = "nothing is loaded until it is fetched"]
pub struct Load<S, T = S, W = Owners> {
    pub(crate) select: Select<S, T>,
    pub(crate) whose: W,
}

/// The owners are rows in memory.
pub struct Owners {
    keys: OwnerKeys,
    number: usize,
}

/// The owners are the rows of a query, each with any number of related rows.
pub struct Each<O> {
    pub(crate) link: OwnerLink,
    marker: PhantomData<fn() -> O>,
}

/// The owners are the rows of a query, each with at most one related row.
pub struct One<O> {
    pub(crate) link: OwnerLink,
    marker: PhantomData<fn() -> O>,
}

/// Aggregates over the rows of each owner, chosen by [`Load::count`] or [`Load::aggregate`].
#[must_use = "nothing is loaded until it is fetched"]
pub struct LoadTotals<T, W = Owners> {
    pub(crate) query: Query,
    pub(crate) decode: Decode<T>,
    pub(crate) whose: W,
}

impl Owners {
    pub(crate) fn new<O: TableModel + Keyed>(link: &OwnerLink, owners: &[&O]) -> Self {
        Self { keys: link.keys::<O>(&WholeRows(owners.to_vec())), number: owners.len() }
    }
}

impl<O> Each<O> {
    pub(crate) fn new(link: OwnerLink) -> Self {
        Self { link, marker: PhantomData }
    }
}

impl<C: TableModel, P: TableModel> Relation<C, P> {
    /// Loads the children of each of `parents`.
    pub fn children_of<'r>(self, parents: impl IntoIterator<Item = &'r P>) -> Load<C>
    where
        P: Keyed,
    {
        let owners: Vec<&P> = parents.into_iter().collect();
        let Load { select, whose } = self.each();
        Load { select, whose: Owners::new(&whose.link, &owners) }
    }

    /// Loads the parent of each of `children`. A parent of several children is loaded once.
    pub fn parents_of<'r>(self, children: impl IntoIterator<Item = &'r C>) -> Load<P>
    where
        C: Keyed,
    {
        let owners: Vec<&C> = children.into_iter().collect();
        let Load { select, whose } = self.parent_of_each();
        Load { select, whose: Owners::new(&whose.link, &owners) }
    }

    /// Loads the children of each row of the query that takes this: see [`Select::with`].
    pub fn each(self) -> Load<C, C, Each<P>> {
        let pairs = self.pairs().into_iter().map(|(child, parent)| (parent, child));
        let whose = Each::new(OwnerLink::new(pairs, TypeId::of::<C>()));
        let mut select = C::select();
        if let Some(condition) = self.condition(TableRef::Model(TypeId::of::<C>())) {
            select = select.filter(Condition::new(condition));
        }
        Load { select, whose }
    }

    /// Loads the parent of each row of the query that takes this: see [`Select::with`].
    pub fn parent_of_each(self) -> Load<P, P, One<C>> {
        let when = self.condition(TableRef::Model(TypeId::of::<C>()));
        let link = OwnerLink { when, ..OwnerLink::new(self.pairs(), TypeId::of::<P>()) };
        Load { select: P::select(), whose: One { link, marker: PhantomData } }
    }
}

impl<S, T, W> Load<S, T, W> {
    fn selecting<Q, U>(self, change: impl FnOnce(Select<S, T>) -> Select<Q, U>) -> Load<Q, U, W> {
        Load { select: change(self.select), whose: self.whose }
    }

    /// Loads only rows for which `condition` holds.
    pub fn filter<C, K>(self, condition: C) -> Self
    where
        C: IntoCondition<S, K>,
    {
        self.selecting(|select| select.filter(condition))
    }

    /// Like [`Load::filter`], if there is a condition.
    pub fn filter_opt(self, condition: Option<Condition<S>>) -> Self {
        self.selecting(|select| select.filter_opt(condition))
    }

    /// Sorts the rows of each owner.
    pub fn order_by(self, order: impl IntoOrder<S>) -> Self {
        self.selecting(|select| select.order_by(order))
    }

    /// Loads at most `rows` rows per owner: the first ones of the order.
    pub fn limit_each(self, rows: u64) -> Self {
        self.selecting(|select| select.limit(rows))
    }

    /// Loads removed rows too, of all tables of the load.
    pub fn with_deleted(self) -> Self {
        self.selecting(Select::with_deleted)
    }

    /// Changes each row as it is read.
    pub fn map<U>(self, change: impl Fn(T) -> U + Send + Sync + 'static) -> Load<S, U, W>
    where
        T: 'static,
    {
        self.selecting(|select| select.map(change))
    }

    /// Loads only these columns and expressions of each row.
    pub fn columns<L, V, I>(self, list: L) -> Load<S, V, W>
    where
        S: Ungrouped,
        L: SelectList<S, I, V>,
    {
        self.selecting(|select| select.columns(list))
    }

    /// Loads the columns of a struct that derives [`Projection`].
    pub fn project<P: Projection<Model = S>>(self) -> Load<S, P, W>
    where
        S: Source,
    {
        self.selecting(Select::project)
    }

    /// Counts the rows of each owner: 0 for one without. An order and a limit do not apply.
    pub fn count(self) -> LoadTotals<i64, W> {
        self.aggregate(count())
    }

    /// Aggregates the rows of each owner: `.aggregate((count(), Order::total.sum()))`. For an owner without rows, counts are 0
    /// and other aggregates NULL. An order and a limit do not apply.
    ///
    /// PostgreSQL aggregates owner by owner, so an index on the columns of the relation matters even more than for rows.
    pub fn aggregate<L, V, I>(self, aggregates: L) -> LoadTotals<V, W>
    where
        L: SelectList<Totals<S>, I, V>,
    {
        let select = self.select.aggregate(aggregates);
        LoadTotals { query: *select.query, decode: select.decode, whose: self.whose }
    }
}

/// A load with a further table, whose list is not chosen yet.
type Joined<S, M, K, W> = Load<Join<S, M, K>, FirstRow<S>, W>;

impl<S: Tables, W> Load<S, FirstRow<S>, W> {
    /// Joins the table at the other end of a relation to the loaded rows: to filter, sort and list by it.
    pub fn join<J, I>(self, along: J) -> Joined<S, J::Brings, Inner, W>
    where
        J: Joinable<S, I>,
    {
        self.selecting(|select| select.join(along))
    }

    /// Like [`Load::join`], and keeps rows without a partner.
    pub fn left_join<J, I>(self, along: J) -> Joined<S, J::Brings, Left, W>
    where
        J: Joinable<S, I>,
    {
        self.selecting(|select| select.left_join(along))
    }
}

impl<S, T: Send> Load<S, T> {
    /// Loads the rows, with one statement for any number of owners, and without a statement if there are no owners.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database), [`Error::Decode`](crate::Error::Decode),
    /// [`Error::Pool`](crate::Error::Pool).
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Related<T>> {
        let Owners { keys, number } = self.whose;
        if number == 0 {
            return Ok(Related::new(0));
        }
        let (target, Select { mut query, decode, .. }) = (on.target(), self.select);
        let purpose = purpose("select", &query);
        let mut related = Related::new(number);
        if let Some(owners) = OwnersByKey::restrict(&keys, &mut query) {
            let sql = select(target.schema, &query);
            let add = |row: &Row| {
                let mut row = RowReader::new(row);
                related.add(decode.read(&mut row)?, owners.of(&row)?);
                Ok(())
            };
            fetch_with(target, purpose, &sql, add).await?;
        } else {
            let sql = numbered(target.schema, keys, *query);
            let add = |row: &Row| {
                let mut row = RowReader::new(row);
                let owners = OwnerNumbers::take(&mut row)?;
                related.add(decode.read(&mut row)?, owners.positions());
                Ok(())
            };
            fetch_with(target, purpose, &sql, add).await?;
        }
        Ok(related)
    }
}

impl<T: Send> LoadTotals<T> {
    /// Returns the aggregates of each owner, in the order of the owners. One statement, or none if there are no owners.
    ///
    /// # Errors
    /// As for [`Load::fetch`].
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<T>> {
        let Owners { keys, number } = self.whose;
        fetch_totals(on.target(), keys, number, self.query, &self.decode).await
    }
}

fn purpose(operation: &'static str, query: &Query) -> Purpose {
    Purpose { operation, table: query.from.table.name }
}

/// Returns the aggregates of each owner.
pub(crate) async fn fetch_totals<T: Send>(
    target: Target<'_>,
    keys: OwnerKeys,
    owners: usize,
    query: Query,
    decode: &Decode<T>,
) -> Result<Vec<T>> {
    if owners == 0 {
        return Ok(Vec::new());
    }
    let purpose = purpose("select", &query);
    let sql = totals(target.schema, keys, query);
    fetch_with(target, purpose, &sql, |row| decode.read(&mut RowReader::new(row))).await
}

/// Returns the rows of each owner. A row that several owners share is decoded for each of them.
pub(crate) async fn fetch_groups<T: Send>(
    target: Target<'_>,
    keys: OwnerKeys,
    owners: usize,
    mut query: Query,
    decode: &Decode<T>,
) -> Result<Vec<Vec<T>>> {
    let mut groups: Vec<Vec<T>> = (0..owners).map(|_| Vec::new()).collect();
    if owners == 0 {
        return Ok(groups);
    }
    let purpose = purpose("select", &query);
    if let Some(by_key) = OwnersByKey::restrict(&keys, &mut query) {
        let sql = select(target.schema, &query);
        let add = |row: &Row| {
            for owner in by_key.of(&RowReader::new(row))? {
                groups[owner].push(decode.read(&mut RowReader::new(row))?);
            }
            Ok(())
        };
        fetch_with(target, purpose, &sql, add).await?;
        return Ok(groups);
    }
    let sql = numbered(target.schema, keys, query);
    let add = |row: &Row| {
        for owner in OwnerNumbers::take(&mut RowReader::new(row))?.positions() {
            let mut reader = RowReader::new(row);
            reader.skip(2)?;
            if let Some(group) = groups.get_mut(owner) {
                group.push(decode.read(&mut reader)?);
            }
        }
        Ok(())
    };
    fetch_with(target, purpose, &sql, add).await?;
    Ok(groups)
}

opaque_debug!([S, T, W] [Load<S, T, W>], this { select: this.select });
opaque_debug!([T, W] [LoadTotals<T, W>], this { table: this.query.from.table.name });
opaque_debug!([][Owners], this { owners: this.number });
opaque_debug!([O] [Each<O>]);
opaque_debug!([O] [One<O>]);
