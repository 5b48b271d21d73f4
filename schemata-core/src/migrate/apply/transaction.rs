//! Where a migration runs: the connection, and how its transactions and its work outside transactions begin.

use std::error::Error;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::exec::dial::Address;
use crate::ident::Ident;
use crate::migrate::blockers::Watch;
use crate::migrate::error::MigrateError;
use crate::migrate::report::Event;
use crate::migrate::apply::retry::{self, Failed, Failure, Work};
use crate::migrate::settings::{Settings, milliseconds};
use crate::migrate::error::Undermined;
use crate::migrate::watch::Run;

/// The role the connection was made with.
pub(crate) const OWN_ROLE: &str = "RESET SESSION AUTHORIZATION; RESET ROLE";

/// Where migrations are applied.
pub(crate) struct Place<'a> {
    pub(crate) client: &'a Client,
    /// How the connection was made, for a second one.
    pub(crate) address: &'a Address,
    /// The server's process.
    pub(crate) backend: i32,
    /// The server's major version.
    pub(crate) major: i32,
    pub(crate) schema: &'a Ident,
    pub(crate) application: &'a str,
    /// What for.
    pub(crate) run: Run<'a>,
    /// What has to be done first, each with what the ledger is then, if it is that: the schema and the ledger, created or
    /// upgraded. With the first migration, so that a failure leaves nothing behind.
    pub(crate) prepare: Vec<(&'static str, String)>,
    pub(crate) settings: Settings,
    pub(crate) watch: Watch<'a>,
    /// The number (`xid8`) of the transaction that the run opened and has not ended; 0 if there is none.
    pub(crate) open: AtomicU64,
}

/// A savepoint at the beginning of each transaction: while PostgreSQL knows it, the transaction is still the same one. In a
/// failed transaction, no query can ask for that.
const BEGUN: &str = "schemata_begun";

/// Opens the first transaction of a migration, and prepares what has to be there; yields when it began, by which it is
/// recognised at its end.
pub(crate) async fn begin(place: &Place<'_>) -> Result<String, MigrateError> {
    let began = open(place).await?;
    for (step, statement) in &place.prepare {
        place.client.batch_execute(statement).await.map_err(|source| MigrateError::Ledger {
            schema: place.schema.clone(),
            step,
            source,
        })?;
    }
    Ok(began)
}

/// Opens a transaction with settings of its own; returns when it began. `standard_conforming_strings` is on in it whatever
/// the database's setting, since the library's lexer relies on that.
pub(crate) async fn open(place: &Place<'_>) -> Result<String, MigrateError> {
    reset(place).await?;
    let sql = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL search_path = {}, pg_temp; {}\
         SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}; SET LOCAL standard_conforming_strings = on; \
         SET LOCAL idle_in_transaction_session_timeout = 0; \
         SELECT pg_catalog.transaction_timestamp()::text, pg_catalog.pg_current_xact_id()::text; SAVEPOINT {BEGUN}",
        place.schema,
        noticing(place, "LOCAL "),
        milliseconds(place.settings.lock_timeout),
        milliseconds(place.settings.statement_timeout),
    );
    let messages = place.client.simple_query(&sql).await.map_err(session("opening the transaction"))?;
    let began = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((row.get(0)?.to_owned(), row.get(1)?.parse().ok()?)),
        _ => None,
    });
    let (began, number) = began.expect("SELECT yields a row");
    place.open.store(number, Ordering::Relaxed);
    Ok(began)
}

/// Commits the transaction of migration `id`.
pub(crate) async fn commit(place: &Place<'_>, id: &'static str) -> Result<(), Failure> {
    // The transaction is over, whatever the server answers.
    place.open.store(0, Ordering::Relaxed);
    place.client.batch_execute("COMMIT").await.map_err(|source| match source.code() {
        Some(_) => Failure::of("COMMIT", source),
        // The server may have heard it, and its answer was lost.
        None => Failure::Run(MigrateError::OutcomeUnknown { id, source }),
    })
}

/// Runs `attempt`, which is a part of migration `id`. A failed attempt leaves no transaction open. If the migration ended
/// its transaction itself, the server is asked what became of it, and the error says so.
async fn or_undone<T>(
    place: &Place<'_>,
    id: &'static str,
    attempt: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let done = attempt.await;
    let open = place.open.swap(0, Ordering::Relaxed);
    let Err(failure) = done else { return done };
    if open == 0 {
        let _ = place.client.batch_execute("ROLLBACK").await;
        return Err(failure);
    }
    match place.client.batch_execute(&format!("ROLLBACK TO SAVEPOINT {BEGUN}; ROLLBACK")).await {
        Err(error) if error.code().is_some_and(|code| ENDED.contains(code)) => {}
        // It was rolled back, or the connection is lost, and the transaction with it.
        _ => return Err(failure),
    }
    let _ = place.client.batch_execute("ROLLBACK").await;
    let ended = Undermined::TransactionEnded { id, committed: committed(place, open).await, source: cause(failure) };
    Err(Failure::Run(ended.into()))
}

/// The errors of PostgreSQL for a savepoint whose transaction has ended: there is no transaction, or another one.
const ENDED: &[SqlState] = &[SqlState::NO_ACTIVE_SQL_TRANSACTION, SqlState::S_E_INVALID_SPECIFICATION];

/// Returns whether the transaction of this number was committed; `None` if that cannot be found out.
async fn committed(place: &Place<'_>, number: u64) -> Option<bool> {
    let sql = "SELECT pg_catalog.pg_xact_status($1::text::pg_catalog.xid8)";
    let rows = place.client.query_typed(sql, &[(&number.to_string(), Type::TEXT)]).await.ok()?;
    rows.first()?.get::<_, Option<&str>>(0).map(|status| status == "committed")
}

/// Returns why the attempt failed, besides having ended its transaction.
fn cause(failure: Failure) -> Option<Box<dyn Error + Send + Sync>> {
    match failure {
        Failure::Step { source, .. } => Some(source),
        Failure::Run(MigrateError::Undermined(Undermined::TransactionEnded { source, .. })) => source,
        Failure::Run(error) => Some(error.into()),
    }
}

/// Does `work` of migration `id`, again while others are in its way; where it fails, no transaction stays open.
pub(crate) async fn patiently<'w, T: Send + 'w>(
    place: &'w Place<'_>,
    id: &'static str,
    observe: &(dyn Fn(&Event) + Send + Sync),
    mut work: impl FnMut() -> Work<'w, T>,
) -> Result<T, Failed> {
    let work = || Box::pin(or_undone(place, id, work())) as Work<'w, T>;
    retry::patiently(&place.watch, id, observe, work).await
}

/// Does what `attempt` does in one transaction on behalf of migration `id`, again while others are in its way. `applied` is
/// what the run did before it.
pub(crate) async fn in_one<'w>(
    place: &'w Place<'_>,
    id: &'static str,
    applied: &[String],
    observe: &(dyn Fn(&Event) + Send + Sync),
    attempt: impl FnMut() -> Work<'w, ()>,
) -> Result<(), MigrateError> {
    patiently(place, id, observe, attempt).await.map_err(|Failed { failure, blockers }| match failure {
        Failure::Step { statement, source } => {
            let statement = statement.map(|failed| failed.statement);
            MigrateError::Failed { id, statement, applied: applied.to_vec(), blockers, source }
        }
        Failure::Run(error) => error,
    })
}

/// Sets the session up for a statement outside transactions. It waits for locks as long as it takes: those that run there
/// block nobody meanwhile.
pub(crate) async fn outside(place: &Place<'_>) -> Result<(), MigrateError> {
    reset(place).await?;
    let sql = format!(
        "SET search_path = {}, public, pg_temp; {}SET lock_timeout = 0; SET statement_timeout = 0; SET standard_conforming_strings = on; \
         SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = off",
        place.schema,
        noticing(place, ""),
    );
    place.client.batch_execute(&sql).await.map_err(session("setting the session up"))
}

async fn reset(place: &Place<'_>) -> Result<(), MigrateError> {
    // In a message of its own: the next one's transaction begins with the settings that stand before it.
    let sql = format!("{OWN_ROLE}; RESET ALL; DISCARD TEMP");
    place.client.batch_execute(&sql).await.map_err(session("resetting the session"))
}

/// Where the program is killed, the server notices within seconds instead of working to the end.
fn noticing(place: &Place<'_>, scope: &str) -> String {
    if place.major >= 14 { format!("SET {scope}client_connection_check_interval = '2s'; ") } else { String::new() }
}

/// Returns the error for a migration `id` that damaged the ledger.
pub(crate) fn ledger_touched(place: &Place<'_>, id: &'static str) -> MigrateError {
    Undermined::LedgerTouched { id, schema: place.schema.clone() }.into()
}

fn session(step: &'static str) -> impl FnOnce(tokio_postgres::Error) -> MigrateError {
    move |source| MigrateError::Session { step, source }
}
