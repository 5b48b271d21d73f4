//! BEGIN: sent when a transaction is opened, so that its answer can be awaited together with that of the first statement.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::TryStreamExt;
use tokio::sync::Mutex;
use tokio_postgres::{SimpleQueryMessage, SimpleQueryStream};

use crate::error::{Error, Result};
use crate::exec::connection::call_timeout::PendingCalls;
use crate::exec::connection::connection::Connection;
use crate::exec::connection::reset::close_with_error;

/// A BEGIN that was sent. Until it is confirmed, statements could run outside the transaction.
pub(crate) struct Begin {
    is_confirmed: AtomicBool,
    /// Taken with the answer.
    answer: Mutex<Option<Answer>>,
}

/// The answer to BEGIN, as far as it has arrived. It counts as a pending call of the connection.
struct Answer {
    messages: Pin<Box<SimpleQueryStream>>,
    pending: Arc<PendingCalls>,
    /// The number of commands that the server has yet to confirm.
    unconfirmed: usize,
}

impl Begin {
    /// Sends `sql`, which consists of this number of `commands`, without waiting for the answer.
    pub(crate) async fn send(connection: &Connection, sql: &str, commands: usize) -> Result<Self> {
        let messages = connection.client().simple_query_raw(sql).await;
        // The driver fails at once only if the connection is closed. Nothing was sent then.
        let messages = messages.map_err(|source| failure(source, false))?;
        let pending = Arc::clone(connection.pending());
        pending.begin();
        let answer = Answer { messages: Box::pin(messages), pending, unconfirmed: commands };
        Ok(Self { is_confirmed: AtomicBool::new(false), answer: Mutex::new(Some(answer)) })
    }

    /// Returns whether the server has confirmed it.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.is_confirmed.load(Ordering::Acquire)
    }

    /// Waits for the answer, unless another call has had it. If BEGIN has failed, the connection is closed after its current use.
    ///
    /// # Errors
    /// [`Error::Transaction`] if BEGIN has failed; [`Error::TransactionEnded`] if another call has reported that.
    pub(crate) async fn confirm(&self, connection: &Connection) -> Result<()> {
        if self.is_confirmed() {
            return Ok(());
        }
        let mut answer = self.answer.lock().await;
        let Some(begun) = answer.as_mut() else {
            return if self.is_confirmed() { Ok(()) } else { Err(Error::TransactionEnded) };
        };
        let received = begun.receive().await;
        let is_complete = begun.unconfirmed == 0;
        *answer = None;
        let received = match received {
            Ok(()) if !is_complete => close_with_error(connection).await,
            received => received,
        };
        match received {
            Ok(()) => {
                self.is_confirmed.store(true, Ordering::Release);
                Ok(())
            }
            Err(source) => {
                connection.spoil();
                Err(failure(source, true))
            }
        }
    }
}

impl Answer {
    async fn receive(&mut self) -> Result<(), tokio_postgres::Error> {
        while let Some(message) = self.messages.try_next().await? {
            if matches!(message, SimpleQueryMessage::CommandComplete(_)) {
                self.unconfirmed = self.unconfirmed.saturating_sub(1);
            }
        }
        Ok(())
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.pending.end();
    }
}

fn failure(source: tokio_postgres::Error, sent: bool) -> Error {
    Error::Transaction { step: "begin", sent, source: source.into() }
}
