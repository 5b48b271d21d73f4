//! `Select`: a query while it is built.

use std::any::TypeId;
use std::marker::PhantomData;

use crate::exec::row::{Decode, FromRow};
use crate::query::condition::{Condition, IntoCondition};
use crate::query::order::{IntoOrder, SortKeys};
use crate::query::projection::Projection;
use crate::query::scope::{ReadBy, Ungrouped};
use crate::query::select_list::{ListTrees, SelectList};
use crate::query::source::{Source, from_item};
use crate::query::unbounded_impls::opaque_debug;
use crate::sql::tree::{Distinct, List, Lock, Query, Removed};

/// A query over `S`, a model or a [`Join`](crate::query::Join) of several, whose rows are decoded as `T`. It does not see
/// removed rows of soft-delete tables, unless [`with_deleted`](Select::with_deleted) or
/// [`only_deleted`](Select::only_deleted) is called.
///
/// A query over one model returns whole rows, unless [`Select::columns`], [`Select::project`], [`Select::models`] or
/// [`Select::aggregate`] is called. It can be cloned and stored: `Select<Order>`, `Select<Join<Order, Customer>, (i64, String)>`.
///
/// ```no_run
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, pub status: String, pub total: i64 }
/// # async fn f(db: Db) -> schemata::Result<()> {
/// let due = Order::select()
///     .filter(Order::status.eq("pending").and(Order::total.gt(100)))
///     .order_by((Order::total.desc(), Order::id.asc()))
///     .limit(25)
///     .fetch(&db)
///     .await?;
/// # drop(due); Ok(()) }
/// ```
#[must_use = "a query does nothing until it is fetched"]
pub struct Select<S, T = S> {
    /// Boxed, since each step of building moves it.
    pub(crate) query: Box<Query>,
    pub(crate) decode: Decode<T>,
    marker: PhantomData<fn() -> S>,
}

impl<S, T> Clone for Select<S, T> {
    fn clone(&self) -> Self {
        Self { query: self.query.clone(), decode: self.decode.clone(), marker: PhantomData }
    }
}

impl<S: Source> Select<S, S::Row> {
    /// Selects all rows of the table of a model or alias.
    #[doc(hidden)]
    pub fn from_source() -> Self {
        let decode = Decode::Function(S::Row::from_row);
        Self { query: Box::new(Query::from(from_item::<S>())), decode, marker: PhantomData }
    }
}

impl<S, T> Select<S, T> {
    /// Returns the query as one over another scope, which the types around it have proved.
    pub(crate) fn in_scope<Q>(self) -> Select<Q, T> {
        Select { query: self.query, decode: self.decode, marker: PhantomData }
    }

    /// Returns a query over the scope of `query`, which the types around it have proved.
    pub(crate) fn of_query(query: Query, decode: Decode<T>) -> Self {
        Self { query: Box::new(query), decode, marker: PhantomData }
    }

    /// Returns the query without the types.
    pub(crate) fn into_query(self) -> Query {
        *self.query
    }

    /// Returns the query with another text.
    pub(crate) fn with_query(self, query: Query) -> Self {
        Self { query: Box::new(query), ..self }
    }

    /// Returns the query with rows that are decoded otherwise.
    pub(crate) fn decoding<U>(self, decode: Decode<U>) -> Select<S, U> {
        Select { query: self.query, decode, marker: PhantomData }
    }

    /// Returns the query with another list.
    #[expect(clippy::needless_pass_by_value, reason = "handles are copied; a reference would only be noise")]
    pub(crate) fn listing<L, V, I>(mut self, list: L) -> Select<S, V>
    where
        L: SelectList<S, I, V>,
    {
        let mut trees = ListTrees::default();
        list.__append(&mut trees);
        if self.query.combined.is_some() {
            self.query = Box::new(self.query.wrapped());
        }
        (self.query.list, self.query.is_mapped) = (List::Of(trees.0), false);
        self.decoding(Decode::Function(L::__take))
    }

    /// Changes each row as the program reads it: `.columns((Order::id, Customer::name)).map(|(id, customer)| Line { id, customer })`.
    ///
    /// Call it last: a query that is read by another one, or combined with another one, has the columns that it lists, and
    /// a statement in which such a query was changed is refused ([`ErrorKind::Unsendable`](crate::ErrorKind::Unsendable)).
    pub fn map<U>(mut self, change: impl Fn(T) -> U + Send + Sync + 'static) -> Select<S, U>
    where
        T: 'static,
    {
        let decode = self.decode.clone();
        self.query.is_mapped = true;
        self.decoding(Decode::mapped(move |row| decode.read(row).map(&change)))
    }

    /// Selects the rows for which `condition` holds. If it is called again, all conditions must hold.
    pub fn filter<C, K>(mut self, condition: C) -> Self
    where
        C: IntoCondition<S, K>,
    {
        self.query.add_filter(condition.__condition().filter);
        self
    }

    /// Like [`Select::filter`], if there is a condition: `.filter_opt(status.map(|status| Order::status.eq(status)))`.
    pub fn filter_opt(self, condition: Option<Condition<S>>) -> Self {
        match condition {
            Some(condition) => self.filter(condition),
            None => self,
        }
    }

    /// Sees removed rows too, of all tables of the query.
    pub fn with_deleted(mut self) -> Self {
        self.query.removed = Removed::Shown;
        self
    }

    /// Sees removed rows only, of the first table; rows that are joined are live. A table without soft delete has none.
    pub fn only_deleted(mut self) -> Self {
        self.query.removed = Removed::Only;
        self
    }

    /// Sorts the rows: `(Order::placed_at.desc(), Order::id.asc())`. A further call adds less significant keys.
    pub fn order_by(mut self, order: impl IntoOrder<S>) -> Self {
        let mut keys = SortKeys(std::mem::take(&mut self.query.order));
        order.__append(&mut keys);
        self.query.order = keys.0;
        self
    }

    /// Returns at most `rows` rows. A number beyond `i64` is no limit.
    pub fn limit(mut self, rows: u64) -> Self {
        self.query.limit = i64::try_from(rows).ok();
        self
    }

    /// Skips the first `rows` rows. PostgreSQL still reads them: for pages, see [`Select::page`].
    pub fn offset(mut self, rows: u64) -> Self {
        self.query.offset = Some(i64::try_from(rows).unwrap_or(i64::MAX));
        self
    }
}

impl<S: Source, T> Select<S, T> {
    /// Lists the columns of a struct that derives [`Projection`]: `.project::<Brief>()` returns `Brief`. A query of several tables lists
    /// a [`ProjectionOf`](crate::query::ProjectionOf) them likewise.
    pub fn project<P>(mut self) -> Select<S, P>
    where
        P: Projection<Model = S>,
    {
        let mut trees = ListTrees::default();
        P::__append(&mut trees);
        (self.query.list, self.query.is_mapped) = (List::Of(trees.0), false);
        self.decoding(Decode::Function(P::__take))
    }
}

impl<S: Ungrouped, T> Select<S, T> {
    /// Lists only these columns and expressions: `.columns((Order::id, Customer::name))` returns `(Uuid, String)`.
    pub fn columns<L, V, I>(self, list: L) -> Select<S, V>
    where
        L: SelectList<S, I, V>,
    {
        self.listing(list)
    }

    /// Returns each distinct row once, sorted by what is listed: a statement that sorts by another column is refused
    /// ([`ErrorKind::Unsendable`](crate::ErrorKind::Unsendable)).
    pub fn distinct(mut self) -> Self {
        self.query.distinct = Distinct::Rows;
        self
    }

    /// Returns the first of the rows that are equal in these columns or expressions. The order decides which is first, and must
    /// begin with the same ones: a statement with another order is refused ([`ErrorKind::Unsendable`](crate::ErrorKind::Unsendable)).
    #[expect(clippy::needless_pass_by_value, reason = "handles are copied; a reference would only be noise")]
    pub fn distinct_on<L, V, I>(mut self, list: L) -> Self
    where
        L: SelectList<S, I, V>,
    {
        let mut trees = ListTrees::default();
        list.__append(&mut trees);
        self.query.distinct = if trees.0.is_empty() { Distinct::No } else { Distinct::On(trees.0) };
        self
    }

    /// Locks the rows against other writers and lockers until the transaction ends; without a transaction, only for the
    /// statement.
    ///
    /// PostgreSQL cannot lock rows in a query with DISTINCT, groups, aggregates, windows or UNION: such a query is not sent
    /// ([`ErrorKind::Unsendable`](crate::ErrorKind::Unsendable)). Lock the rows in a query of their own, and read it as a table by
    /// `from_query`: see [`DerivedTable`](crate::query::DerivedTable).
    pub fn for_update(self) -> Self {
        self.lock(" FOR UPDATE")
    }

    /// Like [`Select::for_update`], but other transactions may insert rows that reference these.
    pub fn for_no_key_update(self) -> Self {
        self.lock(" FOR NO KEY UPDATE")
    }

    /// Locks the rows against writers; other transactions may take the same lock.
    pub fn for_share(self) -> Self {
        self.lock(" FOR SHARE")
    }

    /// Locks the rows only against deletion and changes of their keys.
    pub fn for_key_share(self) -> Self {
        self.lock(" FOR KEY SHARE")
    }

    /// Skips rows that other transactions have locked. Implies `for_update` if no lock is chosen.
    pub fn skip_locked(self) -> Self {
        self.waiting(" SKIP LOCKED")
    }

    /// Fails at once, with 55P03, if another transaction has locked a row. Implies `for_update` if no lock is chosen.
    pub fn nowait(self) -> Self {
        self.waiting(" NOWAIT")
    }

    /// Locks only the rows of this table: `.for_update().of::<Order, _>()`. Implies `for_update` if no lock is chosen. PostgreSQL
    /// cannot lock what an outer join can leave out (0A000).
    pub fn of<M, I>(self) -> Self
    where
        M: Source + ReadBy<S, I>,
    {
        let mut select = if self.query.lock.is_some() { self } else { self.lock(" FOR UPDATE") };
        if let Some(lock) = &mut select.query.lock {
            lock.of.push(TypeId::of::<M>());
        }
        select
    }

    fn lock(mut self, strength: &'static str) -> Self {
        match &mut self.query.lock {
            Some(lock) => lock.strength = strength,
            None => self.query.lock = Some(Lock { strength, waiting: "", of: Vec::new() }),
        }
        self
    }

    fn waiting(mut self, waiting: &'static str) -> Self {
        match &mut self.query.lock {
            Some(lock) => lock.waiting = waiting,
            None => self.query.lock = Some(Lock { strength: " FOR UPDATE", waiting, of: Vec::new() }),
        }
        self
    }
}

opaque_debug!([S, T] [Select<S, T>], this { table: this.query.from.table.name });
