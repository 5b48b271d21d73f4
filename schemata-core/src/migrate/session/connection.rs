//! The migrator's own connection: shared with nothing else, and closed together with its lock.

use std::sync::{Mutex, PoisonError};

use tokio_postgres::types::Type;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::exec::connect::{
    Address, Dialed, DriverTask, ServerRequirement, SessionReadings, TWO_PROCESSES, server_name,
};
use crate::ident::quoted;
use crate::migrate::error::MigrateError;
use crate::migrate::session::statements::{MigratorSession, StatementError};

/// How often an unlock is tried on a pooler that was taken for a server.
const UNLOCK_TRIES: u32 = 64;

/// Does what `DISCARD ALL` does, except for the driver's own prepared statements, which it would miss: those that SQL
/// prepared are listed.
const RENEW: &str = "CLOSE ALL;
RESET SESSION AUTHORIZATION;
RESET ROLE;
RESET ALL;
UNLISTEN *;
DISCARD TEMP;
DISCARD SEQUENCES;
SELECT pg_catalog.pg_advisory_unlock_all();
SELECT name AS left_prepared FROM pg_catalog.pg_prepared_statements WHERE from_sql";

/// A connection that is not shared. Dropping it cancels the statement under way and closes it, which releases every lock and
/// transaction.
pub(crate) struct DedicatedConnection {
    pub(crate) client: Client,
    /// How it was made, for a second connection.
    pub(crate) address: Address,
    driver_task: DriverTask,
    /// The process id of its server session.
    backend: Option<i32>,
    /// The key of the migration lock while the connection holds it.
    lock: Mutex<Option<i64>>,
}

impl DedicatedConnection {
    /// Connects, as `application` in the server's process list.
    pub(crate) async fn open(address: &Address, application: &str) -> Result<Self, MigrateError> {
        Self::open_after(address, application, SessionReadings::Two).await
    }

    /// Connects, and hands the connection out after this many readings of its session. After one, [`Self::confirm`] is due in
    /// the first transaction.
    pub(super) async fn open_after(
        address: &Address,
        application: &str,
        readings: SessionReadings,
    ) -> Result<Self, MigrateError> {
        let mut address = address.clone();
        if address.config.get_application_name().is_none() {
            address.config.application_name(application);
        }
        let dialed = Box::pin(address.dial(ServerRequirement::AsConfigured, readings)).await;
        let Dialed { client, driver_task, backend } = dialed.map_err(|error| match error {
            // Checked before anything else: on a pooler, a session lock would stay on the server's session.
            crate::Error::Pooler { server, found, .. } => MigrateError::Pooler { server, found },
            other => MigrateError::Connect(other),
        })?;
        Ok(Self { client, address, driver_task, backend, lock: Mutex::new(None) })
    }

    /// Refuses a pooler that was not noticed at connecting, and gives a transaction another session only now: it ran in the
    /// server process `backend`.
    pub(super) fn confirm(&self, backend: i32) -> Result<(), MigrateError> {
        if self.backend.is_none_or(|own| own == backend) {
            return Ok(());
        }
        Err(MigrateError::Pooler { server: server_name(&self.address.config), found: TWO_PROCESSES })
    }

    /// Returns a runner for the migrator's statements.
    pub(crate) fn session(&self) -> MigratorSession<'_> {
        MigratorSession::new(&self.client)
    }

    /// Records that the connection holds the migration lock with this key.
    pub(crate) fn holds_lock(&self, key: i64) {
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
    }

    fn take_lock(&self) -> Option<i64> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Releases the lock and undoes what migrations may have left in the session, so that another schema can be migrated.
    pub(crate) async fn renew(&self) -> Result<(), MigrateError> {
        let step = "resetting the session";
        let _ = self.take_lock();
        let answer = self.client.simple_query(RENEW).await.map_err(|source| StatementError::own(step, source))?;
        let prepared: Vec<String> = answer
            .iter()
            .filter_map(|message| match message {
                // The other row is the result of unlocking.
                SimpleQueryMessage::Row(row) => row.try_get("left_prepared").ok().flatten(),
                _ => None,
            })
            .map(|name| format!("DEALLOCATE {}", quoted(name)))
            .collect();
        if prepared.is_empty() {
            return Ok(());
        }
        Ok(self.session().batch(step, &prepared.join(";")).await?)
    }

    /// Closes the connection and waits until the server has closed it too, so that the lock is free when this returns.
    pub(crate) async fn close(self) {
        if let Some(key) = self.take_lock() {
            self.unlock(key).await;
        }
        drop(self.client);
        self.driver_task.close().await;
    }

    /// Releases the lock. Closing the connection would release it too, but a pooler that went unnoticed keeps its server
    /// sessions open and assigns one of several: then it takes as many tries to meet the one that holds the lock.
    async fn unlock(&self, key: i64) {
        let sql = "SELECT pg_catalog.pg_advisory_unlock($1) AS unlocked";
        for _ in 0..UNLOCK_TRIES {
            let row = self.session().query_opt("releasing the lock", sql, &[(&key, Type::INT8)]).await;
            let is_elsewhere = row.is_ok_and(|row| row.is_some_and(|row| !row.get::<_, bool>("unlocked")));
            if !is_elsewhere {
                return;
            }
        }
    }
}
