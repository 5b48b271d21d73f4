//! In debug builds, warns when a task that holds a connection asks the same pool for another: with enough such tasks, each
//! waits for a connection that another one holds.

use std::future::Future;

#[cfg(debug_assertions)]
tokio::task_local! {
    static HELD: usize;
}

/// Runs `work`, which holds a connection of this pool.
#[cfg(debug_assertions)]
pub(crate) async fn holding<F: Future>(pool: usize, work: F) -> F::Output {
    HELD.scope(pool, work).await
}

/// Runs `work`, which holds a connection of this pool.
#[cfg(not(debug_assertions))]
pub(crate) fn holding<F: Future>(_: usize, work: F) -> F {
    work
}

/// Warns if the current task holds a connection of this pool and asks for another.
#[cfg(debug_assertions)]
pub(crate) fn warn(pool: usize) {
    if HELD.try_with(|held| *held == pool).unwrap_or(false) {
        tracing::warn!(
            target: "schemata::pool",
            "a task that is in a transaction asks the pool for a second connection: when many tasks do, they wait for each other for ever; \
             use the transaction's handle"
        );
    }
}

/// Warns if the current task holds a connection of this pool and asks for another.
#[cfg(not(debug_assertions))]
pub(crate) fn warn(_: usize) {}
