//! The rows of a statement as a stream.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use futures_util::{Stream, TryStreamExt};
use tokio_postgres::RowStream;
use tracing::Instrument;

use crate::error::{Error, ErrorKind, Result};
use crate::exec::connection::call_timeout::PendingCalls;
use crate::exec::purpose::{Purpose, TransactionAccess};
use crate::exec::row::{Decode, RowReader};
use crate::exec::statement::call::{Call, STALE_RETRIES, admit};
use crate::exec::statement::call_connection::CallConnection;
use crate::exec::statement::span::{StatementSpan, span};
use crate::exec::target::Target;
use crate::sql::session::SessionEffect;
use crate::sql::writer::Sql;

/// The rows of a query as they arrive: a [`Stream`], with [`Rows::try_next`] for plain loops.
///
/// Memory is bounded by one read of the socket, regardless of the number of rows: while no rows are taken, the connection
/// stops reading, and PostgreSQL waits.
///
/// On a [`Db`](crate::Db), the stream holds a connection of the pool and returns it after the last row. If the stream is
/// dropped earlier, the connection is closed and the pool opens another one when needed. On a transaction or a client, the
/// remaining rows are read and discarded before the answer to the next statement, so limit the query rather than drop a long
/// stream. While the stream is held, nobody takes these rows: a call on the same transaction or client inside the loop waits in
/// vain unless all rows have already arrived. A transaction's call ends when its
/// [time limit](crate::DbBuilder::statement_timeout) closes the connection. Read the rows by `fetch` first, or call another executor.
///
/// ```no_run
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64 }
/// # async fn f(db: Db) -> schemata::Result<()> {
/// let mut orders = Order::select().order_by(Order::id.asc()).stream(&db).await?;
/// while let Some(order) = orders.try_next().await? {
///     // one at a time
///     # drop(order);
/// }
/// # Ok(()) }
/// ```
#[must_use = "rows are read only as they are taken"]
pub struct Rows<'e, T> {
    stream: Pin<Box<RowStream>>,
    /// Released with the last row.
    connection: Option<CallConnection<'e>>,
    decode: Decode<T>,
    purpose: Purpose,
    /// Taken when the outcome is known.
    measure: Option<StatementSpan>,
    taken: u64,
    finished: bool,
    /// The pending calls of the connection. This stream counts as one while it waits for the server, not while the reader is
    /// busy with a row.
    pending: Option<Arc<PendingCalls>>,
    is_waiting: bool,
}

impl<'e, T> Rows<'e, T> {
    /// Runs `sql` and returns before the first row is read.
    pub(crate) async fn open(
        target: Target<'e>,
        purpose: Purpose,
        sql: Sql,
        decode: impl Into<Decode<T>>,
    ) -> Result<Self> {
        Self::open_call(target, Call::of(purpose, &sql), decode).await
    }

    /// Does the same with a call.
    pub(crate) async fn open_call(target: Target<'e>, call: Call<'_>, decode: impl Into<Decode<T>>) -> Result<Self> {
        let purpose = call.purpose;
        let span = span(purpose, target.schema.as_str());
        let measure = StatementSpan::start(span.clone(), purpose, Some(call.text));
        match begin(target, call).instrument(span).await {
            Ok((mut connection, stream)) => {
                let pending = connection.pending().cloned();
                connection.mark_sent();
                Ok(Self {
                    stream: Box::pin(stream),
                    connection: Some(connection),
                    decode: decode.into(),
                    purpose,
                    measure: Some(measure),
                    taken: 0,
                    finished: false,
                    pending,
                    is_waiting: false,
                })
            }
            Err(error) => {
                measure.finish(Err(&error), None);
                Err(error)
            }
        }
    }

    /// Returns the next row; `None` after the last one.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database) if the query or the connection fails, after which there are no more rows;
    /// [`Error::Decode`](crate::Error::Decode) for a row that its type cannot hold, after which further rows can be read.
    pub async fn try_next(&mut self) -> Result<Option<T>> {
        TryStreamExt::try_next(self).await
    }

    /// Notes whether the stream waits for the server.
    fn set_waiting(&mut self, is_waiting: bool) {
        if let Some(pending) = self.pending.as_ref().filter(|_| is_waiting != self.is_waiting) {
            if is_waiting {
                pending.begin();
            } else {
                pending.end();
            }
            self.is_waiting = is_waiting;
        }
    }

    /// Ends the span. A stream is never reported as slow, since its duration includes the reader's work.
    fn finish_span(&mut self, outcome: Result<(), &Error>) {
        if let Some(measure) = self.measure.take() {
            measure.finish(outcome.map(|()| self.taken), None);
        }
    }
}

/// Runs `call`, and repeats it if the schema changed after it was prepared: PostgreSQL detects that before it returns a row, so
/// no row is read twice.
async fn begin<'e>(target: Target<'e>, call: Call<'_>) -> Result<(CallConnection<'e>, RowStream)> {
    call.check_sendable().map_err(|reason| call.purpose.unsendable(reason))?;
    let mut retries = 0;
    loop {
        let connection = CallConnection::take(target, Instant::now()).await?;
        // A stream cannot end with the transaction that would reset the session.
        if call.effect == SessionEffect::Unknown && connection.is_behind_pooler() {
            return Err(Error::SessionState);
        }
        admit(&connection, call.effect)?;
        match open(&connection, call).await {
            Ok(stream) => return Ok((connection, stream)),
            Err(error) if error.kind() == ErrorKind::StaleStatement => {
                if !connection.note_stale_statement(&error) || retries == STALE_RETRIES {
                    return Err(error);
                }
                retries += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Runs `call` on `connection`. If this future is dropped, the guard spoils the connection.
async fn open(connection: &CallConnection<'_>, call: Call<'_>) -> Result<RowStream> {
    let guard = connection.in_flight();
    let stream = connection.stream(&call.text, call.values).await;
    let stream = stream.map_err(|failure| call.purpose.error(failure, connection.access()));
    connection.note_refused_write(stream.as_ref().err().map(Error::kind));
    connection.answered(guard, stream.as_ref().err());
    stream
}

impl<T> Stream for Rows<'_, T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.finished {
            return Poll::Ready(None);
        }
        let polled = this.stream.as_mut().poll_next(cx);
        this.set_waiting(polled.is_pending());
        polled.map(|row| match row {
            Some(Ok(row)) => {
                this.taken += 1;
                Some(this.decode.read(&mut RowReader::new(&row)))
            }
            Some(Err(source)) => {
                this.finished = true;
                let connection = this.connection.take();
                let access = connection.as_ref().map_or(TransactionAccess::NoTransaction, CallConnection::access);
                let error = this.purpose.error(source, access);
                if let Some(connection) = connection {
                    connection.answered(None, Some(&error));
                }
                this.finish_span(Err(&error));
                Some(Err(error))
            }
            None => {
                this.finished = true;
                this.connection = None;
                this.finish_span(Ok(()));
                None
            }
        })
    }
}

/// Before the last row, a pooled connection is closed: its next user would have to wait for the remaining rows.
impl<T> Drop for Rows<'_, T> {
    fn drop(&mut self) {
        self.finish_span(Ok(()));
        self.set_waiting(false);
        if let Some(connection @ CallConnection::Pooled(_)) = &self.connection {
            connection.spoil();
        }
    }
}

impl<T> fmt::Debug for Rows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("purpose", &self.purpose).field("finished", &self.finished).finish_non_exhaustive()
    }
}
