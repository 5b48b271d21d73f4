//! The locks of a statement that runs outside transactions, observed from a second session.
//!
//! On a scratch database the statement would be over before anybody could look. So the second session first reads the
//! table in a transaction that stays open: a concurrent index build or drop waits for it, holding its locks, and is
//! observed then.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio_postgres::types::Type;

use crate::ident::quoted;
use crate::migrate::apply::retry::AttemptFailure;
use crate::migrate::apply::transaction::RunContext;
use crate::migrate::migration::effect_recorder::EffectRecorder;
use crate::migrate::migration::operation::{ConcurrentIndex, Operation};
use crate::migrate::session::DedicatedConnection;

/// The locks on relations that process $1 holds, and whether it waits for a transaction to end.
const HELD_LOCKS: &str = "
    SELECT held.relation,
           held.mode,
           EXISTS (
               SELECT FROM pg_catalog.pg_locks waiting
               WHERE waiting.pid = $1 AND NOT waiting.granted AND waiting.locktype = 'virtualxid'
           ) AS waits
    FROM pg_catalog.pg_locks held
    WHERE held.pid = $1
      AND held.granted
      AND held.locktype = 'relation'
      AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";

const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// Lock modes by relation.
type Locks = BTreeMap<u32, Vec<String>>;

/// Runs `work`, which executes `operation` on `index`, and records it with the locks that it held.
pub(crate) async fn record(
    context: &RunContext<'_>,
    recorder: &EffectRecorder,
    operation: &Operation,
    index: &ConcurrentIndex,
    work: impl Future<Output = Result<(), AttemptFailure>>,
) -> Result<(), AttemptFailure> {
    let failed = |source| AttemptFailure::of("looking at the locks", source);
    recorder.resume(context.client).await.map_err(failed)?;
    let table = match index {
        ConcurrentIndex::Create { schema, table, .. } => Some((schema.clone(), table.clone())),
        ConcurrentIndex::Drop { schema, name } => recorder.table_of_index(schema, name),
    };
    // If the table does not exist, `work` reports that.
    let reader = match table {
        Some((schema, table)) => start_reader(context, &format!("{}.{}", quoted(&schema), quoted(&table))).await,
        None => None,
    };
    let started = Instant::now();
    let (done, locks) = match &reader {
        Some(reader) => observe_locks(reader, context.backend, work).await,
        None => (work.await, Locks::new()),
    };
    let took = started.elapsed();
    if let Some(reader) = reader {
        reader.close().await;
    }
    done?;
    recorder.record_outside(context.client, operation, took, locks).await.map_err(failed)
}

/// Opens a session with a transaction that has begun to read `table`.
async fn start_reader(context: &RunContext<'_>, table: &str) -> Option<DedicatedConnection> {
    let reader = DedicatedConnection::open(context.address, context.application).await.ok()?;
    let read = format!("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM {table} LIMIT 0");
    reader.client.batch_execute(&read).await.ok()?;
    Some(reader)
}

/// Runs `work` in process `backend` and returns the locks that it held until it waited for `reader`, whose transaction then
/// ends.
async fn observe_locks(
    reader: &DedicatedConnection,
    backend: i32,
    work: impl Future<Output = Result<(), AttemptFailure>>,
) -> (Result<(), AttemptFailure>, Locks) {
    let mut work = pin!(work);
    let mut locks = Locks::new();
    loop {
        if let Ok(done) = tokio::time::timeout(POLL_INTERVAL, work.as_mut()).await {
            return (done, locks);
        }
        let rows = match reader.client.query_typed(HELD_LOCKS, &[(&backend, Type::INT4)]).await {
            Ok(rows) => rows,
            Err(source) => return (Err(AttemptFailure::of("looking at the locks", source)), locks),
        };
        for row in &rows {
            let modes = locks.entry(row.get("relation")).or_default();
            let mode: String = row.get("mode");
            if !modes.contains(&mode) {
                modes.push(mode);
            }
        }
        if rows.iter().any(|row| row.get("waits")) {
            // Fails only if the connection is lost, and its transaction with it.
            let _ = reader.client.batch_execute("COMMIT").await;
            return (work.await, locks);
        }
    }
}
