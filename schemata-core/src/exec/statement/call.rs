//! Statements on the wire: run, their rows handed on as they arrive, and once more where the schema changed under them.

use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use tracing::Instrument;

use crate::error::{Error, ErrorKind, Result, Unsendable};
use crate::exec::connection::connection::Values;
use crate::exec::message_limits;
pub(crate) use crate::exec::purpose::Purpose;
use crate::exec::purpose::has_old_types;
use crate::exec::row::{FromRow, RowReader};
use crate::exec::statement::call_connection::CallConnection;
use crate::exec::statement::span::{StatementSpan, span};
use crate::exec::target::Target;
use crate::sql::filter;
use crate::sql::session::Effect;
use crate::sql::writer::Sql;

/// How often a statement that the schema changed under is run again.
pub(crate) const STALE_RETRIES: u32 = 3;

/// A statement ready to run.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) purpose: Purpose,
    pub(crate) text: &'a str,
    pub(crate) values: Values<'a>,
    /// Whether the text may be shown: it holds no values.
    pub(crate) is_plain: bool,
    /// The effects that it can leave behind.
    pub(crate) effect: Effect,
    /// Whether it may change how long statements take, so that the client's limit no longer applies.
    pub(crate) lifts_limit: bool,
    /// Whether its conditions are nested too deeply.
    pub(crate) is_too_deep: bool,
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
    run(target, Call::of(purpose, sql, &values(sql)), None).await
}

/// What is done with each row.
pub(crate) type OnRow<'f> = &'f mut (dyn FnMut(Row) -> Result<()> + Send);

/// Decoding while rows arrive keeps one row in memory beside the result, and is faster than collecting them first.
pub(crate) async fn each_row(target: Target<'_>, purpose: Purpose, sql: &Sql, on_row: OnRow<'_>) -> Result<()> {
    run(target, Call::of(purpose, sql, &values(sql)), Some(on_row)).await.map(drop)
}

impl<'a> Call<'a> {
    pub(crate) fn of(purpose: Purpose, sql: &'a Sql, values: Values<'a>) -> Self {
        Self {
            purpose,
            text: &sql.text,
            values,
            is_plain: true,
            effect: Effect::None,
            lifts_limit: false,
            is_too_deep: sql.is_too_deep,
        }
    }

    /// Refuses a statement that the protocol cannot carry.
    pub(crate) fn sendable(&self) -> Result<(), Unsendable> {
        if self.is_too_deep {
            return Err(Unsendable::Depth { levels: filter::MOST_LEVELS });
        }
        message_limits::check(self.text, self.values.len())
    }
}

pub(crate) fn values(sql: &Sql) -> Vec<&(dyn ToSql + Sync)> {
    sql.params.iter().map(|param| param as &(dyn ToSql + Sync)).collect()
}

/// Runs a call, watched. With `on_row`, its rows are handed on and counted; else those it touched are.
pub(crate) async fn run(target: Target<'_>, call: Call<'_>, on_row: Option<OnRow<'_>>) -> Result<u64> {
    let span = span(call.purpose, target.schema.as_str());
    if span.is_disabled() {
        return watched(target, call, on_row, span).await;
    }
    let inside = span.clone();
    watched(target, call, on_row, span).instrument(inside).await
}

async fn watched(
    target: Target<'_>,
    call: Call<'_>,
    mut on_row: Option<OnRow<'_>>,
    span: tracing::Span,
) -> Result<u64> {
    let watch = StatementSpan::start(span, call.purpose, call.is_plain.then_some(call.text));
    if let Err(why) = call.sendable() {
        let refused = call.purpose.unsendable(why);
        watch.finish(Err(&refused), None);
        return Err(refused);
    }
    let mut slow = None;
    let mut retries = 0;
    let outcome = loop {
        match attempt(target, call, &mut on_row, &mut slow).await {
            // Once is enough, unless the next change of the schema comes between preparing and running.
            Err(AttemptError::Stale(_)) if retries < STALE_RETRIES => retries += 1,
            Err(AttemptError::OldTypes(_)) if retries == 0 => retries = STALE_RETRIES,
            other => break other.map_err(AttemptError::into_error),
        }
    };
    watch.finish(outcome.as_ref().copied(), slow);
    outcome
}

/// Why an attempt failed.
enum AttemptError {
    /// For good.
    Final(Error),
    /// The schema changed since the statement was prepared; nothing was done, so it can be run again.
    Stale(Error),
    /// The same may be so; see [`has_old_types`].
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
    call: Call<'_>,
    on_row: &mut Option<OnRow<'_>>,
    slow: &mut Option<std::time::Duration>,
) -> Result<u64, AttemptError> {
    let line = CallConnection::to(target).await.map_err(AttemptError::Final)?;
    *slow = line.slow_query();
    admit(&line, call.effect).map_err(AttemptError::Final)?;
    if call.lifts_limit {
        line.lift_limit();
    }
    let guard = line.in_flight();
    let failed = |source| call.purpose.failed(source, line.in_transaction());
    let mut rows = 0;
    let outcome = match on_row {
        None => line.execute(call.text, call.values).await.map_err(failed),
        Some(on_row) => drain(&line, call, *on_row, &mut rows).await,
    };
    let kind = outcome.as_ref().err().map(Error::kind);
    line.note(kind);
    line.answered(guard, outcome.as_ref().err());
    match outcome {
        Err(error) if kind == Some(ErrorKind::StaleStatement) => {
            // Within a transaction it has failed with the statement; and rows that were handed on cannot be taken back.
            let again = line.outdated(&error) && rows == 0;
            Err(if again { AttemptError::Stale(error) } else { AttemptError::Final(error) })
        }
        Err(error) if has_old_types(&error) && line.outdated(&error) && rows == 0 => Err(AttemptError::OldTypes(error)),
        other => other.map_err(AttemptError::Final),
    }
}

async fn drain(line: &CallConnection<'_>, call: Call<'_>, on_row: OnRow<'_>, rows: &mut u64) -> Result<u64> {
    let in_transaction = line.in_transaction();
    let begun = line.stream(call.text, call.values).await;
    let mut stream = pin!(begun.map_err(|failed| call.purpose.failed(failed, in_transaction))?);
    while let Some(row) = stream.try_next().await.map_err(|source| call.purpose.failed(source, in_transaction))? {
        *rows += 1;
        on_row(row)?;
    }
    Ok(*rows)
}

/// Refuses statements whose effects would outlast the call. After those that may change the session, it is reset before
/// anybody else gets the connection.
fn admit(line: &CallConnection<'_>, effect: Effect) -> Result<()> {
    match effect {
        Effect::None => return Ok(()),
        Effect::Copy => return Err(Error::RawCopy),
        Effect::Transaction if !matches!(line, CallConnection::Client(_)) => return Err(Error::TransactionControl),
        Effect::Session if line.is_behind_pooler() => return Err(Error::SessionState),
        Effect::Session | Effect::Transaction | Effect::Unknown => {}
    }
    line.reset_afterwards();
    Ok(())
}
