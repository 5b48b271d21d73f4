//! A line to the server for one call: a connection borrowed from the pool, a transaction's, or the caller's own.

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, RowStream};

use crate::error::{Error, ErrorKind, Result};
use crate::exec::connection::{Connection, InFlight, Values};
use crate::exec::held::UnderWay;
use crate::exec::learn::column_types;
use crate::exec::pending::Pending;
use crate::exec::pool::{Lease, borrow};
use crate::exec::purpose::Failed;
use crate::exec::sendable::bounded;
use crate::exec::target::{Road, Target};
use crate::sql::declared_type::DeclaredType;

/// See the file's head.
pub(crate) enum Line<'a> {
    /// For this call alone; given back when dropped.
    Pooled(Lease),
    /// The connection of a transaction, which does not end before the statement is sent.
    Held(UnderWay<'a>),
    /// A transaction's, whose statement is on its way: no other goes here.
    Sent,
    /// The caller's; it may be in a transaction.
    Bare(&'a Client),
}

type Answer<T> = Result<T, Failed>;

impl<'a> Line<'a> {
    /// Takes the line that `target` leads to.
    ///
    /// # Errors
    /// [`Error::Pool`](crate::Error::Pool), [`Error::Connect`](crate::Error::Connect), `TransactionEnded`, `TransactionNested`.
    pub(crate) async fn to(target: Target<'a>) -> Result<Self> {
        match target.road {
            Road::Pool(pool) => borrow(pool).await.map(Self::Pooled),
            Road::Held(held, level) => held.connection(level).await.map(Self::Held),
            Road::Bare(client) => Ok(Self::Bare(client)),
        }
    }

    /// Whether a transaction is known to be open. Of the caller's own connection nothing is known.
    pub(crate) fn in_transaction(&self) -> bool {
        matches!(self, Self::Held(_) | Self::Sent)
    }

    /// From when on a statement is reported as slow.
    pub(crate) fn slow_query(&self) -> Option<Duration> {
        self.connection().map_or(Some(Duration::from_secs(1)), |connection| connection.shared().slow_query)
    }

    /// Guards a statement under way.
    pub(crate) fn in_flight(&self) -> Option<InFlight<'_>> {
        self.connection().map(Connection::in_flight)
    }

    /// Releases the guard of a statement that was answered in full. If the connection's state is not certain, closes it at
    /// once, before anybody can send on it: an answer could go to the wrong request.
    pub(crate) fn answered(&self, guard: Option<InFlight<'_>>, error: Option<&Error>) {
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
        if let Self::Held(_) = self {
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
            Self::Bare(client) => client,
            Self::Pooled(lease) => lease.client(),
            Self::Held(connection) => connection.client(),
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
    pub(crate) fn pending(&self) -> Option<&Arc<Pending>> {
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
            Self::Bare(client) => {
                let statement = client.prepare(text).await.map_err(Failed::before)?;
                Ok(client.execute_raw(&statement, bounded(values)).await?)
            }
            Self::Pooled(lease) => lease.execute(text, values, false).await,
            Self::Held(connection) => connection.execute(text, values, true).await,
            Self::Sent => unreachable!("a line takes one statement"),
        }
    }

    /// Runs a statement; its rows as they arrive.
    pub(crate) async fn stream(&self, text: &str, values: Values<'_>) -> Answer<RowStream> {
        match self {
            Self::Bare(client) => {
                let statement = client.prepare(text).await.map_err(Failed::before)?;
                Ok(client.query_raw(&statement, bounded(values)).await?)
            }
            Self::Pooled(lease) => lease.stream(text, values, false).await,
            Self::Held(connection) => connection.stream(text, values, true).await,
            Self::Sent => unreachable!("a line takes one statement"),
        }
    }

    /// The types of the columns that a statement returns. It does not run.
    pub(crate) async fn describe(&self, text: &str) -> Answer<Arc<[DeclaredType]>> {
        match self {
            Self::Bare(client) => {
                client.prepare(text).await.map(|statement| column_types(&statement)).map_err(Failed::before)
            }
            Self::Pooled(lease) => lease.describe(text, false).await,
            Self::Held(connection) => connection.describe(text, true).await,
            Self::Sent => unreachable!("a line takes one statement"),
        }
    }

    fn connection(&self) -> Option<&Connection> {
        match self {
            Self::Pooled(lease) => Some(lease),
            Self::Held(connection) => Some(connection),
            Self::Bare(_) | Self::Sent => None,
        }
    }
}
