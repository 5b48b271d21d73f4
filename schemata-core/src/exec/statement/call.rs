//! One call: a statement is sent, its rows are decoded as they arrive, and it is repeated if the schema changed meanwhile.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use futures_util::future::join;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tracing::Instrument;

use crate::error::{Error, ErrorKind, Result, Unsendable};
pub(crate) use crate::exec::connection::connection::Values;
use crate::exec::message_limits;
pub(crate) use crate::exec::message_limits::StatementValues;
use crate::exec::purpose::Purpose;
use crate::exec::row::{FromRow, RowReader};
use crate::exec::statement::call_connection::CallConnection;
use crate::exec::statement::span::{StatementSpan, span};
use crate::exec::target::Target;
use crate::sql::session::{SessionEffect, may_commit};
use crate::sql::shape::ShapeRef;
use crate::sql::statement_text::TextRef;
use crate::sql::writer::Sql;

/// The most repetitions of a statement whose prepared form is stale.
pub(crate) const STALE_RETRIES: u32 = 3;

/// A statement with its values, ready to be sent.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) purpose: Purpose,
    pub(crate) text: TextRef<'a>,
    pub(crate) values: StatementValues<'a>,
    /// Whether the text is known to hold no values, so that it may be shown.
    pub(crate) is_loggable: bool,
    /// The effects that can outlast the statement.
    pub(crate) effect: SessionEffect,
    /// Whether it may change `statement_timeout`, so that the client's time limit no longer applies.
    pub(crate) lifts_time_limit: bool,
    /// Whether it only reads, as far as the library knows, so that it does no harm outside its transaction.
    pub(crate) is_read: bool,
    /// The reason not to send it.
    pub(crate) refusal: Option<Unsendable>,
}

/// Runs `sql` and returns all rows.
pub(crate) async fn fetch<T: FromRow + Send>(target: Target<'_>, purpose: Purpose, sql: &Sql) -> Result<Vec<T>> {
    let mut all = Vec::new();
    each_row(target, purpose, sql, &mut |row| {
        all.push(T::from_row(&mut RowReader::new(&row))?);
        Ok(())
    })
    .await?;
    Ok(all)
}

/// Runs `sql` and returns the first row.
pub(crate) async fn fetch_optional<T: FromRow + Send>(
    target: Target<'_>,
    purpose: Purpose,
    sql: &Sql,
) -> Result<Option<T>> {
    fetch_first(target, purpose, sql, |row| T::from_row(&mut RowReader::new(row))).await
}

/// Runs `sql` and returns the first row, decoded by `decode`.
pub(crate) async fn fetch_first<T: Send>(
    target: Target<'_>,
    purpose: Purpose,
    sql: &Sql,
    decode: impl FnMut(&Row) -> Result<T> + Send,
) -> Result<Option<T>> {
    first_of(target, &Call::of(purpose, sql), decode).await
}

/// Makes a call and returns the first row, decoded by `decode`.
pub(crate) async fn first_of<T: Send>(
    target: Target<'_>,
    call: &Call<'_>,
    mut decode: impl FnMut(&Row) -> Result<T> + Send,
) -> Result<Option<T>> {
    let mut first = None;
    let mut on_row = |row: Row| {
        if first.is_none() {
            first = Some(decode(&row)?);
        }
        Ok(())
    };
    run(target, call, Some(&mut on_row)).await?;
    Ok(first)
}

/// Runs `sql` and returns all rows, each decoded by `decode`.
pub(crate) async fn fetch_with<T: Send>(
    target: Target<'_>,
    purpose: Purpose,
    sql: &Sql,
    decode: impl FnMut(&Row) -> Result<T> + Send,
) -> Result<Vec<T>> {
    all_of(target, &Call::of(purpose, sql), decode).await
}

/// Makes a call and returns all rows, each decoded by `decode`.
pub(crate) async fn all_of<T: Send>(
    target: Target<'_>,
    call: &Call<'_>,
    mut decode: impl FnMut(&Row) -> Result<T> + Send,
) -> Result<Vec<T>> {
    let mut all = Vec::new();
    let mut on_row = |row: Row| {
        all.push(decode(&row)?);
        Ok(())
    };
    run(target, call, Some(&mut on_row)).await?;
    Ok(all)
}

/// Runs `sql` and returns the number of rows that it affected.
pub(crate) async fn execute(target: Target<'_>, purpose: Purpose, sql: &Sql) -> Result<u64> {
    run(target, &Call::of(purpose, sql), None).await
}

/// Receives each row.
pub(crate) type OnRow<'f> = &'f mut (dyn FnMut(Row) -> Result<()> + Send);

/// Runs `sql` and passes each row to `on_row` as it arrives, which is faster and takes less memory than collecting rows
/// first.
pub(crate) async fn each_row(target: Target<'_>, purpose: Purpose, sql: &Sql, on_row: OnRow<'_>) -> Result<()> {
    run(target, &Call::of(purpose, sql), Some(on_row)).await.map(drop)
}

impl<'a> Call<'a> {
    pub(crate) fn of(purpose: Purpose, sql: &'a Sql) -> Self {
        let may_write = sql.runs_code_of_user && purpose.reads();
        Self {
            // Code of the application may write, as raw SQL may.
            purpose: if may_write { Purpose { operation: "query", ..purpose } } else { purpose },
            text: TextRef::Parts(&sql.text),
            values: StatementValues::Bound(&sql.params),
            is_loggable: true,
            effect: SessionEffect::None,
            lifts_time_limit: false,
            is_read: purpose.reads() && !sql.runs_code_of_user,
            refusal: sql.refusal,
        }
    }

    /// Makes the call of a statement by its shape, which holds nothing of the application's but values.
    pub(crate) fn of_shape(purpose: Purpose, shape: ShapeRef<'a>) -> Self {
        Self {
            purpose,
            text: TextRef::Shape(shape),
            values: StatementValues::Bound(&shape.shape.params),
            is_loggable: true,
            effect: SessionEffect::None,
            lifts_time_limit: false,
            is_read: purpose.reads(),
            refusal: None,
        }
    }

    /// Returns whether nothing remains of the statement if it fails.
    fn is_atomic(&self) -> bool {
        !matches!(self.text, TextRef::Written(text) if may_commit(text))
    }

    /// Refuses a statement that the protocol cannot carry. Text in parts is checked when it is written.
    pub(crate) fn check_sendable(&self) -> Result<(), Unsendable> {
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        if let TextRef::Written(text) = self.text {
            message_limits::check_text(text)?;
        }
        message_limits::check_parameters(self.values.len())
    }
}

/// Runs a call in a span. Returns the number of rows that it passed to `on_row`, or without `on_row`, that it affected.
pub(crate) async fn run(target: Target<'_>, call: &Call<'_>, on_row: Option<OnRow<'_>>) -> Result<u64> {
    let span = span(call.purpose, target.schema.as_str());
    if span.is_disabled() {
        return run_measured(target, call, on_row, span).await;
    }
    let inside = span.clone();
    run_measured(target, call, on_row, span).instrument(inside).await
}

async fn run_measured(
    target: Target<'_>,
    call: &Call<'_>,
    mut on_row: Option<OnRow<'_>>,
    span: tracing::Span,
) -> Result<u64> {
    let measure = StatementSpan::start(span, call.purpose, call.is_loggable.then_some(call.text));
    if let Err(reason) = call.check_sendable() {
        let error = call.purpose.unsendable(reason);
        measure.finish(Err(&error), None);
        return Err(error);
    }
    let mut slow = None;
    let (mut retries, mut first) = (0, None);
    let outcome = loop {
        match attempt(target, call, measure.started(), &mut on_row, &mut slow).await {
            // One repetition suffices, unless the schema changes again between preparing and running.
            Err(AttemptError::Stale(_)) if retries < STALE_RETRIES && call.is_atomic() => retries += 1,
            Err(AttemptError::OldTypes(error)) if retries == 0 && call.is_atomic() => {
                (retries, first) = (STALE_RETRIES, Some(error));
            }
            other => break other.map_err(AttemptError::into_error),
        }
    };
    let outcome = outcome.map_err(|error| first.filter(|_| is_in_failed_transaction(&error)).unwrap_or(error));
    measure.finish(outcome.as_ref().copied(), slow);
    outcome
}

fn is_in_failed_transaction(error: &Error) -> bool {
    error.sqlstate() == Some(SqlState::IN_FAILED_SQL_TRANSACTION.code())
}

/// Why an attempt failed.
enum AttemptError {
    /// The call has failed.
    Final(Error),
    /// The schema changed after the statement was prepared. Nothing was done, so the call can be repeated.
    Stale(Error),
    /// The schema may have changed; see [`may_have_old_types`].
    OldTypes(Error),
}

impl AttemptError {
    fn into_error(self) -> Error {
        match self {
            Self::Final(error) | Self::Stale(error) | Self::OldTypes(error) => error,
        }
    }
}

async fn attempt(
    target: Target<'_>,
    call: &Call<'_>,
    began: Instant,
    on_row: &mut Option<OnRow<'_>>,
    slow: &mut Option<Duration>,
) -> Result<u64, AttemptError> {
    let taken = if call.is_read && on_row.is_some() {
        CallConnection::take_for_read(target, began).await
    } else {
        CallConnection::take(target, began).await
    };
    let connection = taken.map_err(AttemptError::Final)?;
    *slow = connection.slow_query();
    admit(&connection, call.effect).map_err(AttemptError::Final)?;
    if call.lifts_time_limit {
        connection.lift_time_limit();
    }
    let guard = connection.in_flight();
    let error = |failure| call.purpose.error(failure, connection.access());
    let mut rows = 0;
    let outcome = match on_row {
        None => connection.execute(&call.text, call.values).await.map_err(error),
        Some(on_row) => pass_rows(&connection, call, *on_row, &mut rows).await,
    };
    let kind = outcome.as_ref().err().map(Error::kind);
    connection.note_refused_write(kind);
    connection.answered(guard, outcome.as_ref().err());
    match outcome {
        Err(error) if kind == Some(ErrorKind::StaleStatement) => {
            // A transaction has failed with the statement, and rows that were passed on cannot be taken back.
            let is_repeatable = connection.note_stale_statement(&error) && rows == 0;
            Err(if is_repeatable { AttemptError::Stale(error) } else { AttemptError::Final(error) })
        }
        Err(error) if connection.forget_old_types(&error) && rows == 0 => Err(AttemptError::OldTypes(error)),
        other => other.map_err(AttemptError::Final),
    }
}

/// Runs the statement of `call`, passes its rows to `on_row`, and counts them in `rows`.
async fn pass_rows(connection: &CallConnection<'_>, call: &Call<'_>, on_row: OnRow<'_>, rows: &mut u64) -> Result<u64> {
    let access = connection.access();
    let stream = connection.stream(&call.text, call.values);
    let stream = match connection.unconfirmed_begin() {
        None => stream.await,
        Some((begin, on)) => {
            // Polled first, so that the statement is sent before BEGIN is answered. Boxed: only the first statement of a
            // transaction needs it.
            let (answer, confirmed) = Box::pin(join(stream, begin.confirm(on))).await;
            confirmed?;
            answer
        }
    };
    let mut stream = pin!(stream.map_err(|failure| call.purpose.error(failure, access))?);
    while let Some(row) = stream.try_next().await.map_err(|source| call.purpose.error(source, access))? {
        *rows += 1;
        on_row(row)?;
    }
    Ok(*rows)
}

/// Refuses a statement whose effect would outlast the call. If it may change the session, the session is reset before another
/// caller gets the connection.
pub(crate) fn admit(connection: &CallConnection<'_>, effect: SessionEffect) -> Result<()> {
    match effect {
        SessionEffect::None => return Ok(()),
        SessionEffect::Copy => return Err(Error::RawCopy),
        SessionEffect::Transaction if !matches!(connection, CallConnection::Client(_)) => {
            return Err(Error::TransactionControl);
        }
        SessionEffect::Session if connection.is_behind_pooler() => return Err(Error::SessionState),
        SessionEffect::Session | SessionEffect::Transaction | SessionEffect::Unknown => {}
    }
    connection.reset_afterwards();
    Ok(())
}
