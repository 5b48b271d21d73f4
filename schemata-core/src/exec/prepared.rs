//! The statements that a connection keeps prepared: each is prepared once, and found by its text from then on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Statement};

use crate::exec::learn::{CustomTypes, Learner};
use crate::exec::lru::Lru;
use crate::sql::declared_type::DeclaredType;

/// What all connections of a pool share.
pub(crate) struct Shared {
    /// How many statements a connection keeps.
    pub(crate) capacity: usize,
    /// Whether a pooler may give each transaction another server connection: nothing named may outlive one.
    pub(crate) pooler: bool,
    /// Whether the session is reset after every use, raw SQL or not.
    pub(crate) always_reset: bool,
    /// Settings that each transaction makes for itself, in milliseconds.
    pub(crate) on_begin: Vec<(&'static str, u128)>,
    /// From when on a statement is reported as slow.
    pub(crate) slow_query: Option<Duration>,
    /// Raised when a statement turns out stale: then others are too, on every connection.
    pub(crate) epoch: AtomicU64,
    /// Behind a pooler, the types that are not PostgreSQL's own.
    pub(crate) custom_types: CustomTypes,
}

/// What is kept of a statement.
#[derive(Clone)]
pub(crate) enum Prepared {
    /// A named one on the server.
    Named(Statement),
    /// The types of its parameters, so that it can be sent unnamed, and of its columns.
    Typed(Arc<[Type]>, Arc<[DeclaredType]>),
}

/// The statements of one connection, as many as the pool's settings allow.
pub(crate) struct Statements {
    kept: Lru<Prepared>,
    learner: Learner,
}

impl Statements {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { kept: Lru::new(capacity), learner: Learner::default() }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether types that the driver has looked up on this connection are gone, so that only a new one can look them up.
    pub(crate) fn is_stale(&self) -> bool {
        self.learner.is_stale()
    }

    /// Finds the statement of this text, or prepares it.
    pub(crate) async fn prepare(
        &self,
        client: &Client,
        shared: &Shared,
        text: &str,
        in_transaction: bool,
    ) -> Result<Prepared, Error> {
        let (known, renewed) = self.kept.get(text, shared.epoch.load(Ordering::Acquire));
        if let Some(known) = known {
            return Ok(known);
        }
        if renewed && shared.pooler {
            // Types may have been dropped and made anew, too.
            self.learner.forget();
        } else if renewed {
            client.clear_type_cache();
        }
        // Boxed: this is rare, and would make every call's future larger.
        let prepared = if shared.pooler {
            let learned = self.learner.learn(client, &shared.custom_types, text, in_transaction);
            let (parameters, columns) = Box::pin(learned).await?;
            Prepared::Typed(parameters, columns)
        } else {
            Prepared::Named(Box::pin(client.prepare(text)).await?)
        };
        self.kept.insert(text, prepared.clone());
        Ok(prepared)
    }
}
