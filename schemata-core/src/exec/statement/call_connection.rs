//! The connection of one call: from the pool, of a transaction, or the caller's own client.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, RowStream, Statement};

use crate::error::{Error, ErrorKind, Result};
use crate::exec::connection::call_timeout::PendingCalls;
use crate::exec::connection::connection::{CloseHandle, Connection};
use crate::exec::connection::in_flight::InFlightGuard;
use crate::exec::connection::type_lookup::column_types;
use crate::exec::message_limits::{StatementValues, check_text, size_limited, with_types};
use crate::exec::pool::pool::PooledConnection;
use crate::exec::purpose::{StatementFailure, TransactionAccess, has_no_operator, may_have_old_types};
use crate::exec::statement::client_types::ClientTypes;
use crate::exec::target::{ConnectionSource, Target};
use crate::exec::transaction::begin::Begin;
use crate::exec::transaction::transaction_connection::ConnectionGuard;
use crate::sql::declared_type::DeclaredType;
use crate::sql::statement_text::TextRef;

/// The connection of one call.
pub(crate) enum CallConnection<'a> {
    /// A connection of the pool, returned when this is dropped.
    Pooled(PooledConnection),
    /// The connection of a transaction, which does not end while this lives.
    Transaction(ConnectionGuard<'a>),
    /// The connection of a transaction that may end: the statement was sent, and its rows arrive before the end does.
    /// Runs no further statement.
    Sent(CloseHandle, TransactionAccess),
    /// The caller's own client, which may be in a transaction.
    Client(&'a Client),
}

impl<'a> CallConnection<'a> {
    /// Takes a connection from the source of `target`, for a call that began at `now`.
    ///
    /// # Errors
    /// [`Error::Pool`], [`Error::Connect`], [`Error::TransactionEnded`], [`Error::TransactionNested`].
    pub(crate) async fn take(target: Target<'a>, now: Instant) -> Result<Self> {
        match target.source {
            ConnectionSource::Pool(pool) => pool.acquire(now).await.map(Self::Pooled),
            ConnectionSource::Transaction(held, level) => held.connection(level).await.map(Self::Transaction),
            ConnectionSource::Client(client) => Ok(Self::Client(client)),
        }
    }

    /// Does the same for a statement that does no harm outside a transaction: BEGIN may not be
    /// [confirmed](CallConnection::unconfirmed_begin) yet.
    ///
    /// # Errors
    /// As for [`take`](CallConnection::take).
    pub(crate) async fn take_for_read(target: Target<'a>, now: Instant) -> Result<Self> {
        match target.source {
            ConnectionSource::Transaction(held, level) => {
                held.unconfirmed_connection(level).await.map(Self::Transaction)
            }
            _ => Self::take(target, now).await,
        }
    }

    /// Returns the BEGIN of the transaction, unless the server has confirmed it.
    pub(crate) fn unconfirmed_begin(&self) -> Option<(&Begin, &Connection)> {
        match self {
            Self::Transaction(connection) => connection.unconfirmed_begin().map(|begin| (begin, &**connection)),
            _ => None,
        }
    }

    /// Returns the transaction that the call runs in.
    pub(crate) fn access(&self) -> TransactionAccess {
        match self {
            Self::Transaction(connection) => connection.access(),
            Self::Sent(_, access) => *access,
            Self::Pooled(_) | Self::Client(_) => TransactionAccess::NoTransaction,
        }
    }

    /// Returns the duration from which a statement is reported as slow.
    pub(crate) fn slow_query(&self) -> Option<Duration> {
        self.connection().map_or(Some(Duration::from_secs(1)), |connection| connection.shared().slow_query)
    }

    /// Begins a call; see [`InFlightGuard::begin`].
    pub(crate) fn in_flight(&self) -> Option<InFlightGuard<'_>> {
        self.connection().map(InFlightGuard::begin)
    }

    /// Ends a call that got an answer. If the error leaves the state of the connection uncertain, closes the connection at
    /// once, before anything else is sent on it: an answer could go to the wrong request.
    pub(crate) fn answered(&self, guard: Option<InFlightGuard<'_>>, error: Option<&Error>) {
        match error.map(Error::kind) {
            Some(ErrorKind::Connection | ErrorKind::OutcomeUnknown | ErrorKind::Protocol) => self.close(),
            // The guard is not released, so the connection is closed after use: after a row that cannot be decoded, other
            // rows are still to come, and a message that was too large leaves a large buffer.
            Some(ErrorKind::Decode | ErrorKind::Unsendable) => {}
            _ => {
                if let Some(guard) = guard {
                    guard.release();
                }
            }
        }
    }

    /// Lets the transaction end while the rows of the statement, which was sent, are still arriving.
    pub(crate) fn mark_sent(&mut self) {
        if let Self::Transaction(connection) = self {
            *self = Self::Sent(connection.close_handle(), connection.access());
        }
    }

    /// Marks the connection to be closed after its current use.
    pub(crate) fn spoil(&self) {
        if let Some(connection) = self.connection() {
            connection.spoil();
        }
    }

    /// Marks the session to be reset before another caller gets the connection.
    pub(crate) fn reset_afterwards(&self) {
        if let Some(connection) = self.connection() {
            connection.reset_afterwards();
        }
    }

    /// Closes the connection at once, so that nothing that still arrives is taken for an answer. A client of the
    /// caller's own is left alone.
    pub(crate) fn close(&self) {
        match self {
            Self::Sent(handle, _) => handle.close(),
            _ => {
                if let Some(connection) = self.connection() {
                    connection.close();
                }
            }
        }
    }

    /// Notes that the network has taken data of a call.
    pub(crate) fn note_progress(&self) {
        if let Some(pending) = self.pending() {
            pending.progress();
        }
    }

    /// Returns the driver's client.
    pub(crate) fn client(&self) -> &Client {
        match self {
            Self::Client(client) => client,
            Self::Pooled(connection) => connection.client(),
            Self::Transaction(connection) => connection.client(),
            Self::Sent(..) => unreachable!("a call sends one statement"),
        }
    }

    /// Lifts the time limit of calls on this connection until it is returned.
    pub(crate) fn lift_time_limit(&self) {
        if let Some(pending) = self.pending() {
            pending.set_unlimited(true);
        }
    }

    /// Returns the pending calls of this connection.
    pub(crate) fn pending(&self) -> Option<&Arc<PendingCalls>> {
        self.connection().map(Connection::pending)
    }

    /// Notes a write that the server refused because it is read only, unless the caller declared the transaction so.
    pub(crate) fn note_refused_write(&self, kind: Option<ErrorKind>) {
        if kind == Some(ErrorKind::ReadOnly)
            && self.access() != TransactionAccess::ReadOnly
            && let Some(connection) = self.connection()
        {
            connection.note_refused_write();
        }
    }

    /// Returns whether the connection goes through a pooler, where clients share a session.
    pub(crate) fn is_behind_pooler(&self) -> bool {
        self.connection().is_some_and(|connection| connection.shared().behind_pooler)
    }

    /// Notes that a prepared statement is stale; returns whether the call may be repeated.
    pub(crate) fn note_stale_statement(&self, error: &Error) -> bool {
        if let Some(connection) = self.connection() {
            connection.note_stale_statement(error.sqlstate() == Some(SqlState::INVALID_SQL_STATEMENT_NAME.code()));
        }
        matches!(self, Self::Pooled(_))
    }

    /// Forgets types of statements if they may be why a call failed; returns whether the call may be repeated. On the caller's own
    /// client, which may be in a transaction, that fails with 25P02 in one.
    pub(crate) fn forget_old_types(&self, error: &Error) -> bool {
        match self {
            Self::Client(client) => {
                (may_have_old_types(error) || has_no_operator(error)) && ClientTypes::forget(client)
            }
            _ => may_have_old_types(error) && self.note_stale_statement(error),
        }
    }

    /// Runs a statement and returns the number of rows that it affected.
    pub(crate) async fn execute(
        &self,
        text: &TextRef<'_>,
        values: StatementValues<'_>,
    ) -> Result<u64, StatementFailure> {
        match self {
            Self::Client(client) => {
                let known = ClientTypes::of(client);
                if let Some((text, types)) = known.find(*text) {
                    let values: Vec<_> = with_types(values, &types).collect();
                    let values = values.iter().map(|(value, ty)| (value as &(dyn ToSql + Sync), ty.clone()));
                    return Ok(client.execute_typed(&text, &values.collect::<Vec<_>>()).await?);
                }
                let statement = prepare(client, text, &known).await?;
                Ok(client.execute_raw(&statement, size_limited(values)).await?)
            }
            Self::Pooled(connection) => connection.execute(text, values, false).await,
            Self::Transaction(connection) => connection.execute(text, values, true).await,
            Self::Sent(..) => unreachable!("a call sends one statement"),
        }
    }

    /// Runs a statement and returns its rows as a stream.
    pub(crate) async fn stream(
        &self,
        text: &TextRef<'_>,
        values: StatementValues<'_>,
    ) -> Result<RowStream, StatementFailure> {
        match self {
            Self::Client(client) => {
                let known = ClientTypes::of(client);
                if let Some((text, types)) = known.find(*text) {
                    return Ok(client.query_typed_raw(&text, with_types(values, &types)).await?);
                }
                let statement = prepare(client, text, &known).await?;
                Ok(client.query_raw(&statement, size_limited(values)).await?)
            }
            Self::Pooled(connection) => connection.stream(text, values, false).await,
            Self::Transaction(connection) => connection.stream(text, values, true).await,
            Self::Sent(..) => unreachable!("a call sends one statement"),
        }
    }

    /// Returns the types of the columns of a statement, without running it.
    pub(crate) async fn describe(&self, text: &TextRef<'_>) -> Result<Arc<[DeclaredType]>, StatementFailure> {
        match self {
            Self::Client(client) => {
                let statement = prepare(client, text, &ClientTypes::of(client)).await?;
                Ok(column_types(&statement))
            }
            Self::Pooled(connection) => connection.describe(text, false).await,
            Self::Transaction(connection) => connection.describe(text, true).await,
            Self::Sent(..) => unreachable!("a call sends one statement"),
        }
    }

    fn connection(&self) -> Option<&Connection> {
        match self {
            Self::Pooled(connection) => Some(connection),
            Self::Transaction(connection) => Some(connection),
            Self::Client(_) | Self::Sent(..) => None,
        }
    }
}

/// Prepares a statement on the caller's own client, which keeps none, and notes its types.
async fn prepare(client: &Client, text: &TextRef<'_>, known: &ClientTypes) -> Result<Statement, StatementFailure> {
    let written = text.text();
    check_text(&written).map_err(StatementFailure::Unsendable)?;
    let statement = client.prepare(&written).await.map_err(StatementFailure::before_sending)?;
    known.note(*text, &written, &statement);
    Ok(statement)
}
