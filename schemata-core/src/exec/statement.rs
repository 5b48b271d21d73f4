//! Statements on the wire: prepared once a connection, run, their rows handed on as they arrive.

use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, RowStream, Statement};

use crate::error::{Error, Result};
use crate::exec::executor::{Road, Target};
use crate::exec::row::{FromRow, RowReader};
use crate::param::Param;
use crate::sql::writer::Sql;

/// What a statement is for, as errors tell it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose {
    /// Like `insert`.
    pub(crate) operation: &'static str,
    /// The table.
    pub(crate) table: &'static str,
}

impl Purpose {
    pub(crate) fn failed(self, source: tokio_postgres::Error) -> Error {
        Error::Database { operation: self.operation, table: self.table, source }
    }
}

/// All rows of `sql`.
pub(crate) async fn fetch<T: FromRow + Send>(target: Target<'_>, purpose: Purpose, sql: &Sql) -> Result<Vec<T>> {
    let mut all = Vec::new();
    each_row(target, purpose, sql, &mut |row| {
        all.push(T::from_row(&mut RowReader::new(&row))?);
        Ok(())
    })
    .await?;
    Ok(all)
}

/// The first row of `sql`.
pub(crate) async fn fetch_optional<T: FromRow + Send>(
    target: Target<'_>,
    purpose: Purpose,
    sql: &Sql,
) -> Result<Option<T>> {
    let mut first = None;
    each_row(target, purpose, sql, &mut |row| {
        if first.is_none() {
            first = Some(T::from_row(&mut RowReader::new(&row))?);
        }
        Ok(())
    })
    .await?;
    Ok(first)
}

/// Runs `sql`; the number of rows it touched.
pub(crate) async fn execute(target: Target<'_>, purpose: Purpose, sql: &Sql) -> Result<u64> {
    let touched = match target.road {
        Road::Pool(pool) => run_cached(&pool_get(pool).await?, sql).await,
        Road::Held(held) => run_cached(held.client()?, sql).await,
        Road::Bare(client) => client.execute_raw(sql.text.as_str(), values(&sql.params)).await,
    };
    touched.map_err(|source| purpose.failed(source))
}

type OnRow<'f> = &'f mut (dyn FnMut(Row) -> Result<()> + Send);

/// Decoding while rows arrive keeps one row in memory beside the result, and is faster than collecting them first.
async fn each_row(target: Target<'_>, purpose: Purpose, sql: &Sql, on_row: OnRow<'_>) -> Result<()> {
    match target.road {
        Road::Pool(pool) => {
            let client = pool_get(pool).await?;
            drain(stream_cached(&client, sql).await, purpose, on_row).await
        }
        Road::Held(held) => drain(stream_cached(held.client()?, sql).await, purpose, on_row).await,
        Road::Bare(client) => drain(stream_bare(client, sql).await, purpose, on_row).await,
    }
}

async fn drain(stream: Result<RowStream, tokio_postgres::Error>, purpose: Purpose, on_row: OnRow<'_>) -> Result<()> {
    let mut stream = pin!(stream.map_err(|source| purpose.failed(source))?);
    while let Some(row) = stream.try_next().await.map_err(|source| purpose.failed(source))? {
        on_row(row)?;
    }
    Ok(())
}

async fn pool_get(pool: &deadpool_postgres::Pool) -> Result<deadpool_postgres::Client> {
    pool.get().await.map_err(|source| Error::Pool { source: source.into() })
}

async fn prepare(client: &deadpool_postgres::Client, sql: &Sql) -> Result<Statement, tokio_postgres::Error> {
    client.prepare_cached(&sql.text).await
}

async fn run_cached(client: &deadpool_postgres::Client, sql: &Sql) -> Result<u64, tokio_postgres::Error> {
    client.execute_raw(&prepare(client, sql).await?, values(&sql.params)).await
}

async fn stream_cached(client: &deadpool_postgres::Client, sql: &Sql) -> Result<RowStream, tokio_postgres::Error> {
    client.query_raw(&prepare(client, sql).await?, values(&sql.params)).await
}

async fn stream_bare(client: &Client, sql: &Sql) -> Result<RowStream, tokio_postgres::Error> {
    client.query_raw(sql.text.as_str(), values(&sql.params)).await
}

fn values(params: &[Param]) -> impl ExactSizeIterator<Item = &(dyn ToSql + Sync)> {
    params.iter().map(|param| &**param as &(dyn ToSql + Sync))
}
