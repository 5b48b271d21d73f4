//! Sends rows by COPY, in a transaction of the batch's own.
//!
//! The driver sends a `Sync` with the COPY and another one after the rows. A server that refuses the COPY answers both,
//! and from then on each answer would go to the request before its own. So unless a COPY ends with the server's answer
//! to all rows, its connection is closed at once and nothing that still arrives is read; the server rolls back. That is
//! why COPY never runs in the caller's transaction or on the caller's client.

use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::SinkExt;
use tracing::Instrument;

use crate::error::{Error, Result, Unsendable};
use crate::exec::connection::type_lookup::column_types;
use crate::exec::message_limits::MOST_BYTES;
use crate::exec::purpose::{Purpose, StatementFailure};
use crate::exec::statement::call_connection::CallConnection;
use crate::exec::statement::span::{StatementSpan, span};
use crate::exec::target::{ConnectionSource, Target};
use crate::schema::wire::domain::base_type;
use crate::sql::declared_type::DeclaredType;
use crate::sql::statement_text::TextRef;

/// What a binary COPY begins with: a signature, no flags, and no extension (manual, "COPY", Binary Format).
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// The rows of a COPY, in pieces.
pub(crate) trait CopyRows: Send {
    /// Appends some rows in the binary format of COPY. Returns whether there may be more.
    ///
    /// # Errors
    /// Ends the COPY, so that nothing is stored.
    fn append(&mut self, out: &mut BytesMut) -> Result<bool>;
}

/// Returns whether a batch for `target` may use COPY: it has a transaction of its own, on one connection of the server.
pub(crate) fn may_copy(target: Target<'_>) -> bool {
    matches!(target.source, ConnectionSource::Pool(pool) if !pool.shared().behind_pooler)
}

/// Returns the types of the columns that `probe` selects. They cannot change before the transaction ends, since preparing
/// locks the table. COPY does not name types: a `bigint` sent to a column that has become `double precision` would be stored
/// as another number.
pub(crate) async fn lasting_types(target: Target<'_>, purpose: Purpose, probe: &str) -> Result<Vec<DeclaredType>> {
    let connection = CallConnection::take(target, Instant::now()).await?;
    let guard = connection.in_flight();
    // Not from the cache: a statement that was prepared earlier locks nothing.
    let described = connection.client().prepare(probe).await.map(|statement| column_types(&statement));
    let described: Result<Arc<[DeclaredType]>> =
        described.map_err(|source| purpose.error(StatementFailure::before_sending(source), connection.access()));
    connection.answered(guard, described.as_ref().err());
    let resolved =
        |column: &DeclaredType| DeclaredType { ty: base_type(&column.ty).clone(), modifier: column.modifier };
    Ok(described?.iter().map(resolved).collect())
}

/// Sends rows by `sql` and returns the number of rows that the server has stored.
///
/// `target` is the transaction of the batch. After an error, its connection may have been closed.
pub(crate) async fn copy_in(target: Target<'_>, purpose: Purpose, sql: &str, rows: &mut dyn CopyRows) -> Result<u64> {
    let span = span(purpose, target.schema.as_str());
    let measure = StatementSpan::start(span.clone(), purpose, Some(TextRef::Written(sql)));
    let mut slow = None;
    let outcome = async {
        let connection = CallConnection::take(target, Instant::now()).await?;
        slow = connection.slow_query();
        let access = connection.access();
        let guard = connection.in_flight();
        match send(&connection, purpose, sql, rows).await {
            Ok(answer) => {
                let answer = answer.map_err(|source| purpose.error(source, access));
                connection.answered(guard, answer.as_ref().err());
                answer
            }
            Err(failure) => {
                let error = match failure {
                    Failure::Driver(source) => purpose.error(source, access),
                    Failure::Rows(error) => error,
                };
                connection.note_refused_write(Some(error.kind()));
                // The transaction ends with its connection, so that its ROLLBACK is not sent.
                connection.close();
                Err(error)
            }
        }
    }
    .instrument(span)
    .await;
    measure.finish(outcome.as_ref().copied(), slow);
    outcome
}

/// Why a COPY did not get the server's answer to all rows.
enum Failure {
    Driver(tokio_postgres::Error),
    /// The rows cannot be sent.
    Rows(Error),
}

impl From<tokio_postgres::Error> for Failure {
    fn from(source: tokio_postgres::Error) -> Self {
        Self::Driver(source)
    }
}

/// Sends the COPY and the rows. Returns the server's answer to all rows; the outer error is any other end.
async fn send(
    connection: &CallConnection<'_>,
    purpose: Purpose,
    sql: &str,
    rows: &mut dyn CopyRows,
) -> Result<Result<u64, tokio_postgres::Error>, Failure> {
    let sink = connection.client().copy_in::<_, Bytes>(sql).await?;
    let mut sink = pin!(sink);
    let mut out = BytesMut::from(HEADER);
    while rows.append(&mut out).map_err(Failure::Rows)? {
        if out.len() > MOST_BYTES {
            return Err(Failure::Rows(purpose.unsendable(Unsendable::Values)));
        }
        sink.as_mut().send(out.split().freeze()).await?;
        // As long as the network takes rows, the call is not stuck. The server limits the total time.
        connection.note_progress();
    }
    out.put_i16(-1);
    sink.as_mut().send(out.freeze()).await?;
    match sink.as_mut().finish().await {
        Err(error) if error.as_db_error().is_none() => Err(error.into()),
        answer => Ok(answer),
    }
}
