//! Transactions: the work between BEGIN and COMMIT, and the handle it runs on.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use deadpool_postgres::Pool;

use crate::error::{Error, Result};
use crate::exec::executor::{Executor, Road, Target};
use crate::exec::held::Held;
use crate::ident::Ident;

/// A transaction under way: takes the place of a [`Db`](crate::Db) in every call. Owned and cheap to clone; a clone
/// that outlives the work it was made for gets [`Error::TransactionEnded`].
#[derive(Clone)]
pub struct Tx {
    held: Arc<Held>,
    schema: Ident,
}

/// Runs `work` between BEGIN and COMMIT on a connection of `pool`.
pub(crate) async fn run<T, E, W, F>(pool: &Pool, schema: &Ident, work: W) -> Result<T, E>
where
    W: FnOnce(Tx) -> F + Send,
    F: Future<Output = Result<T, E>> + Send,
    T: Send,
    E: From<Error> + Send,
{
    let client = pool.get().await.map_err(|source| Error::Pool { source: source.into() })?;
    let held = Arc::new(Held::begin(client).await?);
    let tx = Tx { held: Arc::clone(&held), schema: schema.clone() };
    match work(tx).await {
        Ok(value) => {
            held.commit().await?;
            Ok(value)
        }
        Err(error) => {
            held.rollback().await;
            Err(error)
        }
    }
}

impl Executor for Tx {
    fn target(&self) -> Target<'_> {
        Target { road: Road::Held(&self.held), schema: &self.schema }
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("schema", &self.schema).finish_non_exhaustive()
    }
}
