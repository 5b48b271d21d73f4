//! The advisory lock that lets one migrator at a time change a schema.
//!
//! A session lock on a connection that belongs to the run alone: however the run ends, the connection closes and the
//! lock is gone.

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::ident::Ident;
use crate::migrate::error::MigrateError;
use crate::migrate::report::{Event, LockHolder};
use crate::migrate::session::Connection;

/// The key: 64 bits over this library's name and the schema. Advisory locks are per database already.
fn key(schema: &Ident) -> i64 {
    let hash = Sha256::digest(format!("schemata migrate\n{}", schema.as_str()));
    hash.iter().take(8).fold(0, |key, byte| (key << 8) | i64::from(*byte))
}

/// Takes the lock, waiting for another migrator for up to `patience`.
pub(crate) async fn acquire(
    connection: &Connection,
    schema: &Ident,
    patience: Duration,
    observe: &(dyn Fn(&Event) + Send + Sync),
) -> Result<(), MigrateError> {
    let started = Instant::now();
    let (client, key) = (&connection.client, key(schema));
    let mut pause = Duration::from_millis(20);
    let mut told = false;
    loop {
        if try_acquire(client, key).await? {
            connection.locked(key);
            return Ok(());
        }
        if !told || started.elapsed() >= patience {
            let holder = holder(client, key).await?;
            if started.elapsed() >= patience {
                return Err(MigrateError::Locked { schema: schema.clone(), waited: started.elapsed(), holder });
            }
            observe(&Event::WaitingForLock { holder });
            told = true;
        }
        tokio::time::sleep(pause.min(patience.saturating_sub(started.elapsed()))).await;
        pause = (pause * 3 / 2).min(Duration::from_secs(1));
    }
}

async fn try_acquire(client: &Client, key: i64) -> Result<bool, MigrateError> {
    client
        .query_typed("SELECT pg_catalog.pg_try_advisory_lock($1)", &[(&key, Type::INT8)])
        .await
        .map_err(|source| MigrateError::Session { step: "taking the migration lock", source })
        .map(|rows| rows.first().is_some_and(|row| row.get(0)))
}

/// A 64-bit advisory key shows in `pg_locks` as two halves, `objsubid` 1.
const HOLDER: &str = "SELECT l.pid, coalesce(a.application_name, ''), \
     coalesce(extract(epoch FROM pg_catalog.now() - a.backend_start), 0)::bigint \
     FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a USING (pid) \
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
     AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) \
     AND ((l.classid::bigint << 32) | l.objid::bigint) = $1";

async fn holder(client: &Client, key: i64) -> Result<Option<LockHolder>, MigrateError> {
    let rows = client
        .query_typed(HOLDER, &[(&key, Type::INT8)])
        .await
        .map_err(|source| MigrateError::Session { step: "looking up who holds the migration lock", source })?;
    Ok(rows.first().map(|row| LockHolder { pid: row.get(0), application: row.get(1), age: row.get(2) }))
}
