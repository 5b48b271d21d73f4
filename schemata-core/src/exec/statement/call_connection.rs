//! A line to the server for one call: a connection borrowed from the pool, a transaction's, or the caller's own.

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, RowStream};

use crate::error::{Error, ErrorKind, Result};
use crate::exec::connection::call_timeout::PendingCalls;
use crate::exec::connection::connection::{Connection, InFlightGuard, Values};
use crate::exec::connection::type_lookup::column_types;
use crate::exec::message_limits::size_limited;
use crate::exec::pool::pool::{PooledConnection, borrow};
use crate::exec::purpose::StatementFailure;
use crate::exec::target::{ConnectionSource, Target};
use crate::exec::transaction::transaction_connection::ConnectionGuard;
use crate::sql::declared::Declared;

/// See the file's head.
pub(crate) enum CallConnection<'a> {
    /// For this call alone; given back when dropped.
    Pooled(PooledConnection),
    /// The connection of a transaction, which does not end before the statement is sent.
    Transaction(ConnectionGuard<'a>),
    /// A transaction's, whose statement is on its way: no other goes here.
    Sent,
    /// The caller's; it may be in a transaction.
    Client(&'a Client),
}

type Answer<T> = Result<T, StatementFailure>;

impl<'a> CallConnection<'a> {
    /// Takes the line that `target` leads to.
    ///
    /// # Errors
    /// [`Error::Pool`](crate::Error::Pool), [`Error::Connect`](crate::Error::Connect), `TransactionEnded`, `TransactionNested`.
    pub(crate) async fn to(target: Target<'a>) -> Result<Self> {
        match target.road {
            ConnectionSource::Pool(pool) => borrow(pool).await.map(Self::Pooled),
            ConnectionSource::Transaction(held, level) => held.connection(level).await.map(Self::Transaction),
            ConnectionSource::Client(client) => Ok(Self::Client(client)),
        }
    }

    /// Whether a transaction is known to be open. Of the caller's own connection nothing is known.
    pub(crate) fn in_transaction(&self) -> bool {
        matches!(self, Self::Transaction(_) | Self::Sent)
    }

    /// From when on a statement is reported as slow.
    pub(crate) fn slow_query(&self) -> Option<Duration> {
        self.connection().map_or(Some(Duration::from_secs(1)), |connection| connection.shared().slow_query)
    }

    /// Guards a statement under way.
    pub(crate) fn in_flight(&self) -> Option<InFlightGuard<'_>> {
        self.connection().map(Connection::in_flight)
    }

    /// Releases the guard of a statement that was answered in full. If the connection's state is not certain, closes it at
    /// once, before anybody can send on it: an answer could go to the wrong request.
    pub(crate) fn answered(&self, guard: Option<InFlightGuard<'_>>, error: Option<&Error>) {
        match (error.map(Error::kind), guard, self.connection()) {
            (Some(ErrorKind::Connection | ErrorKind::OutcomeUnknown | ErrorKind::Protocol), _, Some(connection)) => {
                connection.close();
            }
            // Not released: rows after one that cannot be read are still to come, and a message that was too large leaves a
            // large buffer.
            (Some(ErrorKind::Decode | ErrorKind::Unsendable), ..) => {}
            (_, Some(guard), _) => guard.release(),
            _ => {}
        }
    }

    /// Lets the transaction end: the statement is on its way, and its rows come before the end does.
    pub(crate) fn sent(&mut self) {
        if let Self::Transaction(_) = self {
            *self = Self::Sent;
        }
    }

    /// Lets nobody have the connection afterwards.
    pub(crate) fn spoil(&self) {
        if let Some(connection) = self.connection() {
            connection.spoil();
        }
    }

    /// Marks the session to be reset before anybody else gets the connection.
    pub(crate) fn reset_afterwards(&self) {
        if let Some(connection) = self.connection() {
            connection.reset_afterwards();
        }
    }

    /// Closes the connection at once: nothing that still arrives is taken for an answer.
    pub(crate) fn close(&self) {
        if let Some(connection) = self.connection() {
            connection.close();
        }
    }

    /// Takes note that a call which sends much was let go on.
    pub(crate) fn progress(&self) {
        if let Some(pending) = self.pending() {
            pending.progress();
        }
    }

    /// The driver's client.
    pub(crate) fn client(&self) -> &Client {
        match self {
            Self::Client(client) => client,
            Self::Pooled(lease) => lease.client(),
            Self::Transaction(connection) => connection.client(),
            Self::Sent => unreachable!("a line takes one statement"),
        }
    }

    /// Lifts the time limit for calls on this connection until it is returned.
    pub(crate) fn lift_limit(&self) {
        if let Some(connection) = self.connection() {
            connection.pending().set_unlimited(true);
        }
    }

    /// Returns the calls on this connection that wait for an answer.
    pub(crate) fn pending(&self) -> Option<&Arc<PendingCalls>> {
        self.connection().map(Connection::pending)
    }

    /// Notes what an error says about the server.
    pub(crate) fn note(&self, kind: Option<ErrorKind>) {
        if kind == Some(ErrorKind::ReadOnly)
            && let Some(connection) = self.connection()
        {
            connection.refused_write();
        }
    }

    /// Returns whether it is behind a pooler, where clients share a session.
    pub(crate) fn is_behind_pooler(&self) -> bool {
        self.connection().is_some_and(|connection| connection.shared().pooler)
    }

    /// Takes note that statements are stale; whether the call may be made again.
    pub(crate) fn outdated(&self, error: &Error) -> bool {
        if let Some(connection) = self.connection() {
            connection.outdated(error.sqlstate() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME));
        }
        matches!(self, Self::Pooled(_))
    }

    /// Runs a statement; the number of rows it touched.
    pub(crate) async fn execute(&self, text: &str, values: Values<'_>) -> Answer<u64> {
        match self {
            Self::Client(client) => {
                let statement = client.prepare(text).await.map_err(StatementFailure::before)?;
                Ok(client.execute_raw(&statement, size_limited(values)).await?)
            }
            Self::Pooled(lease) => lease.execute(text, values, false).await,
            Self::Transaction(connection) => connection.execute(text, values, true).await,
            Self::Sent => unreachable!("a line takes one statement"),
        }
    }

    /// Runs a statement; its rows as they arrive.
    pub(crate) async fn stream(&self, text: &str, values: Values<'_>) -> Answer<RowStream> {
        match self {
            Self::Client(client) => {
                let statement = client.prepare(text).await.map_err(StatementFailure::before)?;
                Ok(client.query_raw(&statement, size_limited(values)).await?)
            }
            Self::Pooled(lease) => lease.stream(text, values, false).await,
            Self::Transaction(connection) => connection.stream(text, values, true).await,
            Self::Sent => unreachable!("a line takes one statement"),
        }
    }

    /// The types of the columns that a statement returns. It does not run.
    pub(crate) async fn describe(&self, text: &str) -> Answer<Arc<[Declared]>> {
        match self {
            Self::Client(client) => {
                client.prepare(text).await.map(|statement| column_types(&statement)).map_err(StatementFailure::before)
            }
            Self::Pooled(lease) => lease.describe(text, false).await,
            Self::Transaction(connection) => connection.describe(text, true).await,
            Self::Sent => unreachable!("a line takes one statement"),
        }
    }

    fn connection(&self) -> Option<&Connection> {
        match self {
            Self::Pooled(lease) => Some(lease),
            Self::Transaction(connection) => Some(connection),
            Self::Client(_) | Self::Sent => None,
        }
    }
}
