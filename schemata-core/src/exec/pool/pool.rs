//! The pool: makes connections, lends them, and takes back those that may be used again.
//!
//! A *slot* is a permit of a semaphore and stands for one connection of the server. It is held while the connection is made,
//! lent, reset and closed, even if the call ends earlier, so the server never has more connections than there are slots.
//!
//! An idle connection keeps its slot, so that lending one is a lock and nothing more. Only while calls wait does a connection
//! that is returned leave its slot to the first of them, which then takes an idle connection, or makes one if there is none.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::{Error, Result};
use crate::exec::connect::address::Address;
use crate::exec::connect::dial::{Dialed, ServerRequirement};
use crate::exec::connect::pooler_detection::SessionReadings;
use crate::exec::connection::call_timeout;
use crate::exec::connection::connection::Connection;
use crate::exec::connection::pool_shared::PoolShared;
use crate::exec::connection::reset::reset;
use crate::exec::pool::failover_pause::{Failover, may_refuse_all_writes};
use crate::exec::pool::nested_acquire;

/// Boxed, since it moves between lists, guards and tasks.
type BoxedConnection = Box<Connection>;

type Slot = OwnedSemaphorePermit;

/// The pool. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Pool(Arc<Inner>);

struct Inner {
    address: Address,
    shared: Arc<PoolShared>,
    limits: PoolLimits,
    /// The slots that neither a call nor an idle connection holds.
    slots: Arc<Semaphore>,
    idle: Mutex<Idle>,
    /// Connections of earlier generations are closed when they are returned.
    generation: AtomicU64,
    failover: Failover,
}

/// The connections that no call uses.
#[derive(Default)]
struct Idle {
    /// The most recently used one last. Those without a slot come first.
    connections: Vec<(BoxedConnection, Option<Slot>)>,
    /// The number of calls that wait for a slot. While there are any, no idle connection has one.
    waiting: usize,
}

/// The limits of a pool.
pub(crate) struct PoolLimits {
    pub(crate) connections: usize,
    /// How long a call waits for a connection.
    pub(crate) acquire: Option<Duration>,
    /// The age at which a connection is replaced, so that a failover or a new certificate takes effect.
    pub(crate) lifetime: Option<Duration>,
    /// How long a call waits for an answer of the server.
    pub(crate) answer: Option<Duration>,
}

impl Pool {
    pub(crate) fn new(address: Address, shared: PoolShared, limits: PoolLimits) -> Self {
        Self(Arc::new(Inner {
            address,
            shared: Arc::new(shared),
            slots: Arc::new(Semaphore::new(limits.connections)),
            limits,
            idle: Mutex::default(),
            generation: AtomicU64::new(0),
            failover: Failover::default(),
        }))
    }

    /// Returns a number that no other pool has.
    pub(crate) fn id(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    /// Returns what all connections share.
    pub(crate) fn shared(&self) -> &PoolShared {
        &self.0.shared
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// Takes an idle connection with its slot, or registers the caller as waiting.
    fn take_with_slot(&self) -> Result<(BoxedConnection, Slot), Waiting<'_>> {
        let mut idle = self.idle();
        if let Some((_, slot)) = idle.connections.last_mut()
            && let Some(slot) = slot.take()
            && let Some((connection, _)) = idle.connections.pop()
        {
            return Ok((connection, slot));
        }
        idle.waiting += 1;
        Err(Waiting(self))
    }

    /// Takes the most recently used idle connection for a caller that has a slot: `Err` if it may not be used again and has to
    /// be ended.
    fn take_idle(&self) -> Option<Result<BoxedConnection, BoxedConnection>> {
        // If it has a slot of its own, that is free now.
        let (connection, _slot) = self.idle().connections.pop()?;
        Some(if self.is_lendable(&connection, Instant::now()) { Ok(connection) } else { Err(connection) })
    }

    fn lend(&self, connection: BoxedConnection, slot: Slot) -> PooledConnection {
        if self.0.shared.always_reset {
            connection.reset_afterwards();
        }
        PooledConnection { held: Some((connection, slot)), pool: self.clone() }
    }

    /// Returns whether a connection may be used again, if need be after a reset.
    fn is_reusable(&self, connection: &Connection) -> bool {
        connection.is_usable() && connection.generation() == self.generation()
    }

    /// Returns whether an idle connection may be used again and is not too old.
    fn is_lendable(&self, connection: &Connection, now: Instant) -> bool {
        self.is_reusable(connection) && self.0.limits.lifetime.is_none_or(|limit| connection.age(now) <= limit)
    }

    /// Keeps a reusable connection as idle. If a call waits, its slot is free then.
    fn put(&self, connection: BoxedConnection, slot: Slot) {
        connection.pending().set_unlimited(false);
        let mut idle = self.idle();
        let (kept, _freed) = if idle.waiting == 0 { (Some(slot), None) } else { (None, Some(slot)) };
        idle.connections.push((connection, kept));
        // Before the slot is free: the call that waits looks here.
        drop(idle);
    }

    /// Keeps a connection if it is reusable, after a reset if it needs one; otherwise ends it and then frees its slot.
    async fn give_back(&self, connection: BoxedConnection, slot: Slot) {
        if self.is_reusable(&connection) && (!connection.needs_reset_by_pool() || reset(&connection).await) {
            return self.put(connection, slot);
        }
        connection.end().await;
        drop(slot);
    }

    /// Makes one connection, unless one is idle, within the time that connecting may take.
    ///
    /// # Errors
    /// [`Error::Connect`].
    pub(crate) async fn try_one(&self) -> Result<()> {
        Box::pin(self.wait(self.take_with_slot(), &AtomicBool::default())).await.map(drop)
    }

    /// Acquires a connection: an idle one, or a new one if the pool is not full. `now` decides which idle ones are too old.
    ///
    /// # Errors
    /// [`Error::Pool`] if all connections are in use for too long, or if a new one takes too long; [`Error::Connect`].
    pub(crate) async fn acquire(&self, now: Instant) -> Result<PooledConnection> {
        nested_acquire::warn(self.id());
        let taken = match self.take_with_slot() {
            Ok((connection, slot)) if self.is_lendable(&connection, now) => return Ok(self.lend(connection, slot)),
            other => other,
        };
        // Boxed: this is rare, and would make every call's future larger.
        Box::pin(self.wait_within_limit(taken)).await
    }

    /// Waits for a slot unless one was `taken`, sets `has_slot` when it has one, and makes a connection unless one is idle. A
    /// connection that was taken with the slot may not be used again.
    async fn wait(&self, taken: Taken<'_>, has_slot: &AtomicBool) -> Result<PooledConnection> {
        let slot = match taken {
            Ok((unusable, slot)) => {
                // Ended below, in the task that keeps its slot until then.
                self.idle().connections.insert(0, (unusable, None));
                slot
            }
            Err(_waiting) => Arc::clone(&self.0.slots).acquire_owned().await.expect("the semaphore is never closed"),
        };
        match self.take_idle() {
            Some(Ok(connection)) => return Ok(self.lend(connection, slot)),
            Some(Err(unusable)) => self.idle().connections.insert(0, (unusable, None)),
            None => {}
        }
        has_slot.store(true, Ordering::Relaxed);
        // In a separate task: a caller that gives up must not free the slot while the server has the connection.
        let filled = tokio::spawn(self.clone().fill(slot)).await;
        filled.map_err(|source| Error::Pool { exhausted: false, source: source.into() })?
    }

    /// [`wait`](Pool::wait), within the time that a call may wait for a connection.
    async fn wait_within_limit(&self, taken: Taken<'_>) -> Result<PooledConnection> {
        let has_slot = AtomicBool::default();
        let Some(limit) = self.0.limits.acquire else { return self.wait(taken, &has_slot).await };
        timeout(limit, self.wait(taken, &has_slot)).await.unwrap_or_else(|elapsed| {
            Err(Error::Pool { exhausted: !has_slot.load(Ordering::Relaxed), source: elapsed.into() })
        })
    }

    /// Makes a connection for `slot`, unless one is idle.
    async fn fill(self, slot: Slot) -> Result<PooledConnection> {
        while let Some(idle) = self.take_idle() {
            match idle {
                Ok(connection) => return Ok(self.lend(connection, slot)),
                // Until it has ended, it occupies the slot.
                Err(unusable) => unusable.end().await,
            }
        }
        let connection = self.connect(ServerRequirement::AsConfigured).await?;
        Ok(self.lend(connection, slot))
    }

    /// Makes a connection. Once the pool has failed over, servers that take writes are tried first.
    async fn connect(&self, requirement: ServerRequirement) -> Result<BoxedConnection> {
        let Inner { address, failover, shared, limits, .. } = &*self.0;
        let generation = self.generation();
        let preferred = match requirement {
            ServerRequirement::AsConfigured if failover.prefers_writable() => {
                address.dial(ServerRequirement::Writable, SessionReadings::Two).await.ok()
            }
            _ => None,
        };
        let Dialed { client, driver_task, .. } = match preferred {
            Some(connected) => connected,
            None => address.dial(requirement, SessionReadings::Two).await?,
        };
        let connection = Connection::new(client, driver_task, Arc::clone(shared), generation);
        if let (Some(limit), Some(task)) = (limits.answer, connection.abort_handle()) {
            call_timeout::enforce(connection.pending(), limit, task);
        }
        Ok(Box::new(connection))
    }

    /// Searches for a server that takes writes, after the server of `connection` refused one. If one is found, the pool
    /// closes all connections made before.
    async fn fail_over(self, connection: BoxedConnection, slot: Slot) {
        let Inner { address, failover, .. } = &*self.0;
        // Is a search worthwhile? Not if the URL asks for a standby, if another task searches or has just searched, or if
        // only that transaction was read only.
        if address.wants_read_only() {
            return self.give_back(connection, slot).await;
        }
        let Some(search) = failover.begin_search() else { return self.give_back(connection, slot).await };
        if !may_refuse_all_writes(&connection).await {
            return self.give_back(connection, slot).await;
        }
        if address.wants_writable() {
            // The URL accepts no other servers, so the remaining connections are of no use either.
            self.begin_generation();
        }
        // The search. The connection ends first, since its slot is the one that the replacement gets.
        connection.end().await;
        if let Ok(replacement) = self.connect(ServerRequirement::Writable).await {
            search.found();
            // The replacement is of the new generation; everything older is closed, idle connections now and lent ones when
            // they are returned.
            let generation = self.begin_generation();
            self.put(replacement.with_generation(generation), slot);
            tracing::warn!(target: "schemata::pool", "the server takes no writes; another server does, so the connections made before are closed");
            while let Some((old, _slot)) = self.take_idle_before(generation) {
                old.end().await;
            }
        }
        search.finish();
    }

    /// Makes all connections of the pool unusable after their current use; returns the number of the new generation.
    fn begin_generation(&self) -> u64 {
        self.0.generation.fetch_add(1, Ordering::AcqRel) + 1
    }

    fn take_idle_before(&self, generation: u64) -> Option<(BoxedConnection, Option<Slot>)> {
        let mut idle = self.idle();
        let at = idle.connections.iter().position(|(connection, _)| connection.generation() < generation)?;
        Some(idle.connections.remove(at))
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let idle = self.idle();
        let kept_slots = idle.connections.iter().filter(|(_, slot)| slot.is_some()).count();
        f.debug_struct("Pool")
            .field("max_connections", &self.0.limits.connections)
            .field("free_slots", &(self.0.slots.available_permits() + kept_slots))
            .field("idle_connections", &idle.connections.len())
            .finish()
    }
}

/// What a call begins with: an idle connection and its slot, or a place among those that wait.
type Taken<'p> = Result<(BoxedConnection, Slot), Waiting<'p>>;

/// A call that waits for a slot, until this is dropped.
struct Waiting<'p>(&'p Pool);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.idle().waiting -= 1;
    }
}

/// A connection in use. When it is dropped, the connection becomes idle at once, or a task resets or ends it and keeps its
/// slot until the server has confirmed that.
pub(crate) struct PooledConnection {
    /// Taken on drop.
    held: Option<(BoxedConnection, Slot)>,
    pool: Pool,
}

impl Deref for PooledConnection {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.held.as_ref().map(|(connection, _)| connection).expect("taken in drop only")
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        let Some((connection, slot)) = self.held.take() else { return };
        let refused_write = connection.take_refused_write();
        if !refused_write && !connection.needs_reset_by_pool() && self.pool.is_reusable(&connection) {
            return self.pool.put(connection, slot);
        }
        // Without a runtime, the connection has ended with it.
        let Ok(runtime) = Handle::try_current() else { return };
        let pool = self.pool.clone();
        if refused_write {
            runtime.spawn(pool.fail_over(connection, slot));
        } else {
            runtime.spawn(async move { pool.give_back(connection, slot).await });
        }
    }
}
