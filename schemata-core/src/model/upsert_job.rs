//! Batches of upserts at work: sorted, grouped, all or nothing.

use crate::error::{Error, Result};
use crate::exec::actor::SharedValue;
use crate::exec::atomic_scope::AtomicScope;
use crate::exec::row::FromRow;
use crate::exec::statement::Purpose;
use crate::exec::target::Target;
use crate::model::batch::{Done, Group, Keep, column_types, group, lanes, send, sort_by_key};
use crate::model::judge::Subject;
use crate::model::lock::{lock, locking};
use crate::model::matching::by_conflict;
use crate::model::plan::Plan;
use crate::model::rank::{ranking, ranks};
use crate::param::Param;
use crate::sql::bulk::InsertMany as Statement;
use crate::sql::write::{Cell, Cells};
use crate::sql::writer::Sql;

/// The rows in the order of their keys, in groups.
pub(crate) async fn sorted(
    target: Target<'_>,
    of: Subject,
    plan: &Plan,
    keep: Option<Keep>,
    rows: Vec<Cells>,
) -> Result<(Vec<Group<bool>>, Vec<Sql>)> {
    let key = key(of, plan);
    plan.refuse_incomplete(of, &rows)?;
    let types = column_types(target, purpose(of), of.table, &key).await?;
    let ranking = ranking(of, &key, &types, &rows, |cells, nth| part(&key, cells, nth))?;
    let ranks = ranks(target, purpose(of), ranking).await?;
    let rows = sort_by_key(of, &key, &types, rows, (keep, ranks, plan.target.nulls_are_equal), |cells, nth| {
        part(&key, cells, nth)
    })?;
    let columns = |cells: &Cells| -> Vec<usize> { cells.iter().map(|(column, _)| *column).collect() };
    let several = rows.windows(2).any(|pair| columns(&pair[0].2) != columns(&pair[1].2));
    // A partial index would not serve the look-up.
    let locks = if several && plan.target.predicate.is_none() && !plan.nothing {
        locking(target.schema, of, (&key, &types), &rows, |(_, _, cells), nth| part(&key, cells, nth))?
    } else {
        Vec::new()
    };
    Ok((group(rows), locks))
}

/// The columns of the key that the upsert goes by.
fn key(of: Subject, plan: &Plan) -> Vec<usize> {
    plan.target.columns.iter().map(|name| of.position(name)).collect()
}

/// A part of a row's key.
fn part<'r>(key: &[usize], cells: &'r Cells, nth: usize) -> Option<&'r Param> {
    cells.iter().find(|(at, _)| *at == key[nth]).and_then(|(_, cell)| match cell {
        Cell::Value(value) => Some(value),
        Cell::Sql(_) => None,
    })
}

fn purpose(of: Subject) -> Purpose {
    Purpose { operation: "upsert", table: of.table.name }
}

/// What the groups of one upsert have in common.
pub(crate) struct Job<'a> {
    pub(crate) of: Subject,
    pub(crate) plan: &'a Plan,
    pub(crate) acting: Option<&'a SharedValue>,
    pub(crate) returning: Option<&'a [&'static str]>,
    /// What locks the rows that are there, where there are several statements.
    pub(crate) locks: &'a [Sql],
    /// Whether a row that is not written is an error.
    pub(crate) swallows: bool,
}

impl Job<'_> {
    /// All groups, or none of them.
    pub(crate) async fn groups<T: FromRow + Send>(
        &self,
        target: Target<'_>,
        groups: &[Group<bool>],
    ) -> Result<Vec<Done<T>>> {
        let several = self.swallows || groups.len() > 1 || groups.iter().any(|group| group.at.len() > 1_000);
        let unit = if several { AtomicScope::begin(target).await? } else { AtomicScope::single(target) };
        let done = self.in_turn(unit.target(), groups).await;
        unit.end(done).await
    }

    async fn in_turn<T: FromRow + Send>(&self, target: Target<'_>, groups: &[Group<bool>]) -> Result<Vec<Done<T>>> {
        lock(target, purpose(self.of), self.locks).await?;
        let mut done = Vec::new();
        for group in groups {
            self.group(target, group, &mut done).await?;
        }
        Ok(done)
    }

    async fn group<T: FromRow + Send>(
        &self,
        target: Target<'_>,
        group: &Group<bool>,
        done: &mut Vec<Done<T>>,
    ) -> Result<()> {
        let table = self.of.table;
        let types = column_types(target, purpose(self.of), table, &group.columns).await?;
        for Group { columns, at, values, shared: is_whole, .. } in group.chunks(&types) {
            let action = self.plan.action(self.of, &columns, self.acting)?;
            let conflict = Some((&self.plan.target, action));
            let statement =
                Statement { schema: target.schema, table, columns: &columns, computed: Vec::new(), conflict };
            let lanes = lanes(table, &columns, &types, values)?;
            let matching =
                self.returning.map(|names| (names, by_conflict(table, &columns, &self.plan.target.columns, is_whole)));
            let sql = statement.write(lanes, matching);
            let (rows, written) = send(target, purpose(self.of), &sql, self.returning.is_some()).await?;
            if self.swallows && written < at.len() as u64 {
                return Err(Error::Removed { table: table.name });
            }
            done.push((rows, written, at));
        }
        Ok(())
    }
}
