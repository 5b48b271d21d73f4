//! Records what each statement of a migration did, as PostgreSQL counts it: takes a snapshot before and after the statement,
//! from inside its transaction.
//!
//! Locks come from `pg_locks`, rewrites from file nodes, scans from the transaction's own statistics, which count the
//! scan of an empty table like any other. `prove::measure` decides what these numbers mean.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio_postgres::{Client, Error};

use crate::migrate::migration::operation::Operation;

/// A table, a materialized view or an index at the time of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RelationState {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// The table of an index.
    pub(crate) index_of: Option<u32>,
    /// The file node.
    pub(crate) file: Option<u32>,
    /// How many scans of the whole relation this transaction has begun.
    pub(crate) scans: i64,
}

/// All relations outside the system's schemas, and the locks that the session's transaction holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) relations: BTreeMap<u32, RelationState>,
    /// Lock modes by relation, dropped relations included.
    pub(crate) locks: BTreeMap<u32, Vec<String>>,
}

/// How a statement runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Runs {
    /// In a transaction of its migration, which may hold other statements: the first, the second, …
    In(usize),
    /// By itself, outside any transaction.
    Outside,
    /// In several transactions of its own, each with this number of rows.
    InBatches(u32),
}

/// A statement with the snapshots before and after it.
#[derive(Debug, Clone)]
pub(crate) struct ObservedStatement {
    pub(crate) runs: Runs,
    /// `None` for work that bypassed the migrator, through `query`, `session` and `client`.
    pub(crate) operation: Option<Operation>,
    pub(crate) took: Duration,
    pub(crate) before: Snapshot,
    pub(crate) after: Snapshot,
}

/// The purpose of a run of migrations.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RunMode<'r> {
    /// Changes the database.
    Live,
    /// Replays the migrations on a scratch database.
    Replay,
    /// Replays the migrations and records the effects of each statement.
    Recorded(&'r EffectRecorder),
}

impl<'r> RunMode<'r> {
    /// Returns whether the migrations run on a scratch database.
    pub(crate) fn is_replay(self) -> bool {
        !matches!(self, Self::Live)
    }

    pub(crate) fn recorder(self) -> Option<&'r EffectRecorder> {
        match self {
            Self::Recorded(recorder) => Some(recorder),
            Self::Live | Self::Replay => None,
        }
    }
}

/// Records the statements of one migration.
#[derive(Debug, Default)]
pub(crate) struct EffectRecorder(Mutex<Observations>);

#[derive(Debug, Default)]
struct Observations {
    start: Snapshot,
    last: Snapshot,
    statements: Vec<ObservedStatement>,
    /// The number of these statements that are committed.
    committed: usize,
    /// The number of the current transaction, from 1.
    transaction: usize,
}

impl EffectRecorder {
    /// Forgets all observations and takes the snapshot before the migration.
    pub(crate) async fn start(&self, client: &Client) -> Result<(), Error> {
        let start = Observations::default().of_known_relations(take_snapshot(client).await?);
        *self.observations() = Observations { last: start.clone(), start, transaction: 1, ..Observations::default() };
        Ok(())
    }

    /// Takes the snapshot before the next part of a migration that runs step by step. Forgets the observations of an attempt
    /// that was rolled back.
    pub(crate) async fn resume(&self, client: &Client) -> Result<(), Error> {
        let now = take_snapshot(client).await?;
        let mut observations = self.observations();
        observations.last = observations.of_known_relations(now);
        let committed = observations.committed;
        observations.statements.truncate(committed);
        Ok(())
    }

    /// Records the end of a transaction; `end` is the operation that ended it, if one did.
    pub(crate) fn record_commit(&self, end: Option<&Operation>) {
        let mut observations = self.observations();
        if let Some(end) = end {
            let last = observations.last.clone();
            observations.push_in_transaction(Some(end.clone()), Duration::ZERO, last);
        }
        observations.transaction += 1;
        observations.committed = observations.statements.len();
    }

    /// Records `operation`, which ran outside transactions and held `locks` meanwhile.
    pub(crate) async fn record_outside(
        &self,
        client: &Client,
        operation: &Operation,
        took: Duration,
        locks: BTreeMap<u32, Vec<String>>,
    ) -> Result<(), Error> {
        let after = Snapshot { locks, ..take_snapshot(client).await? };
        let mut observations = self.observations();
        observations.push(Runs::Outside, Some(operation.clone()), took, after);
        observations.committed = observations.statements.len();
        Ok(())
    }

    /// Records, inside its transaction, a batch of `rows` rows of `operation`.
    pub(crate) async fn record_batch(
        &self,
        client: &Client,
        operation: &Operation,
        rows: u32,
        took: Duration,
    ) -> Result<(), Error> {
        let after = take_snapshot(client).await?;
        let mut observations = self.observations();
        observations.push(Runs::InBatches(rows), Some(operation.clone()), took, after);
        observations.merge_batches();
        observations.committed = observations.statements.len();
        Ok(())
    }

    /// Runs `work`, which executes `operation`, and records it.
    pub(crate) async fn record_statement(
        &self,
        client: &Client,
        operation: &Operation,
        work: impl Future<Output = Result<(), Error>>,
    ) -> Result<(), Error> {
        self.record_bypassing(client).await?;
        let started = Instant::now();
        work.await?;
        let took = started.elapsed();
        let after = take_snapshot(client).await?;
        self.observations().push_in_transaction(Some(operation.clone()), took, after);
        Ok(())
    }

    /// Records what bypassed the migrator since the last statement, if anything did.
    pub(crate) async fn record_bypassing(&self, client: &Client) -> Result<(), Error> {
        let now = take_snapshot(client).await?;
        let mut observations = self.observations();
        let now = observations.of_known_relations(now);
        if now != observations.last {
            observations.push_in_transaction(None, Duration::ZERO, now);
        }
        Ok(())
    }

    /// Returns the schema and name of the table to which the index `name` of `schema` belongs.
    pub(crate) fn table_of_index(&self, schema: &str, name: &str) -> Option<(String, String)> {
        let observations = self.observations();
        let relations = &observations.last.relations;
        let index = relations.values().find(|relation| relation.schema == schema && relation.name == name)?;
        let table = relations.get(&index.index_of?)?;
        Some((table.schema.clone(), table.name.clone()))
    }

    /// Returns the snapshot before the migration, and its statements.
    pub(crate) fn into_parts(self) -> (Snapshot, Vec<ObservedStatement>) {
        let observations = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        (observations.start, observations.statements)
    }

    fn observations(&self) -> MutexGuard<'_, Observations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observations {
    /// Removes the locks on the system's relations, which taking the snapshot acquires, too.
    fn of_known_relations(&self, mut snapshot: Snapshot) -> Snapshot {
        let Snapshot { relations, locks } = &mut snapshot;
        let is_known = |oid: &u32| relations.contains_key(oid) || self.last.relations.contains_key(oid);
        locks.retain(|oid, _| is_known(oid) || self.last.locks.contains_key(oid));
        snapshot
    }

    fn push_in_transaction(&mut self, operation: Option<Operation>, took: Duration, after: Snapshot) {
        self.push(Runs::In(self.transaction), operation, took, after);
    }

    fn push(&mut self, runs: Runs, operation: Option<Operation>, took: Duration, after: Snapshot) {
        let after = self.of_known_relations(after);
        let before = std::mem::replace(&mut self.last, after.clone());
        self.statements.push(ObservedStatement { runs, operation, took, before, after });
    }

    /// Merges the last two statements if they are batches of the same backfill. Each transaction counts its own scans.
    fn merge_batches(&mut self) {
        let Some([.., first, next]) = self.statements.get(..) else { return };
        if !matches!(first.runs, Runs::InBatches(_)) || first.operation != next.operation {
            return;
        }
        let mut both = first.clone();
        both.took += next.took;
        both.after.locks.extend(next.after.locks.clone());
        for (oid, after) in &mut both.after.relations {
            let scans = |snapshot: &Snapshot| snapshot.relations.get(oid).map_or(0, |relation| relation.scans);
            after.scans += scans(&next.after) - scans(&next.before);
        }
        self.statements.truncate(self.statements.len() - 2);
        self.statements.push(both);
    }
}

const RELATIONS: &str = "
    SELECT c.oid,
           n.nspname::text AS schema,
           c.relname::text AS name,
           i.indrelid AS index_of,
           pg_catalog.pg_relation_filenode(c.oid) AS file,
           pg_catalog.pg_stat_get_xact_numscans(c.oid) AS scans
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
    WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I')
      AND n.nspname <> 'information_schema'
      AND NOT pg_catalog.starts_with(n.nspname::text, 'pg_')
      AND c.relname NOT IN ('schemata_migrations', 'schemata_migrations_pkey')";

const LOCKS: &str = "
    SELECT relation, pg_catalog.array_agg(mode) AS modes
    FROM pg_catalog.pg_locks
    WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation' AND granted
    GROUP BY relation";

async fn take_snapshot(client: &Client) -> Result<Snapshot, Error> {
    let mut snapshot = Snapshot::default();
    for row in client.query_typed(RELATIONS, &[]).await? {
        let relation = RelationState {
            schema: row.get("schema"),
            name: row.get("name"),
            index_of: row.get("index_of"),
            file: row.get("file"),
            scans: row.get("scans"),
        };
        snapshot.relations.insert(row.get("oid"), relation);
    }
    for row in client.query_typed(LOCKS, &[]).await? {
        let mut modes: Vec<String> = row.get("modes");
        modes.sort_unstable();
        snapshot.locks.insert(row.get("relation"), modes);
    }
    Ok(snapshot)
}
