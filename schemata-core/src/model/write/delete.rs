//! Deleting the rows of a condition for good.

use std::marker::PhantomData;

use crate::error::Result;
use crate::exec::Executor;
use crate::exec::row::FromRow;
use crate::exec::statement::{Purpose, execute, fetch};
use crate::model::groups::column_group::Has;
#[cfg(feature = "chrono")]
use crate::model::groups::soft_delete::SoftDelete;
use crate::model::write::joined::JoinedDelete;
use crate::model::write::returning::{Many, Returning, Returns, column_names};
use crate::model::write::row_condition::{RowCondition, RowFilter};
use crate::model::write::statement::{Statement, WriteContext, statement};
use crate::query::unbounded_impls::opaque_debug;
use crate::query::{ColumnList, Condition, Join, Joinable, Source};
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
        let sql = statement(Box::new(self.rows(None)), &WriteContext::of(on))?;
        execute(target, purpose, &sql).await
    }

    fn purpose(&self) -> Purpose {
        Purpose { operation: "delete", table: self.table.name }
    }

    pub(crate) fn rows(self, columns: Option<Vec<&'static str>>) -> DeleteRows {
        DeleteRows { table: self.table, rows: self.rows, removed: self.removed, columns }
    }
}

/// A delete of the rows of a condition, and the columns that it returns.
pub(crate) struct DeleteRows {
    table: &'static Table,
    rows: RowFilter,
    removed: Removed,
    columns: Option<Vec<&'static str>>,
}

impl Statement for DeleteRows {
    fn purpose(&self) -> Purpose {
        Purpose { operation: "delete", table: self.table.name }
    }

    fn write(self: Box<Self>, sql: &mut Sql, context: &WriteContext<'_>, _: &str) -> Result<()> {
        self.rows.reject_unconditional("delete", self.table)?;
        write::write_delete(sql, context.schema, self.table, self.rows.filter, self.removed);
        if let Some(columns) = &self.columns {
            write::returning(sql, columns);
        }
        Ok(())
    }
}

impl<M: Source> Delete<M> {
    /// Joins the table at the other end of a foreign key: `DELETE … USING`. Conditions and `returning` can read it from here on.
    ///
    /// Rows without a partner stay. Removed rows of the joined table are no partners.
    ///
    /// ```no_run
    /// # use schemata::prelude::*;
    /// # #[derive(TableModel)]
    /// # pub struct Customer { #[column(primary_key)] pub id: i64, pub blocked: bool }
    /// # #[derive(TableModel)]
    /// # pub struct Order { #[column(primary_key)] pub id: i64, #[column(references = Customer::id)] pub customer_id: i64, pub status: String }
    /// # async fn f(db: Db) -> schemata::Result<()> {
    /// let deleted: u64 = Order::delete_where(Order::status.eq("draft"))
    ///     .join(Order::CUSTOMER_ID_FKEY)
    ///     .filter(Customer::blocked)
    ///     .exec(&db)
    ///     .await?;
    /// # drop(deleted); Ok(()) }
    /// ```
    pub fn join<J, I>(self, along: J) -> JoinedDelete<M, Join<M, J::Brings>, J::Brings>
    where
        J: Joinable<M, I>,
    {
        JoinedDelete::new(self.rows, self.removed, along.__on().0)
    }

    /// Like [`join`](Delete::join), by a condition, where no foreign key leads.
    pub fn join_on<N: Source>(self, on: Condition<Join<M, N>>) -> JoinedDelete<M, Join<M, N>, N> {
        JoinedDelete::new(self.rows, self.removed, on.filter)
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
        let sql = statement(Box::new(self.rows(Some(columns.to_vec()))), &WriteContext::of(on))?;
        fetch(target, purpose, &sql).await
    }
}

opaque_debug!([M] [Delete<M>], this { table: this.table.name });
