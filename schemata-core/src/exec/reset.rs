//! Resetting the session of a connection on which raw SQL ran.
//!
//! What SQL does to its session cannot be read from its words: a DO block, a function or a trigger can hide anything. So the
//! session is reset whatever the words were, before anybody else gets the connection, and the server confirms it.
//!
//! Behind a pooler, the session is another client's as soon as a transaction ends. There raw SQL runs in a transaction, and the
//! reset goes along with its end.

use std::pin::pin;
use std::time::Duration;

use futures_util::TryStreamExt;
use tokio_postgres::{Error, SimpleQueryMessage};

use crate::exec::connection::Connection;
use crate::sql::session::{RESET, RESET_POOLED};

/// A server that takes longer than this does not get the connection back.
const LIMIT: Duration = Duration::from_secs(10);

/// Resets the session of a spoiled connection, and makes it fit again. Where that fails, is broken off, or finds what it cannot
/// put right (an open transaction, statements prepared by SQL, the driver's own ones deallocated), the connection stays
/// spoiled.
pub(crate) async fn reset(connection: &Connection) {
    // Statements that the cache drops meanwhile are closed after this on the wire.
    let kept = connection.kept_statements();
    if let Ok(Ok(answer)) = tokio::time::timeout(LIMIT, connection.client().simple_query(RESET)).await
        && is_as_opened(&answer, kept)
    {
        connection.is_reset();
        connection.unspoil();
    }
}

/// Ends a transaction by `end`, which is so many `commands`, and resets the session behind a pooler: in one message, which
/// the pooler passes on to one server connection.
pub(crate) async fn end_and_reset(connection: &Connection, end: &str, commands: usize) -> Result<(), Error> {
    let mut answer = pin!(connection.client().simple_query_raw(&format!("{end}; {RESET_POOLED}")).await?);
    let mut done = 0;
    loop {
        match answer.try_next().await {
            Ok(None) => {
                connection.is_reset();
                return Ok(());
            }
            Ok(Some(message)) => done += usize::from(matches!(message, SimpleQueryMessage::CommandComplete(_))),
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
