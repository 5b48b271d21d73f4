//! What a call can run on: the pool, a transaction, or a client of the driver's own.

use tokio_postgres::{Client, Transaction};

use std::future::Future;

use crate::error::Result;
use crate::exec::actor::SharedValue;
use crate::exec::connection::connection::Values;
use crate::exec::raw_sql::{self, IntoRawSql, RawQuery};
use crate::exec::row::FromRow;
use crate::exec::target::{ConnectionSource, Target, public};
use crate::ident::Ident;

/// Anything a call takes as `on`: [`Db`](crate::Db), [`Tx`](crate::Tx), [`Session`], and the driver's own
/// `tokio_postgres::Client` and `tokio_postgres::Transaction`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot run a query",
    label = "expected a `Db`, a `Tx` or a `Session`"
)]
pub trait Executor: Sync {
    /// The road to the database.
    #[doc(hidden)]
    fn target(&self) -> Target<'_>;

    /// A query in SQL: a literal, or [`RawSql::trusted`](crate::RawSql::trusted). Columns are read by position, in the order of
    /// `T`'s fields, so list them; each must have its field's type, and none may be left over. Tables are named in full, with
    /// their schema: [`Db::in_schema`](crate::Db::in_schema) does not reach into raw SQL.
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

    /// Runs a statement in SQL, and returns the number of rows it affected. The session of a pool's connection is reset
    /// afterwards, before it serves another caller.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database); [`Error::TransactionControl`](crate::Error::TransactionControl),
    /// [`Error::RawCopy`](crate::Error::RawCopy), and behind a pooler [`Error::SessionState`](crate::Error::SessionState).
    fn execute_sql(&self, sql: impl IntoRawSql, values: Values<'_>) -> impl Future<Output = Result<u64>> + Send {
        raw_sql::execute(self.target(), sql.__into_sql(), values)
    }

    /// Who acts through this handle, where it says so.
    #[doc(hidden)]
    fn __actor(&self) -> Option<SharedValue> {
        None
    }
}

impl<E: Executor + ?Sized> Executor for &E {
    fn target(&self) -> Target<'_> {
        (**self).target()
    }

    fn __actor(&self) -> Option<SharedValue> {
        (**self).__actor()
    }
}

/// A connection of the driver's own, `tokio_postgres::Client`, with the PostgreSQL schema to work in.
///
/// A bare client serves too; it works in `public`. Whatever transaction the connection is in, the calls join it.
/// Statements are prepared for each call: a [`Db`](crate::Db) keeps them.
#[derive(Clone, Copy)]
pub struct Session<'c> {
    client: &'c Client,
    schema: &'c Ident,
}

impl<'c> Session<'c> {
    /// Works on `client`, in `schema`.
    pub fn new(client: &'c Client, schema: &'c Ident) -> Self {
        Self { client, schema }
    }
}

impl std::fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl Executor for Session<'_> {
    fn target(&self) -> Target<'_> {
        Target { road: ConnectionSource::Client(self.client), schema: self.schema }
    }
}

impl Executor for Transaction<'_> {
    fn target(&self) -> Target<'_> {
        Target { road: ConnectionSource::Client(self.client()), schema: public() }
    }
}

impl Executor for Client {
    fn target(&self) -> Target<'_> {
        Target { road: ConnectionSource::Client(self), schema: public() }
    }
}
