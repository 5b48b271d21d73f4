//! Where a statement runs: a source of connections, and the PostgreSQL schema of models that name none.

use std::fmt;
use std::sync::LazyLock;

use tokio_postgres::Client;

use crate::error::Result;
use crate::exec::pool::pool::Pool;
use crate::exec::transaction::transaction_connection::TransactionConnection;
use crate::ident::Ident;

/// Where a statement runs. One plain type for every executor, so that the code below is compiled once.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Target<'a> {
    pub(crate) source: ConnectionSource<'a>,
    /// The PostgreSQL schema of models that name none.
    pub(crate) schema: &'a Ident,
}

impl fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("schema", &self.schema).finish_non_exhaustive()
    }
}

/// A source of connections.
#[derive(Clone, Copy)]
pub(crate) enum ConnectionSource<'a> {
    /// Any connection of the pool, returned after each call.
    Pool(&'a Pool),
    /// The connection of a transaction, and the level of the handle in it.
    Transaction(&'a TransactionConnection, u64),
    /// The caller's own client of the driver.
    Client(&'a Client),
}

/// Returns `public`, the schema that PostgreSQL creates in every database.
pub(crate) fn public() -> &'static Ident {
    static PUBLIC: LazyLock<Ident> = LazyLock::new(Ident::public);
    &PUBLIC
}

/// Returns the checked name of a schema.
///
/// # Errors
/// [`Error::Ident`](crate::Error::Ident) if it is not a valid identifier.
pub(crate) fn schema_name(name: &str) -> Result<Ident> {
    Ok(Ident::new(name)?)
}
