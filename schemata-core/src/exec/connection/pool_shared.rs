//! The settings and the knowledge that all connections of a pool share.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The quoted names of types that are not PostgreSQL's own.
pub(crate) type CustomTypes = Mutex<Vec<String>>;

/// The settings and the knowledge that all connections of a pool share.
pub(crate) struct PoolShared {
    /// The most prepared statements per connection.
    pub(crate) statement_cache: usize,
    /// Whether a pooler may assign another server connection to each transaction, so that nothing named may outlive one.
    pub(crate) behind_pooler: bool,
    /// Whether the session is reset after every use, not only after raw SQL.
    pub(crate) always_reset: bool,
    /// Settings that each transaction makes for itself, in milliseconds.
    pub(crate) on_begin: Vec<(&'static str, u128)>,
    /// The duration from which a statement is reported as slow.
    pub(crate) slow_query: Option<Duration>,
    /// Incremented when a prepared statement turns out stale: all connections then forget the statements that they keep.
    pub(crate) epoch: AtomicU64,
    /// Behind a pooler: the custom types that the pool's statements have used.
    pub(crate) custom_types: CustomTypes,
}

impl PoolShared {
    /// Makes every connection forget its prepared statements before its next call.
    pub(crate) fn forget_statements(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }
}
