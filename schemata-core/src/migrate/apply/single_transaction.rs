//! Applying a migration in one transaction, together with its ledger row. Migrations that need several are in `steps`.

use crate::migrate::apply::retry::{Attempt, AttemptFailure};
use crate::migrate::apply::transaction::{OWN_ROLE, RunContext, begin, commit, in_one_transaction};
use crate::migrate::error::MigrateError;
use crate::migrate::ledger::{self, LedgerIdentity};
use crate::migrate::migration::context::Migration;
use crate::migrate::record::{self, Recorded};
use crate::migrate::report::Event;
use crate::migrate::session::StatementError;

/// Applies `migration`, again if it cannot get a lock in time.
pub(crate) async fn apply(
    context: &RunContext<'_>,
    migration: &Recorded,
    applied: &[String],
    observe: &(dyn Fn(&Event) + Send + Sync),
) -> Result<(), MigrateError> {
    let attempt = || Box::pin(attempt(context, migration)) as Attempt<'_, ()>;
    in_one_transaction(context, migration.entry.id, applied, observe, attempt).await
}

async fn attempt(context: &RunContext<'_>, recorded: &Recorded) -> Result<(), AttemptFailure> {
    let (entry, schema, session) = (recorded.entry, context.schema, context.session());
    let unseen = |source| AttemptFailure::Run(StatementError::own("looking at what a migration did", source).into());
    let expected = record::operations(entry, schema).await?.0;
    let transaction = begin(context).await?;
    let before = LedgerIdentity::read(session, schema).await.map_err(MigrateError::from)?;

    if let Some(recorder) = context.run.recorder() {
        recorder.start(context.client).await.map_err(unseen)?;
    }
    let mut migration = Migration::new(schema.clone(), Some(context.server()));
    let outcome = entry.run(&mut migration).await;
    let (operations, dynamic, statement) = migration.into_parts();
    if let Err(source) = outcome {
        return Err(AttemptFailure::Step { statement, source });
    }
    if let Some(recorder) = context.run.recorder() {
        recorder.record_bypassing(context.client).await.map_err(unseen)?;
    }
    // A statement that failed and was caught, around a savepoint perhaps, is missing from what ran.
    if !dynamic && statement.is_none() && operations != expected {
        return Err(AttemptFailure::Run(MigrateError::NotDeterministic { id: entry.id }));
    }
    let row = context.row(recorded, &operations, &transaction);
    // A statement that failed and was ignored has aborted the transaction: report the first failure.
    let refused =
        |error: StatementError| AttemptFailure::Step { statement: statement.clone(), source: error.source.into() };
    // The role that migrates writes the ledger's row, whatever role the migration took.
    session.batch("resetting the role", OWN_ROLE).await.map_err(refused)?;
    if !before.is_same(session, schema).await.map_err(refused)? {
        return Err(AttemptFailure::Run(MigrateError::LedgerTouched { id: entry.id, schema: schema.clone() }));
    }
    if !ledger::insert(session, schema, &row).await.map_err(refused)? {
        return Err(AttemptFailure::Run(MigrateError::TransactionEnded {
            id: entry.id,
            committed: None,
            source: None,
        }));
    }
    commit(context, entry.id).await.map_err(|failure| match failure {
        AttemptFailure::Step { source, .. } => AttemptFailure::Step { statement, source },
        run @ AttemptFailure::Run(_) => run,
    })
}
