//! Several statements as one unit on a connection of the driver's own: a savepoint in its transaction, or a transaction.
//!
//! If the future is dropped at any point, the statement that ends the unit is still sent: the first poll sends it, and
//! nobody has to wait for the answer.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::error::{Error, Result};

/// A unit of statements. If it is dropped before [`end`](ClientTransaction::end), it is rolled back.
pub(crate) struct ClientTransaction<'c> {
    client: &'c Client,
    /// A name of this unit alone, so that ending it cannot end another's savepoint.
    savepoint: String,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The savepoint was set or requested. Outside a transaction, neither setting nor ending it has an effect.
    Savepoint,
    /// A transaction was opened or requested.
    Transaction,
    /// The statement that ends the unit was sent.
    Over,
}

impl<'c> ClientTransaction<'c> {
    /// Begins a unit. Only the server knows whether the connection is in a transaction already: a savepoint succeeds only in
    /// one.
    pub(crate) async fn begin(client: &'c Client) -> Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let savepoint = format!("schemata_unit_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut unit = Self { client, savepoint, stage: Stage::Savepoint };
        let mut begun = client.batch_execute(&format!("SAVEPOINT {}", unit.savepoint)).await;
        if begun.as_ref().is_err_and(|error| error.code() == Some(&SqlState::NO_ACTIVE_SQL_TRANSACTION)) {
            unit.stage = Stage::Transaction;
            begun = client.batch_execute("BEGIN").await;
        }
        match begun {
            Ok(()) => Ok(unit),
            Err(source) => {
                unit.stage = Stage::Over;
                Err(Error::Transaction { step: "begin", sent: true, source: source.into() })
            }
        }
    }

    pub(crate) fn client(&self) -> &'c Client {
        self.client
    }

    /// Ends the unit: keeps its work if `work` is `Ok`, else rolls it back.
    pub(crate) async fn end<T>(mut self, work: Result<T>) -> Result<T> {
        let (savepoint, is_well) = (&self.savepoint, work.is_ok());
        let sql = match self.stage {
            Stage::Savepoint if is_well => format!("RELEASE SAVEPOINT {savepoint}"),
            // COMMIT of a failed transaction rolls back and reports success.
            Stage::Transaction if is_well => "SELECT 1; COMMIT".to_owned(),
            _ => self.undo(),
        };
        // From the first poll on, the end is sent. An attempt to undo the unit afterwards would fail, and fail the
        // transaction around it.
        self.stage = Stage::Over;
        let ended = self.client.batch_execute(&sql).await;
        let value = work?;
        ended.map_err(|source| Error::Transaction { step: "commit", sent: true, source: source.into() })?;
        Ok(value)
    }

    fn undo(&self) -> String {
        let savepoint = &self.savepoint;
        match self.stage {
            Stage::Savepoint => format!("ROLLBACK TO SAVEPOINT {savepoint}; RELEASE SAVEPOINT {savepoint}"),
            Stage::Transaction | Stage::Over => "ROLLBACK".to_owned(),
        }
    }
}

impl Drop for ClientTransaction<'_> {
    fn drop(&mut self) {
        if self.stage != Stage::Over {
            // One poll sends it to the server; nobody has to wait for the answer.
            let _ = self.client.batch_execute(&self.undo()).now_or_never();
        }
    }
}
