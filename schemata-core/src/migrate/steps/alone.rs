//! One operation in its own way, without a migration around it and without a ledger: for trying it out.

use crate::migrate::migration::context::{self, Server};
use crate::migrate::migration::operation::{Operation, OperationKind};
use crate::migrate::apply::retry::Failure;
use crate::migrate::steps::backfill_batch;
use crate::migrate::steps::concurrent_index;
use crate::migrate::steps::backfill_key::Key;
use crate::migrate::apply::transaction::{Place, open};

/// Does `operation`, where no transaction is open; none is afterwards.
pub(crate) async fn alone(place: &Place<'_>, operation: &Operation) -> Result<(), Failure> {
    let done = perform(place, operation).await;
    if done.is_err() {
        // This fails only if the connection is lost, and the transaction with it.
        let _ = place.client.batch_execute("ROLLBACK").await;
    }
    done
}

async fn perform(place: &Place<'_>, operation: &Operation) -> Result<(), Failure> {
    match &operation.kind {
        OperationKind::Commit => Ok(()),
        OperationKind::ConcurrentIndex(index) => concurrent_index::apply(place, index, &operation.text, false).await,
        OperationKind::Statement | OperationKind::AddEnumValue => {
            open(place).await.map_err(Failure::Run)?;
            let server = Server { client: place.client, major: place.major, run: place.run };
            let done = context::execute(server, place.schema, operation).await;
            done.map_err(|(statement, source)| Failure::of(&statement, source))?;
            commit(place).await
        }
        OperationKind::Backfill(plan) => {
            let key = Key::find(place.client, plan).await?;
            let mut checkpoint = None;
            loop {
                open(place).await.map_err(Failure::Run)?;
                let (next, is_end) = backfill_batch::fill(place, plan, &key, checkpoint.as_ref()).await?;
                commit(place).await?;
                if is_end {
                    return Ok(());
                }
                checkpoint = Some(next);
            }
        }
    }
}

async fn commit(place: &Place<'_>) -> Result<(), Failure> {
    place.client.batch_execute("COMMIT").await.map_err(|source| Failure::of("COMMIT", source))
}
