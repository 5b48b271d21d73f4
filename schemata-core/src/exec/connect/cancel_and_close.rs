//! The task that drives a connection, and how the connection ends: with a cancel request if a statement may be running.
//!
//! If a client only closes its socket, PostgreSQL continues the statement until it next writes, or until
//! `client_connection_check_interval` has passed. A busy connection is therefore ended by a cancel request, which travels
//! over a connection of its own. It is never used again: a cancel request that arrives late would stop the next statement.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{sleep, timeout};
use tokio_postgres::CancelToken;

use crate::exec::connect::address::Address;
use crate::exec::connect::socket::Endpoint;

/// The driver's task. It ends some time after the client is dropped: when the server has answered all requests and closed
/// its side.
type Task = JoinHandle<Result<(), tokio_postgres::Error>>;

/// How long to wait for the connection to end after each cancel request. A request that arrives before its statement has no
/// effect, so further ones follow.
const CANCEL_WAITS: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(750),
    Duration::from_secs(3),
    Duration::from_secs(6),
];

/// How long an abandoned connection may take to end by itself before a cancel request is sent. Most run nothing, or are
/// about to answer.
const BEFORE_CANCEL: Duration = Duration::from_millis(10);

/// How long the server may take to close an idle connection.
const CLOSE_LIMIT: Duration = Duration::from_secs(10);

/// How long one cancel request may take.
const CANCEL_LIMIT: Duration = Duration::from_secs(2);

/// Sends cancel requests for one connection.
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

    /// Sends a cancel request and waits until the server has handled it. Whether it arrived in time cannot be known.
    pub(crate) async fn cancel(&self) {
        let cancel = self.address.cancel(&self.endpoint, &self.hostname, &self.token);
        if !matches!(timeout(CANCEL_LIMIT, Box::pin(cancel)).await, Ok(Ok(()))) {
            tracing::debug!(target: "schemata::pool", "a cancel request could not be sent");
        }
    }
}

/// The task that drives a connection. Dropping it cancels the running statement and closes the connection; the client must
/// be dropped before it or right after it.
pub(crate) struct DriverTask {
    task: Option<Task>,
    canceller: Arc<Canceller>,
}

impl DriverTask {
    pub(crate) fn new(task: Task, canceller: Canceller) -> Self {
        Self { task: Some(task), canceller: Arc::new(canceller) }
    }

    /// Returns a handle whose abort closes the socket at once: all pending calls fail.
    pub(crate) fn abort_handle(&self) -> Option<AbortHandle> {
        self.task.as_ref().map(JoinHandle::abort_handle)
    }

    /// Sends cancel requests, with pauses, as long as `is_busy` returns true.
    pub(crate) fn cancel_while(&self, is_busy: impl Fn() -> bool + Send + 'static) {
        let Ok(runtime) = Handle::try_current() else { return };
        let canceller = Arc::clone(&self.canceller);
        runtime.spawn(async move {
            for wait in CANCEL_WAITS {
                if !is_busy() {
                    return;
                }
                canceller.cancel().await;
                sleep(wait).await;
            }
        });
    }

    /// Waits until the server has closed the connection, which must be idle and whose client must have been dropped.
    pub(crate) async fn close(mut self) {
        if let Some(mut task) = self.task.take()
            // The work is done, so errors while closing do not matter.
            && timeout(CLOSE_LIMIT, &mut task).await.is_err()
        {
            task.abort();
        }
    }

    /// Lets the connection, which must be idle, close in the background.
    pub(crate) fn detach(mut self) {
        self.task.take();
    }

    /// Sends cancel requests until the server has closed the connection. Gives up after about twenty seconds if the server
    /// does not answer.
    pub(crate) async fn cancel_and_close(mut self) {
        if let Some(task) = self.task.take() {
            cancel_and_close(task, &self.canceller).await;
        }
    }
}

async fn cancel_and_close(mut task: Task, canceller: &Canceller) {
    match timeout(BEFORE_CANCEL, &mut task).await {
        // The connection was idle.
        Ok(Ok(Ok(()))) => return,
        // The connection was cut, here or in the network. The server may still run the statement, and there is no way to
        // learn when it ends.
        Ok(_) => return canceller.cancel().await,
        Err(_) => {}
    }
    for wait in CANCEL_WAITS {
        canceller.cancel().await;
        if timeout(wait, &mut task).await.is_ok() {
            return;
        }
    }
    task.abort();
}

impl Drop for DriverTask {
    fn drop(&mut self) {
        let Some(task) = self.task.take() else { return };
        // Without a runtime, the task has already ended with it.
        if let Ok(runtime) = Handle::try_current() {
            let canceller = Arc::clone(&self.canceller);
            runtime.spawn(async move { cancel_and_close(task, &canceller).await });
        } else {
            task.abort();
        }
    }
}
