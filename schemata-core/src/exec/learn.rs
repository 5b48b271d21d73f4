//! Behind a pooler: looks up the types of a statement's parameters and columns, and leaves no named statement behind.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::try_join;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Column, Error, Statement};

use crate::ident::quoted;
use crate::sql::declared_type::DeclaredType;
use crate::sql::session::nulls;

/// The types that are not PostgreSQL's own, as quoted names, that a pool has seen.
pub(crate) type CustomTypes = Mutex<Vec<String>>;

/// The types of a statement's parameters, and of its columns.
pub(crate) type Learned = (Arc<[Type]>, Arc<[DeclaredType]>);

/// What one connection has looked up so far.
#[derive(Default)]
pub(crate) struct Learner {
    /// A statement was looked up before, so the driver's own named statements are gone.
    has_learned: AtomicBool,
    is_stale: AtomicBool,
}

impl Learner {
    /// Returns whether only a new connection can look up another type.
    pub(crate) fn is_stale(&self) -> bool {
        self.is_stale.load(Ordering::Acquire)
    }

    /// Takes note that types looked up on this connection may be gone.
    pub(crate) fn forget(&self) {
        self.is_stale.store(true, Ordering::Release);
    }

    /// Looks up the types of a statement, in a transaction of its own if there is none: a pooler keeps to one server
    /// connection for that long.
    ///
    /// To name types that are not PostgreSQL's own, the driver prepares queries for itself, and fails when they are gone. So
    /// a connection looks up such types only once, all those that the pool has seen. When another one turns up, the lookup
    /// fails with 26000, and a new connection looks up that one too.
    pub(crate) async fn learn(
        &self,
        client: &Client,
        known: &CustomTypes,
        text: &str,
        in_transaction: bool,
    ) -> Result<Learned, Error> {
        // Other programs may have left statements on the server's connection under the names that the driver uses. The
        // driver must not run those in place of its own. This is a message of its own, since poolers that keep statements
        // apart recognise it by its text.
        let forget = client.batch_execute("DEALLOCATE ALL");
        if in_transaction {
            forget.await?;
            return self.prepare(client, known, text).await;
        }
        // Both are sent together.
        try_join(client.batch_execute("BEGIN"), forget).await?;
        let learned = self.prepare(client, known, text).await;
        client.batch_execute("ROLLBACK").await?;
        learned
    }

    /// Prepares the statement under a name, and deallocates the name before the transaction ends.
    async fn prepare(&self, client: &Client, known: &CustomTypes, text: &str) -> Result<Learned, Error> {
        if !self.has_learned.load(Ordering::Acquire) {
            self.recall_types(client, known).await?;
        }
        let statement = match client.prepare(text).await {
            Ok(statement) => statement,
            Err(error) => {
                if error.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME) {
                    self.forget();
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
            self.has_learned.store(true, Ordering::Release);
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

    async fn recall_types(&self, client: &Client, known: &CustomTypes) -> Result<(), Error> {
        let names = known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if names.is_empty() {
            return Ok(());
        }
        self.has_learned.store(true, Ordering::Release);
        let recalled = client.prepare(&nulls(&names)).await;
        if recalled.is_err() {
            // One of the types is gone. The others are looked up again when they are needed.
            self.forget();
            known.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        recalled.map(drop)
    }
}

pub(crate) fn column_types(statement: &Statement) -> Arc<[DeclaredType]> {
    let declared = |column: &Column| DeclaredType { ty: column.type_().clone(), modifier: column.type_modifier() };
    statement.columns().iter().map(declared).collect()
}
