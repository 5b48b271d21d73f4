//! What a statement really did, as PostgreSQL counts it: looked at from inside the transaction, before and after.
//!
//! Locks come from `pg_locks`, rewrites from file nodes, scans from the transaction's own statistics, which count a scan of
//! an empty table like any other. What that means is judged elsewhere.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio_postgres::{Client, Error};

use crate::migrate::migration::operation::Operation;

/// A table, a materialized view or an index, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Relation {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// Of which table it is an index.
    pub(crate) index_of: Option<u32>,
    /// The file it lies in.
    pub(crate) file: Option<u32>,
    /// How often this transaction has begun to read all of it.
    pub(crate) scans: i64,
}

/// Everything outside the system's schemas, at one moment, and the locks this transaction holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) relations: BTreeMap<u32, Relation>,
    /// By relation; of those that were dropped, too.
    pub(crate) locks: BTreeMap<u32, Vec<String>>,
}

/// How a statement runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Runs {
    /// In a transaction of its migration, with its neighbours: the first, the second, …
    In(usize),
    /// By itself, outside any transaction.
    Outside,
    /// In several transactions by itself, of so many rows each.
    InBatches(u32),
}

/// A statement, and the moments before and after it.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    pub(crate) runs: Runs,
    /// `None` for what went past the migrator, through `query`, `session` and `client`.
    pub(crate) operation: Option<Operation>,
    pub(crate) took: Duration,
    pub(crate) before: Look,
    pub(crate) after: Look,
}

/// What a run of migrations is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Run<'w> {
    /// To change the database.
    Live,
    /// To see, on a scratch database, what comes of it.
    Replay,
    /// As `Replay`, statement by statement.
    Watched(&'w Watch),
}

impl<'w> Run<'w> {
    /// Whether this is a scratch database.
    pub(crate) fn is_replay(self) -> bool {
        !matches!(self, Self::Live)
    }

    /// Who watches.
    pub(crate) fn watch(self) -> Option<&'w Watch> {
        match self {
            Self::Watched(watch) => Some(watch),
            Self::Live | Self::Replay => None,
        }
    }
}

/// Watches one migration.
#[derive(Debug, Default)]
pub(crate) struct Watch(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    start: Look,
    last: Look,
    all: Vec<Observed>,
    /// How many of them are committed.
    kept: usize,
    /// The number of the transaction.
    transaction: usize,
}

impl Watch {
    /// Forgets what it saw, and looks at what there is before the migration.
    pub(crate) async fn begin(&self, client: &Client) -> Result<(), Error> {
        let start = Seen::default().known(look(client).await?);
        *self.seen() = Seen { last: start.clone(), start, transaction: 1, ..Seen::default() };
        Ok(())
    }

    /// Looks at what there is before the next piece of a migration that runs step by step. What was seen of an attempt that
    /// came to nothing is forgotten.
    pub(crate) async fn resume(&self, client: &Client) -> Result<(), Error> {
        let now = look(client).await?;
        let mut seen = self.seen();
        seen.last = seen.known(now);
        let kept = seen.kept;
        seen.all.truncate(kept);
        Ok(())
    }

    /// Takes note that statements shared a transaction, which `end` ended, if anything did but their end.
    pub(crate) fn committed(&self, end: Option<&Operation>) {
        let mut seen = self.seen();
        if let Some(end) = end {
            let last = seen.last.clone();
            seen.take(Some(end.clone()), Duration::ZERO, last);
        }
        seen.transaction += 1;
        seen.kept = seen.all.len();
    }

    /// Takes note of `operation`, which ran outside transactions and held `locks` meanwhile.
    pub(crate) async fn outside(
        &self,
        client: &Client,
        operation: &Operation,
        took: Duration,
        locks: BTreeMap<u32, Vec<String>>,
    ) -> Result<(), Error> {
        let after = Look { locks, ..look(client).await? };
        self.seen().add(Runs::Outside, Some(operation.clone()), took, after);
        self.keep();
        Ok(())
    }

    /// Looks at what a batch of `rows` of `operation` did, in its transaction.
    pub(crate) async fn batch(
        &self,
        client: &Client,
        operation: &Operation,
        rows: u32,
        took: Duration,
    ) -> Result<(), Error> {
        let after = look(client).await?;
        let mut seen = self.seen();
        seen.add(Runs::InBatches(rows), Some(operation.clone()), took, after);
        seen.merge();
        drop(seen);
        self.keep();
        Ok(())
    }

    fn keep(&self) {
        let mut seen = self.seen();
        seen.kept = seen.all.len();
    }

    /// The table that the index `name` of `schema` belongs to.
    pub(crate) fn table_of(&self, schema: &str, name: &str) -> Option<(String, String)> {
        let seen = self.seen();
        let relations = &seen.last.relations;
        let index = relations.values().find(|relation| relation.schema == schema && relation.name == name)?;
        let table = relations.get(&index.index_of?)?;
        Some((table.schema.clone(), table.name.clone()))
    }

    /// Does `work`, which is `operation`, and looks again.
    pub(crate) async fn statement(
        &self,
        client: &Client,
        operation: &Operation,
        work: impl Future<Output = Result<(), Error>>,
    ) -> Result<(), Error> {
        self.rest(client).await?;
        let started = Instant::now();
        work.await?;
        let took = started.elapsed();
        let after = look(client).await?;
        self.seen().take(Some(operation.clone()), took, after);
        Ok(())
    }

    /// Looks at what happened since the last statement.
    pub(crate) async fn rest(&self, client: &Client) -> Result<(), Error> {
        let now = look(client).await?;
        let mut seen = self.seen();
        let now = seen.known(now);
        if now != seen.last {
            seen.take(None, Duration::ZERO, now);
        }
        Ok(())
    }

    /// What there was before the migration, and what happened since.
    pub(crate) fn into_parts(self) -> (Look, Vec<Observed>) {
        let seen = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        (seen.start, seen.all)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// Without the locks on the system's relations, which looking takes, too.
    fn known(&self, mut look: Look) -> Look {
        let Look { relations, locks } = &mut look;
        let is_known = |oid: &u32| relations.contains_key(oid) || self.last.relations.contains_key(oid);
        locks.retain(|oid, _| is_known(oid) || self.last.locks.contains_key(oid));
        look
    }

    fn take(&mut self, operation: Option<Operation>, took: Duration, after: Look) {
        self.add(Runs::In(self.transaction), operation, took, after);
    }

    fn add(&mut self, runs: Runs, operation: Option<Operation>, took: Duration, after: Look) {
        let after = self.known(after);
        let before = std::mem::replace(&mut self.last, after.clone());
        self.all.push(Observed { runs, operation, took, before, after });
    }

    /// Makes one of the last two, where they are batches of the same backfill. Each transaction counts its own scans.
    fn merge(&mut self) {
        let Some([.., first, next]) = self.all.get(..) else { return };
        if !matches!(first.runs, Runs::InBatches(_)) || first.operation != next.operation {
            return;
        }
        let mut both = first.clone();
        both.took += next.took;
        both.after.locks.extend(next.after.locks.clone());
        for (oid, after) in &mut both.after.relations {
            let scans = |look: &Look| look.relations.get(oid).map_or(0, |relation| relation.scans);
            after.scans += scans(&next.after) - scans(&next.before);
        }
        self.all.truncate(self.all.len() - 2);
        self.all.push(both);
    }
}

const RELATIONS: &str = "SELECT c.oid, n.nspname::text, c.relname::text, i.indrelid, pg_catalog.pg_relation_filenode(c.oid), \
     pg_catalog.pg_stat_get_xact_numscans(c.oid) \
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid \
     WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I') AND n.nspname <> 'information_schema' \
     AND NOT pg_catalog.starts_with(n.nspname::text, 'pg_') AND c.relname NOT IN ('schema_migrations', 'schema_migrations_pkey')";

const LOCKS: &str = "SELECT relation, pg_catalog.array_agg(mode) FROM pg_catalog.pg_locks \
     WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation' AND granted GROUP BY relation";

async fn look(client: &Client) -> Result<Look, Error> {
    let mut look = Look::default();
    for row in client.query_typed(RELATIONS, &[]).await? {
        let relation = Relation {
            schema: row.get(1),
            name: row.get(2),
            index_of: row.get(3),
            file: row.get(4),
            scans: row.get(5),
        };
        look.relations.insert(row.get(0), relation);
    }
    for row in client.query_typed(LOCKS, &[]).await? {
        let mut modes: Vec<String> = row.get(1);
        modes.sort_unstable();
        look.locks.insert(row.get(0), modes);
    }
    Ok(look)
}
