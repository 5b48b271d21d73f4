//! The pool: making connections, lending them, and taking back only those that are fit.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{self, Metrics, Object, PoolError, RecycleError, RecycleResult, TimeoutType};

use crate::error::{Error, Result};
use crate::exec::connection::{Connection, Shared};
use crate::exec::dial::Address;
use crate::exec::reset::reset;

/// The pool. Cheap to clone.
pub(crate) type Pool = managed::Pool<Manager>;

/// Makes connections, and looks at those that come back.
pub(crate) struct Manager {
    pub(crate) address: Address,
    pub(crate) shared: Arc<Shared>,
    /// After so long a connection is replaced, so that a failover or a new certificate is noticed.
    pub(crate) max_lifetime: Option<Duration>,
}

impl managed::Manager for Manager {
    type Type = Box<Connection>;
    type Error = Error;

    async fn create(&self) -> Result<Box<Connection>> {
        // Boxed: connecting is rare, and its state, a TLS handshake's, would be part of every call's future.
        let (client, driver) = Box::pin(self.address.dial()).await?;
        Ok(Box::new(Connection::new(client, driver, Arc::clone(&self.shared))))
    }

    async fn recycle(&self, connection: &mut Box<Connection>, metrics: &Metrics) -> RecycleResult<Error> {
        let is_old = self.max_lifetime.is_some_and(|limit| metrics.age() > limit);
        if connection.is_fit() && !is_old { Ok(()) } else { Err(RecycleError::message("spoiled, closed or old")) }
    }
}

/// A connection on loan. One that is not fit any more is closed at once, rather than when it is asked for again.
pub(crate) struct Lease(Option<Object<Manager>>);

impl Deref for Lease {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0.as_ref().expect("taken in drop only")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(object) = self.0.take() else { return };
        if !object.is_fit() {
            drop(Object::take(object));
        } else if object.needs_reset() && !object.shared().pooler {
            restore(object);
        }
    }
}

/// Resets the session in the background: who gives it back does not wait for it, and it counts as in use until it is done.
fn restore(object: Object<Manager>) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        drop(Object::take(object));
        return;
    };
    // Until then it is not fit for others: dropped half-way, or before it began, the lease closes it.
    object.spoil();
    let lease = Lease(Some(object));
    runtime.spawn(async move { reset(&lease).await });
}

/// Borrows a connection.
///
/// # Errors
/// [`Error::Pool`] when all are in use for too long, or a new one takes too long; [`Error::Connect`].
pub(crate) async fn borrow(pool: &Pool) -> Result<Lease> {
    nested::warn(pool);
    let exhausted = |error: &PoolError<Error>| matches!(error, PoolError::Timeout(TimeoutType::Wait));
    match pool.get().await {
        Ok(object) => {
            if object.shared().always_reset {
                object.reset_afterwards();
            }
            Ok(Lease(Some(object)))
        }
        Err(PoolError::Backend(error)) => Err(error),
        Err(error) => Err(Error::Pool { exhausted: exhausted(&error), source: error.into() }),
    }
}

pub(crate) use nested::holding;

/// Debug builds notice when a task that holds a connection asks the same pool for another: with enough such tasks, each
/// waits for what another one holds.
#[cfg(debug_assertions)]
mod nested {
    use std::future::Future;
    use std::sync::Arc;

    use super::Pool;

    tokio::task_local! {
        static HELD: usize;
    }

    fn id(pool: &Pool) -> usize {
        Arc::as_ptr(&pool.manager().shared) as usize
    }

    pub(crate) async fn holding<F: Future>(pool: &Pool, work: F) -> F::Output {
        HELD.scope(id(pool), work).await
    }

    pub(super) fn warn(pool: &Pool) {
        if HELD.try_with(|held| *held == id(pool)).unwrap_or(false) {
            tracing::warn!(
                target: "schemata::pool",
                "a task that is in a transaction asks the pool for a second connection: when many do, all wait for ever; \
                 use the transaction's handle"
            );
        }
    }
}

#[cfg(not(debug_assertions))]
mod nested {
    use std::future::Future;

    use super::Pool;

    pub(crate) fn holding<F: Future>(_: &Pool, work: F) -> F {
        work
    }

    pub(super) fn warn(_: &Pool) {}
}
