//! Batches of updates and deletes at work: sorted, grouped, all or nothing.

use crate::error::{Error, Result};
use crate::exec::atomic_scope::AtomicScope;
use crate::exec::row::FromRow;
use crate::exec::statement::arrays::ColumnValues;
use crate::exec::statement::{Purpose, execute};
use crate::exec::target::Target;
use crate::model::batch::{Done, Group, column_types, group, lanes, send, sort_by_key};
use crate::model::judge::Subject;
use crate::model::lock::{lock, locking};
use crate::model::rank::{ranking, ranks};
use crate::model::row_update::Item;
use crate::param::Param;
use crate::schema::{Role, Table};
use crate::sql::bulk::Lane;
use crate::sql::bulk_change::{Change, ChangeMany as Statement};
use crate::sql::declared::Declared;
use crate::sql::guard::Removed;
use crate::sql::write::Cell;
use crate::sql::writer::Sql;

/// What the rows of a group have in common beside the columns they set.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Shared {
    pub(crate) removed: Removed,
    pub(crate) versioned: bool,
}

/// What the groups of one batch have in common.
pub(crate) struct Job<'a> {
    pub(crate) of: Subject,
    pub(crate) returning: Option<&'a [&'static str]>,
    pub(crate) deletes: bool,
    pub(crate) purpose: Purpose,
}

impl Job<'_> {
    /// The columns of the key.
    fn key(&self) -> Vec<usize> {
        self.of.table.primary_key.iter().map(|name| self.of.position(name)).collect()
    }

    /// Returns the types of these columns without their modifiers. Keys are looked up as they are given: a rounded one could
    /// be another row's key.
    async fn types(&self, target: Target<'_>, columns: &[usize]) -> Result<Vec<Declared>> {
        let types = column_types(target, self.purpose, self.of.table, columns).await?;
        Ok(types.iter().map(Declared::unmodified).collect())
    }

    /// The items in the order of their keys, in groups. Key and expected version stand among the values: an update sets
    /// neither.
    pub(crate) async fn sorted(&self, target: Target<'_>, items: Vec<Item>) -> Result<(Vec<Group<Shared>>, Vec<Sql>)> {
        let (table, key) = (self.of.table, self.key());
        let types = self.types(target, &key).await?;
        let keyed = items.into_iter().map(|mut item| {
            let parts = std::mem::take(&mut item.kind.key).into_iter().map(|value| Box::new(value) as Param);
            (parts.collect::<Vec<Param>>(), item)
        });
        let keyed: Vec<(Vec<Param>, Item)> = keyed.collect();
        let ranking = ranking(self.of, &key, &types, &keyed, |(parts, _), nth| parts.get(nth))?;
        let ranks = ranks(target, self.purpose, ranking).await?;
        let sorted = sort_by_key(self.of, &key, &types, keyed, (None, ranks, false), |(parts, _), nth| parts.get(nth))?;
        let several = sorted.windows(2).any(|pair| !pair[0].2.1.is_like(&pair[1].2.1));
        let locks = if several {
            locking(target.schema, self.of, (&key, &types), &sorted, |(_, _, (parts, _)), nth| parts.get(nth))?
        } else {
            Vec::new()
        };
        let version = version(table);
        let rows = sorted.into_iter().map(|(at, _, (parts, item))| {
            let Item { kind, mut cells, .. } = item;
            cells.extend(key.iter().copied().zip(parts.into_iter().map(Cell::Value)));
            let expected = kind.version.zip(version);
            cells.extend(expected.map(|(value, column)| (column, Cell::Value(Box::new(value) as Param))));
            (at, Shared { removed: kind.removed, versioned: expected.is_some() }, cells)
        });
        Ok((group(rows), locks))
    }

    /// All groups, or none of them.
    pub(crate) async fn groups<T: FromRow + Send>(
        &self,
        target: Target<'_>,
        groups: &[Group<Shared>],
        (locks, alone): (&[Sql], bool),
    ) -> Result<Vec<Done<T>>> {
        let unit = if alone { AtomicScope::single(target) } else { AtomicScope::begin(target).await? };
        let done = self.in_turn(unit.target(), groups, locks).await;
        unit.end(done).await
    }

    async fn in_turn<T: FromRow + Send>(
        &self,
        target: Target<'_>,
        groups: &[Group<Shared>],
        locks: &[Sql],
    ) -> Result<Vec<Done<T>>> {
        lock(target, self.purpose, locks).await?;
        let mut done = Vec::new();
        for group in groups {
            self.group(target, group, &mut done).await?;
        }
        Ok(done)
    }

    async fn group<T: FromRow + Send>(
        &self,
        target: Target<'_>,
        group: &Group<Shared>,
        done: &mut Vec<Done<T>>,
    ) -> Result<()> {
        let table = self.of.table;
        let mut lead = self.key();
        lead.extend(version(table).filter(|_| group.shared.versioned));
        let rest = group.columns.iter().copied().filter(|column| !lead.contains(column));
        let rest: Vec<usize> = rest.collect();
        let columns: Vec<usize> = lead.iter().chain(&rest).copied().collect();
        let types = self.types(target, &columns).await?;
        for chunk in group.chunks(&types) {
            let taken = columns.iter().map(|column| {
                let at = chunk.columns.iter().position(|own| own == column);
                at.map(|at| chunk.values[at].clone()).unwrap_or_default()
            });
            let values: Vec<ColumnValues> = taken.collect();
            let change =
                if self.deletes { Change::Delete } else { Change::Update { columns: &rest, fixed: &chunk.fixed } };
            let Shared { removed, versioned } = chunk.shared;
            let statement = Statement { schema: target.schema, table, removed, versioned, change };
            let sql = statement.write(lanes(table, &columns, &types, values)?, self.returning);
            let (rows, written) = send(target, self.purpose, &sql, self.returning.is_some()).await?;
            if versioned && written < chunk.at.len() as u64 {
                self.refuse_stale(target, removed, sql.params, &types[..self.key().len()], written).await?;
            }
            done.push((rows, written, chunk.at));
        }
        Ok(())
    }

    /// Rows that were not written although they are there have another version.
    async fn refuse_stale(
        &self,
        target: Target<'_>,
        removed: Removed,
        params: Vec<Param>,
        types: &[Declared],
        written: u64,
    ) -> Result<()> {
        let table = self.of.table;
        let keys = types.iter().cloned().zip(params).map(|(ty, values)| Lane::Plain(ty, values)).collect();
        let statement = Statement { schema: target.schema, table, removed, versioned: false, change: Change::Count };
        let there = execute(target, self.purpose, &statement.write(keys, None)).await?;
        if there > written { Err(Error::Stale { table: table.name }) } else { Ok(()) }
    }
}

fn version(table: &Table) -> Option<usize> {
    table.columns.iter().position(|column| column.role == Role::Version)
}
