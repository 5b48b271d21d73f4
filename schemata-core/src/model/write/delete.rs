//! Deleting the rows of a condition for good.

use std::marker::PhantomData;

use crate::error::Result;
use crate::exec::Executor;
use crate::exec::row::FromRow;
use crate::exec::statement::{Purpose, execute, fetch};
use crate::model::groups::column_group::Has;
#[cfg(feature = "chrono")]
use crate::model::groups::soft_delete::SoftDelete;
use crate::model::write::returning::{Many, Returning, Returns, column_names};
use crate::model::write::row_condition::{RowCondition, RowFilter};
use crate::query::ColumnList;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::Table;
use crate::sql::tree::Removed;
use crate::sql::write;
use crate::sql::writer::Sql;

/// A delete while it is built. It does not see removed rows, unless [`with_deleted`](Self::with_deleted) or
/// [`only_deleted`](Self::only_deleted) says so.
#[must_use = "a delete does nothing until it runs: call `exec`"]
pub struct Delete<M> {
    table: &'static Table,
    rows: RowFilter,
    removed: Removed,
    marker: PhantomData<fn() -> M>,
}

impl<M> Delete<M> {
    pub(crate) fn new(table: &'static Table, rows: impl RowCondition<M>, removed: Removed) -> Self {
        Self { table, rows: rows.__filter(), removed, marker: PhantomData }
    }

    /// Deletes removed rows too.
    #[cfg(feature = "chrono")]
    pub fn with_deleted(mut self) -> Self
    where
        M: Has<SoftDelete>,
    {
        self.removed = Removed::Shown;
        self
    }

    /// Deletes removed rows only.
    #[cfg(feature = "chrono")]
    pub fn only_deleted(mut self) -> Self
    where
        M: Has<SoftDelete>,
    {
        self.removed = Removed::Only;
        self
    }

    /// Deletes the rows and returns their number.
    ///
    /// # Errors
    /// [`Error::Unconditional`](crate::Error::Unconditional) for a condition that always holds;
    /// [`Error::Database`](crate::Error::Database), for example if another table still references a row.
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<u64> {
        let (target, purpose) = (on.target(), self.purpose());
        execute(target, purpose, &self.sql(on)?).await
    }

    fn purpose(&self) -> Purpose {
        Purpose { operation: "delete", table: self.table.name }
    }

    fn sql<E: Executor + ?Sized>(self, on: &E) -> Result<Sql> {
        self.rows.reject_unconditional("delete", self.table)?;
        Ok(write::delete(on.target().schema, self.table, self.rows.filter, self.removed))
    }
}

impl<M: FromRow + Send + 'static> Delete<M> {
    /// Deletes the rows and returns them.
    ///
    /// # Errors
    /// As for [`Delete::exec`].
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<M>> {
        let columns = column_names(self.table);
        self.__run(&columns, on).await
    }

    /// Returns these columns of the deleted rows.
    pub fn returning<C: ColumnList<M>>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }
}

impl<M: FromRow + Send + 'static> Returns for Delete<M> {
    type Model = M;
    type Shape = Many;

    async fn __run<T: FromRow + Send, E: Executor + ?Sized>(self, columns: &[&'static str], on: &E) -> Result<Vec<T>> {
        let (target, purpose) = (on.target(), self.purpose());
        let mut sql = self.sql(on)?;
        write::returning(&mut sql, columns);
        fetch(target, purpose, &sql).await
    }
}

opaque_debug!([M] [Delete<M>], this { table: this.table.name });
