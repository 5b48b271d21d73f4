//! Several statements as one on a connection of the driver's own: a savepoint in its transaction, or a transaction.
//!
//! Whatever is sent has its end on the wire behind it, wherever the future is dropped: a first poll sends, and an answer need
//! not be waited for.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::error::{Error, Result};

/// Dropped before its [end](BareUnit::end), it is rolled back.
pub(crate) struct BareUnit<'c> {
    client: &'c Client,
    /// Of this unit alone, so that no end is taken for another's.
    savepoint: String,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// A savepoint is set, or asked for: without a transaction, neither it nor its end has an effect.
    Savepoint,
    /// A transaction is open, or asked for.
    Transaction,
    /// Its end is on its way.
    Over,
}

impl<'c> BareUnit<'c> {
    /// Begins a unit. Whether the connection is in a transaction already, only the server knows: a savepoint works in one
    /// alone.
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

    /// Ends the unit: well if the work did.
    pub(crate) async fn end<T>(mut self, work: Result<T>) -> Result<T> {
        let (savepoint, is_well) = (&self.savepoint, work.is_ok());
        let sql = match self.stage {
            Stage::Savepoint if is_well => format!("RELEASE SAVEPOINT {savepoint}"),
            // COMMIT of a failed transaction rolls back and reports success.
            Stage::Transaction if is_well => "SELECT 1; COMMIT".to_owned(),
            _ => self.undo(),
        };
        // From the first poll on it is on its way. To undo what was kept would then fail, and fail the transaction around it.
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

impl Drop for BareUnit<'_> {
    fn drop(&mut self) {
        if self.stage != Stage::Over {
            // Polled once, it is on its way to the server; nobody has to wait for the answer.
            let _ = self.client.batch_execute(&self.undo()).now_or_never();
        }
    }
}
