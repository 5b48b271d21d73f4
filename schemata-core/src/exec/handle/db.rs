//! `Db`: a pool of connections and the PostgreSQL schema to work in.

use std::fmt;
use std::future::Future;
use std::time::Instant;

use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use crate::error::{Error, ErrorKind, Result};
use crate::exec::connection::in_flight::InFlightGuard;
use crate::exec::executor::Executor;
use crate::exec::executor::sealed::Sealed;
use crate::exec::handle::transaction::{TransactionBuilder, Tx};
use crate::exec::pool::pool::Pool;
use crate::exec::purpose::{Purpose, TransactionAccess};
use crate::exec::target::{ConnectionSource, Target, schema_name};
use crate::ident::Ident;

/// A handle on a database: a pool of connections, and the schema of models that name none. Cheap to clone; clones share the
/// pool.
///
/// Each call takes a connection, runs, and returns it. A call that is dropped is cancelled on the server, and its
/// connection is closed rather than used again.
///
/// ```no_run
/// # use schemata::Db;
/// # async fn f() -> schemata::Result<()> {
/// let db = Db::connect("postgres://app:secret@localhost/shop").await?;
/// let tenant = db.in_schema("tenant_abc")?; // the same pool, another schema
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    schema: Ident,
}

impl Db {
    /// Makes a handle on `pool` in the schema `public`.
    pub(crate) fn new(pool: Pool) -> Self {
        Self { pool, schema: Ident::public() }
    }

    /// Returns a handle on the same pool with `schema` for models that name none. Nothing is sent: statements contain
    /// the schema, so no setting can leak from one use of a connection to the next. Whether the schema exists is not
    /// checked.
    ///
    /// # Errors
    /// [`Error::Ident`] if `schema` is not a valid identifier.
    pub fn in_schema(&self, schema: &str) -> Result<Self> {
        Ok(Self { pool: self.pool.clone(), schema: schema_name(schema)? })
    }

    /// Returns the schema of models that name none.
    pub fn schema(&self) -> &Ident {
        &self.schema
    }

    /// Runs `work` in a transaction, which is committed if `work` returns `Ok`, and rolled back if it returns `Err`,
    /// panics or is dropped.
    ///
    /// ```no_run
    /// # use schemata::{Db, Result};
    /// # async fn f(db: Db) -> Result<()> {
    /// db.transaction(|tx| async move {
    ///     // every call takes `&tx` where it took `&db`
    ///     # let _ = &tx;
    ///     Ok::<_, schemata::Error>(())
    /// })
    /// .await
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of `work`; [`Error::Connect`], [`Error::Pool`], or [`Error::Transaction`] if BEGIN or COMMIT fails.
    pub async fn transaction<T, E, W, F>(&self, work: W) -> Result<T, E>
    where
        W: FnOnce(Tx) -> F + Send,
        F: Future<Output = Result<T, E>> + Send,
        T: Send,
        E: From<Error> + Send,
    {
        self.transaction_builder().run(work).await
    }

    /// Returns a builder for a transaction with an isolation level, an access mode, or retries.
    pub fn transaction_builder(&self) -> TransactionBuilder<'_> {
        TransactionBuilder::new(&self.pool, &self.schema)
    }

    /// Runs a query without preparing it: one round trip, also behind a pooler.
    pub(crate) async fn query_unprepared(
        &self,
        purpose: Purpose,
        text: &str,
        values: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>> {
        let connection = self.pool.acquire(Instant::now()).await?;
        let guard = InFlightGuard::begin(&connection);
        let rows = connection.client().query_typed(text, values).await;
        let rows = rows.map_err(|source| purpose.error(source, TransactionAccess::NoTransaction));
        let is_lost = |error: &Error| matches!(error.kind(), ErrorKind::Connection | ErrorKind::OutcomeUnknown);
        if !rows.as_ref().is_err_and(is_lost) {
            guard.release();
        }
        rows
    }
}

impl Sealed for Db {}

impl Executor for Db {
    fn target(&self) -> Target<'_> {
        Target { source: ConnectionSource::Pool(&self.pool), schema: &self.schema }
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db").field("schema", &self.schema).field("pool", &self.pool).finish()
    }
}
