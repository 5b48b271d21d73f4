//! Checks that a connection has a server session of its own, rather than one that a pooler assigns per transaction.
//!
//! On a shared session, a named prepared statement, a session lock or a setting would soon belong to another client, so
//! this check precedes everything else on a connection. A random setting is sent in the start-up message and read back in
//! two transactions. A pooler refuses such a setting, does not pass it on, or answers from a session that was started for
//! another client: only a session that was started for this connection has the value. A caller may make the second check
//! part of its own first statement, by comparing the server process.

use std::fmt::Write;
use std::hash::{BuildHasher, Hasher, RandomState};

use futures_util::future::try_join;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config};

use crate::error::{DriverError, Error};
use crate::exec::connect::address::ConnectCause;
use crate::exec::connect::url::server_name;

const USE_TRANSACTION_MODE: &str = "write `.pooler(Pooler::Transaction)`, or connect to the server itself";
const REMOVE_OPTIONS: &str =
    "take `options` out of the URL, or add `ignore_startup_parameters = options` to the pooler's settings";
const LEAVE_STATEMENT_MODE: &str = "set `pool_mode = transaction` in its settings, or connect to the server itself";

/// What is found of a pooler that passes settings on, but assigns a session per transaction.
pub(crate) const TWO_PROCESSES: &str = "two transactions ran in two server processes";

/// How often a connection reads its session before it is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionReadings {
    /// In two transactions: the check is complete.
    Two,
    /// In one: the caller compares the server process in the next transaction.
    One,
}

/// A random value in a session setting that no other connection sends.
pub(crate) struct SessionMark(String);

impl SessionMark {
    /// Creates a mark and puts it before the other start-up options of `config`.
    pub(crate) fn add_to(config: &mut Config) -> Self {
        let mut mark = String::with_capacity(32);
        for _ in 0..2 {
            // Every `RandomState` has random keys.
            let random = RandomState::new().build_hasher().finish();
            write!(mark, "{random:016x}").expect("writing to a String cannot fail");
        }
        let mut options = format!("-c schemata.connection={mark}");
        if let Some(others) = config.get_options() {
            options.push(' ');
            options.push_str(others);
        }
        config.options(options);
        Self(mark)
    }

    /// Refuses a session that lacks the value, or that changes between two transactions. Returns its server process id.
    ///
    /// # Errors
    /// [`Error::Pooler`], or the server's error.
    pub(crate) async fn verify(
        &self,
        client: &Client,
        config: &Config,
        readings: SessionReadings,
    ) -> Result<i32, ConnectCause> {
        let read = match readings {
            // Both are sent together, so that asking twice takes one round trip.
            SessionReadings::Two => try_join(read_session(client), read_session(client)).await,
            SessionReadings::One => read_session(client).await.map(|only| (only.clone(), only)),
        };
        let (first, second) = read.map_err(|source| explain_refusal(config, true, DriverError::from(source).into()))?;
        let found = if first.0.as_ref() != Some(&self.0) || second.0.as_ref() != Some(&self.0) {
            "it does not pass on start-up settings"
        } else if first.1 != second.1 {
            TWO_PROCESSES
        } else {
            return Ok(first.1);
        };
        Err(Error::Pooler { server: server_name(config), found, instead: USE_TRANSACTION_MODE }.into())
    }
}

/// Returns the mark and the server process id of the session.
async fn read_session(client: &Client) -> Result<(Option<String>, i32), tokio_postgres::Error> {
    const SQL: &str =
        "SELECT pg_catalog.current_setting('schemata.connection', true) AS mark, pg_catalog.pg_backend_pid() AS pid";
    let rows = client.query_typed(SQL, &[] as &[(&(dyn tokio_postgres::types::ToSql + Sync), Type)]).await?;
    let row = rows.first().expect("a SELECT without FROM yields one row");
    Ok((row.try_get("mark")?, row.try_get("pid")?))
}

/// Refuses a pooler that assigns a server connection per statement instead of per transaction.
///
/// # Errors
/// [`Error::Pooler`], or the server's error.
pub(crate) async fn refuse_statement_mode(client: &Client, config: &Config) -> Result<(), ConnectCause> {
    let tried = try_join(client.batch_execute("BEGIN"), client.batch_execute("ROLLBACK")).await;
    match tried {
        Err(error) if error.code() == Some(&SqlState::PROTOCOL_VIOLATION) => {
            let found = "it refuses transactions, like PgBouncer in statement mode";
            Err(Error::Pooler { server: server_name(config), found, instead: LEAVE_STATEMENT_MODE }.into())
        }
        other => other.map(drop).map_err(|source| explain_refusal(config, false, DriverError::from(source).into())),
    }
}

/// Converts a pooler's refusal of start-up options to [`Error::Pooler`]; returns any other cause unchanged. `is_marked`:
/// the options include the library's own mark.
pub(crate) fn explain_refusal(config: &Config, is_marked: bool, cause: ConnectCause) -> ConnectCause {
    if !cause.downcast_ref().is_some_and(refuses_options) {
        return cause;
    }
    let instead = if is_marked { USE_TRANSACTION_MODE } else { REMOVE_OPTIONS };
    let server = server_name(config);
    Error::Pooler { server, found: "it refuses the start-up parameter `options`", instead }.into()
}

/// PostgreSQL accepts `options`, so a refusal comes from a pooler: PgBouncer refuses with 08P01, Amazon RDS Proxy with
/// 0A000.
fn refuses_options(error: &DriverError) -> bool {
    error.db_error().is_some_and(|db| {
        let is_refusal = [&SqlState::PROTOCOL_VIOLATION, &SqlState::FEATURE_NOT_SUPPORTED].contains(&db.code());
        is_refusal && (db.message().contains("startup parameter") || db.message().contains("options"))
    })
}
