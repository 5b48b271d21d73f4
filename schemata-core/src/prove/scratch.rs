//! Scratch databases: created beside the real one for a piece of work, and dropped when it ends.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::runtime::Handle;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use crate::exec::connect::Address;
use crate::ident::{Ident, quoted};
use crate::migrate::MigrateError;
use crate::migrate::session::DedicatedConnection;

/// The prefix of the scratch databases beside the current database, and the server process. The prefix holds a hash of
/// that database's name: advisory locks belong to one database, so only from there can it be seen which scratch
/// databases are in use.
const PREFIX_AND_BACKEND: &str = "
    SELECT 'schemata_scratch_' || substr(pg_catalog.md5(pg_catalog.current_database()), 1, 8) || '_' AS prefix,
           pg_catalog.pg_backend_pid() AS backend";

/// An empty database on the server of another one. If the program is killed, the next program that creates a scratch
/// database beside the same database drops it.
pub(crate) struct Scratch {
    /// Holds the advisory lock that marks the database as in use; `None` once the database is being dropped.
    admin: Option<DedicatedConnection>,
    name: Ident,
    address: Address,
}

impl Scratch {
    /// Creates a scratch database beside the database at `address`, runs `work` and drops the database, also if `work`
    /// fails, panics or is cancelled. The error of `work` takes precedence over that of the drop. The role needs
    /// CREATEDB.
    pub(crate) async fn with<T, E: From<MigrateError>>(
        address: &Address,
        application: &str,
        work: impl AsyncFnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut scratch = Self::create(address, application).await?;
        let outcome = work(&scratch).await;
        let dropped = match scratch.admin.take() {
            Some(admin) => drop_database(admin, &scratch.name).await,
            None => Ok(()),
        };
        let value = outcome?;
        dropped?;
        Ok(value)
    }

    async fn create(address: &Address, application: &str) -> Result<Self, MigrateError> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let admin = DedicatedConnection::open(address, application).await?;
        let rows = admin.client.query_typed(PREFIX_AND_BACKEND, &[]).await.map_err(failed("asking the server"))?;
        let row = rows.first().expect("a SELECT without FROM yields one row");
        let (prefix, backend): (String, i32) = (row.get("prefix"), row.get("backend"));
        drop_abandoned(&admin, &prefix).await?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = Ident::new(format!("{prefix}{backend}_{number}"))?;
        try_lock(&admin, name.as_str()).await?;
        let mut address = address.clone();
        address.config.dbname(name.as_str());
        let create = format!("CREATE DATABASE {name} TEMPLATE template0");
        let scratch = Self { admin: Some(admin), name, address };
        if let Some(admin) = &scratch.admin {
            let created = admin.client.batch_execute(&create).await;
            created.map_err(failed("creating a scratch database (needs CREATEDB)"))?;
        }
        Ok(scratch)
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }
}

/// Drops the database of work that panicked or was cancelled, on a task of its own.
impl Drop for Scratch {
    fn drop(&mut self) {
        let (Some(admin), Ok(runtime)) = (self.admin.take(), Handle::try_current()) else { return };
        let name = self.name.clone();
        runtime.spawn(async move {
            // Nobody is left to report an error to; the next scratch database drops what is left.
            let _ = drop_database(admin, &name).await;
        });
    }
}

/// Drops the database, disconnects its sessions and closes `admin`.
async fn drop_database(admin: DedicatedConnection, name: &Ident) -> Result<(), MigrateError> {
    let sql = format!("DROP DATABASE IF EXISTS {name}");
    let dropped = match admin.client.batch_execute(&format!("{sql} WITH (FORCE)")).await {
        // A role that was assumed by `SET ROLE` may not end its own session's process. Without FORCE, PostgreSQL waits
        // for the sessions that are disconnecting.
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => admin.client.batch_execute(&sql).await,
        other => other,
    };
    admin.close().await;
    dropped.map_err(failed("dropping a scratch database"))
}

/// Drops the scratch databases of programs that have ended: their lock is free.
async fn drop_abandoned(admin: &DedicatedConnection, prefix: &str) -> Result<(), MigrateError> {
    let sql = "
        SELECT datname::text AS name
        FROM pg_catalog.pg_database
        WHERE pg_catalog.starts_with(datname::text, $1)";
    let rows = admin.client.query_typed(sql, &[(&prefix, Type::TEXT)]).await;
    for row in rows.map_err(failed("listing scratch databases"))? {
        let name: String = row.get("name");
        if try_lock(admin, &name).await? {
            // Another program may have dropped it a moment ago, or it belongs to another role: neither is an error here.
            let _ =
                admin.client.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(&name))).await;
            let unlock = "SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended($1, 0))";
            admin.client.query_typed(unlock, &[(&name, Type::TEXT)]).await.map_err(failed("unlocking"))?;
        }
    }
    Ok(())
}

async fn try_lock(admin: &DedicatedConnection, name: &str) -> Result<bool, MigrateError> {
    let sql = "SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0)) AS locked";
    let rows = admin.client.query_typed(sql, &[(&name, Type::TEXT)]).await;
    Ok(rows.map_err(failed("locking a scratch database"))?.first().is_some_and(|row| row.get("locked")))
}

fn failed(step: &'static str) -> impl FnOnce(tokio_postgres::Error) -> MigrateError {
    move |source| MigrateError::Session { step, source }
}
