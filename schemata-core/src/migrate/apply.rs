//! Applying one migration: one transaction, its ledger row in it.

use std::error::Error;
use std::time::Duration;

use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::ident::Ident;
use crate::migrate::context::{FailedStatement, Migration, Server};
use crate::migrate::error::MigrateError;
use crate::migrate::ledger::{self, Entry};
use crate::migrate::record::{self, Recorded};
use crate::migrate::report::Event;
use crate::migrate::watch::Run;

/// How long a statement may wait for a table's lock. Whoever comes after it waits too, so it is short, and the whole
/// migration is tried again.
const LOCK_TIMEOUT: &str = "5s";
const ATTEMPTS: u32 = 10;

/// The role the connection was made with.
const OWN_ROLE: &str = "RESET SESSION AUTHORIZATION; RESET ROLE";

/// Where migrations are applied.
pub(crate) struct Place<'a> {
    pub(crate) client: &'a Client,
    /// The server's major version.
    pub(crate) major: i32,
    pub(crate) schema: &'a Ident,
    pub(crate) application: &'a str,
    /// What for.
    pub(crate) run: Run<'a>,
    /// What has to exist first: the schema, the ledger. Created with the first migration, so that a failure leaves
    /// nothing behind.
    pub(crate) prepare: Vec<String>,
}

/// Applies `migration`, again while it cannot get a lock in time.
pub(crate) async fn apply(
    place: &Place<'_>,
    migration: &Recorded,
    applied: &[String],
    observe: &(dyn Fn(&Event) + Send + Sync),
) -> Result<(), MigrateError> {
    let id = migration.entry.id;
    let mut attempts = 0;
    loop {
        attempts += 1;
        let failure = match attempt(place, migration).await {
            Ok(()) => return Ok(()),
            Err(failure) => failure,
        };
        // Fails only where the connection is gone, and the transaction with it.
        let _ = place.client.batch_execute("ROLLBACK").await;
        match failure {
            Failure::Step { statement, source } if attempts < ATTEMPTS && is_passing(statement.as_ref(), &*source) => {
                observe(&Event::Retrying { id, attempts });
                tokio::time::sleep(Duration::from_millis(200) * attempts).await;
            }
            Failure::Step { statement, source } => {
                let statement = statement.map(|failed| failed.statement);
                return Err(MigrateError::Failed { id, statement, applied: applied.to_vec(), source });
            }
            Failure::Run(error) => return Err(error),
        }
    }
}

/// Whether the same migration may succeed a moment later: a table was in use, or a schema or an extension that it creates
/// where there is none was being created by someone else.
fn is_passing(statement: Option<&FailedStatement>, source: &(dyn Error + 'static)) -> bool {
    let code = statement.and_then(|failed| failed.code.clone()).or_else(|| sqlstate(source));
    let shared = |failed: &FailedStatement| {
        ["CREATE SCHEMA IF NOT EXISTS", "CREATE EXTENSION IF NOT EXISTS"]
            .iter()
            .any(|shared| failed.statement.starts_with(shared))
    };
    code == Some(SqlState::LOCK_NOT_AVAILABLE)
        || code == Some(SqlState::UNIQUE_VIOLATION) && statement.is_some_and(shared)
}

/// What PostgreSQL said, wherever in the chain it stands.
fn sqlstate(error: &(dyn Error + 'static)) -> Option<SqlState> {
    let mut next = Some(error);
    while let Some(this) = next {
        if let Some(refusal) = this.downcast_ref::<DbError>() {
            return Some(refusal.code().clone());
        }
        next = this.source();
    }
    None
}

enum Failure {
    /// The migration itself failed.
    Step { statement: Option<FailedStatement>, source: Box<dyn Error + Send + Sync> },
    /// The run around it failed.
    Run(MigrateError),
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
    match ledger::write(place.client, place.schema, &row).await {
        Ok(true) => place.client.batch_execute("COMMIT").await.map_err(refused),
        Ok(false) => Err(Failure::Run(MigrateError::TransactionEnded { id: entry.id })),
        Err(source) => Err(refused(source)),
    }
}

/// Opens the transaction with settings of its own; yields when it began, by which it is recognised at its end.
pub(crate) async fn begin(place: &Place<'_>) -> Result<String, MigrateError> {
    let failed = |step| move |source| MigrateError::Session { step, source };
    // In a message of its own: the next one's transaction begins with the settings that stand before it.
    let reset = format!("{OWN_ROLE}; RESET ALL; DISCARD TEMP");
    place.client.batch_execute(&reset).await.map_err(failed("resetting the session"))?;
    // Where the program is killed, the server notices within seconds instead of working to the end.
    let check = if place.major >= 14 { "SET LOCAL client_connection_check_interval = '2s'; " } else { "" };
    let sql = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL search_path = {}, pg_temp; {check}\
         SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; SET LOCAL statement_timeout = 0; \
         SET LOCAL idle_in_transaction_session_timeout = 0; SELECT pg_catalog.transaction_timestamp()::text",
        place.schema
    );
    let messages = place.client.simple_query(&sql).await.map_err(failed("opening the transaction"))?;
    for statement in &place.prepare {
        place.client.batch_execute(statement).await.map_err(|source| MigrateError::Ledger {
            schema: place.schema.clone(),
            step: "created",
            source,
        })?;
    }
    let began = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    Ok(began.expect("SELECT yields a row"))
}
