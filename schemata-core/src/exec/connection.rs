//! A connection of the pool: the driver's client, the statements prepared on it, and whether it may be used again.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Column, CopyInSink, Error, RowStream, Statement};

use crate::exec::dial::Driver;
use crate::exec::lru::Lru;
use crate::ident::quoted;
use crate::param::Hidden;
use crate::sql::declared::Declared;
use crate::sql::session::nulls;

/// What all connections of a pool share.
pub(crate) struct Shared {
    /// How many statements a connection keeps.
    pub(crate) capacity: usize,
    /// Whether a pooler may give each transaction another server connection: nothing named may outlive one.
    pub(crate) pooler: bool,
    /// Settings that each transaction makes for itself, in milliseconds.
    pub(crate) on_begin: Vec<(&'static str, u128)>,
    /// From when on a statement is reported as slow.
    pub(crate) slow_query: Option<Duration>,
    /// Raised when a statement turns out stale: then others are too, on every connection.
    pub(crate) epoch: AtomicU64,
    /// Behind a pooler, the types that are not PostgreSQL's own, as quoted names. See [`Connection::learn`].
    pub(crate) custom_types: Mutex<Vec<String>>,
}

/// A connection of the pool.
pub(crate) struct Connection {
    client: Client,
    statements: Lru<Prepared>,
    shared: Arc<Shared>,
    /// Work was broken off, or left something behind that others must not find.
    spoiled: AtomicBool,
    /// Behind a pooler: statements were learned before, so the driver's own named statements are gone.
    has_learned: AtomicBool,
    driver: Driver,
}

/// What is kept of a statement.
#[derive(Clone)]
enum Prepared {
    /// A named one on the server.
    Named(Statement),
    /// The types of its parameters, so that it can be sent unnamed, and of its columns.
    Typed(Arc<[Type]>, Arc<[Declared]>),
}

impl Connection {
    pub(crate) fn new(client: Client, driver: Driver, shared: Arc<Shared>) -> Self {
        Self {
            statements: Lru::new(shared.capacity),
            client,
            shared,
            spoiled: AtomicBool::new(false),
            has_learned: AtomicBool::new(false),
            driver,
        }
    }

    /// The driver's client.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Whether it may be used again.
    pub(crate) fn is_fit(&self) -> bool {
        !self.spoiled.load(Ordering::Acquire) && !self.client.is_closed()
    }

    /// Lets nobody have it after the one who has it now.
    pub(crate) fn spoil(&self) {
        self.spoiled.store(true, Ordering::Release);
    }

    /// Closes it at once, whoever has it.
    pub(crate) fn close(&self) {
        self.spoil();
        self.driver.abort();
    }

    /// Spoils the connection unless the guard is [released](InFlight::release): a statement whose future was dropped may
    /// still be running, and whoever got the connection next would wait for it.
    pub(crate) fn in_flight(&self) -> InFlight<'_> {
        InFlight { connection: self, done: false }
    }

    /// Takes note that statements prepared earlier do not fit the schema any more. Behind a pooler, a statement that is
    /// gone is the driver's own, and tells nothing of the schema: see [`Connection::learn`].
    pub(crate) fn outdated(&self, is_gone: bool) {
        if is_gone && self.shared.pooler {
            return;
        }
        self.shared.epoch.fetch_add(1, Ordering::AcqRel);
    }

    /// What all connections of the pool share.
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Runs a statement; the number of rows it touched.
    pub(crate) async fn execute(&self, text: &str, values: Values<'_>, in_transaction: bool) -> Result<u64, Error> {
        match self.prepare(text, in_transaction).await? {
            Prepared::Named(statement) => self.client.execute_raw(&statement, hidden(values)).await,
            Prepared::Typed(types, _) => {
                self.client.execute_typed(text, &typed(values, &types).collect::<Vec<_>>()).await
            }
        }
    }

    /// Runs a statement; its rows as they arrive.
    pub(crate) async fn stream(
        &self,
        text: &str,
        values: Values<'_>,
        in_transaction: bool,
    ) -> Result<RowStream, Error> {
        match self.prepare(text, in_transaction).await? {
            Prepared::Named(statement) => self.client.query_raw(&statement, hidden(values)).await,
            Prepared::Typed(types, _) => self.client.query_typed_raw(text, typed(values, &types)).await,
        }
    }

    /// The types of the columns that a statement returns, without running it.
    pub(crate) async fn describe(&self, text: &str, in_transaction: bool) -> Result<Arc<[Declared]>, Error> {
        match self.prepare(text, in_transaction).await? {
            Prepared::Named(statement) => Ok(column_types(&statement)),
            Prepared::Typed(_, columns) => Ok(columns),
        }
    }

    /// Begins a COPY to the server. Behind a pooler it has to be in a transaction.
    pub(crate) async fn copy_in(&self, text: &str, in_transaction: bool) -> Result<CopyInSink<Bytes>, Error> {
        match self.prepare(text, in_transaction).await? {
            Prepared::Named(statement) => self.client.copy_in(&statement).await,
            Prepared::Typed(..) => self.client.copy_in(text).await,
        }
    }

    async fn prepare(&self, text: &str, in_transaction: bool) -> Result<Prepared, Error> {
        let (known, renewed) = self.statements.get(text, self.shared.epoch.load(Ordering::Acquire));
        if let Some(known) = known {
            return Ok(known);
        }
        if renewed && self.shared.pooler {
            // Types may have been dropped and made anew, too; here only a new connection can look them up.
            self.spoil();
        } else if renewed {
            self.client.clear_type_cache();
        }
        // Boxed: this is rare, and would make every call's future larger.
        let prepared = if self.shared.pooler {
            let (parameters, columns) = Box::pin(self.learn_apart(text, in_transaction)).await?;
            Prepared::Typed(parameters, columns)
        } else {
            Prepared::Named(Box::pin(self.client.prepare(text)).await?)
        };
        self.statements.insert(text, prepared.clone());
        Ok(prepared)
    }

    /// Asks for the types of a statement's parameters, in a transaction of its own if there is none: a pooler keeps to
    /// one server connection that long.
    async fn learn_apart(&self, text: &str, in_transaction: bool) -> Result<Learned, Error> {
        if in_transaction {
            return self.learn(text).await;
        }
        self.client.batch_execute("BEGIN").await?;
        let learned = self.learn(text).await;
        self.client.batch_execute("ROLLBACK").await?;
        learned
    }

    /// Prepares the statement under a name, and takes the name away again before the transaction ends.
    ///
    /// To name the types that are not PostgreSQL's own, the driver prepares queries for itself, and does not expect to
    /// lose them. So a connection looks up such types once, all that the pool has seen; when another one turns up, the
    /// lookup fails with 26000, and a new connection looks up that one too.
    async fn learn(&self, text: &str) -> Result<Learned, Error> {
        if !self.has_learned.load(Ordering::Acquire) {
            self.recall_types().await?;
        }
        let statement = match self.client.prepare(text).await {
            Ok(statement) => statement,
            Err(error) => {
                if error.code() == Some(&tokio_postgres::error::SqlState::INVALID_SQL_STATEMENT_NAME) {
                    self.spoil();
                }
                return Err(error);
            }
        };
        let types: Arc<[Type]> = statement.params().into();
        let columns = column_types(&statement);
        let custom = types
            .iter()
            .chain(columns.iter().map(|column| &column.ty))
            .filter(|r#type| Type::from_oid(r#type.oid()).is_none());
        let custom: Vec<String> =
            custom.map(|r#type| format!("{}.{}", quoted(r#type.schema()), quoted(r#type.name()))).collect();
        if !custom.is_empty() {
            self.has_learned.store(true, Ordering::Release);
            let mut known = self.shared.custom_types.lock().unwrap_or_else(PoisonError::into_inner);
            for name in custom {
                if !known.contains(&name) {
                    known.push(name);
                }
            }
        }
        drop(statement);
        self.client.batch_execute("DEALLOCATE ALL").await?;
        Ok((types, columns))
    }

    async fn recall_types(&self) -> Result<(), Error> {
        let known = self.shared.custom_types.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if known.is_empty() {
            return Ok(());
        }
        self.has_learned.store(true, Ordering::Release);
        let recalled = self.client.prepare(&nulls(&known)).await;
        if recalled.is_err() {
            // One of them is gone. They are found again as they are met.
            self.spoil();
            self.shared.custom_types.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        recalled.map(drop)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.spoiled.load(Ordering::Acquire) {
            // Else the driver would first read all that a statement broken off still has to say.
            self.driver.abort();
        }
    }
}

/// A statement under way; see [`Connection::in_flight`].
pub(crate) struct InFlight<'c> {
    connection: &'c Connection,
    done: bool,
}

impl InFlight<'_> {
    /// The server has answered in full.
    pub(crate) fn release(mut self) {
        self.done = true;
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.connection.spoil();
        }
    }
}

/// The types of a statement's parameters, and of its columns.
type Learned = (Arc<[Type]>, Arc<[Declared]>);

pub(crate) fn column_types(statement: &Statement) -> Arc<[Declared]> {
    let declared = |column: &Column| Declared { ty: column.type_().clone(), modifier: column.type_modifier() };
    statement.columns().iter().map(declared).collect()
}

/// Bound values.
pub(crate) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// The values as the driver gets them for a prepared statement, since it logs the `Debug` of each at the level DEBUG.
pub(crate) fn hidden(values: Values<'_>) -> impl ExactSizeIterator<Item = Hidden<'_>> {
    values.iter().map(|value| Hidden(*value))
}

/// The values with their types. Too few or too many are the server's to refuse.
fn typed<'v>(values: Values<'v>, types: &[Type]) -> impl ExactSizeIterator<Item = (&'v (dyn ToSql + Sync), Type)> {
    values.iter().enumerate().map(|(at, value)| (*value, types.get(at).cloned().unwrap_or(Type::UNKNOWN)))
}
