//! The prepared statements of a connection: each is prepared once and then found by its text.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Statement};

use crate::exec::connection::pool_shared::PoolShared;
use crate::exec::connection::type_lookup::TypeLookup;
use crate::exec::message_limits::check_text;
use crate::exec::purpose::StatementFailure;
use crate::sql::declared_type::DeclaredType;
use crate::sql::lru::Lru;
use crate::sql::statement_text::TextRef;

/// What is kept of a statement.
#[derive(Clone)]
pub(crate) enum Prepared {
    /// A named statement on the server.
    Named(Statement),
    /// A statement that is sent unnamed: its text, and the types of its parameters and columns.
    Typed(Arc<str>, Arc<[Type]>, Arc<[DeclaredType]>),
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

    /// Finds the statement with this text, or prepares it. Only then is the text written, if it is in parts, and checked.
    pub(crate) async fn prepare(
        &self,
        client: &Client,
        shared: &PoolShared,
        text: &TextRef<'_>,
        in_transaction: bool,
    ) -> Result<Prepared, StatementFailure> {
        let (known, is_new_epoch) = self.kept.get(*text, shared.epoch.load(Ordering::Acquire));
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
        Box::pin(self.prepare_new(client, shared, text, in_transaction)).await
    }

    async fn prepare_new(
        &self,
        client: &Client,
        shared: &PoolShared,
        known: &TextRef<'_>,
        in_transaction: bool,
    ) -> Result<Prepared, StatementFailure> {
        let text: Arc<str> = known.text().into();
        check_text(&text).map_err(StatementFailure::Unsendable)?;
        let prepared = if let Some(prepared) = self.kept.get_written(&text) {
            prepared
        } else if shared.behind_pooler {
            let looked_up = self.type_lookup.look_up(client, &shared.custom_types, &text, in_transaction).await;
            let (parameters, columns) = looked_up.map_err(StatementFailure::before_sending)?;
            Prepared::Typed(Arc::clone(&text), parameters, columns)
        } else {
            Prepared::Named(client.prepare(&text).await.map_err(StatementFailure::before_sending)?)
        };
        self.kept.insert(*known, text, prepared.clone());
        Ok(prepared)
    }
}
