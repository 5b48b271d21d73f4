//! The prepared statements of a connection: each is prepared once and then found by its text.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Statement};

use crate::exec::connection::lru::Lru;
use crate::exec::connection::pool_shared::PoolShared;
use crate::exec::connection::type_lookup::TypeLookup;
use crate::sql::declared_type::DeclaredType;

/// What is kept of a statement.
#[derive(Clone)]
pub(crate) enum Prepared {
    /// A named statement on the server.
    Named(Statement),
    /// The types of the parameters and columns, for a statement that is sent unnamed.
    Typed(Arc<[Type]>, Arc<[DeclaredType]>),
}

/// The prepared statements of one connection.
pub(crate) struct StatementCache {
    kept: Lru<Prepared>,
    type_lookup: TypeLookup,
}

impl StatementCache {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { kept: Lru::new(capacity), type_lookup: TypeLookup::default() }
    }

    /// Returns the number of statements.
    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    /// Returns whether only a new connection can look up further types.
    pub(crate) fn needs_new_connection(&self) -> bool {
        self.type_lookup.is_exhausted()
    }

    /// Finds the statement with this text, or prepares it.
    pub(crate) async fn prepare(
        &self,
        client: &Client,
        shared: &PoolShared,
        text: &str,
        in_transaction: bool,
    ) -> Result<Prepared, Error> {
        let (known, is_new_epoch) = self.kept.get(text, shared.epoch.load(Ordering::Acquire));
        if let Some(known) = known {
            return Ok(known);
        }
        if is_new_epoch && shared.behind_pooler {
            // Types may have been dropped and created again, too.
            self.type_lookup.exhaust();
        } else if is_new_epoch {
            client.clear_type_cache();
        }
        // Boxed: preparing is rare, and would make every call's future larger.
        let prepared = if shared.behind_pooler {
            let lookup = self.type_lookup.look_up(client, &shared.custom_types, text, in_transaction);
            let (parameters, columns) = Box::pin(lookup).await?;
            Prepared::Typed(parameters, columns)
        } else {
            Prepared::Named(Box::pin(client.prepare(text)).await?)
        };
        self.kept.insert(text, prepared.clone());
        Ok(prepared)
    }
}
