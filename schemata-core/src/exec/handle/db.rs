//! `Db`: a pool of connections and the PostgreSQL schema to work in.

use std::future::Future;

use crate::error::{Error, Result};
use crate::exec::executor::Executor;
use crate::exec::handle::transaction::{TransactionBuilder, Tx};
use crate::exec::pool::pool::Pool;
use crate::exec::target::{ConnectionSource, Target, schema_name};
use crate::ident::Ident;

/// A handle on a database: a pool, and a schema for the tables that name none. Cheap to clone.
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
    /// A handle on `pool`, in `public`.
    pub(crate) fn new(pool: Pool) -> Self {
        Self { pool, schema: Ident::public() }
    }

    /// The same pool, with `schema` for the models that name none. Nothing is sent: statements name their schema, so
    /// no setting can leak from one use of a connection to the next.
    ///
    /// # Errors
    /// [`Error::Ident`] when `schema` cannot be an identifier.
    pub fn in_schema(&self, schema: &str) -> Result<Self> {
        Ok(Self { pool: self.pool.clone(), schema: schema_name(schema)? })
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The schema of the models that name none.
    pub fn schema(&self) -> &Ident {
        &self.schema
    }

    /// Runs `work` in a transaction: committed when it returns `Ok`, rolled back when it returns `Err`, panics, or is
    /// dropped half-way.
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
    /// What `work` returns; [`Error::Connect`], [`Error::Pool`] or [`Error::Transaction`] where the database refuses.
    pub async fn transaction<T, E, W, F>(&self, work: W) -> Result<T, E>
    where
        W: FnOnce(Tx) -> F + Send,
        F: Future<Output = Result<T, E>> + Send,
        T: Send,
        E: From<Error> + Send,
    {
        self.transaction_builder().run(work).await
    }

    /// A transaction that is to be serializable, read-only, or tried again.
    pub fn transaction_builder(&self) -> TransactionBuilder<'_> {
        TransactionBuilder::new(&self.pool, &self.schema)
    }
}

impl Executor for Db {
    fn target(&self) -> Target<'_> {
        Target { road: ConnectionSource::Pool(&self.pool), schema: &self.schema }
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("schema", &self.schema).field("pool", &self.pool).finish()
    }
}
