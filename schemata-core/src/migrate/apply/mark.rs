//! Taking note of squashes that count as applied: their rows, in one transaction, and nothing else.

use crate::migrate::error::MigrateError;
use crate::migrate::ledger::{self, Entry};
use crate::migrate::record::{self, Recorded};
use crate::migrate::report::Event;
use crate::migrate::apply::retry::{Failure, Work};
use crate::migrate::apply::transaction::{Place, begin, commit, in_one};
use crate::migrate::error::Undermined;

/// Why a squash stands in the ledger that did not run.
pub(crate) const NOTE: &str = "squash: marked as applied, not run; the migrations that it replaces are applied";

/// Writes the rows of `squashes`, of which there is at least one, again while others are in the way.
pub(crate) async fn mark(
    place: &Place<'_>,
    squashes: &[&Recorded],
    applied: &[String],
    observe: &(dyn Fn(&Event) + Send + Sync),
) -> Result<(), MigrateError> {
    let Some(id) = squashes.first().map(|squash| squash.entry.id) else { return Ok(()) };
    let attempt = || Box::pin(attempt(place, squashes, id)) as Work<'_, ()>;
    in_one(place, id, applied, observe, attempt).await
}

async fn attempt(place: &Place<'_>, squashes: &[&Recorded], id: &'static str) -> Result<(), Failure> {
    let transaction = begin(place).await.map_err(Failure::Run)?;
    for squash in squashes {
        let operations = record::operations(squash.entry, place.schema).await.map_err(Failure::Run)?.0;
        let entry = Entry { note: Some(NOTE), ..Entry::of(squash, &operations, place.application, &transaction) };
        let written = ledger::write(place.client, place.schema, &entry).await;
        if !written.map_err(|source| Failure::of("INSERT INTO schema_migrations", source))? {
            let id = squash.entry.id;
            let ended = Undermined::TransactionEnded { id, committed: None, source: None };
            return Err(Failure::Run(ended.into()));
        }
    }
    commit(place, id).await
}
