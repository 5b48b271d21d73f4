//! Where a call goes: the pool, a transaction or a client, and the PostgreSQL schema of tables that name none.

use tokio_postgres::Client;

use crate::error::Result;
use crate::exec::pool::pool::Pool;
use crate::exec::transaction::transaction_connection::TransactionConnection;
use crate::ident::Ident;

/// A road to the database, and the PostgreSQL schema of tables that name none.
///
/// One plain type for every executor, so that the code that talks to the wire is compiled once.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Target<'a> {
    pub(crate) road: ConnectionSource<'a>,
    pub(crate) schema: &'a Ident,
}

impl std::fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("schema", &self.schema).finish_non_exhaustive()
    }
}

/// Where statements go.
#[derive(Clone, Copy)]
pub(crate) enum ConnectionSource<'a> {
    /// Any connection of the pool, given back after each call.
    Pool(&'a Pool),
    /// The one connection that holds a transaction open, and the level in it.
    Transaction(&'a TransactionConnection, u64),
    /// A connection that is not ours.
    Client(&'a Client),
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
