//! Deleting rows for good: those of a condition, those with one of many keys, removed ones.

use std::fmt;
use std::marker::PhantomData;

use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::row::FromRow;
use crate::exec::statement::{Purpose, execute, fetch};
use crate::model::group::Has;
use crate::model::returning::{Columns, Many, Returning, Returns};
use crate::model::rows::Rows;
#[cfg(feature = "chrono")]
use crate::model::soft_delete::SoftDelete;
use crate::schema::Table;
use crate::sql::filter::Filter;
use crate::sql::guard::Removed;
use crate::sql::write;

/// A delete in the making. Removed rows are left alone, unless it is told otherwise.
#[must_use = "a delete does nothing until it runs: call `exec`"]
pub struct Delete<M> {
    table: &'static Table,
    filter: Filter,
    all_rows: bool,
    removed: Removed,
    model: PhantomData<fn() -> M>,
}

impl<M> Delete<M> {
    pub(crate) fn of(table: &'static Table, rows: impl Rows<M>, removed: Removed) -> Self {
        let (filter, all_rows) = rows.__filter();
        Self { table, filter: filter.0, all_rows, removed, model: PhantomData }
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

    /// Deletes the rows; how many there were.
    ///
    /// # Errors
    /// [`Error::Unconditional`] for a condition that asks nothing; [`Error::Database`], for example where another table
    /// still references a row.
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<u64> {
        let (target, purpose) = (on.target(), self.purpose());
        self.guarded()?;
        let sql = write::delete(target.schema, self.table, self.filter, self.removed);
        execute(target, purpose, &sql).await
    }

    fn purpose(&self) -> Purpose {
        Purpose { operation: "delete", table: self.table.name }
    }

    fn guarded(&self) -> Result<()> {
        if self.filter.always_holds() && !self.all_rows {
            return Err(Error::Unconditional { operation: "delete", table: self.table.name });
        }
        Ok(())
    }
}

impl<M: FromRow + Send + 'static> Delete<M> {
    /// Deletes the rows and yields them.
    ///
    /// # Errors
    /// As [`Delete::exec`].
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<M>> {
        let columns: Vec<_> = self.table.columns.iter().map(|column| column.name).collect();
        self.__run(&columns, on).await
    }

    /// Hands back these columns of the deleted rows.
    pub fn returning<C: Columns<M> + Send + Sync>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }
}

impl<M: FromRow + Send + 'static> Returns for Delete<M> {
    type Model = M;
    type Shape = Many;

    async fn __run<T: FromRow + Send, E: Executor + ?Sized>(self, columns: &[&'static str], on: &E) -> Result<Vec<T>> {
        let (target, purpose) = (on.target(), self.purpose());
        self.guarded()?;
        let mut sql = write::delete(target.schema, self.table, self.filter, self.removed);
        write::returning(&mut sql, columns);
        fetch(target, purpose, &sql).await
    }
}

impl<M> fmt::Debug for Delete<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delete").field("table", &self.table.name).finish_non_exhaustive()
    }
}
