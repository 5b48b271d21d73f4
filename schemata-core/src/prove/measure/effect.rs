//! Derives from the observed statements of a migration what each did to the tables that existed before, and which of
//! them would hurt a busy database. Pure.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::ident::Ident;
use crate::migrate::hazard::earlier_statements::EarlierStatements;
use crate::migrate::hazard::find::find_hazards;
use crate::migrate::migration::effect_recorder::{ObservedStatement, Runs, Snapshot};
use crate::migrate::migration::operation::{Operation, OperationKind};
use crate::prove::measure::lock_mode::TableLock;
use crate::prove::measure::table_sizes::{LiveSize, TableSizes};
use crate::sql::script;

/// One statement of a pending migration, as it ran on the scratch database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MeasuredStatement {
    /// Its text; `None` for work that the migration did through `query`, `session` or `client`.
    pub sql: Option<String>,
    /// Which transaction it ran in. Locks end with their transaction.
    pub runs: Runs,
    /// How long it took on the scratch database, whose tables have no rows.
    pub took: Duration,
    /// Its effects on tables that existed before the migration, one per table, in no particular order. Reading a few rows is
    /// not an effect.
    pub effects: Vec<Effect>,
    /// Why it would hurt a busy database, whatever the size of its tables.
    pub danger: Option<Danger>,
}

/// The effect of one statement on one table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Effect {
    /// The table; qualified unless it is in the migrated schema.
    pub table: String,
    /// The strongest lock that the statement took and its transaction did not hold before. For a concurrent index build
    /// or drop, the strongest lock that it held while it waited for a reader.
    pub lock: Option<TableLock>,
    /// Whether the whole table was rewritten.
    pub rewritten: bool,
    /// Whether the whole table was read.
    pub scanned: bool,
    /// The table's existing indexes that were rebuilt.
    pub rebuilt: Vec<String>,
    /// Whether the table was dropped.
    pub dropped: bool,
    /// The table's size in the live database, if it exists there.
    pub live: Option<LiveSize>,
}

impl Effect {
    /// Returns whether the statement takes longer the larger the table is.
    pub fn grows(&self) -> bool {
        self.rewritten || self.scanned || !self.rebuilt.is_empty()
    }
}

/// Work that grows with a table, while others wait.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Danger {
    /// The tables that are read or rewritten, each with the kind of work.
    pub work: Vec<(String, TableWork)>,
    /// The tables that are locked meanwhile. Only locks that block writes are listed.
    pub locked: Vec<(String, TableLock)>,
    /// Whether an earlier statement of the transaction took all of these locks.
    pub inherited: bool,
    /// The safe form to write instead.
    pub instead: String,
    /// The reason for which the migration allows it.
    pub allowed: Option<String>,
}

/// Work that takes longer the larger the table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableWork {
    /// The whole table is rewritten.
    Rewrite,
    /// Indexes are rebuilt.
    Reindex,
    /// The whole table is read.
    Scan,
}

impl fmt::Display for Danger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let work = self.work.iter().map(|(table, work)| match work {
            TableWork::Rewrite => format!("rewrites all of {table}"),
            TableWork::Reindex => format!("rebuilds indexes of {table}"),
            TableWork::Scan => format!("reads all of {table}"),
        });
        let locked = |reads: bool| {
            let these = self.locked.iter().filter(|(_, lock)| lock.blocks_reads() == reads);
            let names: Vec<&str> = these.map(|(table, _)| table.as_str()).collect();
            let verb = if reads { "read or write" } else { "write to" };
            (!names.is_empty()).then(|| format!("nobody can {verb} {}", names.join(" and ")))
        };
        let locked: Vec<String> = [locked(true), locked(false)].into_iter().flatten().collect();
        write!(f, "{} while {}", work.collect::<Vec<_>>().join(" and "), locked.join(" and "))
    }
}

/// Returns the statements of one migration with their effects; `start` is the snapshot before it.
pub(crate) fn measure_statements(
    schema: &Ident,
    start: &Snapshot,
    observed: &[ObservedStatement],
    sizes: &TableSizes,
) -> Vec<MeasuredStatement> {
    let effects = Effects { schema: schema.as_str(), start, sizes };
    let operations: Vec<Operation> = observed.iter().filter_map(|one| one.operation.clone()).collect();
    let hazards = find_hazards(schema, &operations, &mut EarlierStatements::default());
    let mut step = 0;
    let mut measured = Vec::with_capacity(observed.len());
    for one in observed {
        let mut statement = effects.of_statement(one);
        if one.operation.is_some() {
            let hazard = hazards.iter().find(|hazard| hazard.step == step);
            if let (Some(danger), Some(hazard)) = (&mut statement.danger, hazard) {
                danger.instead.clone_from(&hazard.hazard.safe_form);
            }
            step += 1;
        }
        // The numbers of the transactions already show the commits.
        if one.operation.as_ref().is_none_or(|operation| operation.kind != OperationKind::Commit) {
            measured.push(statement);
        }
    }
    measured
}

/// Finds the effects of the statements of one migration.
struct Effects<'a> {
    schema: &'a str,
    start: &'a Snapshot,
    sizes: &'a TableSizes,
}

impl Effects<'_> {
    fn of_statement(&self, observed: &ObservedStatement) -> MeasuredStatement {
        // TRUNCATE replaces the files of the table and its indexes by empty ones, and reads those.
        let truncates = observed
            .operation
            .as_ref()
            .is_some_and(|operation| script::canonical(&operation.text).starts_with("truncate"));
        let effects: Vec<Effect> = self.tables().filter_map(|oid| self.on_table(oid, observed, truncates)).collect();
        let danger = self.danger(observed, &effects);
        MeasuredStatement {
            sql: observed.operation.as_ref().map(Operation::shown),
            runs: observed.runs,
            took: observed.took,
            effects,
            danger,
        }
    }

    /// Returns the tables that existed before the migration.
    fn tables(&self) -> impl Iterator<Item = u32> {
        self.start.relations.iter().filter(|(_, relation)| relation.index_of.is_none()).map(|(oid, _)| *oid)
    }

    fn on_table(&self, oid: u32, observed: &ObservedStatement, truncates: bool) -> Option<Effect> {
        let before = observed.before.relations.get(&oid)?;
        let after = observed.after.relations.get(&oid);
        let held = strongest_lock(&observed.before, oid);
        let effect = Effect {
            table: self.name(oid),
            lock: strongest_lock(&observed.after, oid).filter(|lock| Some(*lock) > held),
            rewritten: !truncates && after.is_some_and(|after| after.file != before.file),
            scanned: !truncates && after.is_some_and(|after| after.scans > before.scans)
                || builds_index_outside(oid, observed),
            rebuilt: if truncates { Vec::new() } else { self.rebuilt_indexes(oid, observed) },
            dropped: after.is_none(),
            live: self.sizes.get(&(before.schema.clone(), before.name.clone())).copied(),
        };
        let is_reported = effect.lock > Some(TableLock::RowExclusive) || effect.dropped || effect.grows();
        is_reported.then_some(effect)
    }

    /// Returns the names of a table's indexes that existed before the migration and are now in a file that belonged to
    /// no index before. If PostgreSQL recreates an index but keeps its file, or another index takes the name, nothing
    /// is built.
    fn rebuilt_indexes(&self, table: u32, observed: &ObservedStatement) -> Vec<String> {
        let indexes = |snapshot: &Snapshot| -> BTreeMap<String, Option<u32>> {
            let of_table = snapshot.relations.values().filter(|relation| relation.index_of == Some(table));
            of_table.map(|relation| (relation.name.clone(), relation.file)).collect()
        };
        let (start, before, after) = (indexes(self.start), indexes(&observed.before), indexes(&observed.after));
        let has_new_file = |name: &String, file: &Option<u32>| {
            before.contains_key(name) && !before.values().any(|before| before == file)
        };
        let rebuilt = after.into_iter().filter(|(name, file)| start.contains_key(name) && has_new_file(name, file));
        rebuilt.map(|(name, _)| name).collect()
    }

    fn danger(&self, observed: &ObservedStatement, effects: &[Effect]) -> Option<Danger> {
        let work_of = |effect: &Effect| {
            if effect.rewritten {
                TableWork::Rewrite
            } else if !effect.rebuilt.is_empty() {
                TableWork::Reindex
            } else {
                TableWork::Scan
            }
        };
        let growing = effects.iter().filter(|effect| effect.grows());
        let work: Vec<(String, TableWork)> = growing.map(|effect| (effect.table.clone(), work_of(effect))).collect();
        let locked = self.blocking_locks(&observed.after);
        if work.is_empty() || locked.is_empty() {
            return None;
        }
        let inherited = locked == self.blocking_locks(&observed.before);
        let instead = safe_form(&work, inherited).to_owned();
        let allowed = observed.operation.as_ref().and_then(|operation| operation.allowed.clone());
        Some(Danger { work, locked, inherited, instead, allowed })
    }

    /// Returns the tables with a lock that blocks at least writes.
    fn blocking_locks(&self, snapshot: &Snapshot) -> Vec<(String, TableLock)> {
        let locks = self.tables().filter_map(|oid| Some((self.name(oid), strongest_lock(snapshot, oid)?)));
        locks.filter(|(_, lock)| lock.blocks_writes()).collect()
    }

    /// Returns the table's name before the migration.
    fn name(&self, oid: u32) -> String {
        match self.start.relations.get(&oid) {
            Some(relation) if relation.schema == self.schema => relation.name.clone(),
            Some(relation) => format!("{}.{}", relation.schema, relation.name),
            None => String::new(),
        }
    }
}

/// Returns whether an index of the table was built outside transactions. The statistics of such a build cannot be read
/// afterwards, but every build reads the whole table.
fn builds_index_outside(table: u32, observed: &ObservedStatement) -> bool {
    let is_new = |oid: &u32| !observed.before.relations.contains_key(oid);
    let mut indexes = observed.after.relations.iter().filter(|(_, relation)| relation.index_of == Some(table));
    observed.runs == Runs::Outside && indexes.any(|(oid, _)| is_new(oid))
}

fn strongest_lock(snapshot: &Snapshot, oid: u32) -> Option<TableLock> {
    snapshot.locks.get(&oid)?.iter().filter_map(|mode| TableLock::parse(mode)).max()
}

/// Returns what to write instead, if the text of the statement does not allow a more precise answer.
fn safe_form(work: &[(String, TableWork)], inherited: bool) -> &'static str {
    if inherited {
        "an earlier statement of this transaction holds the lock: put m.commit().await? between the two"
    } else if work.iter().any(|(_, work)| *work == TableWork::Rewrite) {
        "add a new column, copy the rows in batches, and switch over in a later migration"
    } else {
        "let PostgreSQL read the table under a lock that blocks neither reads nor writes: a constraint NOT VALID first, \
         VALIDATE CONSTRAINT after m.commit().await?; an index .concurrently()"
    }
}
