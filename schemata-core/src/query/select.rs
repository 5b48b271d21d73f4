//! `Select`: a query over one model while it is built.

use std::marker::PhantomData;

use crate::query::column_list::{ColumnList, names};
use crate::query::condition::Condition;
use crate::query::order::{IntoOrder, SortKeys};
use crate::query::selection::{Columns, Projected, Projection, RowWise, Whole};
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::Table;
use crate::sql::removed_rows::Removed;
use crate::sql::select::{Distinct, Lock, Query};

/// A query over the rows of model `M`. It does not see removed rows of a soft-delete table, unless
/// [`with_deleted`](Select::with_deleted) or [`only_deleted`](Select::only_deleted) is called.
///
/// `S` is the selection: whole rows, unless [`Select::columns`], [`Select::project`] or [`Select::aggregate`] is called.
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
pub struct Select<M, S = Whole> {
    pub(crate) query: Query,
    pub(crate) selection: S,
    marker: PhantomData<fn() -> M>,
}

impl<M> Select<M> {
    /// Selects all rows of `table`.
    pub(crate) fn from(table: &'static Table) -> Self {
        Self { query: Query::of(table), selection: Whole, marker: PhantomData }
    }

    /// Lists only these columns: `.columns((Order::id, Order::status))` returns `(Uuid, String)`.
    pub fn columns<C: ColumnList<M>>(self, columns: C) -> Select<M, Columns<C>> {
        self.listing(Columns(columns))
    }

    /// Lists the columns of a struct that derives [`Projection`]: `.project::<Brief>()` returns `Brief`.
    pub fn project<P: Projection<Model = M>>(self) -> Select<M, Projected<P>> {
        self.listing(Projected::new())
    }
}

impl<M, S> Select<M, S> {
    pub(crate) fn listing<L>(self, selection: L) -> Select<M, L> {
        Select { query: self.query, selection, marker: PhantomData }
    }

    /// Selects the rows for which `condition` holds. If it is called again, all conditions must hold.
    pub fn filter(mut self, condition: Condition<M>) -> Self {
        self.query.filter = Some(match self.query.filter {
            Some(filter) => filter.and(condition.filter),
            None => condition.filter,
        });
        self
    }

    /// Like [`Select::filter`], if there is a condition: `.filter_opt(status.map(|status| Order::status.eq(status)))`.
    pub fn filter_opt(self, condition: Option<Condition<M>>) -> Self {
        match condition {
            Some(condition) => self.filter(condition),
            None => self,
        }
    }

    /// Sees removed rows too.
    pub fn with_deleted(mut self) -> Self {
        self.query.removed = Removed::Shown;
        self
    }

    /// Sees removed rows only. A table without soft delete has none.
    pub fn only_deleted(mut self) -> Self {
        self.query.removed = Removed::Only;
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

impl<M, S: RowWise> Select<M, S> {
    /// Sorts the rows: `(Order::placed_at.desc(), Order::id.asc())`. A further call adds less significant keys.
    pub fn order_by(mut self, order: impl IntoOrder<M>) -> Self {
        let mut keys = SortKeys(self.query.order);
        order.__append(&mut keys);
        self.query.order = keys.0;
        self
    }

    /// Returns each distinct row once.
    pub fn distinct(mut self) -> Self {
        self.query.distinct = Distinct::Rows;
        self
    }

    /// Returns the first of the rows that are equal in these columns. The order decides which is first, and must begin with the
    /// same columns (PostgreSQL refuses another order with 42P10).
    #[expect(clippy::needless_pass_by_value, reason = "handles are copied; a reference would only be noise")]
    pub fn distinct_on<C: ColumnList<M>>(mut self, columns: C) -> Self {
        const { assert!(C::LENGTH > 0, "`distinct_on` needs a column: for one row, write `limit(1)`") };
        self.query.distinct = Distinct::On(names(&columns));
        self
    }

    /// Locks the rows against other writers and lockers until the transaction ends; without a transaction, only for the
    /// statement. PostgreSQL refuses locks together with `distinct` (0A000).
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

    fn lock(mut self, strength: &'static str) -> Self {
        let waiting = self.query.lock.map_or("", |lock| lock.waiting);
        self.query.lock = Some(Lock { strength, waiting });
        self
    }

    fn waiting(mut self, waiting: &'static str) -> Self {
        let strength = self.query.lock.map_or(" FOR UPDATE", |lock| lock.strength);
        self.query.lock = Some(Lock { strength, waiting });
        self
    }
}

opaque_debug!([M, S] [Select<M, S>], this { table: this.query.table.name });
