//! Running a query: all rows, one row, rows as they arrive, or what is known of them.

use crate::error::{Error, Result};
use crate::exec::executor::Executor;
use crate::exec::row::RowReader;
use crate::exec::rows::{self, Rows};
use crate::exec::statement::Purpose;
use crate::query::select::Select;
use crate::query::selection::{RowWise, Selection};
use crate::sql::select;

impl<M, S: Selection<M>> Select<M, S> {
    /// All rows.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Decode`], [`Error::Pool`].
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<S::Row>> {
        let (target, purpose, list) = (on.target(), self.purpose(), self.selection.__list(self.query.table).0);
        let sql = select::select(target.schema, self.query, &list);
        rows::fetch_with(target, purpose, &sql, |row| S::__decode(&mut RowReader::new(row))).await
    }

    /// The first row. PostgreSQL is asked for one row only.
    ///
    /// # Errors
    /// As [`Select::fetch`].
    pub async fn fetch_optional<E: Executor + ?Sized>(self, on: &E) -> Result<Option<S::Row>> {
        Ok(self.limit(1).fetch(on).await?.pop())
    }

    /// The first row, which must exist.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none; else as [`Select::fetch`].
    pub async fn fetch_one<E: Executor + ?Sized>(self, on: &E) -> Result<S::Row> {
        let table = self.query.table.name;
        self.fetch_optional(on).await?.ok_or(Error::NotFound { table })
    }

    /// The rows as they arrive, for results that memory should not hold: see [`Rows`].
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Pool`]; then, with each row, [`Error::Database`] and [`Error::Decode`].
    pub async fn stream<E: Executor + ?Sized>(self, on: &E) -> Result<Rows<'_, S::Row>> {
        let (target, purpose, list) = (on.target(), self.purpose(), self.selection.__list(self.query.table).0);
        let sql = select::select(target.schema, self.query, &list);
        Rows::open(target, purpose, sql, S::__decode).await
    }

    /// How many rows qualify, whatever limit and offset say.
    ///
    /// # Errors
    /// As [`Select::fetch`].
    pub async fn count<E: Executor + ?Sized>(self, on: &E) -> Result<i64>
    where
        S: RowWise,
    {
        let (target, purpose) = (on.target(), Purpose { operation: "count", table: self.query.table.name });
        let list = self.selection.__list(self.query.table).0;
        let sql = select::count(target.schema, self.query, &list);
        let mut counted = rows::fetch_with(target, purpose, &sql, |row| RowReader::new(row).take()).await?;
        Ok(counted.pop().unwrap_or(0))
    }

    /// Whether a row qualifies. PostgreSQL stops at the first.
    ///
    /// # Errors
    /// As [`Select::fetch`].
    pub async fn exists<E: Executor + ?Sized>(self, on: &E) -> Result<bool>
    where
        S: RowWise,
    {
        let (target, purpose) = (on.target(), Purpose { operation: "exists", table: self.query.table.name });
        let sql = select::exists(target.schema, self.query);
        let mut found = rows::fetch_with(target, purpose, &sql, |row| RowReader::new(row).take()).await?;
        Ok(found.pop().unwrap_or(false))
    }

    fn purpose(&self) -> Purpose {
        Purpose { operation: "select", table: self.query.table.name }
    }
}
