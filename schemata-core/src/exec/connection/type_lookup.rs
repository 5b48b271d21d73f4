//! Behind a pooler: looks up the types of a statement's parameters and columns without leaving a named statement behind.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use futures_util::future::join;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Column, Error, Statement};

use crate::exec::connection::pool_shared::CustomTypes;
use crate::ident::quoted;
use crate::sql::declared_type::DeclaredType;
use crate::sql::session::nulls;

/// The types of a statement's parameters, and of its columns.
type StatementTypes = (Arc<[Type]>, Arc<[DeclaredType]>);

/// Looks up types on one connection.
///
/// To name a custom type, the driver prepares queries for its own use and fails once they are gone, and the lookup of each
/// statement ends with `DEALLOCATE ALL`. So a connection looks up custom types only once: all those that the pool has used
/// so far. If another one turns up, the lookup fails with 26000, and a new connection looks up that one too.
#[derive(Default)]
pub(crate) struct TypeLookup {
    /// Set once custom types have been looked up: the driver's own statements are gone.
    has_looked_up: AtomicBool,
    is_exhausted: AtomicBool,
}

impl TypeLookup {
    /// Returns whether only a new connection can look up further types.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.is_exhausted.load(Ordering::Acquire)
    }

    /// Leaves further lookups to a new connection.
    pub(crate) fn exhaust(&self) {
        self.is_exhausted.store(true, Ordering::Release);
    }

    /// Looks up the types of a statement, in a transaction of its own if there is none: within a transaction, a pooler stays
    /// with one server connection.
    pub(crate) async fn look_up(
        &self,
        client: &Client,
        known: &CustomTypes,
        text: &str,
        in_transaction: bool,
    ) -> Result<StatementTypes, Error> {
        // Other programs may have left statements on the server's connection under the names that the driver uses, and the
        // driver must not run those. Sent as a separate message: poolers that track prepared statements recognise it by its
        // text.
        let deallocate = client.batch_execute("DEALLOCATE ALL");
        if in_transaction {
            deallocate.await?;
            return self.prepare(client, known, text).await;
        }
        // Both are sent together.
        let (begun, deallocated) = join(client.batch_execute("BEGIN"), deallocate).await;
        let types = match begun.and(deallocated) {
            Ok(()) => self.prepare(client, known, text).await,
            Err(error) => Err(error),
        };
        // Also after a failure: the next caller would get a transaction that has failed.
        client.batch_execute("ROLLBACK").await?;
        types
    }

    /// Prepares the statement under a name, reads its types, and deallocates the name before the transaction ends.
    async fn prepare(&self, client: &Client, known: &CustomTypes, text: &str) -> Result<StatementTypes, Error> {
        if !self.has_looked_up.load(Ordering::Acquire) {
            self.look_up_known_types(client, known).await?;
        }
        let statement = match client.prepare(text).await {
            Ok(statement) => statement,
            Err(error) => {
                if error.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME) {
                    self.exhaust();
                }
                return Err(error);
            }
        };
        let types: Arc<[Type]> = statement.params().into();
        let columns = column_types(&statement);
        let all = types.iter().chain(columns.iter().map(|column| &column.ty));
        let custom = all.filter(|r#type| Type::from_oid(r#type.oid()).is_none());
        let custom: Vec<String> =
            custom.map(|r#type| format!("{}.{}", quoted(r#type.schema()), quoted(r#type.name()))).collect();
        if !custom.is_empty() {
            self.has_looked_up.store(true, Ordering::Release);
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            for name in custom {
                if !known.contains(&name) {
                    known.push(name);
                }
            }
        }
        drop(statement);
        client.batch_execute("DEALLOCATE ALL").await?;
        Ok((types, columns))
    }

    /// Looks up all custom types that the pool has used so far, with one statement.
    async fn look_up_known_types(&self, client: &Client, known: &CustomTypes) -> Result<(), Error> {
        let names = known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if names.is_empty() {
            return Ok(());
        }
        self.has_looked_up.store(true, Ordering::Release);
        let looked_up = client.prepare(&nulls(&names)).await;
        if looked_up.is_err() {
            // One of the types is gone. The others are looked up again when statements use them.
            self.exhaust();
            known.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        looked_up.map(drop)
    }
}

/// Returns the types of a prepared statement's columns.
pub(crate) fn column_types(statement: &Statement) -> Arc<[DeclaredType]> {
    let declared = |column: &Column| DeclaredType { ty: column.type_().clone(), modifier: column.type_modifier() };
    statement.columns().iter().map(declared).collect()
}
