//! The advisory lock that lets one migrator at a time change a schema.
//!
//! It is a session lock on a connection that belongs to the run alone: however the run ends, the connection closes and the
//! lock is released.

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio_postgres::types::Type;

use crate::ident::Ident;
use crate::migrate::error::MigrateError;
use crate::migrate::report::{Event, LockHolder};
use crate::migrate::session::connection::DedicatedConnection;
use crate::migrate::session::statements::MigratorSession;

/// The key: 64 bits of a hash over the library's name and the schema. Advisory locks are per database already.
fn key(schema: &Ident) -> i64 {
    let hash = Sha256::digest(format!("schemata migrate\n{}", schema.as_str()));
    hash.iter().take(8).fold(0, |key, byte| (key << 8) | i64::from(*byte))
}

/// Takes the lock, waiting for another migrator for up to `patience`.
pub(crate) async fn acquire(
    connection: &DedicatedConnection,
    schema: &Ident,
    patience: Duration,
    observe: &(dyn Fn(&Event) + Send + Sync),
) -> Result<(), MigrateError> {
    let started = Instant::now();
    let (session, key) = (connection.session(), key(schema));
    let mut pause = Duration::from_millis(20);
    let mut is_observed = false;
    loop {
        if try_acquire(session, key).await? {
            connection.holds_lock(key);
            return Ok(());
        }
        if !is_observed || started.elapsed() >= patience {
            let holder = holder(session, key).await?;
            if started.elapsed() >= patience {
                return Err(MigrateError::Locked { schema: schema.clone(), waited: started.elapsed(), holder });
            }
            observe(&Event::WaitingForLock { holder });
            is_observed = true;
        }
        tokio::time::sleep(pause.min(patience.saturating_sub(started.elapsed()))).await;
        pause = (pause * 3 / 2).min(Duration::from_secs(1));
    }
}

async fn try_acquire(session: MigratorSession<'_>, key: i64) -> Result<bool, MigrateError> {
    let sql = "SELECT pg_catalog.pg_try_advisory_lock($1) AS locked";
    let row = session.query_opt("taking the migration lock", sql, &[(&key, Type::INT8)]).await?;
    Ok(row.is_some_and(|row| row.get("locked")))
}

async fn holder(session: MigratorSession<'_>, key: i64) -> Result<Option<LockHolder>, MigrateError> {
    let step = "looking up who holds the migration lock";
    let row = session.query_opt(step, include_str!("lock_holder.sql"), &[(&key, Type::INT8)]).await?;
    Ok(row.map(|row| LockHolder { pid: row.get("pid"), application: row.get("application"), age: row.get("age") }))
}
