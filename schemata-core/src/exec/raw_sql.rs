//! Raw SQL with typed rows: a literal, or text that is marked as trusted.

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;

use tokio_postgres::Row;

use crate::error::{Error, Result};
use crate::exec::atomic_scope::{AtomicScope, is_worth_repeating};
use crate::exec::connection::connection::Values;
use crate::exec::message_limits::StatementValues;
use crate::exec::purpose::Purpose;
use crate::exec::row::{FromRow, RowReader};
use crate::exec::statement::call::{Call, OnRow, STALE_RETRIES, run};
use crate::exec::target::{ConnectionSource, Target};
use crate::sql::session::{SessionEffect, effect};
use crate::sql::statement_text::TextRef;

/// SQL text that the program itself has written. Literals convert to it; see [`RawSql::trusted`] for other text.
#[derive(Clone)]
pub struct RawSql(Cow<'static, str>);

impl RawSql {
    /// Marks text that was composed at run time as trusted.
    ///
    /// # Hazards
    /// The text runs with the rights of the connection: text from outside can read and destroy every table. Bind values
    /// as parameters, write names with [`Ident`](crate::Ident), whose `Display` quotes them, and take nothing else from
    /// outside.
    pub fn trusted(text: String) -> Self {
        Self(Cow::Owned(text))
    }

    fn call<'a>(&'a self, operation: &'static str, values: Values<'a>) -> Call<'a> {
        Call {
            purpose: Purpose { operation, table: "raw SQL" },
            text: TextRef::Written(&self.0),
            values: StatementValues::Given(values),
            is_loggable: matches!(self.0, Cow::Borrowed(_)),
            effect: effect(&self.0),
            lifts_time_limit: sets_timeout(&self.0),
            is_read: false,
            refusal: None,
        }
    }
}

/// Returns whether a statement contains `statement_timeout` anywhere.
fn sets_timeout(text: &str) -> bool {
    const NAME: &[u8] = b"statement_timeout";
    text.as_bytes().windows(NAME.len()).any(|part| part.eq_ignore_ascii_case(NAME))
}

impl From<&'static str> for RawSql {
    fn from(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

/// Text that raw SQL is taken from: a literal, or [`RawSql::trusted`]. This trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not SQL text of the program's own",
    label = "expected a literal",
    note = "write a literal, with `$1` where a value goes; mark a text made at run time: `RawSql::trusted(text)`"
)]
pub trait IntoRawSql: sealed::Sealed {
    #[doc(hidden)]
    fn __into_sql(self) -> RawSql;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for &'static str {}
    impl Sealed for crate::exec::raw_sql::RawSql {}
}

impl IntoRawSql for &'static str {
    fn __into_sql(self) -> RawSql {
        self.into()
    }
}

impl IntoRawSql for RawSql {
    fn __into_sql(self) -> RawSql {
        self
    }
}

impl fmt::Debug for RawSql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cow::Borrowed(text) => f.debug_tuple("RawSql").field(text).finish(),
            // It may hold values.
            Cow::Owned(_) => f.debug_tuple("RawSql").finish_non_exhaustive(),
        }
    }
}

/// A raw query; see [`Executor::query_as`](crate::Executor::query_as). Awaiting it directly is [`RawQuery::fetch`].
#[must_use = "a query does nothing until it is awaited"]
pub struct RawQuery<'q, T> {
    target: Target<'q>,
    sql: RawSql,
    values: Values<'q>,
    row: PhantomData<fn() -> T>,
}

impl<'q, T: FromRow + Send> RawQuery<'q, T> {
    pub(crate) fn new(target: Target<'q>, sql: RawSql, values: Values<'q>) -> Self {
        Self { target, sql, values, row: PhantomData }
    }

    /// Returns all rows.
    ///
    /// # Errors
    /// [`Error::Database`]; [`Error::Decode`] if a column has another type than its field, [`Error::ColumnCount`] if their
    /// numbers differ: both name the column. [`Error::TransactionControl`], [`Error::RawCopy`], and behind a pooler
    /// [`Error::SessionState`].
    pub async fn fetch(self) -> Result<Vec<T>> {
        let mut all = Vec::new();
        self.each(&mut |row| {
            all.push(decode(&row)?);
            Ok(())
        })
        .await?;
        Ok(all)
    }

    /// Returns the first row, if there is one. The others are read and discarded, so write `LIMIT 1`.
    ///
    /// # Errors
    /// Those of [`RawQuery::fetch`].
    pub async fn fetch_optional(self) -> Result<Option<T>> {
        let mut first = None;
        self.each(&mut |row| {
            if first.is_none() {
                first = Some(decode(&row)?);
            }
            Ok(())
        })
        .await?;
        Ok(first)
    }

    /// Returns the first row.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none, and those of [`RawQuery::fetch`].
    pub async fn fetch_one(self) -> Result<T> {
        self.fetch_optional().await?.ok_or(Error::NotFound { table: "raw SQL" })
    }

    async fn each(&self, on_row: OnRow<'_>) -> Result<()> {
        run_raw(self.target, self.sql.call("query", self.values), Some(on_row)).await.map(drop)
    }
}

impl<'q, T: FromRow + Send + 'q> IntoFuture for RawQuery<'q, T> {
    type Output = Result<Vec<T>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'q>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.fetch())
    }
}

impl<T> fmt::Debug for RawQuery<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawQuery").field("sql", &self.sql).finish_non_exhaustive()
    }
}

/// Runs a statement and returns the number of rows that it affected.
pub(crate) async fn execute(target: Target<'_>, sql: RawSql, values: Values<'_>) -> Result<u64> {
    run_raw(target, sql.call("execute", values), None).await
}

/// Runs a call. Behind a pooler, one that may change the session runs in a transaction of its own whose end resets the session,
/// since the server connection may serve another client right afterwards.
pub(crate) async fn run_raw(target: Target<'_>, call: Call<'_>, mut on_row: Option<OnRow<'_>>) -> Result<u64> {
    let behind_pooler = matches!(target.source, ConnectionSource::Pool(pool) if pool.shared().behind_pooler);
    if !behind_pooler || call.effect == SessionEffect::None {
        return run(target, &call, on_row).await;
    }
    let (mut retries, mut rows) = (0, 0);
    loop {
        let scope = AtomicScope::begin(target).await?;
        let outcome = match &mut on_row {
            None => run(scope.target(), &call, None).await,
            Some(on_row) => {
                let mut counted = |row| {
                    rows += 1;
                    on_row(row)
                };
                run(scope.target(), &call, Some(&mut counted)).await
            }
        };
        match scope.end(outcome).await {
            Err(error) if rows == 0 && retries < STALE_RETRIES && is_worth_repeating(target, &error) => retries += 1,
            other => return other,
        }
    }
}

fn decode<T: FromRow>(row: &Row) -> Result<T> {
    let mut reader = RowReader::new(row);
    let value = T::from_row(&mut reader)?;
    reader.finish()?;
    Ok(value)
}
