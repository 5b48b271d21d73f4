//! A database to try things in: created beside the real one, dropped afterwards.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSqlOwned, Type};

use crate::exec::connect::Address;
use crate::ident::{Ident, quoted};
use crate::migrate::session::Connection;
use crate::migrate::{MigrateError, ScratchError};

/// The names of scratch databases beside `database` begin with this. Another database's have another hash: whether they are
/// in use can only be seen from there, since advisory locks are a database's own.
const PREFIX: &str = "SELECT 'schemata_scratch_' || substr(pg_catalog.md5(pg_catalog.current_database()), 1, 8) || '_'";

/// An empty database on the server of another one. What a killed program leaves is dropped by the next one that makes a
/// scratch database there.
pub(crate) struct Scratch {
    /// Holds the advisory lock that says the database is in use.
    admin: Connection,
    name: Ident,
    address: Address,
}

impl Scratch {
    /// Creates one beside the database at `address`. The role needs CREATEDB.
    pub(crate) async fn create(address: &Address, application: &str) -> Result<Self, MigrateError> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let admin = Connection::open(address, application).await?;
        let prefix: String = one(&admin, PREFIX).await?;
        drop_abandoned(&admin, &prefix).await?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let backend: i32 = one(&admin, "SELECT pg_catalog.pg_backend_pid()").await?;
        let name = Ident::new(format!("{prefix}{backend}_{number}"))?;
        lock(&admin, name.as_str()).await?;
        let sql = format!("CREATE DATABASE {name} TEMPLATE template0");
        admin.client.batch_execute(&sql).await.map_err(failed("creating a scratch database (needs CREATEDB)"))?;
        let mut address = address.clone();
        address.config.dbname(name.as_str());
        Ok(Self { admin, name, address })
    }

    /// How to connect to it.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Drops it, with whoever is still connected.
    pub(crate) async fn drop(self) -> Result<(), MigrateError> {
        let sql = format!("DROP DATABASE IF EXISTS {}", self.name);
        let dropped = match self.admin.client.batch_execute(&format!("{sql} WITH (FORCE)")).await {
            // A role that was taken by `SET ROLE` may not end its own session's process. Without being told to, PostgreSQL
            // waits until those that are leaving have left.
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                self.admin.client.batch_execute(&sql).await
            }
            other => other,
        };
        self.admin.close().await;
        dropped.map_err(failed("dropping a scratch database"))
    }
}

/// Drops scratch databases whose makers are gone: their lock is free.
async fn drop_abandoned(admin: &Connection, prefix: &str) -> Result<(), MigrateError> {
    let sql = "SELECT datname::text FROM pg_catalog.pg_database WHERE pg_catalog.starts_with(datname::text, $1)";
    let found = admin.client.query_typed(sql, &[(&prefix, Type::TEXT)]).await;
    for row in found.map_err(failed("listing scratch databases"))? {
        let name: String = row.get(0);
        if lock(admin, &name).await? {
            // Its maker may have dropped it a moment ago, or belong to another role: neither is this program's concern.
            let _ =
                admin.client.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(&name))).await;
            let unlock = "SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended($1, 0))";
            admin.client.query_typed(unlock, &[(&name, Type::TEXT)]).await.map_err(failed("unlocking"))?;
        }
    }
    Ok(())
}

async fn lock(admin: &Connection, name: &str) -> Result<bool, MigrateError> {
    let sql = "SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0))";
    let rows = admin.client.query_typed(sql, &[(&name, Type::TEXT)]).await;
    Ok(rows.map_err(failed("locking a scratch database"))?.first().is_some_and(|row| row.get(0)))
}

async fn one<T: FromSqlOwned>(admin: &Connection, sql: &str) -> Result<T, MigrateError> {
    let rows = admin.client.query_typed(sql, &[]).await.map_err(failed("asking the server"))?;
    Ok(rows.first().expect("a SELECT without FROM yields one row").get(0))
}

/// What is told of migrations that cannot be replayed.
pub(crate) fn replay_failed(source: MigrateError) -> MigrateError {
    ScratchError::Replay { source: Box::new(source) }.into()
}

fn failed(step: &'static str) -> impl FnOnce(tokio_postgres::Error) -> MigrateError {
    move |source| MigrateError::Session { step, source }
}
