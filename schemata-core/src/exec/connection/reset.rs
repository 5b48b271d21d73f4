//! Resets the session of a connection on which raw SQL ran, and ends transactions.
//!
//! The text of raw SQL does not show what it does to its session: a DO block, a function or a trigger can change
//! anything. So the session is reset after any raw SQL, before another caller gets the connection, and the server
//! confirms the reset.
//!
//! Behind a pooler, the session belongs to another client as soon as a transaction ends. There, raw SQL runs in a
//! transaction, and the reset is part of the message that ends it.

use std::borrow::Cow;
use std::pin::pin;
use std::time::Duration;

use futures_util::TryStreamExt;
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use crate::exec::connection::connection::Connection;
use crate::sql::session::{RESET, RESET_POOLED};

/// The time limit of a reset; a connection that takes longer is closed.
const LIMIT: Duration = Duration::from_secs(10);

/// Resets the session and returns whether the connection may be used again. It may not if the server does not confirm the
/// reset in time, or reports a state that a reset cannot correct: an open transaction, statements prepared by SQL, or
/// deallocated statements of the driver.
pub(crate) async fn reset(connection: &Connection) -> bool {
    // Statements that the cache evicts meanwhile are closed on the wire after this message.
    let kept = connection.kept_statements();
    let answer = tokio::time::timeout(LIMIT, connection.client().simple_query(RESET)).await;
    let is_reset = matches!(answer, Ok(Ok(answer)) if is_as_opened(&answer, kept));
    if is_reset {
        connection.mark_reset();
    } else {
        connection.spoil();
    }
    is_reset
}

/// Ends a transaction by `sql`, which consists of this number of `commands`. Behind a pooler, a reset that is due follows in
/// the same message, which the pooler passes to one server connection.
///
/// If the answer does not confirm all commands, it belongs to another request: the connection is closed, and the error is
/// that of a lost connection.
pub(crate) async fn end_transaction(connection: &Connection, sql: &str, commands: usize) -> Result<(), Error> {
    let with_reset = connection.shared().behind_pooler && connection.needs_reset();
    let sql = if with_reset { Cow::Owned(format!("{sql}; {RESET_POOLED}")) } else { Cow::Borrowed(sql) };
    match run_and_count(connection.client(), &sql).await {
        (confirmed, Ok(())) if confirmed < commands => close_with_error(connection).await,
        (_, Ok(())) => {
            if with_reset {
                connection.mark_reset();
            }
            Ok(())
        }
        (confirmed, Err(error)) if confirmed < commands => Err(error),
        // The transaction has ended; the reset behind it failed.
        (_, Err(_)) => {
            tracing::warn!(target: "schemata::pool", "a session behind the pooler could not be reset");
            connection.spoil();
            Ok(())
        }
    }
}

/// Runs the commands of `sql`; returns the number that the server has confirmed, and the error that ended them.
async fn run_and_count(client: &Client, sql: &str) -> (usize, Result<(), Error>) {
    let answer = match client.simple_query_raw(sql).await {
        Ok(answer) => answer,
        Err(error) => return (0, Err(error)),
    };
    let mut answer = pin!(answer);
    let mut confirmed = 0;
    loop {
        match answer.try_next().await {
            Ok(Some(message)) => confirmed += usize::from(matches!(message, SimpleQueryMessage::CommandComplete(_))),
            Ok(None) => return (confirmed, Ok(())),
            Err(error) => return (confirmed, Err(error)),
        }
    }
}

/// Closes the connection and returns the driver's error for a closed connection.
pub(crate) async fn close_with_error(connection: &Connection) -> Result<(), Error> {
    connection.close();
    while !connection.client().is_closed() {
        tokio::task::yield_now().await;
    }
    connection.client().batch_execute("").await
}

/// Returns whether the answer to [`RESET`] describes a session like a new one, in which the driver still has at least
/// `kept` prepared statements.
fn is_as_opened(answer: &[SimpleQueryMessage], kept: usize) -> bool {
    answer.iter().any(|message| {
        let SimpleQueryMessage::Row(row) = message else { return false };
        let value = |name: &str| row.try_get(name).ok().flatten();
        let is_outside_transaction = value("outside_transaction") == Some("t");
        let has_none_from_sql = value("from_sql") == Some("0");
        let has_ours =
            value("from_protocol").and_then(|count| count.parse().ok()).is_some_and(|count: usize| count >= kept);
        is_outside_transaction && has_none_from_sql && has_ours
    })
}
