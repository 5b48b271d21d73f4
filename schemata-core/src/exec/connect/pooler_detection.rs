//! Makes sure that a connection has a server session of its own, rather than one that a pooler assigns per transaction.
//!
//! On a shared session, a named prepared statement, a session lock or a setting would soon belong to another client, so
//! nothing else is sent on a connection before this check. A random setting is sent with the start-up message and read back
//! in two transactions. A pooler refuses such settings, does not pass them on, or answers from a session that was started
//! for another client; only a session that was started for this connection knows the value.

use std::fmt::Write;
use std::hash::{BuildHasher, Hasher, RandomState};

use futures_util::future::try_join;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config};

use crate::error::{DriverError, Error};
use crate::exec::connect::address::Cause;
use crate::exec::connect::url::server_name;

const SHARED: &str = "write `.pooler(Pooler::Transaction)`, or connect to the server itself";
const NO_OPTIONS: &str =
    "take `options` out of the URL, or add `ignore_startup_parameters = options` to the pooler's settings";
const STATEMENT_MODE: &str = "set `pool_mode = transaction` in its settings, or connect to the server itself";

/// A value that no other connection sends.
pub(crate) struct SessionMark(String);

impl SessionMark {
    /// Makes a new one, and puts it before the other start-up options of `config`.
    pub(crate) fn put(config: &mut Config) -> Self {
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

    /// Refuses a session that does not know the value, or that is not the same in two transactions.
    ///
    /// # Errors
    /// [`Error::Pooler`], or the server's error.
    pub(crate) async fn verify(&self, client: &Client, config: &Config) -> Result<(), Cause> {
        // Both are sent together, so that asking twice takes one round trip.
        let (one, other) = try_join(ask(client), ask(client))
            .await
            .map_err(|source| refused(config, true, DriverError::from(source).into()))?;
        let found = if one.0.as_ref() != Some(&self.0) || other.0.as_ref() != Some(&self.0) {
            "it keeps the start-up settings to itself"
        } else if one.1 != other.1 {
            "two transactions ran on two processes of the server"
        } else {
            return Ok(());
        };
        Err(Error::Pooler { server: server_name(config), found, instead: SHARED }.into())
    }
}

/// Returns the mark and the process id of the session.
async fn ask(client: &Client) -> Result<(Option<String>, i32), tokio_postgres::Error> {
    const ASK: &str = "SELECT pg_catalog.current_setting('schemata.connection', true), pg_catalog.pg_backend_pid()";
    let rows = client.query_typed(ASK, &[] as &[(&(dyn tokio_postgres::types::ToSql + Sync), Type)]).await?;
    let row = rows.first().expect("a SELECT without FROM yields one row");
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// Refuses a pooler that does not keep one server connection for a whole transaction.
///
/// # Errors
/// [`Error::Pooler`], or the server's error.
pub(crate) async fn keeps_transactions(client: &Client, config: &Config) -> Result<(), Cause> {
    let tried = try_join(client.batch_execute("BEGIN"), client.batch_execute("ROLLBACK")).await;
    match tried {
        Err(error) if error.code() == Some(&SqlState::PROTOCOL_VIOLATION) => {
            let found = "it refuses transactions, as PgBouncer's statement mode does";
            Err(Error::Pooler { server: server_name(config), found, instead: STATEMENT_MODE }.into())
        }
        other => other.map(drop).map_err(|source| refused(config, false, DriverError::from(source).into())),
    }
}

/// Turns the refusal of start-up options by a pooler into [`Error::Pooler`], and leaves any other cause as it is.
/// `is_marked` says whether the options are the library's own.
pub(crate) fn refused(config: &Config, is_marked: bool, cause: Cause) -> Cause {
    if !cause.downcast_ref().is_some_and(refuses_options) {
        return cause;
    }
    let instead = if is_marked { SHARED } else { NO_OPTIONS };
    let server = server_name(config);
    Error::Pooler { server, found: "it refuses the start-up parameter `options`", instead }.into()
}

/// PostgreSQL accepts `options`, so a refusal comes from a pooler: PgBouncer refuses with 08P01, Amazon's RDS Proxy with
/// 0A000.
fn refuses_options(error: &DriverError) -> bool {
    error.db_error().is_some_and(|db| {
        let is_refusal = [&SqlState::PROTOCOL_VIOLATION, &SqlState::FEATURE_NOT_SUPPORTED].contains(&db.code());
        is_refusal && (db.message().contains("startup parameter") || db.message().contains("options"))
    })
}
