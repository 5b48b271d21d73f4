//! The wire's own roads for many rows: the types of columns, and binary COPY.

use std::pin::pin;

use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{Kind, ToSql, Type};
use tokio_postgres::{Client, Statement};

use crate::error::{Error, Result};
use crate::exec::executor::{Road, Target};
use crate::exec::statement::Purpose;
use crate::param::Param;

/// The types of what `probe` selects, as this database has them. Nothing runs: the statement is prepared, once a
/// connection.
pub(crate) async fn types(target: Target<'_>, purpose: Purpose, probe: &str) -> Result<Vec<Type>> {
    let statement = match target.road {
        Road::Pool(pool) => {
            let client = pool.get().await.map_err(|source| Error::Pool { source: source.into() })?;
            client.prepare_cached(probe).await
        }
        Road::Held(held) => held.client()?.prepare_cached(probe).await,
        Road::Bare(client) => client.prepare(probe).await,
    };
    let statement = statement.map_err(|source| purpose.failed(source))?;
    Ok(statement.columns().iter().map(|column| base(column.type_().clone())).collect())
}

/// What a domain is made of.
fn base(ty: Type) -> Type {
    match ty.kind() {
        Kind::Domain(inner) => base(inner.clone()),
        _ => ty,
    }
}

/// Sends rows through `COPY … FROM STDIN BINARY`; how many there were. `columns` holds the values column by column.
pub(crate) async fn copy_in(
    target: Target<'_>,
    purpose: Purpose,
    sql: &str,
    types: &[Type],
    columns: &[Vec<Param>],
) -> Result<u64> {
    let copied = match target.road {
        Road::Pool(pool) => {
            let client = pool.get().await.map_err(|source| Error::Pool { source: source.into() })?;
            match client.prepare_cached(sql).await {
                Ok(statement) => copy(&client, &statement, types, columns).await,
                Err(error) => Err(error),
            }
        }
        Road::Held(held) => {
            let client = held.client()?;
            match client.prepare_cached(sql).await {
                Ok(statement) => copy(client, &statement, types, columns).await,
                Err(error) => Err(error),
            }
        }
        Road::Bare(client) => match client.prepare(sql).await {
            Ok(statement) => copy(client, &statement, types, columns).await,
            Err(error) => Err(error),
        },
    };
    copied.map_err(|source| purpose.failed(source))
}

async fn copy(
    client: &Client,
    statement: &Statement,
    types: &[Type],
    columns: &[Vec<Param>],
) -> Result<u64, tokio_postgres::Error> {
    let sink = client.copy_in(statement).await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, types));
    let mut values: Vec<&(dyn ToSql + Sync)> = Vec::with_capacity(columns.len());
    for row in 0..columns.first().map_or(0, Vec::len) {
        values.clear();
        // No iterator may live across the await: its closure would keep the future from being `Send`.
        values.extend(columns.iter().map(|column| &*column[row] as &(dyn ToSql + Sync)));
        writer.as_mut().write(&values).await?;
    }
    writer.finish().await
}
