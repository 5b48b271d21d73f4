//! The two ways to correct the ledger by hand: `baseline` marks migrations as applied that did not run, and `repair` accepts
//! an edit.

use crate::exec::connect::Address;
use crate::migrate::apply::squash_rows;
use crate::migrate::apply::transaction::{RunContext, begin};
use crate::migrate::error::MigrateError;
use crate::migrate::ledger::{self, Applied, LedgerRow, LedgerVersion};
use crate::migrate::migration::effect_recorder::RunMode;
use crate::migrate::plan;
use crate::migrate::record::{self, Recorded};
use crate::migrate::report::Report;
use crate::migrate::run::SchemaRun;
use crate::migrate::session::{DedicatedConnection, probe};
use crate::migrate::squash::coverage::SquashCoverage;

/// The note of a migration that the ledger lists although it did not run.
const NOTE: &str = "baseline: marked as applied, not run";

/// Marks what is pending as applied, in one transaction.
pub(crate) async fn baseline(run: &SchemaRun, url: &str, known: &[Recorded]) -> Result<Report, MigrateError> {
    let connection = DedicatedConnection::open(&Address::parse(url)?, &run.application).await?;
    run.lock(&connection).await?;
    let found = probe(&connection, &run.schema).await?;
    let mut rows = run.read_ledger(&connection, &found).await?;
    let mut pending = run.pending(known, &rows)?;
    pending.retain(|migration| plan::unfinished(migration, &rows).is_none());
    let context = run.context(&connection, &found, RunMode::Live)?;
    let transaction = begin(&context).await?;
    let mut report = Report::default();
    rows.extend(pending.iter().map(|migration| Applied::now(migration)));
    for migration in pending {
        insert(&context, migration, NOTE, &transaction).await?;
        report.applied.push(migration.entry.id.to_owned());
    }
    for squash in SquashCoverage::of(known, &rows, None).to_mark() {
        insert(&context, squash, squash_rows::NOTE, &transaction).await?;
        report.marked.push(squash.entry.id.to_owned());
    }
    connection.session().run("COMMIT").await.map_err(|error| error.of_ledger(&run.schema, "written"))?;
    connection.close().await;
    Ok(report)
}

/// Writes the row of a migration that does not run.
pub(crate) async fn insert(
    context: &RunContext<'_>,
    migration: &Recorded,
    note: &str,
    transaction: &str,
) -> Result<(), MigrateError> {
    let operations = record::operations(migration.entry, context.schema).await?.0;
    let row = LedgerRow { note: Some(note), ..context.row(migration, &operations, transaction) };
    let inserted = ledger::insert(context.session(), context.schema, &row).await;
    if inserted.map_err(|error| error.of_ledger(context.schema, "written"))? {
        Ok(())
    } else {
        Err(MigrateError::TransactionEnded { id: migration.entry.id, committed: None, source: None })
    }
}

/// Gives migration `id` the checksum of what it does now.
pub(crate) async fn repair(
    run: &SchemaRun,
    url: &str,
    known: &[Recorded],
    id: &str,
    reason: &str,
) -> Result<(), MigrateError> {
    let connection = DedicatedConnection::open(&Address::parse(url)?, &run.application).await?;
    run.lock(&connection).await?;
    let found = probe(&connection, &run.schema).await?;
    let migration = &known[plan::target(known, id)?];
    let not_applied = || MigrateError::NotApplied { id: id.to_owned(), schema: run.schema.clone() };
    let shape = LedgerVersion::of(&run.schema, &found)?.ok_or_else(not_applied)?;
    let operations = record::operations(migration.entry, &run.schema).await?.0;
    let session = connection.session();
    let repaired = ledger::repair(session, &run.schema, shape, migration, &operations, reason).await;
    let repaired = repaired.map_err(|error| error.of_ledger(&run.schema, "written"))?;
    connection.close().await;
    if repaired { Ok(()) } else { Err(not_applied()) }
}
