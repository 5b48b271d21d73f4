//! Applying one migration: one transaction, its ledger row in it. What needs several stands in `steps`.

use crate::migrate::migration::context::{Migration, Server};
use crate::migrate::error::MigrateError;
use crate::migrate::ledger::{self, Entry, Identity};
use crate::migrate::record::{self, Recorded};
use crate::migrate::report::Event;
use crate::migrate::apply::retry::{Failure, Work};
use crate::migrate::apply::transaction::{OWN_ROLE, Place, begin, commit, in_one, ledger_touched};
use crate::migrate::error::Undermined;

/// Applies `migration`, again while it cannot get a lock in time.
pub(crate) async fn apply(
    place: &Place<'_>,
    migration: &Recorded,
    applied: &[String],
    observe: &(dyn Fn(&Event) + Send + Sync),
) -> Result<(), MigrateError> {
    let attempt = || Box::pin(attempt(place, migration)) as Work<'_, ()>;
    in_one(place, migration.entry.id, applied, observe, attempt).await
}

impl Failure {
    fn unseen(source: tokio_postgres::Error) -> Self {
        Self::Run(MigrateError::Session { step: "looking at what a migration did", source })
    }
}

async fn attempt(place: &Place<'_>, recorded: &Recorded) -> Result<(), Failure> {
    let entry = recorded.entry;
    let expected = record::operations(entry, place.schema).await.map_err(Failure::Run)?.0;
    let transaction = begin(place).await.map_err(Failure::Run)?;
    let before = Identity::read(place.client, place.schema).await.map_err(Failure::unseen)?;

    if let Some(watch) = place.run.watch() {
        watch.begin(place.client).await.map_err(Failure::unseen)?;
    }
    let mut migration =
        Migration::new(place.schema.clone(), Some(Server { client: place.client, major: place.major, run: place.run }));
    let outcome = (entry.run)(&mut migration).await;
    let (operations, dynamic, statement) = migration.into_parts();
    if let Err(source) = outcome {
        return Err(Failure::Step { statement, source });
    }
    if let Some(watch) = place.run.watch() {
        watch.rest(place.client).await.map_err(Failure::unseen)?;
    }
    // A statement that failed and was caught, around a savepoint perhaps, is missing from what ran.
    if !dynamic && statement.is_none() && operations != expected {
        return Err(Failure::Run(MigrateError::NotDeterministic { id: entry.id }));
    }
    let row = Entry::of(recorded, &operations, place.application, &transaction);
    // A statement that failed and was swallowed has aborted the transaction: the first failure is the one to tell.
    let refused = |source: tokio_postgres::Error| Failure::Step { statement: statement.clone(), source: source.into() };
    // The ledger's row is written by the role that migrates, whatever role the migration took.
    if let Err(source) = place.client.batch_execute(OWN_ROLE).await {
        return Err(refused(source));
    }
    match before.is_same(place.client, place.schema).await {
        Ok(true) => {}
        Ok(false) => return Err(Failure::Run(ledger_touched(place, entry.id))),
        Err(source) => return Err(refused(source)),
    }
    match ledger::write(place.client, place.schema, &row).await {
        Ok(true) => {}
        Ok(false) => {
            let ended = Undermined::TransactionEnded { id: entry.id, committed: None, source: None };
            return Err(Failure::Run(ended.into()));
        }
        Err(source) => return Err(refused(source)),
    }
    match commit(place, entry.id).await {
        Err(Failure::Step { source, .. }) => Err(Failure::Step { statement, source }),
        other => other,
    }
}
