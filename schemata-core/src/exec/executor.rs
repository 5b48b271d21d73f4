//! [`Executor`]: the trait of everything that a call can run on.

use std::future::Future;

use crate::error::Result;
use crate::exec::connection::connection::Values;
use crate::exec::raw_sql::{self, IntoRawSql, RawQuery};
use crate::exec::row::FromRow;
use crate::exec::target::Target;
use crate::param::Param;

/// Everything that a call can run on: [`Db`](crate::Db), [`Tx`](crate::Tx), [`Session`](crate::Session), the driver's own
/// `tokio_postgres::Client` and `tokio_postgres::Transaction`, and references to them. This trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot run a query",
    label = "expected a `Db`, a `Tx` or a `Session`"
)]
pub trait Executor: sealed::Sealed + Sync {
    /// Returns where statements run.
    #[doc(hidden)]
    fn target(&self) -> Target<'_>;

    /// Makes a query from SQL: a literal, or [`RawSql::trusted`](crate::RawSql::trusted). Columns are read by position,
    /// in the order of `T`'s fields, so list them instead of writing `*`; their number and types must be those of the
    /// fields. Write tables with their schema: [`Db::in_schema`](crate::Db::in_schema) does not apply to raw SQL.
    ///
    /// ```no_run
    /// # use schemata::{Db, Executor};
    /// # async fn f(db: Db) -> schemata::Result<()> {
    /// let due = db
    ///     .query_as::<(String, i64)>("SELECT status, count(*) FROM public.orders WHERE id > $1 GROUP BY 1", &[&7_i64])
    ///     .await?;
    /// # Ok(()) }
    /// ```
    fn query_as<'q, T: FromRow + Send>(&'q self, sql: impl IntoRawSql, values: Values<'q>) -> RawQuery<'q, T> {
        RawQuery::new(self.target(), sql.__into_sql(), values)
    }

    /// Runs a statement from SQL and returns the number of rows that it affected. The session of a pool's connection is
    /// reset before it serves another caller.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database); [`Error::TransactionControl`](crate::Error::TransactionControl),
    /// [`Error::RawCopy`](crate::Error::RawCopy), and behind a pooler [`Error::SessionState`](crate::Error::SessionState).
    fn execute_sql(&self, sql: impl IntoRawSql, values: Values<'_>) -> impl Future<Output = Result<u64>> + Send {
        raw_sql::execute(self.target(), sql.__into_sql(), values)
    }

    /// Returns the actor of this handle, if it names one.
    #[doc(hidden)]
    fn __actor(&self) -> Option<Param> {
        None
    }
}

/// Keeps the trait closed, so that methods can be added to it.
pub(crate) mod sealed {
    pub trait Sealed {}
    impl<E: Sealed + ?Sized> Sealed for &E {}
}

impl<E: Executor + ?Sized> Executor for &E {
    fn target(&self) -> Target<'_> {
        (**self).target()
    }

    fn __actor(&self) -> Option<Param> {
        (**self).__actor()
    }
}
