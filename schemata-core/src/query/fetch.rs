//! Running a query: all rows, one row, a stream of rows, their number, or whether there are any.

use tokio_postgres::Row;

use crate::error::{Error, Result};
use crate::exec::executor::Executor;
use crate::exec::row::{Decode, RowReader};
use crate::exec::statement::{Call, Purpose, all_of, fetch_first, fetch_with, first_of};
use crate::exec::target::Target;
use crate::exec::{Rows, Running};
use crate::query::row_columns::Standalone;
use crate::query::select::Select;
use crate::sql::select;
use crate::sql::shape::ShapeRef;
use crate::sql::tree::Query;

impl<S, T: Send> Select<S, T> {
    /// Returns all rows.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Decode`], [`Error::Pool`].
    pub fn fetch<'e, E: Executor + ?Sized>(self, on: &'e E) -> Running<'e, Vec<T>>
    where
        S: Standalone,
        T: 'e,
    {
        Running::new(rows(on.target(), self.query, self.decode))
    }

    /// Returns the first row. PostgreSQL is asked for one row only.
    ///
    /// # Errors
    /// As for [`Select::fetch`].
    pub fn fetch_optional<'e, E: Executor + ?Sized>(self, on: &'e E) -> Running<'e, Option<T>>
    where
        S: Standalone,
        T: 'e,
    {
        let (target, Self { mut query, decode, .. }) = (on.target(), self);
        query.limit = Some(1);
        Running::new(first_row(target, query, decode))
    }

    /// Returns the row of a query that is known to have at most one, so that PostgreSQL need not be told.
    pub(crate) fn fetch_unique<'e, E: Executor + ?Sized>(self, on: &'e E) -> Running<'e, Option<T>>
    where
        T: 'e,
    {
        Running::new(first_row(on.target(), self.query, self.decode))
    }

    /// Returns the first row, which must exist.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no row; otherwise as for [`Select::fetch`].
    pub fn fetch_one<'e, E: Executor + ?Sized>(self, on: &'e E) -> Running<'e, T>
    where
        S: Standalone,
        T: 'e,
    {
        let (table, one) = (self.query.from.table.name, self.fetch_optional(on));
        Running::new(async move { one.await?.ok_or(Error::NotFound { table }) })
    }

    /// Returns the rows as they arrive, for results that should not be held in memory: see [`Rows`].
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Pool`]; then, with each row, [`Error::Database`] and [`Error::Decode`].
    pub async fn stream<E: Executor + ?Sized>(self, on: &E) -> Result<Rows<'_, T>>
    where
        S: Standalone,
    {
        let (target, purpose) = (on.target(), purpose("select", &self.query));
        let sql = select::select(target.schema, &self.query);
        Rows::open(target, purpose, sql, self.decode).await
    }

    /// Counts the rows that qualify, ignoring limit and offset. A join to children counts a row per child, a grouped query counts its
    /// groups, and a combination such as [`union`](Select::union) its rows.
    ///
    /// # Errors
    /// As for [`Select::fetch`].
    pub fn count<E: Executor + ?Sized>(self, on: &E) -> Running<'_, i64>
    where
        S: Standalone,
    {
        let (target, query) = (on.target(), self.query);
        let purpose = purpose("count", &query);
        Running::new(async move {
            let sql = select::count(target.schema, *query);
            let mut counted = fetch_with(target, purpose, &sql, |row| RowReader::new(row).take()).await?;
            Ok(counted.pop().unwrap_or(0))
        })
    }

    /// Returns whether a row qualifies. PostgreSQL stops at the first one.
    ///
    /// # Errors
    /// As for [`Select::fetch`].
    pub fn exists<E: Executor + ?Sized>(self, on: &E) -> Running<'_, bool>
    where
        S: Standalone,
    {
        let (target, query) = (on.target(), self.query);
        let purpose = purpose("exists", &query);
        Running::new(async move {
            let sql = select::exists(target.schema, *query);
            let mut found = fetch_with(target, purpose, &sql, |row| RowReader::new(row).take()).await?;
            Ok(found.pop().unwrap_or(false))
        })
    }
}

fn purpose(operation: &'static str, query: &Query) -> Purpose {
    Purpose { operation, table: query.from.table.name }
}

/// Returns the first row of a query.
async fn first_row<T: Send>(target: Target<'_>, query: Box<Query>, decode: Decode<T>) -> Result<Option<T>> {
    let purpose = purpose("select", &query);
    let decode = |row: &Row| decode.read(&mut RowReader::new(row));
    let Some(shape) = query.shape() else {
        return fetch_first(target, purpose, &select::select(target.schema, &query), decode).await;
    };
    let write = || query.text_of_shape(target.schema, &shape);
    let shape = ShapeRef { shape: &shape, schema: target.schema, write: &write };
    first_of(target, &Call::of_shape(purpose, shape), decode).await
}

/// Returns all rows of a query.
pub(crate) async fn rows<T: Send>(target: Target<'_>, query: Box<Query>, decode: Decode<T>) -> Result<Vec<T>> {
    let purpose = purpose("select", &query);
    let decode = |row: &Row| decode.read(&mut RowReader::new(row));
    let Some(shape) = query.shape() else {
        return fetch_with(target, purpose, &select::select(target.schema, &query), decode).await;
    };
    let write = || query.text_of_shape(target.schema, &shape);
    let shape = ShapeRef { shape: &shape, schema: target.schema, write: &write };
    all_of(target, &Call::of_shape(purpose, shape), decode).await
}
