//! Resets the session of a connection on which raw SQL ran.
//!
//! The words of SQL do not show what it does to its session: a DO block, a function or a trigger can hide anything. So the
//! session is reset after any raw SQL, before anybody else gets the connection, and the server confirms it.
//!
//! Behind a pooler, the session belongs to another client as soon as a transaction ends. There, raw SQL runs in a
//! transaction, and the reset is sent in the message that ends it.

use std::borrow::Cow;
use std::pin::pin;
use std::time::Duration;

use futures_util::TryStreamExt;
use tokio_postgres::{Error, SimpleQueryMessage};

use crate::exec::connection::connection::Connection;
use crate::sql::session::{RESET, RESET_POOLED};

/// The time limit of a reset; a connection that takes longer is closed.
const LIMIT: Duration = Duration::from_secs(10);

/// Resets the session, and returns whether the connection may be used again. It may not if the server does not confirm the
/// reset in time, or reports a state that a reset cannot correct: an open transaction, statements prepared by SQL, or driver
/// statements that were deallocated.
pub(crate) async fn reset(connection: &Connection) -> bool {
    // Statements that the cache drops meanwhile are closed on the wire after this message.
    let kept = connection.kept_statements();
    let answer = tokio::time::timeout(LIMIT, connection.client().simple_query(RESET)).await;
    let is_reset = matches!(answer, Ok(Ok(answer)) if is_as_opened(&answer, kept));
    if is_reset {
        connection.is_reset();
    } else {
        connection.spoil();
    }
    is_reset
}

/// Ends a transaction by `sql`, which consists of this number of `commands`. Behind a pooler, a reset that is due is sent in
/// the same message, which the pooler passes on to one server connection.
///
/// If the answer does not confirm all commands, it belongs to another request: the connection is closed, and the error is
/// that of a lost connection.
pub(crate) async fn end(connection: &Connection, sql: &str, commands: usize) -> Result<(), Error> {
    let resets = connection.shared().pooler && connection.needs_reset();
    let sql = if resets { Cow::Owned(format!("{sql}; {RESET_POOLED}")) } else { Cow::Borrowed(sql) };
    let mut answer = pin!(connection.client().simple_query_raw(&sql).await?);
    let mut done = 0;
    loop {
        match answer.try_next().await {
            Ok(Some(message)) => done += usize::from(matches!(message, SimpleQueryMessage::CommandComplete(_))),
            Ok(None) if done < commands => {
                connection.close();
                while !connection.client().is_closed() {
                    tokio::task::yield_now().await;
                }
                return connection.client().batch_execute("").await;
            }
            Ok(None) => {
                if resets {
                    connection.is_reset();
                }
                return Ok(());
            }
            Err(error) if done < commands => return Err(error),
            Err(_) => {
                tracing::warn!(target: "schemata::pool", "a session behind the pooler could not be reset");
                connection.spoil();
                return Ok(());
            }
        }
    }
}

fn is_as_opened(answer: &[SimpleQueryMessage], kept: usize) -> bool {
    answer.iter().any(|message| {
        let SimpleQueryMessage::Row(row) = message else { return false };
        let is_idle = row.get(0) == Some("t");
        let from_sql = row.get(1) == Some("0");
        let ours = row.get(2).and_then(|count| count.parse().ok()).is_some_and(|count: usize| count >= kept);
        is_idle && from_sql && ours
    })
}
