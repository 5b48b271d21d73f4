//! What statements did to the tables that were there before their migration, and which of them would hurt a busy database.
//! Pure: from what was seen to what it means.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::ident::Ident;
use crate::migrate::hazard::find::hazards;
use crate::migrate::hazard::past::Past;
use crate::migrate::migration::operation::{Operation, OperationKind};
use crate::migrate::watch::{Look, Observed, Runs};
use crate::prove::lock::TableLock;
use crate::prove::sizes::{LiveSize, Sizes};
use crate::sql::script;

/// One statement of a pending migration, as it ran on the scratch database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MeasuredStatement {
    /// Its text; `None` for what the migration did through `query`, `session` or `client`.
    pub sql: Option<String>,
    /// Which transaction it ran in. Locks end with their transaction.
    pub runs: Runs,
    /// How long it took there, on tables without rows.
    pub took: Duration,
    /// What it did to tables that were there before the migration, each table once, in no particular order. Reading a few rows
    /// is none.
    pub effects: Vec<Effect>,
    /// Why it would hurt a busy database, whatever the size of its tables.
    pub danger: Option<Danger>,
}

/// What one statement did to one table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Effect {
    /// The table; qualified unless it is in the migrated schema.
    pub table: String,
    /// The strongest lock that the statement took and its transaction did not hold before. Of an index that is built or dropped
    /// concurrently: the strongest it held while it waited for a reader.
    pub lock: Option<TableLock>,
    /// Whether the whole table was written anew.
    pub rewritten: bool,
    /// Whether the whole table was read.
    pub scanned: bool,
    /// Its indexes that were there before and were built anew.
    pub rebuilt: Vec<String>,
    /// Whether it is gone.
    pub dropped: bool,
    /// How large it is in the live database, if it exists there.
    pub live: Option<LiveSize>,
}

impl Effect {
    /// Whether the time it takes grows with the table.
    pub fn grows(&self) -> bool {
        self.rewritten || self.scanned || !self.rebuilt.is_empty()
    }
}

/// Work that grows with a table, while others wait.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Danger {
    /// Which tables are read or rewritten, and how.
    pub work: Vec<(String, Work)>,
    /// Which tables are locked meanwhile. Only locks that stop writing, or reading, are listed.
    pub locked: Vec<(String, TableLock)>,
    /// Whether the statement took none of these locks itself: they are left from an earlier one of its transaction.
    pub inherited: bool,
    /// What to do instead.
    pub instead: String,
    /// The reason for which the migration allows it.
    pub allowed: Option<String>,
}

/// What takes longer the larger the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Work {
    /// All of it is written anew.
    Rewrite,
    /// Indexes are built anew.
    Reindex,
    /// All of it is read.
    Scan,
}

impl fmt::Display for Danger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let work = self.work.iter().map(|(table, work)| match work {
            Work::Rewrite => format!("rewrites all of {table}"),
            Work::Reindex => format!("builds indexes of {table} anew"),
            Work::Scan => format!("reads all of {table}"),
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

/// What the statements of one migration did, of which `start` is the beginning.
pub(crate) fn judge(schema: &Ident, start: &Look, seen: &[Observed], sizes: &Sizes) -> Vec<MeasuredStatement> {
    let judge = Judge { schema: schema.as_str(), start, sizes };
    let operations: Vec<Operation> = seen.iter().filter_map(|observed| observed.operation.clone()).collect();
    let found = hazards(schema, &operations, &mut Past::default());
    let mut step = 0;
    let statement = |observed: &Observed| {
        let mut statement = judge.statement(observed);
        if observed.operation.is_some() {
            let safe_form = found.iter().find(|found| found.step == step).map(|found| &found.hazard.safe_form);
            if let (Some(danger), Some(safe_form)) = (&mut statement.danger, safe_form) {
                danger.instead.clone_from(safe_form);
            }
            step += 1;
        }
        statement
    };
    // A commit shows in the numbers of the transactions.
    let is_commit = |seen: &Observed| seen.operation.as_ref().is_some_and(|one| one.kind == OperationKind::Commit);
    let measured: Vec<MeasuredStatement> = seen.iter().map(statement).collect();
    measured.into_iter().zip(seen).filter(|(_, seen)| !is_commit(seen)).map(|(measured, _)| measured).collect()
}

fn text(seen: &Observed) -> Option<&str> {
    seen.operation.as_ref().map(|operation| operation.text.as_str())
}

struct Judge<'a> {
    schema: &'a str,
    start: &'a Look,
    sizes: &'a Sizes,
}

impl Judge<'_> {
    fn statement(&self, seen: &Observed) -> MeasuredStatement {
        // It swaps the files of the table and its indexes for empty ones, and reads those.
        let truncates = text(seen).is_some_and(|sql| script::canonical(sql).starts_with("truncate"));
        let tables = self.start.relations.iter().filter(|(_, relation)| relation.index_of.is_none());
        let effects: Vec<Effect> = tables.filter_map(|(oid, _)| self.effect(*oid, seen, truncates)).collect();
        let danger = self.danger(seen, &effects);
        MeasuredStatement {
            sql: seen.operation.as_ref().map(Operation::shown),
            runs: seen.runs,
            took: seen.took,
            effects,
            danger,
        }
    }

    fn effect(&self, oid: u32, seen: &Observed, truncates: bool) -> Option<Effect> {
        let before = seen.before.relations.get(&oid)?;
        let after = seen.after.relations.get(&oid);
        let held = strongest(&seen.before, oid);
        let effect = Effect {
            table: self.name(oid),
            lock: strongest(&seen.after, oid).filter(|lock| Some(*lock) > held),
            rewritten: !truncates && after.is_some_and(|after| after.file != before.file),
            scanned: !truncates && after.is_some_and(|after| after.scans > before.scans) || built(oid, seen),
            rebuilt: if truncates { Vec::new() } else { self.rebuilt(oid, seen) },
            dropped: after.is_none(),
            live: self.sizes.get(&(before.schema.clone(), before.name.clone())).copied(),
        };
        // Reading a few rows is no effect.
        let noted = effect.lock > Some(TableLock::RowExclusive) || effect.dropped || effect.grows();
        noted.then_some(effect)
    }

    /// The indexes of a table, by name, that existed before the migration and are now in a file that belonged to no index
    /// before. If PostgreSQL recreates an index but keeps its file, or another index takes the name, nothing is built.
    fn rebuilt(&self, table: u32, seen: &Observed) -> Vec<String> {
        let indexes = |look: &Look| -> BTreeMap<String, Option<u32>> {
            let of_table = look.relations.values().filter(|relation| relation.index_of == Some(table));
            of_table.map(|relation| (relation.name.clone(), relation.file)).collect()
        };
        let (old, before, after) = (indexes(self.start), indexes(&seen.before), indexes(&seen.after));
        let other = |name: &String, file: &Option<u32>| {
            before.contains_key(name) && !before.values().any(|before| before == file)
        };
        after
            .into_iter()
            .filter(|(name, file)| old.contains_key(name) && other(name, file))
            .map(|(name, _)| name)
            .collect()
    }

    fn danger(&self, seen: &Observed, effects: &[Effect]) -> Option<Danger> {
        let work: Vec<(String, Work)> = effects
            .iter()
            .filter(|effect| effect.grows())
            .map(|effect| {
                let work = match () {
                    () if effect.rewritten => Work::Rewrite,
                    () if !effect.rebuilt.is_empty() => Work::Reindex,
                    () => Work::Scan,
                };
                (effect.table.clone(), work)
            })
            .collect();
        let tables = self.start.relations.iter().filter(|(_, relation)| relation.index_of.is_none());
        let blocking = |look: &Look| -> Vec<(String, TableLock)> {
            let locks = tables.clone().filter_map(|(oid, _)| Some((self.name(*oid), strongest(look, *oid)?)));
            locks.filter(|(_, lock)| lock.blocks_writes()).collect()
        };
        let locked = blocking(&seen.after);
        if work.is_empty() || locked.is_empty() {
            return None;
        }
        let inherited = locked == blocking(&seen.before);
        let instead = instead(&work, inherited).to_owned();
        let allowed = seen.operation.as_ref().and_then(|operation| operation.allowed.clone());
        Some(Danger { work, locked, inherited, instead, allowed })
    }

    /// As it was called before the migration.
    fn name(&self, oid: u32) -> String {
        match self.start.relations.get(&oid) {
            Some(relation) if relation.schema == self.schema => relation.name.clone(),
            Some(relation) => format!("{}.{}", relation.schema, relation.name),
            None => String::new(),
        }
    }
}

/// Whether an index of the table was built outside transactions: the statistics of those are not to be seen afterwards, and
/// there is no index without reading the table.
fn built(table: u32, seen: &Observed) -> bool {
    let is_new = |oid: &u32| !seen.before.relations.contains_key(oid);
    let mut indexes = seen.after.relations.iter().filter(|(_, relation)| relation.index_of == Some(table));
    seen.runs == Runs::Outside && indexes.any(|(oid, _)| is_new(oid))
}

fn strongest(look: &Look, oid: u32) -> Option<TableLock> {
    look.locks.get(&oid)?.iter().filter_map(|mode| TableLock::parse(mode)).max()
}

/// What to do instead, where the statement's text does not say more.
fn instead(work: &[(String, Work)], inherited: bool) -> &'static str {
    if inherited {
        "an earlier statement of this transaction holds the lock: put m.commit().await? between the two"
    } else if work.iter().any(|(_, work)| *work == Work::Rewrite) {
        "add a new column, copy the rows in batches, and switch over in a later migration"
    } else {
        "let PostgreSQL do the reading under a lock that stops nobody: a constraint NOT VALID first, VALIDATE CONSTRAINT after \
         m.commit().await?; an index .concurrently()"
    }
}
