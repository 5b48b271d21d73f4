//! The driver's own client and transaction as executors.

use std::fmt;

use tokio_postgres::{Client, Transaction};

use crate::exec::executor::Executor;
use crate::exec::executor::sealed::Sealed;
use crate::exec::target::{ConnectionSource, Target, public};
use crate::ident::Ident;

/// The driver's own `tokio_postgres::Client` with the PostgreSQL schema of models that name none.
///
/// A client is an executor by itself, for models in `public`. Calls take part in the client's transaction, if it is in one.
/// The first call of a statement prepares it. Later calls send it with the types of its parameters that are known since then, in one
/// round trip; PostgreSQL parses it each time, whereas a [`Db`](crate::Db) keeps prepared statements. A statement with a parameter of a
/// type that is not PostgreSQL's own, such as an enum, is prepared for each call.
///
/// If the type of a column has changed meanwhile, a statement is prepared once more. In a transaction, which the failure has ended, that
/// call fails.
///
/// ```no_run
/// # use schemata::prelude::*;
/// # use schemata::{Ident, Session};
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64 }
/// # async fn f(client: tokio_postgres::Client) -> schemata::Result<()> {
/// let tenant = Ident::new("tenant_abc")?;
/// let orders = Order::select().fetch(&Session::new(&client, &tenant)).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy)]
pub struct Session<'c> {
    client: &'c Client,
    schema: &'c Ident,
}

impl<'c> Session<'c> {
    /// Makes a session that works on `client` in `schema`.
    pub fn new(client: &'c Client, schema: &'c Ident) -> Self {
        Self { client, schema }
    }
}

impl fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl Sealed for Session<'_> {}

impl Executor for Session<'_> {
    fn target(&self) -> Target<'_> {
        Target { source: ConnectionSource::Client(self.client), schema: self.schema }
    }
}

impl Sealed for Transaction<'_> {}

impl Executor for Transaction<'_> {
    fn target(&self) -> Target<'_> {
        Target { source: ConnectionSource::Client(self.client()), schema: public() }
    }
}

impl Sealed for Client {}

impl Executor for Client {
    fn target(&self) -> Target<'_> {
        Target { source: ConnectionSource::Client(self), schema: public() }
    }
}
