//! The transactions of a migration: how they begin, commit and roll back, and how the session is set up for statements that
//! run outside of them.

use std::error::Error;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::exec::connect::Address;
use crate::ident::Ident;
use crate::migrate::apply::retry::{self, Attempt, AttemptFailure, FinalFailure};
use crate::migrate::blockers::BlockerWatch;
use crate::migrate::error::MigrateError;
use crate::migrate::ledger::LedgerRow;
use crate::migrate::migration::context::Server;
use crate::migrate::migration::effect_recorder::RunMode;
use crate::migrate::migration::operation::Operation;
use crate::migrate::record::Recorded;
use crate::migrate::report::Event;
use crate::migrate::session::{MigratorSession, StatementError};
use crate::migrate::settings::{RunSettings, milliseconds};

/// Returns to the role that the connection was made with.
pub(crate) const OWN_ROLE: &str = "RESET SESSION AUTHORIZATION; RESET ROLE";

/// The connection, the schema and the settings with which a run applies its migrations.
pub(crate) struct RunContext<'a> {
    pub(crate) client: &'a Client,
    /// How the connection was made, for a second connection.
    pub(crate) address: &'a Address,
    /// The process id of the server session.
    pub(crate) backend: i32,
    /// The server's major version.
    pub(crate) major: i32,
    pub(crate) schema: &'a Ident,
    pub(crate) application: &'a str,
    pub(crate) run: RunMode<'a>,
    /// The statements that create or upgrade the schema and the ledger, each with what it does to the ledger. They run with
    /// the first migration, so that a failure leaves nothing behind.
    pub(crate) prepare: Vec<(&'static str, String)>,
    pub(crate) settings: RunSettings,
    pub(crate) watch: BlockerWatch<'a>,
    /// The number (`xid8`) of the transaction that the run opened and has not ended; 0 if there is none.
    pub(crate) open: AtomicU64,
}

impl<'a> RunContext<'a> {
    /// Returns a runner for the migrator's statements.
    pub(crate) fn session(&self) -> MigratorSession<'a> {
        MigratorSession::new(self.client)
    }

    /// Returns the ledger's row of a finished migration, whose transaction began at `transaction`.
    pub(crate) fn row<'r>(
        &'r self,
        migration: &'r Recorded,
        operations: &'r [Operation],
        transaction: &'r str,
    ) -> LedgerRow<'r> {
        LedgerRow { migration, operations, application: self.application, transaction, note: None, finished: true }
    }

    /// Returns what a migration function runs on.
    pub(crate) fn server(&self) -> Server<'a> {
        Server { client: self.client, major: self.major, run: self.run }
    }
}

/// A savepoint at the beginning of each transaction: while PostgreSQL knows it, the transaction is still the same one. In a
/// failed transaction, no query can ask for that.
const BEGUN: &str = "schemata_begun";

/// Opens the first transaction of a migration and runs the statements that prepare the schema and the ledger. Returns when
/// the transaction began, which identifies it when it ends.
pub(crate) async fn begin(context: &RunContext<'_>) -> Result<String, MigrateError> {
    let began = open(context).await?;
    for (step, statement) in &context.prepare {
        let done = context.session().batch("preparing the schema", statement).await;
        done.map_err(|error| error.of_ledger(context.schema, step))?;
    }
    Ok(began)
}

/// Opens a transaction with settings of its own; returns when it began. `standard_conforming_strings` is on in it whatever
/// the database's setting, since the library's lexer relies on that. Row security raises an error instead of hiding rows: a
/// migration that overlooks rows would count as done.
pub(crate) async fn open(context: &RunContext<'_>) -> Result<String, MigrateError> {
    reset(context).await?;
    let sql = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
        SET LOCAL search_path = {}, pg_temp;
        {}
        SET LOCAL lock_timeout = {};
        SET LOCAL statement_timeout = {};
        SET LOCAL standard_conforming_strings = on;
        SET LOCAL row_security = off;
        SET LOCAL idle_in_transaction_session_timeout = 0;
        SELECT
            pg_catalog.transaction_timestamp()::text AS began,
            pg_catalog.pg_current_xact_id()::text AS number;
        SAVEPOINT {BEGUN}",
        context.schema,
        check_client(context, "LOCAL"),
        milliseconds(context.settings.lock_timeout),
        milliseconds(context.settings.statement_timeout),
    );
    let messages = context.client.simple_query(&sql).await;
    let messages = messages.map_err(|source| StatementError::own("opening the transaction", source))?;
    let began = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((row.get("began")?.to_owned(), row.get("number")?.parse().ok()?)),
        _ => None,
    });
    let (began, number) = began.expect("SELECT yields a row");
    context.open.store(number, Ordering::Relaxed);
    Ok(began)
}

/// Gives the open transaction up.
pub(crate) async fn roll_back(context: &RunContext<'_>) -> Result<(), StatementError> {
    context.open.store(0, Ordering::Relaxed);
    context.session().run("ROLLBACK").await
}

/// Commits the transaction of migration `id`.
pub(crate) async fn commit(context: &RunContext<'_>, id: &'static str) -> Result<(), AttemptFailure> {
    // The transaction is over, whatever the server answers.
    context.open.store(0, Ordering::Relaxed);
    context.client.batch_execute("COMMIT").await.map_err(|source| match source.code() {
        Some(_) => AttemptFailure::of("COMMIT", source),
        // The server may have received the COMMIT, and its answer was lost.
        None => AttemptFailure::Run(MigrateError::OutcomeUnknown { id, source }),
    })
}

/// Runs `attempt`, which is a part of migration `id`. A failed attempt leaves no transaction open. If the migration ended
/// its transaction itself, the server is asked what became of it, and the error says so.
async fn or_rolled_back<T>(
    context: &RunContext<'_>,
    id: &'static str,
    attempt: impl Future<Output = Result<T, AttemptFailure>>,
) -> Result<T, AttemptFailure> {
    let done = attempt.await;
    let open = context.open.swap(0, Ordering::Relaxed);
    let Err(failure) = done else { return done };
    if open == 0 {
        let _ = context.client.batch_execute("ROLLBACK").await;
        return Err(failure);
    }
    match context.client.batch_execute(&format!("ROLLBACK TO SAVEPOINT {BEGUN}; ROLLBACK")).await {
        Err(error) if error.code().is_some_and(|code| ENDED.contains(code)) => {}
        // It was rolled back, or the connection is lost, and the transaction with it.
        _ => return Err(failure),
    }
    let _ = context.client.batch_execute("ROLLBACK").await;
    let committed = is_committed(context, open).await;
    Err(AttemptFailure::Run(MigrateError::TransactionEnded { id, committed, source: cause(failure) }))
}

/// The errors of PostgreSQL for a savepoint whose transaction has ended: there is no transaction, or another one.
const ENDED: &[SqlState] = &[SqlState::NO_ACTIVE_SQL_TRANSACTION, SqlState::S_E_INVALID_SPECIFICATION];

/// Returns whether the transaction with this number was committed; `None` if that cannot be found out.
async fn is_committed(context: &RunContext<'_>, number: u64) -> Option<bool> {
    let sql = "SELECT pg_catalog.pg_xact_status($1::text::pg_catalog.xid8) AS status";
    let number = number.to_string();
    let row = context.session().query_opt("looking at the transaction", sql, &[(&number, Type::TEXT)]).await.ok()??;
    row.get::<_, Option<&str>>("status").map(|status| status == "committed")
}

/// Returns why an attempt failed, besides having ended its transaction.
fn cause(failure: AttemptFailure) -> Option<Box<dyn Error + Send + Sync>> {
    match failure {
        AttemptFailure::Step { source, .. } => Some(source),
        AttemptFailure::Run(MigrateError::TransactionEnded { source, .. }) => source,
        AttemptFailure::Run(error) => Some(error.into()),
    }
}

/// Makes attempts at work of migration `id` while others are in the way. A failure leaves no transaction open.
pub(crate) async fn with_retries<'w, T: Send + 'w>(
    context: &'w RunContext<'_>,
    id: &'static str,
    observe: &(dyn Fn(&Event) + Send + Sync),
    mut attempt: impl FnMut() -> Attempt<'w, T>,
) -> Result<T, FinalFailure> {
    let attempt = || Box::pin(or_rolled_back(context, id, attempt())) as Attempt<'w, T>;
    retry::with_retries(&context.watch, id, observe, attempt).await
}

/// As [`with_retries`], for work in one transaction: a failure becomes the error of migration `id`. `applied` are the
/// migrations that the run applied before it.
pub(crate) async fn in_one_transaction<'w>(
    context: &'w RunContext<'_>,
    id: &'static str,
    applied: &[String],
    observe: &(dyn Fn(&Event) + Send + Sync),
    attempt: impl FnMut() -> Attempt<'w, ()>,
) -> Result<(), MigrateError> {
    with_retries(context, id, observe, attempt).await.map_err(|FinalFailure { failure, blockers }| match failure {
        AttemptFailure::Step { statement, source } => {
            let statement = statement.map(|failed| failed.statement);
            MigrateError::Failed { id, statement, applied: applied.to_vec(), blockers, source }
        }
        AttemptFailure::Run(error) => error,
    })
}

/// Sets the session up for a statement outside transactions. Such statements wait for locks as long as it takes, since they
/// block nobody meanwhile.
pub(crate) async fn outside(context: &RunContext<'_>) -> Result<(), MigrateError> {
    reset(context).await?;
    let sql = format!(
        "SET search_path = {}, public, pg_temp;
        {}
        SET lock_timeout = 0;
        SET statement_timeout = 0;
        SET standard_conforming_strings = on;
        SET row_security = off;
        SET default_transaction_isolation = 'read committed';
        SET default_transaction_read_only = off",
        context.schema,
        check_client(context, ""),
    );
    Ok(context.session().batch("setting the session up", &sql).await?)
}

/// Runs a statement outside transactions, alone in its message: PostgreSQL runs several in one transaction.
pub(crate) async fn run_outside(context: &RunContext<'_>, statement: &str) -> Result<(), AttemptFailure> {
    outside(context).await?;
    Ok(context.session().run(statement).await?)
}

async fn reset(context: &RunContext<'_>) -> Result<(), MigrateError> {
    // In a message of its own: the next message's transaction begins with the settings that hold before it.
    let sql = format!("{OWN_ROLE}; RESET ALL; DISCARD TEMP");
    Ok(context.session().batch("resetting the session", &sql).await?)
}

/// Makes the server notice within seconds that the program was killed, instead of working to the end.
fn check_client(context: &RunContext<'_>, scope: &str) -> String {
    if context.major < 14 {
        return String::new();
    }
    format!("SET {scope} client_connection_check_interval = '2s';")
}
