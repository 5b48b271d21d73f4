//! What a call can run on: the pool, a transaction, or a client of the driver's own.

use deadpool_postgres::Pool;
use tokio_postgres::Client;

use crate::error::Result;
use crate::exec::actor::SharedValue;
use crate::exec::held::Held;
use crate::ident::Ident;

/// Anything a call takes as `on`: [`Db`](crate::Db), [`Tx`](crate::Tx), [`Session`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot run a query",
    label = "expected a `Db`, a `Tx` or a `Session`"
)]
pub trait Executor: Sync {
    /// The road to the database.
    #[doc(hidden)]
    fn target(&self) -> Target<'_>;

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

/// A road to the database, and the PostgreSQL schema of tables that name none.
///
/// One plain type for every executor, so that the code that talks to the wire is compiled once.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Target<'a> {
    pub(crate) road: Road<'a>,
    pub(crate) schema: &'a Ident,
}

impl std::fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("schema", &self.schema).finish_non_exhaustive()
    }
}

/// Where statements go.
#[derive(Clone, Copy)]
pub(crate) enum Road<'a> {
    /// Any connection of the pool, given back after each call.
    Pool(&'a Pool),
    /// The one connection that holds a transaction open.
    Held(&'a Held),
    /// A connection that is not ours.
    Bare(&'a Client),
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
        Target { road: Road::Bare(self.client), schema: self.schema }
    }
}

impl Executor for Client {
    fn target(&self) -> Target<'_> {
        Target { road: Road::Bare(self), schema: public() }
    }
}

/// The schema PostgreSQL gives every database.
pub(crate) fn public() -> &'static Ident {
    static PUBLIC: std::sync::LazyLock<Ident> = std::sync::LazyLock::new(Ident::public);
    &PUBLIC
}

/// The checked name of a schema.
///
/// # Errors
/// [`Error::Ident`](crate::Error::Ident) when it cannot be an identifier.
pub(crate) fn schema_name(name: &str) -> Result<Ident> {
    Ok(Ident::new(name)?)
}
