//! Marking squashes that count as applied: writes their rows to the ledger, in one transaction, without running them.

use crate::migrate::apply::retry::{Attempt, AttemptFailure};
use crate::migrate::apply::transaction::{RunContext, begin, commit, in_one_transaction};
use crate::migrate::error::MigrateError;
use crate::migrate::ledger::{self, LedgerRow};
use crate::migrate::record::{self, Recorded};
use crate::migrate::report::Event;

/// The note of a squash that the ledger lists although it did not run.
pub(crate) const NOTE: &str = "squash: marked as applied, not run; the migrations that it replaces are applied";

/// Writes the rows of `squashes`, again if others are in the way.
pub(crate) async fn mark(
    context: &RunContext<'_>,
    squashes: &[&Recorded],
    applied: &[String],
    observe: &(dyn Fn(&Event) + Send + Sync),
) -> Result<(), MigrateError> {
    let Some(id) = squashes.first().map(|squash| squash.entry.id) else { return Ok(()) };
    let attempt = || Box::pin(attempt(context, squashes, id)) as Attempt<'_, ()>;
    in_one_transaction(context, id, applied, observe, attempt).await
}

async fn attempt(context: &RunContext<'_>, squashes: &[&Recorded], id: &'static str) -> Result<(), AttemptFailure> {
    let transaction = begin(context).await?;
    for squash in squashes {
        let operations = record::operations(squash.entry, context.schema).await?.0;
        let row = LedgerRow { note: Some(NOTE), ..context.row(squash, &operations, &transaction) };
        if !ledger::insert(context.session(), context.schema, &row).await? {
            let id = squash.entry.id;
            return Err(AttemptFailure::Run(MigrateError::TransactionEnded { id, committed: None, source: None }));
        }
    }
    commit(context, id).await
}
