//! Running a query: all rows, one row, a stream of rows, their number, or whether there are any.

use crate::error::{Error, Result};
use crate::exec::Rows;
use crate::exec::executor::Executor;
use crate::exec::row::RowReader;
use crate::exec::statement::{Purpose, fetch_with};
use crate::query::row_columns::Standalone;
use crate::query::select::Select;
use crate::sql::select;

impl<S, T: Send> Select<S, T> {
    /// Returns all rows.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Decode`], [`Error::Pool`].
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<T>>
    where
        S: Standalone,
    {
        let (target, purpose, Self { query, decode, .. }) = (on.target(), self.purpose(), self);
        let sql = select::select(target.schema, &query);
        drop(query);
        fetch_with(target, purpose, &sql, |row| decode.read(&mut RowReader::new(row))).await
    }

    /// Returns the first row. PostgreSQL is asked for one row only.
    ///
    /// # Errors
    /// As for [`Select::fetch`].
    pub async fn fetch_optional<E: Executor + ?Sized>(self, on: &E) -> Result<Option<T>>
    where
        S: Standalone,
    {
        let (target, purpose, Self { mut query, decode, .. }) = (on.target(), self.purpose(), self);
        query.limit = Some(1);
        let sql = select::select(target.schema, &query);
        drop(query);
        Ok(fetch_with(target, purpose, &sql, |row| decode.read(&mut RowReader::new(row))).await?.pop())
    }

    /// Returns the first row, which must exist.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no row; otherwise as for [`Select::fetch`].
    pub async fn fetch_one<E: Executor + ?Sized>(self, on: &E) -> Result<T>
    where
        S: Standalone,
    {
        let table = self.query.from.table.name;
        self.fetch_optional(on).await?.ok_or(Error::NotFound { table })
    }

    /// Returns the rows as they arrive, for results that should not be held in memory: see [`Rows`].
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Pool`]; then, with each row, [`Error::Database`] and [`Error::Decode`].
    pub async fn stream<E: Executor + ?Sized>(self, on: &E) -> Result<Rows<'_, T>>
    where
        S: Standalone,
    {
        let (target, purpose) = (on.target(), self.purpose());
        let sql = select::select(target.schema, &self.query);
        Rows::open(target, purpose, sql, self.decode).await
    }

    /// Counts the rows that qualify, ignoring limit and offset. A join to children counts a row per child, a grouped query counts its
    /// groups, and a combination such as [`union`](Select::union) its rows.
    ///
    /// # Errors
    /// As for [`Select::fetch`].
    pub async fn count<E: Executor + ?Sized>(self, on: &E) -> Result<i64>
    where
        S: Standalone,
    {
        let (target, purpose) = (on.target(), Purpose { operation: "count", table: self.query.from.table.name });
        let sql = select::count(target.schema, *self.query);
        let mut counted = fetch_with(target, purpose, &sql, |row| RowReader::new(row).take()).await?;
        Ok(counted.pop().unwrap_or(0))
    }

    /// Returns whether a row qualifies. PostgreSQL stops at the first one.
    ///
    /// # Errors
    /// As for [`Select::fetch`].
    pub async fn exists<E: Executor + ?Sized>(self, on: &E) -> Result<bool>
    where
        S: Standalone,
    {
        let (target, purpose) = (on.target(), Purpose { operation: "exists", table: self.query.from.table.name });
        let sql = select::exists(target.schema, *self.query);
        let mut found = fetch_with(target, purpose, &sql, |row| RowReader::new(row).take()).await?;
        Ok(found.pop().unwrap_or(false))
    }

    fn purpose(&self) -> Purpose {
        Purpose { operation: "select", table: self.query.from.table.name }
    }
}
