//! The migrator's own connection, and what it has to know of the server before anything else.

use std::sync::{Mutex, PoisonError};

use tokio_postgres::types::Type;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::exec::dial::{Address, Wanted};
use crate::exec::ending::Ending;
use crate::ident::{Ident, quoted};
use crate::migrate::error::MigrateError;

/// The oldest server the library speaks to, as `server_version_num`.
const OLDEST: i32 = 130_000;

/// How often an unlock is tried on a pooler that was taken for a server.
const UNLOCK_TRIES: u32 = 64;

/// As `DISCARD ALL`, but for the driver's own prepared statements, which it would miss: those prepared by SQL are listed.
const RENEW: &str = "CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; UNLISTEN *; DISCARD TEMP; \
     DISCARD SEQUENCES; SELECT pg_catalog.pg_advisory_unlock_all(); \
     SELECT name AS left_prepared FROM pg_catalog.pg_prepared_statements WHERE from_sql";

/// A connection that is not shared. When it is dropped, what it runs is cancelled and it is closed, which releases every
/// lock and transaction.
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// How it was made, for a second one.
    pub(crate) address: Address,
    ending: Ending,
    /// The key of the migration lock, once it holds that.
    locked: Mutex<Option<i64>>,
}

impl Connection {
    /// Connects, as `application` in the server's process list.
    pub(crate) async fn open(address: &Address, application: &str) -> Result<Self, MigrateError> {
        let mut address = address.clone();
        if address.config.get_application_name().is_none() {
            address.config.application_name(application);
        }
        let (client, ending) = Box::pin(address.dial(Wanted::AsConfigured)).await.map_err(|error| match error {
            // This comes first: on a pooler, a session lock would be left on the server's session.
            crate::Error::Pooler { server, found, .. } => MigrateError::Pooler { server, found },
            other => MigrateError::Connect(other),
        })?;
        Ok(Self { client, address, ending, locked: Mutex::new(None) })
    }

    /// Takes note that it holds the migration lock.
    pub(crate) fn locked(&self, key: i64) {
        *self.locked.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
    }

    fn lock_held(&self) -> Option<i64> {
        self.locked.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Frees the lock and takes back what migrations may have left in the session, for another schema's turn.
    pub(crate) async fn renew(&self) -> Result<(), MigrateError> {
        let failed = |source| MigrateError::Session { step: "resetting the session", source };
        let _ = self.lock_held();
        let answer = self.client.simple_query(RENEW).await.map_err(failed)?;
        let prepared: Vec<String> = answer
            .iter()
            .filter_map(|message| match message {
                // The other row is that of the unlocking.
                SimpleQueryMessage::Row(row) => row.try_get("left_prepared").ok().flatten(),
                _ => None,
            })
            .map(|name| format!("DEALLOCATE {}", quoted(name)))
            .collect();
        if prepared.is_empty() {
            return Ok(());
        }
        self.client.batch_execute(&prepared.join(";")).await.map_err(failed)
    }

    /// Closes the connection and waits until that is done, so that its lock is gone when this returns.
    pub(crate) async fn close(self) {
        if let Some(key) = self.lock_held() {
            self.unlock(key).await;
        }
        drop(self.client);
        self.ending.close().await;
    }
}

impl Connection {
    /// Frees the lock. The end of the connection would do it; but a pooler that went unnoticed keeps its connection to the
    /// server, and deals out one of several: then it takes as many tries to meet the one that holds the lock.
    async fn unlock(&self, key: i64) {
        for _ in 0..UNLOCK_TRIES {
            let freed =
                self.client.query_typed("SELECT pg_catalog.pg_advisory_unlock($1)", &[(&key, Type::INT8)]).await;
            if !freed.is_ok_and(|rows| rows.first().is_some_and(|row| !row.get::<_, bool>(0))) {
                return;
            }
        }
    }
}

/// The server as the migrator finds it.
#[derive(Debug)]
pub(crate) struct Probe {
    /// Its major version.
    pub(crate) major: i32,
    /// Why it takes no writes, if so.
    pub(crate) read_only: Option<&'static str>,
    /// The server process that answered.
    pub(crate) backend: i32,
    /// The role.
    pub(crate) role: String,
    /// The database.
    pub(crate) database: String,
    /// Whether the migrated schema exists.
    pub(crate) schema_exists: bool,
    /// What is called `schema_migrations` there: its kind, then its columns as `name type`.
    pub(crate) ledger: Option<(String, Vec<String>)>,
}

const PROBE: &str = "SELECT pg_catalog.current_setting('server_version_num')::int, \
     pg_catalog.current_setting('server_version'), pg_catalog.pg_is_in_recovery(), \
     pg_catalog.current_setting('transaction_read_only') = 'on', pg_catalog.pg_backend_pid(), \
     current_user::text, pg_catalog.current_database()::text, \
     EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1), \
     c.relkind::text, \
     (SELECT pg_catalog.array_agg(a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) \
      FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) \
     FROM (SELECT) one LEFT JOIN pg_catalog.pg_class c ON c.relname = 'schema_migrations' \
     AND c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1)";

/// Asks the server, in one round trip.
pub(crate) async fn probe(client: &Client, schema: &Ident) -> Result<Probe, MigrateError> {
    let rows = client
        .query_typed(PROBE, &[(&schema.as_str(), Type::TEXT)])
        .await
        .map_err(|source| MigrateError::Session { step: "reading the server's settings", source })?;
    let row = rows.first().expect("a SELECT from one row yields one row");
    let version: i32 = row.get(0);
    if version < OLDEST {
        return Err(MigrateError::ServerTooOld { version: row.get(1) });
    }
    let read_only = match (row.get(2), row.get(3)) {
        (true, _) => Some("a standby"),
        (false, true) => Some("default_transaction_read_only is on"),
        (false, false) => None,
    };
    let columns: Option<Vec<String>> = row.get(9);
    let ledger = row.get::<_, Option<String>>(8).map(|kind| (kind, columns.unwrap_or_default()));
    Ok(Probe {
        major: version / 10_000,
        read_only,
        backend: row.get(4),
        role: row.get(5),
        database: row.get(6),
        schema_exists: row.get(7),
        ledger,
    })
}
