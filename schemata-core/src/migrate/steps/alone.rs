//! Trying out one operation, without a migration around it and without a ledger.

use crate::migrate::apply::retry::AttemptFailure;
use crate::migrate::apply::transaction::{RunContext, open, run_outside};
use crate::migrate::migration::context;
use crate::migrate::migration::operation::{Operation, OperationKind};
use crate::migrate::steps::backfill_batch::fill;
use crate::migrate::steps::backfill_key::BackfillKey;
use crate::migrate::steps::concurrent_index;

/// Runs `operation`. No transaction is open before or after.
pub(crate) async fn alone(context: &RunContext<'_>, operation: &Operation) -> Result<(), AttemptFailure> {
    let done = perform(context, operation).await;
    if done.is_err() {
        // This fails only if the connection is lost, and the transaction with it.
        let _ = context.client.batch_execute("ROLLBACK").await;
    }
    done
}

async fn perform(context: &RunContext<'_>, operation: &Operation) -> Result<(), AttemptFailure> {
    match &operation.kind {
        OperationKind::Commit => Ok(()),
        OperationKind::Alone => run_outside(context, &operation.text).await,
        OperationKind::ConcurrentIndex(index) => concurrent_index::apply(context, index, &operation.text, false).await,
        OperationKind::Statement | OperationKind::AddEnumValue => {
            open(context).await?;
            let done = context::execute(context.server(), context.schema, operation).await;
            done.map_err(|(statement, source)| AttemptFailure::of(&statement, source))?;
            Ok(context.session().run("COMMIT").await?)
        }
        OperationKind::Backfill(plan) => {
            let key = BackfillKey::find(context.session(), plan).await?;
            let mut checkpoint = None;
            loop {
                open(context).await?;
                let (next, is_end) = fill(context, plan, &key, checkpoint.as_ref()).await?;
                context.session().run("COMMIT").await?;
                if is_end {
                    return Ok(());
                }
                checkpoint = Some(next);
            }
        }
    }
}
