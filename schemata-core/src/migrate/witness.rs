//! What a statement outside transactions locks: seen from a second session, since it cannot be looked at from inside.
//!
//! On a scratch database it would be over before anybody looked. So the second session reads the table first, in a transaction
//! that stays open: what builds or drops an index concurrently waits for it, holding its locks, and is looked at then.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio_postgres::types::Type;

use crate::ident::quoted;
use crate::migrate::apply::retry::Failure;
use crate::migrate::apply::transaction::RunContext;
use crate::migrate::migration::operation::{ConcurrentIndex, Operation};
use crate::migrate::session::Connection;
use crate::migrate::watch::Watch;

/// Locks of tables that a process holds, and whether it waits for somebody's transaction to end.
const HELD: &str = "SELECT relation, mode, \
     EXISTS (SELECT FROM pg_catalog.pg_locks w WHERE w.pid = $1 AND NOT w.granted AND w.locktype = 'virtualxid') \
     FROM pg_catalog.pg_locks WHERE pid = $1 AND granted AND locktype = 'relation' AND database = \
     (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";

/// How often it is looked.
const PACE: Duration = Duration::from_millis(2);

type Locks = BTreeMap<u32, Vec<String>>;

/// Does `work`, which is `operation` on `index`, and has `watch` take note of it.
pub(crate) async fn during(
    place: &RunContext<'_>,
    watch: &Watch,
    operation: &Operation,
    index: &ConcurrentIndex,
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let failed = |source| Failure::of("looking at the locks", source);
    watch.resume(place.client).await.map_err(failed)?;
    let table = match index {
        ConcurrentIndex::Create { schema, table, .. } => Some((schema.clone(), table.clone())),
        ConcurrentIndex::Drop { schema, name } => watch.table_of(schema, name),
    };
    // Where there is no such table, the work will say so.
    let reader = match table {
        Some((schema, table)) => reader(place, &format!("{}.{}", quoted(&schema), quoted(&table))).await,
        None => None,
    };
    let started = Instant::now();
    let (done, locks) = match &reader {
        Some(reader) => meanwhile(reader, place.backend, work).await,
        None => (work.await, Locks::new()),
    };
    let took = started.elapsed();
    if let Some(reader) = reader {
        reader.close().await;
    }
    done?;
    watch.outside(place.client, operation, took, locks).await.map_err(failed)
}

/// A session that has begun to read `table`.
async fn reader(place: &RunContext<'_>, table: &str) -> Option<Connection> {
    let reader = Connection::open(place.address, place.application).await.ok()?;
    let read = format!("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM {table} LIMIT 0");
    reader.client.batch_execute(&read).await.ok()?;
    Some(reader)
}

/// Does `work` in process `backend`; yields the locks that it held while it waited for `reader`, who lets it go then.
async fn meanwhile(
    reader: &Connection,
    backend: i32,
    work: impl Future<Output = Result<(), Failure>>,
) -> (Result<(), Failure>, Locks) {
    let mut work = pin!(work);
    let mut locks = Locks::new();
    loop {
        if let Ok(done) = tokio::time::timeout(PACE, work.as_mut()).await {
            return (done, locks);
        }
        let rows = match reader.client.query_typed(HELD, &[(&backend, Type::INT4)]).await {
            Ok(rows) => rows,
            Err(source) => return (Err(Failure::of("looking at the locks", source)), locks),
        };
        for row in &rows {
            let (modes, mode): (&mut Vec<String>, String) = (locks.entry(row.get(0)).or_default(), row.get(1));
            if !modes.contains(&mode) {
                modes.push(mode);
            }
        }
        if rows.iter().any(|row| row.get(2)) {
            // Fails only where the connection is gone, and the transaction with it.
            let _ = reader.client.batch_execute("COMMIT").await;
            return (work.await, locks);
        }
    }
}
