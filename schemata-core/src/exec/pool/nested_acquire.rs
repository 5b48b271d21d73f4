//! In debug builds, warns when a task in a transaction acquires a second connection of the same pool: with enough such
//! tasks, each waits for a connection that another one holds.

use std::future::Future;

#[cfg(debug_assertions)]
tokio::task_local! {
    static HELD_POOL: usize;
}

/// Runs `work`, which holds a connection of the pool with this number.
#[cfg(debug_assertions)]
pub(crate) async fn holding<F: Future>(pool: usize, work: F) -> F::Output {
    HELD_POOL.scope(pool, work).await
}

/// Runs `work`, which holds a connection of the pool with this number.
#[cfg(not(debug_assertions))]
pub(crate) fn holding<F: Future>(_: usize, work: F) -> F {
    work
}

/// Warns if the current task already holds a connection of the pool that it acquires one from.
#[cfg(debug_assertions)]
pub(crate) fn warn(pool: usize) {
    if HELD_POOL.try_with(|held| *held == pool).unwrap_or(false) {
        tracing::warn!(
            target: "schemata::pool",
            "a task that is in a transaction asks the pool for a second connection: if many tasks do so, they wait for each other forever; \
             use the transaction's handle"
        );
    }
}

/// Warns if the current task already holds a connection of the pool that it acquires one from.
#[cfg(not(debug_assertions))]
pub(crate) fn warn(_: usize) {}
