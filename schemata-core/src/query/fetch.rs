//! Running a query: all rows, one row, a stream of rows, their number, or whether there are any.

use crate::error::{Error, Result};
use crate::exec::Rows;
use crate::exec::executor::Executor;
use crate::exec::row::RowReader;
use crate::exec::statement::{Purpose, fetch_with};
use crate::query::select::Select;
use crate::query::selection::{RowWise, Selection};
use crate::sql::select;

impl<M, S: Selection<M>> Select<M, S> {
    /// Returns all rows.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Decode`], [`Error::Pool`].
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<S::Row>> {
        let (target, purpose, list) = (on.target(), self.purpose(), self.selection.__list(self.query.table).0);
        let sql = select::select(target.schema, self.query, &list);
        fetch_with(target, purpose, &sql, |row| S::__decode(&mut RowReader::new(row))).await
    }

    /// Returns the first row. PostgreSQL is asked for one row only.
    ///
    /// # Errors
    /// As for [`Select::fetch`].
    pub async fn fetch_optional<E: Executor + ?Sized>(self, on: &E) -> Result<Option<S::Row>> {
        Ok(self.limit(1).fetch(on).await?.pop())
    }

    /// Returns the first row, which must exist.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no row; otherwise as for [`Select::fetch`].
    pub async fn fetch_one<E: Executor + ?Sized>(self, on: &E) -> Result<S::Row> {
        let table = self.query.table.name;
        self.fetch_optional(on).await?.ok_or(Error::NotFound { table })
    }

    /// Returns the rows as they arrive, for results that should not be held in memory: see [`Rows`].
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Pool`]; then, with each row, [`Error::Database`] and [`Error::Decode`].
    pub async fn stream<E: Executor + ?Sized>(self, on: &E) -> Result<Rows<'_, S::Row>> {
        let (target, purpose, list) = (on.target(), self.purpose(), self.selection.__list(self.query.table).0);
        let sql = select::select(target.schema, self.query, &list);
        Rows::open(target, purpose, sql, S::__decode).await
    }

    /// Counts the rows that qualify, ignoring limit and offset.
    ///
    /// # Errors
    /// As for [`Select::fetch`].
    pub async fn count<E: Executor + ?Sized>(self, on: &E) -> Result<i64>
    where
        S: RowWise,
    {
        let (target, purpose) = (on.target(), Purpose { operation: "count", table: self.query.table.name });
        let list = self.selection.__list(self.query.table).0;
        let sql = select::count(target.schema, self.query, &list);
        let mut counted = fetch_with(target, purpose, &sql, |row| RowReader::new(row).take()).await?;
        Ok(counted.pop().unwrap_or(0))
    }

    /// Returns whether a row qualifies. PostgreSQL stops at the first one.
    ///
    /// # Errors
    /// As for [`Select::fetch`].
    pub async fn exists<E: Executor + ?Sized>(self, on: &E) -> Result<bool>
    where
        S: RowWise,
    {
        let (target, purpose) = (on.target(), Purpose { operation: "exists", table: self.query.table.name });
        let sql = select::exists(target.schema, self.query);
        let mut found = fetch_with(target, purpose, &sql, |row| RowReader::new(row).take()).await?;
        Ok(found.pop().unwrap_or(false))
    }

    fn purpose(&self) -> Purpose {
        Purpose { operation: "select", table: self.query.table.name }
    }
}
