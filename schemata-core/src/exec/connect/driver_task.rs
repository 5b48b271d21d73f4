//! Ends a connection: cancels what it still runs, and waits for the server.
//!
//! A client that only closes its socket leaves the server at work: PostgreSQL notices when it next writes, or when
//! `client_connection_check_interval` is over. So a connection that may be busy is ended by a cancel request, over a
//! connection of its own. It is never used again: a cancel request may arrive late, and would then meet the next statement.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{sleep, timeout};
use tokio_postgres::CancelToken;

use crate::exec::connect::address::Address;
use crate::exec::connect::socket::Endpoint;
use crate::exec::connection::call_timeout::PendingCalls;

/// The task that drives a connection. It ends some time after the client is dropped: when the server has answered what was
/// asked, and closed its side.
pub(crate) type Driver = JoinHandle<Result<(), tokio_postgres::Error>>;

/// How long to wait for the connection to end after each cancel request. A request that arrives before its statement has no
/// effect, so it is sent again.
const WAITS: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(750),
    Duration::from_secs(3),
    Duration::from_secs(6),
];

/// How long a connection that was broken off may take to end by itself before anything is cancelled. Most run nothing, or
/// are about to answer.
const BRIEF: Duration = Duration::from_millis(10);

/// How long the server may take to close a connection that runs nothing.
const CLOSE_LIMIT: Duration = Duration::from_secs(10);

/// How long one cancel request may take.
const CANCEL_LIMIT: Duration = Duration::from_secs(2);

/// Cancels what a connection runs.
pub(crate) struct Canceller {
    address: Address,
    endpoint: Endpoint,
    hostname: String,
    token: CancelToken,
}

impl Canceller {
    pub(crate) fn new(address: Address, endpoint: Endpoint, hostname: String, token: CancelToken) -> Self {
        Self { address, endpoint, hostname, token }
    }

    /// Sends a cancel request and waits until the server has handled it. Whether it came in time cannot be known.
    pub(crate) async fn cancel(&self) {
        let cancel = self.address.cancel(&self.endpoint, &self.hostname, &self.token);
        if !matches!(timeout(CANCEL_LIMIT, Box::pin(cancel)).await, Ok(Ok(()))) {
            tracing::debug!(target: "schemata::pool", "a cancel request could not be sent");
        }
    }
}

/// Ends a connection. If it is dropped unused, it cancels what the connection runs, and closes it; the client must be
/// dropped before it or right after it.
pub(crate) struct DriverTask {
    driver: Option<Driver>,
    canceller: Arc<Canceller>,
}

impl DriverTask {
    pub(crate) fn new(driver: Driver, canceller: Canceller) -> Self {
        Self { driver: Some(driver), canceller: Arc::new(canceller) }
    }

    /// Returns a handle that closes the socket at once: all who wait for an answer get an error.
    pub(crate) fn driver(&self) -> Option<AbortHandle> {
        self.driver.as_ref().map(JoinHandle::abort_handle)
    }

    /// Cancels what the connection runs, and repeats that while `pending` has calls that wait.
    pub(crate) fn cancel_while(&self, pending: &Arc<PendingCalls>) {
        let Ok(runtime) = Handle::try_current() else { return };
        let (canceller, pending) = (Arc::clone(&self.canceller), Arc::downgrade(pending));
        runtime.spawn(async move {
            for wait in WAITS {
                if !pending.upgrade().is_some_and(|pending| pending.has_any()) {
                    return;
                }
                canceller.cancel().await;
                sleep(wait).await;
            }
        });
    }

    /// Waits until the server has closed the connection, which runs nothing and whose client is dropped.
    pub(crate) async fn close(mut self) {
        if let Some(mut driver) = self.driver.take()
            // The work is done, so errors while closing do not matter.
            && timeout(CLOSE_LIMIT, &mut driver).await.is_err()
        {
            driver.abort();
        }
    }

    /// Leaves the connection, which runs nothing, to close by itself.
    pub(crate) fn leave(mut self) {
        self.driver.take();
    }

    /// Cancels what the connection runs, and repeats that until the server has closed it. Gives up after some twenty seconds
    /// if the server does not answer.
    pub(crate) async fn break_off(mut self) {
        if let Some(driver) = self.driver.take() {
            break_off(driver, &self.canceller).await;
        }
    }
}

async fn break_off(mut driver: Driver, canceller: &Canceller) {
    match timeout(BRIEF, &mut driver).await {
        // The connection ran nothing.
        Ok(Ok(Ok(()))) => return,
        // The connection was cut, here or on the way. The server may still be at work, and nothing tells when it ends.
        Ok(_) => return canceller.cancel().await,
        Err(_) => {}
    }
    for wait in WAITS {
        canceller.cancel().await;
        if timeout(wait, &mut driver).await.is_ok() {
            return;
        }
    }
    driver.abort();
}

impl Drop for DriverTask {
    fn drop(&mut self) {
        let Some(driver) = self.driver.take() else { return };
        // Without a runtime, the driver has already ended with it.
        if let Ok(runtime) = Handle::try_current() {
            let canceller = Arc::clone(&self.canceller);
            runtime.spawn(async move { break_off(driver, &canceller).await });
        } else {
            driver.abort();
        }
    }
}
