//! The pool: making connections, lending them, and taking back only those that are fit.
//!
//! A place is a permit of a semaphore, and stands for one connection of the server: it is held while a connection is made,
//! lent, reset and closed, even if the call ends earlier. So the server never has more connections than there are places.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::{Error, Result};
use crate::exec::connect::{Address, ServerRequirement};
use crate::exec::connection::call_timeout;
use crate::exec::connection::connection::Connection;
use crate::exec::connection::reset::reset;
use crate::exec::connection::statement_cache::PoolShared;
use crate::exec::pool::nested_acquire;

/// The pause between two searches for a server that takes writes.
const SEEK_PAUSE: Duration = Duration::from_millis(500);

/// How long a server may take to say whether it takes writes.
const ASK_LIMIT: Duration = Duration::from_secs(1);

/// Boxed, since it is moved between lists, loans and tasks.
type Boxed = Box<Connection>;

/// The pool. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Pool(Arc<Inner>);

struct Inner {
    address: Address,
    shared: Arc<PoolShared>,
    limits: PoolLimits,
    places: Arc<Semaphore>,
    /// Idle connections, the one used last at the end.
    idle: Mutex<Vec<Boxed>>,
    /// Connections of an earlier generation are closed.
    generation: AtomicU64,
    /// Whether a server that takes writes was found beside one that takes none: such servers are preferred from then on.
    prefers_writable: AtomicBool,
    /// When the last search for one began.
    sought: tokio::sync::Mutex<Option<Instant>>,
}

/// The limits of a pool.
pub(crate) struct PoolLimits {
    pub(crate) connections: usize,
    /// How long a call waits for a connection.
    pub(crate) acquire: Option<Duration>,
    /// After so long a connection is replaced, so that a failover or a new certificate is noticed.
    pub(crate) lifetime: Option<Duration>,
    /// How long a call waits for an answer.
    pub(crate) answer: Option<Duration>,
}

impl Pool {
    pub(crate) fn new(address: Address, shared: PoolShared, limits: PoolLimits) -> Self {
        Self(Arc::new(Inner {
            address,
            shared: Arc::new(shared),
            places: Arc::new(Semaphore::new(limits.connections)),
            limits,
            idle: Mutex::default(),
            generation: AtomicU64::new(0),
            prefers_writable: AtomicBool::new(false),
            sought: tokio::sync::Mutex::default(),
        }))
    }

    /// Distinguishes it from other pools.
    pub(crate) fn id(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    /// Returns what its connections share.
    pub(crate) fn shared(&self) -> &PoolShared {
        &self.0.shared
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Boxed>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// Takes the connection used last: `Ok` if it may be used again, else it has to be ended.
    fn take_idle(&self) -> Option<Result<Boxed, Boxed>> {
        let connection = self.idle().pop()?;
        let is_old = self.0.limits.lifetime.is_some_and(|limit| connection.age() > limit);
        Some(if self.may_stay(&connection) && !is_old { Ok(connection) } else { Err(connection) })
    }

    fn lend(&self, connection: Boxed, place: OwnedSemaphorePermit) -> PooledConnection {
        if self.0.shared.always_reset {
            connection.reset_afterwards();
        }
        PooledConnection { lent: Some((connection, place)), pool: self.clone() }
    }

    /// Returns whether a connection may be used again.
    fn may_stay(&self, connection: &Connection) -> bool {
        connection.is_fit() && connection.generation() == self.generation()
    }

    /// Keeps a connection that may be used again, and then frees its place.
    fn put(&self, connection: Boxed, place: OwnedSemaphorePermit) {
        connection.pending().set_unlimited(false);
        self.idle().push(connection);
        drop(place);
    }

    /// Keeps a connection if it may be used again, after a reset if it needs one. Otherwise ends it; its place is free only
    /// then.
    async fn give_back(&self, connection: Boxed, place: OwnedSemaphorePermit) {
        if self.may_stay(&connection) && (!connection.must_reset() || reset(&connection).await) {
            return self.put(connection, place);
        }
        connection.end().await;
        drop(place);
    }

    /// Makes a connection, or finds an idle one, within the time that connecting may take.
    ///
    /// # Errors
    /// [`Error::Connect`].
    pub(crate) async fn try_one(&self) -> Result<()> {
        Box::pin(self.wait(&AtomicBool::default())).await.map(drop)
    }

    /// Waits for a place, sets `has_place` when it has one, and makes a connection if none is idle.
    async fn wait(&self, has_place: &AtomicBool) -> Result<PooledConnection> {
        let place = Arc::clone(&self.0.places).acquire_owned().await.expect("it is never closed");
        has_place.store(true, Ordering::Relaxed);
        // In a task of its own: a caller who gives up must not free the place while the server has the connection.
        let filled = tokio::spawn(self.clone().fill(place)).await;
        filled.map_err(|source| Error::Pool { exhausted: false, source: source.into() })?
    }

    /// Does the same as [`Pool::wait`], within the time that a call may wait.
    async fn wait_within_limit(&self) -> Result<PooledConnection> {
        let has_place = AtomicBool::default();
        let Some(limit) = self.0.limits.acquire else { return self.wait(&has_place).await };
        timeout(limit, self.wait(&has_place)).await.unwrap_or_else(|elapsed| {
            Err(Error::Pool { exhausted: !has_place.load(Ordering::Relaxed), source: elapsed.into() })
        })
    }

    /// Makes a connection for `place`, unless one is idle.
    async fn fill(self, place: OwnedSemaphorePermit) -> Result<PooledConnection> {
        while let Some(found) = self.take_idle() {
            match found {
                Ok(connection) => return Ok(self.lend(connection, place)),
                // The server has the connection until then.
                Err(unfit) => unfit.end().await,
            }
        }
        let connection = self.connect(ServerRequirement::AsConfigured).await?;
        Ok(self.lend(connection, place))
    }

    async fn connect(&self, wanted: ServerRequirement) -> Result<Boxed> {
        let generation = self.generation();
        let prefers_writable =
            self.0.prefers_writable.load(Ordering::Acquire) && wanted == ServerRequirement::AsConfigured;
        let (client, ending) =
            match self.0.address.dial(if prefers_writable { ServerRequirement::Writable } else { wanted }).await {
                Err(_) if prefers_writable => self.0.address.dial(wanted).await?,
                dialed => dialed?,
            };
        let connection = Connection::new(client, ending, Arc::clone(&self.0.shared), generation);
        if let (Some(limit), Some(driver)) = (self.0.limits.answer, connection.driver()) {
            call_timeout::watch(connection.pending(), limit, driver);
        }
        Ok(Box::new(connection))
    }

    /// Searches for a server that takes writes, after `connection` refused one: its server may have become a standby, and
    /// another one primary. If one is found, all connections made before are closed.
    async fn seek_writable(self, connection: Boxed, place: OwnedSemaphorePermit) {
        if self.0.address.wants_read_only() {
            return self.give_back(connection, place).await;
        }
        let Ok(mut sought) = self.0.sought.try_lock() else { return self.give_back(connection, place).await };
        let was_sought = sought.is_some_and(|last| last.elapsed() < SEEK_PAUSE);
        if was_sought || !timeout(ASK_LIMIT, takes_no_writes(&connection)).await.unwrap_or(true) {
            return self.give_back(connection, place).await;
        }
        if self.0.address.wants_writable() {
            self.0.generation.fetch_add(1, Ordering::AcqRel);
        }
        connection.end().await;
        if let Ok(found) = self.connect(ServerRequirement::Writable).await {
            let generation = self.0.generation.fetch_add(1, Ordering::AcqRel) + 1;
            self.0.prefers_writable.store(true, Ordering::Release);
            self.put(found.renewed(generation), place);
            tracing::warn!(target: "schemata::pool", "the server takes no writes; another server does, so the connections made before are closed");
            while let Some(earlier) = self.take_earlier(generation) {
                earlier.end().await;
            }
        }
        *sought = Some(Instant::now());
    }

    fn take_earlier(&self, generation: u64) -> Option<Boxed> {
        let mut idle = self.idle();
        let at = idle.iter().position(|connection| connection.generation() < generation)?;
        Some(idle.swap_remove(at))
    }
}

/// Returns whether the server may be one that takes no writes. A transaction that was declared read-only is over by now, and a
/// session that raw SQL made read-only is reset first; one that cannot be reset says nothing about its server.
async fn takes_no_writes(connection: &Connection) -> bool {
    if connection.must_reset() && !reset(connection).await {
        return connection.client().is_closed();
    }
    !matches!(connection.is_read_only().await, Ok(false))
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("max_connections", &self.0.limits.connections)
            .field("free_places", &self.0.places.available_permits())
            .field("idle_connections", &self.idle().len())
            .finish()
    }
}

/// A connection on loan. When it is dropped, one whose session has to be reset, or that may not be used again, goes to a
/// task, which keeps its place until the server has confirmed the reset or the end.
pub(crate) struct PooledConnection {
    lent: Option<(Boxed, OwnedSemaphorePermit)>,
    pool: Pool,
}

impl Deref for PooledConnection {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.lent.as_ref().map(|(connection, _)| connection).expect("taken in drop only")
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        let Some((connection, place)) = self.lent.take() else { return };
        let refused_write = connection.take_refused_write();
        if !refused_write && !connection.must_reset() && self.pool.may_stay(&connection) {
            return self.pool.put(connection, place);
        }
        // Without a runtime, the connection has ended with it.
        let Ok(runtime) = Handle::try_current() else { return };
        let pool = self.pool.clone();
        if refused_write {
            runtime.spawn(pool.seek_writable(connection, place));
        } else {
            runtime.spawn(async move { pool.give_back(connection, place).await });
        }
    }
}

/// Borrows a connection.
///
/// # Errors
/// [`Error::Pool`] if all connections are in use for too long, or if a new one takes too long; [`Error::Connect`].
pub(crate) async fn borrow(pool: &Pool) -> Result<PooledConnection> {
    nested_acquire::warn(pool.id());
    if let Ok(place) = Arc::clone(&pool.0.places).try_acquire_owned() {
        match pool.take_idle() {
            Some(Ok(connection)) => return Ok(pool.lend(connection, place)),
            // Its place stays taken until it has ended.
            Some(Err(unfit)) => pool.idle().insert(0, unfit),
            None => {}
        }
    }
    // Boxed: this is rare, and would make every call's future larger.
    Box::pin(pool.wait_within_limit()).await
}
