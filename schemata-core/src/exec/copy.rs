//! Rows sent by COPY, in a transaction of the batch's own.
//!
//! The driver sends a `Sync` with the COPY and another one after the rows. A server that refuses the COPY answers both, and from
//! then on each answer would go to the request before its own. So a connection on which a COPY ends in any way but by the
//! server's answer to all of the rows is closed at once, and nothing that still arrives is read: the server rolls back. That is
//! why COPY never runs in a caller's transaction or on a caller's client.
//!
//! The driver reports a COPY before the server has ended its transaction. COMMIT is sent, and confirmed, after that.

use std::pin::pin;
use std::sync::Arc;

use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::Type;
use tracing::Instrument;

use crate::error::Result;
use crate::exec::arrays::Elements;
use crate::exec::learn::column_types;
use crate::exec::line::Line;
use crate::exec::purpose::{Failed, Purpose};
use crate::exec::sendable::Bounded;
use crate::exec::span::{Watch, span};
use crate::exec::target::{Road, Target};
use crate::exec::types::base;
use crate::sql::declared_type::DeclaredType;

/// Whether a batch sent to `target` may use COPY: it gets a transaction of its own, on one connection of the server.
pub(crate) fn may_copy(target: Target<'_>) -> bool {
    matches!(target.road, Road::Pool(pool) if !pool.shared().pooler)
}

/// The types of what `probe` selects, which stay as they are until the transaction ends: preparing locks the table against
/// changes. COPY names no types, so that a `bigint` sent to what has become `double precision` would be another number.
pub(crate) async fn lasting_types(target: Target<'_>, purpose: Purpose, probe: &str) -> Result<Vec<Type>> {
    let line = Line::to(target).await?;
    let guard = line.in_flight();
    // Not one prepared before: that locks nothing.
    let described = line.client().prepare(probe).await.map(|statement| column_types(&statement));
    let described: Result<Arc<[DeclaredType]>> =
        described.map_err(|source| purpose.failed(Failed::before(source), line.in_transaction()));
    line.answered(guard, described.as_ref().err());
    Ok(described?.iter().map(|column| base(column.ty.clone())).collect())
}

/// Sends rows by `sql`; the number that the server has stored. `columns` holds the values column by column.
///
/// `target` is the transaction of the batch. After an error it may be gone with its connection.
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
        match send(&line, sql, types, columns).await {
            Ok(answer) => {
                let answer = answer.map_err(|source| purpose.failed(source, true));
                line.answered(guard, answer.as_ref().err());
                answer
            }
            Err(source) => {
                let error = purpose.failed(source, true);
                line.note(Some(error.kind()));
                line.close();
                drop(guard);
                drop(line);
                // Its end is that of the connection: no ROLLBACK is sent.
                if let Road::Held(held, _) = target.road {
                    held.break_off();
                }
                Err(error)
            }
        }
    }
    .instrument(span)
    .await;
    watch.finish(outcome.as_ref().copied(), slow);
    outcome
}

/// The server's answer to the rows. The outer error is any other end.
async fn send(
    line: &Line<'_>,
    sql: &str,
    types: &[Type],
    columns: &[Elements],
) -> Result<Result<u64, tokio_postgres::Error>, tokio_postgres::Error> {
    let sink = line.client().copy_in(sql).await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, types));
    let mut values: Vec<Bounded<'_>> = Vec::with_capacity(columns.len());
    for row in 0..columns.first().map_or(0, |column| column.len()) {
        // Not handed on as they are: the closure would live across the await and keep the future from being `Send`.
        values.extend(columns.iter().map(|column| Bounded::new(&column[row])));
        writer.as_mut().write_raw(values.drain(..)).await?;
        // The network takes rows, so this is no wait for an answer: the server limits how long all of them may take.
        line.progress();
    }
    match writer.finish().await {
        Err(error) if error.as_db_error().is_none() => Err(error),
        answer => Ok(answer),
    }
}
