//! The wire's own roads for many rows: the types of columns, and binary COPY.

use std::pin::pin;
use std::sync::Arc;

use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{Kind, ToSql, Type};
use tracing::Instrument;

use crate::error::{Error, ErrorKind, Result};
use crate::exec::arrays::Elements;
use crate::exec::connection::InFlight;
use crate::exec::line::Line;
use crate::exec::purpose::Purpose;
use crate::exec::span::{Watch, span};
use crate::exec::target::Target;
use crate::sql::declared::Declared;

/// The types of what `probe` selects, as this database has them. Nothing runs: the statement is prepared, once a
/// connection.
pub(crate) async fn types(target: Target<'_>, purpose: Purpose, probe: &str) -> Result<Vec<Declared>> {
    let line = Line::to(target).await?;
    let guard = line.in_flight();
    let described: Result<Arc<[Declared]>> =
        line.describe(probe).await.map_err(|source| purpose.failed(source, line.in_transaction()));
    settle(guard, described.as_ref().err());
    let plain = |column: &Declared| Declared { ty: base(column.ty.clone()), modifier: column.modifier };
    Ok(described?.iter().map(plain).collect())
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
    columns: &[Elements],
) -> Result<u64> {
    let span = span(purpose, target.schema.as_str());
    let watch = Watch::start(span.clone(), purpose, Some(sql));
    let mut slow = None;
    let outcome = async {
        let line = Line::to(target).await?;
        slow = line.slow_query();
        let guard = line.in_flight();
        let copied = copy(&line, sql, types, columns).await;
        let copied = copied.map_err(|source| purpose.failed(source, line.in_transaction()));
        settle(guard, copied.as_ref().err());
        copied
    }
    .instrument(span)
    .await;
    watch.finish(outcome.as_ref().copied(), slow);
    outcome
}

/// The server has answered in full, unless the connection is lost: then the guard closes it.
fn settle(guard: Option<InFlight<'_>>, error: Option<&Error>) {
    let is_lost = matches!(error.map(Error::kind), Some(ErrorKind::Connection | ErrorKind::OutcomeUnknown));
    if let Some(guard) = guard
        && !is_lost
    {
        guard.release();
    }
}

async fn copy(line: &Line<'_>, sql: &str, types: &[Type], columns: &[Elements]) -> Result<u64, tokio_postgres::Error> {
    let sink = line.copy_in(sql).await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, types));
    let mut values: Vec<&(dyn ToSql + Sync)> = Vec::with_capacity(columns.len());
    for row in 0..columns.first().map_or(0, |column| column.len()) {
        values.clear();
        // No iterator may live across the await: its closure would keep the future from being `Send`.
        values.extend(columns.iter().map(|column| &column[row] as &(dyn ToSql + Sync)));
        writer.as_mut().write(&values).await?;
    }
    writer.finish().await
}
