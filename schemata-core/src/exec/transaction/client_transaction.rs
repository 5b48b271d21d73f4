//! Several statements as one unit on the driver's own client: a savepoint if it is in a transaction, else a transaction.
//!
//! If the future is dropped at any point, the statement that ends the unit is still sent: the first poll sends it, and
//! nothing has to wait for the answer.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::error::{Error, Result};

/// A unit of statements on the driver's own client. If it is dropped before [`end`](ClientTransaction::end), it is rolled
/// back.
pub(crate) struct ClientTransaction<'c> {
    client: &'c Client,
    /// A name that no other unit has, so that ending this unit cannot end another one's savepoint.
    savepoint: String,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// SAVEPOINT was sent. Outside a transaction, neither it nor its end has an effect.
    Savepoint,
    /// BEGIN was sent.
    Transaction,
    /// The statement that ends the unit was sent.
    Ended,
}

impl<'c> ClientTransaction<'c> {
    /// Begins a unit. Only the server knows whether the client is in a transaction; SAVEPOINT succeeds only in one.
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
                unit.stage = Stage::Ended;
                Err(Error::Transaction { step: "begin", sent: true, source: source.into() })
            }
        }
    }

    pub(crate) fn client(&self) -> &'c Client {
        self.client
    }

    /// Ends the unit: keeps its work if `work` is `Ok`, otherwise rolls it back.
    pub(crate) async fn end<T>(mut self, work: Result<T>) -> Result<T> {
        let (savepoint, keep) = (&self.savepoint, work.is_ok());
        let sql = match self.stage {
            Stage::Savepoint if keep => format!("RELEASE SAVEPOINT {savepoint}"),
            // COMMIT of a failed transaction rolls back and reports success; the SELECT fails instead.
            Stage::Transaction if keep => "SELECT 1; COMMIT".to_owned(),
            _ => self.rollback_sql(),
        };
        // The first poll sends the end. A rollback of the unit after that would fail, and with it the transaction around it.
        self.stage = Stage::Ended;
        let ended = self.client.batch_execute(&sql).await;
        let value = work?;
        ended.map_err(|source| Error::Transaction { step: "commit", sent: true, source: source.into() })?;
        Ok(value)
    }

    fn rollback_sql(&self) -> String {
        let savepoint = &self.savepoint;
        match self.stage {
            Stage::Savepoint => format!("ROLLBACK TO SAVEPOINT {savepoint}; RELEASE SAVEPOINT {savepoint}"),
            Stage::Transaction | Stage::Ended => "ROLLBACK".to_owned(),
        }
    }
}

impl Drop for ClientTransaction<'_> {
    fn drop(&mut self) {
        if self.stage != Stage::Ended {
            let _ = self.client.batch_execute(&self.rollback_sql()).now_or_never();
        }
    }
}
