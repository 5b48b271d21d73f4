//! Rows of a statement: decoded by a function into a list, or handed out one after another.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::{Stream, TryStreamExt};
use tokio_postgres::{Row, RowStream};
use tracing::Instrument;

use crate::error::{Error, ErrorKind, Result};
use crate::exec::connection::call_timeout::PendingCalls;
use crate::exec::purpose::Purpose;
use crate::exec::row::RowReader;
use crate::exec::statement::call::{Call, STALE_RETRIES, each_row, values};
use crate::exec::statement::call_connection::CallConnection;
use crate::exec::statement::span::{StatementSpan, span};
use crate::exec::target::Target;
use crate::sql::writer::Sql;

/// All rows of `sql`, each as `decode` has it.
pub(crate) async fn fetch_with<T: Send>(
    target: Target<'_>,
    purpose: Purpose,
    sql: &Sql,
    mut decode: impl FnMut(&Row) -> Result<T> + Send,
) -> Result<Vec<T>> {
    let mut all = Vec::new();
    each_row(target, purpose, sql, &mut |row| {
        all.push(decode(&row)?);
        Ok(())
    })
    .await?;
    Ok(all)
}

/// The rows of a query as they arrive: a [`Stream`], and [`Rows::try_next`] for loops without one.
///
/// What was read and not taken yet is what one read of the socket holds, whatever the number of rows: while nobody
/// takes rows, the connection stops reading, and PostgreSQL waits.
///
/// On a [`Db`](crate::Db), the stream holds a connection of the pool. After the last row it goes back; dropped before,
/// the connection is closed, so that nobody waits for rows that nobody wants, and the pool opens another one in its
/// place. On a transaction or a client, rows left over are read and thrown away before the next statement's answer:
/// there, take a limit rather than drop a long stream.
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
#[must_use = "rows are read as they are taken"]
pub struct Rows<'e, T> {
    stream: Pin<Box<RowStream>>,
    /// Gone with the last row.
    line: Option<CallConnection<'e>>,
    decode: fn(&mut RowReader<'_>) -> Result<T>,
    purpose: Purpose,
    /// Gone when what the span tells is known.
    watch: Option<StatementSpan>,
    taken: u64,
    finished: bool,
    /// The calls that wait on the connection, while this stream is one of them. A reader may take its time; the server may
    /// not.
    pending: Option<Arc<PendingCalls>>,
    waits: bool,
}

impl<'e, T> Rows<'e, T> {
    /// Runs `sql`; the rows are left where they are.
    pub(crate) async fn open(
        target: Target<'e>,
        purpose: Purpose,
        sql: Sql,
        decode: fn(&mut RowReader<'_>) -> Result<T>,
    ) -> Result<Self> {
        let span = span(purpose, target.schema.as_str());
        let watch = StatementSpan::start(span.clone(), purpose, Some(&sql.text));
        match begin(target, purpose, &sql).instrument(span).await {
            Ok((mut line, stream)) => {
                let pending = line.pending().cloned();
                line.sent();
                Ok(Self {
                    stream: Box::pin(stream),
                    line: Some(line),
                    decode,
                    purpose,
                    watch: Some(watch),
                    taken: 0,
                    finished: false,
                    pending,
                    waits: false,
                })
            }
            Err(error) => {
                watch.finish(Err(&error), None);
                Err(error)
            }
        }
    }

    /// The next row; `None` after the last.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database) where the query or the connection fails half-way,
    /// [`Error::Decode`](crate::Error::Decode) for a row that does not fit; the rows after that one can still be had.
    pub async fn try_next(&mut self) -> Result<Option<T>> {
        TryStreamExt::try_next(self).await
    }

    /// Notes whether the stream waits for a row.
    fn set_waits(&mut self, waits: bool) {
        if let Some(pending) = self.pending.as_ref().filter(|_| waits != self.waits) {
            if waits {
                pending.begin();
            } else {
                pending.end();
            }
            self.waits = waits;
        }
    }

    /// Ends the span. How long a stream took is its reader's affair too, so none is reported as slow.
    fn told(&mut self, outcome: Result<(), &Error>) {
        if let Some(watch) = self.watch.take() {
            watch.finish(outcome.map(|()| self.taken), None);
        }
    }
}

/// Runs `sql` on a line of its own, and once more where the schema changed since it was prepared: PostgreSQL finds out
/// before it yields a row, so none is read twice.
async fn begin<'e>(target: Target<'e>, purpose: Purpose, sql: &Sql) -> Result<(CallConnection<'e>, RowStream)> {
    Call::of(purpose, sql, &values(sql)).sendable().map_err(|why| purpose.unsendable(why))?;
    let mut retries = 0;
    loop {
        let line = CallConnection::to(target).await?;
        match open(&line, purpose, sql).await {
            Ok(stream) => return Ok((line, stream)),
            Err(error) if error.kind() == ErrorKind::StaleStatement => {
                if !line.outdated(&error) || retries == STALE_RETRIES {
                    return Err(error);
                }
                retries += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Runs `sql` on `line`. Where the connection is lost, or this future is dropped meanwhile, the guard closes it.
async fn open(line: &CallConnection<'_>, purpose: Purpose, sql: &Sql) -> Result<RowStream> {
    let guard = line.in_flight();
    let opened = line.stream(&sql.text, &values(sql)).await;
    let opened = opened.map_err(|source| purpose.failed(source, line.in_transaction()));
    line.note(opened.as_ref().err().map(Error::kind));
    line.answered(guard, opened.as_ref().err());
    opened
}

impl<T> Stream for Rows<'_, T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.finished {
            return Poll::Ready(None);
        }
        let polled = this.stream.as_mut().poll_next(cx);
        this.set_waits(polled.is_pending());
        polled.map(|row| match row {
            Some(Ok(row)) => {
                this.taken += 1;
                Some((this.decode)(&mut RowReader::new(&row)))
            }
            Some(Err(source)) => {
                this.finished = true;
                let line = this.line.take();
                let error = this.purpose.failed(source, line.as_ref().is_some_and(CallConnection::in_transaction));
                if let Some(line) = line {
                    line.answered(None, Some(&error));
                }
                this.told(Err(&error));
                Some(Err(error))
            }
            None => {
                this.finished = true;
                this.line = None;
                this.told(Ok(()));
                None
            }
        })
    }
}

/// Dropped half-way, a pooled connection is closed: its next user would wait for rows that nobody wants.
impl<T> Drop for Rows<'_, T> {
    fn drop(&mut self) {
        self.told(Ok(()));
        self.set_waits(false);
        if let Some(line @ CallConnection::Pooled(_)) = &self.line {
            line.spoil();
        }
    }
}

impl<T> fmt::Debug for Rows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("purpose", &self.purpose).field("finished", &self.finished).finish_non_exhaustive()
    }
}
