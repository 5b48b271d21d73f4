//! SELECT over one model.

use std::fmt;
use std::marker::PhantomData;

use crate::error::{Error, Result};
use crate::exec::executor::Executor;
use crate::exec::row::FromRow;
use crate::exec::statement::{Purpose, fetch, fetch_optional};
use crate::query::condition::Condition;
use crate::query::order::IntoOrder;
use crate::schema::Table;
use crate::sql::dml::{self, Tail};
use crate::sql::filter::Filter;

/// A query for rows of model `M`. Removed rows of a soft-delete table are left out.
#[must_use = "a query does nothing until it is fetched"]
pub struct Select<M> {
    table: &'static Table,
    filter: Option<Filter>,
    tail: Tail,
    model: PhantomData<fn() -> M>,
}

impl<M> Select<M> {
    /// All rows of `table`.
    pub(crate) fn from(table: &'static Table) -> Self {
        Self { table, filter: None, tail: Tail::default(), model: PhantomData }
    }

    /// Keeps the rows for which `condition` holds; several filters must all hold.
    pub fn filter(mut self, condition: Condition<M>) -> Self {
        self.filter = Some(match self.filter {
            Some(filter) => filter.and(condition.filter),
            None => condition.filter,
        });
        self
    }

    /// Sorts: `(Order::placed_at.desc(), Order::id.asc())`. A further call adds lesser keys.
    pub fn order_by(mut self, order: impl IntoOrder<M>) -> Self {
        order.append(&mut self.tail.order);
        self
    }

    /// Yields at most so many rows. A number beyond `i64` is no limit.
    pub fn limit(mut self, rows: u64) -> Self {
        self.tail.limit = i64::try_from(rows).ok();
        self
    }

    /// Leaves out so many rows first. PostgreSQL still reads them.
    pub fn offset(mut self, rows: u64) -> Self {
        self.tail.offset = Some(i64::try_from(rows).unwrap_or(i64::MAX));
        self
    }

    /// Locks the rows against other writers until the transaction ends. Outside a transaction that is at once.
    pub fn for_update(mut self) -> Self {
        self.tail.for_update = true;
        self
    }

    fn purpose(&self) -> Purpose {
        Purpose { operation: "select", table: self.table.name }
    }
}

impl<M: FromRow + Send> Select<M> {
    /// All rows.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Decode`], [`Error::Pool`].
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<M>> {
        let (target, purpose) = (on.target(), self.purpose());
        fetch(target, purpose, &dml::select(target.schema, self.table, self.filter, self.tail)).await
    }

    /// The first row.
    ///
    /// # Errors
    /// As [`Select::fetch`].
    pub async fn fetch_optional<E: Executor + ?Sized>(self, on: &E) -> Result<Option<M>> {
        let (target, purpose, this) = (on.target(), self.purpose(), self.limit(1));
        fetch_optional(target, purpose, &dml::select(target.schema, this.table, this.filter, this.tail)).await
    }

    /// The first row, which must exist.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none; else as [`Select::fetch`].
    pub async fn fetch_one<E: Executor + ?Sized>(self, on: &E) -> Result<M> {
        let table = self.table.name;
        self.fetch_optional(on).await?.ok_or(Error::NotFound { table })
    }

    /// How many rows qualify, whatever limit and offset say.
    ///
    /// # Errors
    /// As [`Select::fetch`].
    pub async fn count<E: Executor + ?Sized>(self, on: &E) -> Result<i64> {
        let (target, purpose) = (on.target(), Purpose { operation: "count", table: self.table.name });
        let counted: Option<Count> =
            fetch_optional(target, purpose, &dml::count(target.schema, self.table, self.filter)).await?;
        Ok(counted.map_or(0, |Count(rows)| rows))
    }
}

struct Count(i64);

impl FromRow for Count {
    fn from_row(row: &mut crate::exec::row::RowReader<'_>) -> Result<Self> {
        Ok(Self(row.take()?))
    }
}

impl<M> fmt::Debug for Select<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select").field("table", &self.table.name).finish_non_exhaustive()
    }
}
