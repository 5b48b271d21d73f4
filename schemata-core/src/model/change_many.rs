//! Updating and deleting many rows by key, each update with values of its own.

use std::fmt;
use std::marker::PhantomData;

use tokio_postgres::types::Type;

use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::actor::SharedValue;
use crate::exec::arrays::Elements;
use crate::exec::row::FromRow;
use crate::exec::statement::{Purpose, execute, fetch};
use crate::exec::target::Target;
use crate::exec::unit::{Unit, is_worth_again};
#[cfg(feature = "chrono")]
use crate::model::audit::{Actor, Audit};
use crate::model::batch::{
    Done, Group, Nothing, Numbered, Sink, column_types, group, in_order, lanes, place, sort_by_key,
};
use crate::model::draft::put_actor;
use crate::model::group::Has;
use crate::model::judge::{Subject, judge};
use crate::model::kind::actor;
use crate::model::returning::{Columns, Many, Returning, Returns};
use crate::model::row_update::Item;
use crate::model::validate;
use crate::param::Param;
use crate::schema::{IntoValue, Role, Table};
use crate::sql::bulk::Lane;
use crate::sql::bulk_change::{Change, ChangeMany as Statement};
use crate::sql::guard::Removed;
use crate::sql::write::Cell;

/// Many updates or deletes by key. All of them happen, or none; keys that no row has are passed over.
///
/// A key may occur once in a batch: with two updates of one row, which of them counts would be chance. Rows are locked in
/// the order of their keys, so that two batches do not lock each other out.
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct ChangeMany<M> {
    of: Subject,
    operation: &'static str,
    items: Vec<Item>,
    actor: Option<SharedValue>,
    model: PhantomData<fn() -> M>,
}

impl<M> ChangeMany<M> {
    pub(crate) fn updates(of: Subject, items: Vec<Item>) -> Self {
        Self { of, operation: "update", items, actor: None, model: PhantomData }
    }

    pub(crate) fn deletes(of: Subject, items: Vec<Item>) -> Self {
        Self { of, operation: "delete", items, actor: None, model: PhantomData }
    }

    /// Names who acts, whatever handle or scope say; an item that names somebody itself keeps him.
    #[cfg(feature = "chrono")]
    pub fn actor<A: Actor>(mut self, actor: impl IntoValue<A::Inner>) -> Self
    where
        M: Has<Audit<A>>,
    {
        self.actor = Some(SharedValue::new(actor.into_value()));
        self
    }

    /// Judges the updates by all the rules that hold without the database, and hands the batch back; see
    /// [`Write::validate`](crate::model::Write::validate). That two of them are for one row is found when they run.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every item that breaks a rule; [`Error::NothingToSet`] for an update that sets nothing.
    pub fn validate(mut self) -> Result<Self> {
        if self.operation != "delete" {
            let acting = validate::actor(self.actor.as_ref());
            let items = self.items.iter_mut().map(|Item { kind, cells, actor }| {
                let acting = actor.as_ref().or(acting.as_ref());
                (cells, acting, kind.touch)
            });
            validate::updates(self.of, items)?;
        }
        Ok(self)
    }

    /// Changes the rows; how many there were. For no keys, nothing is sent.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every item that breaks a rule or repeats a key; [`Error::NothingToSet`] for an update
    /// that sets nothing; [`Error::Stale`] where a row is there in another version than expected; [`Error::Database`].
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<u64> {
        let mut total = 0;
        run::<Nothing, M, E>(self, None, on, &mut |_, rows, _| total += rows).await?;
        Ok(total)
    }
}

impl<M: FromRow + Send + 'static> ChangeMany<M> {
    /// Changes the rows and yields those that were there, in the order of the batch.
    ///
    /// # Errors
    /// As [`ChangeMany::exec`].
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<M>> {
        let columns: Vec<_> = self.of.table.columns.iter().map(|column| column.name).collect();
        self.__run(&columns, on).await
    }

    /// Hands back these columns of the rows that were there.
    pub fn returning<C: Columns<M> + Send + Sync>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }
}

impl<M: FromRow + Send + 'static> Returns for ChangeMany<M> {
    type Model = M;
    type Shape = Many;

    async fn __run<T: FromRow + Send, E: Executor + ?Sized>(self, columns: &[&'static str], on: &E) -> Result<Vec<T>> {
        let mut placed = Vec::new();
        run(self, Some(columns), on, &mut |rows, _, at| place(rows, at, &mut placed)).await?;
        Ok(in_order(placed))
    }
}

/// What the rows of a group have in common beside the columns they set.
#[derive(Clone, Copy, PartialEq)]
struct Shared {
    removed: Removed,
    versioned: bool,
}

async fn run<T: FromRow + Send, M, E: Executor + ?Sized>(
    change: ChangeMany<M>,
    returning: Option<&[&'static str]>,
    on: &E,
    sink: Sink<'_, T>,
) -> Result<()> {
    let (of, target) = (change.of, on.target());
    let job = Job { of, returning, deletes: change.operation == "delete", purpose: change.purpose() };
    let items = change.judged(on)?;
    if items.is_empty() {
        return Ok(());
    }
    let groups = job.sorted(target, items).await?;
    let alone = groups.len() == 1 && groups[0].at.len() <= 1_000 && !groups[0].shared.versioned;
    let outcome = match job.groups(target, &groups, alone).await {
        Err(error) if is_worth_again(target, &error) => job.groups(target, &groups, alone).await,
        other => other,
    };
    outcome?.into_iter().for_each(|(rows, written, at)| sink(rows, written, &at));
    Ok(())
}

impl<M> ChangeMany<M> {
    fn purpose(&self) -> Purpose {
        Purpose { operation: self.operation, table: self.of.table.name }
    }

    /// Every item with its actor, and judged.
    fn judged<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<Item>> {
        let (of, mut items) = (self.of, self.items);
        if self.operation == "delete" {
            return Ok(items);
        }
        let acting = actor(self.actor, on);
        for item in &mut items {
            if item.cells.is_empty() && !item.kind.touch {
                return Err(Error::NothingToSet { table: of.table.name });
            }
            put_actor(&mut item.cells, of.table, Role::UpdatedBy, item.actor.as_ref().or(acting.as_ref()));
        }
        judge(of, items.iter().map(|item| &item.cells), false)?;
        Ok(items)
    }
}

/// What the groups of one batch have in common.
struct Job<'a> {
    of: Subject,
    returning: Option<&'a [&'static str]>,
    deletes: bool,
    purpose: Purpose,
}

impl Job<'_> {
    /// The columns of the key.
    fn key(&self) -> Vec<usize> {
        self.of.table.primary_key.iter().map(|name| self.of.position(name)).collect()
    }

    /// The items in the order of their keys, in groups. Key and expected version stand among the values: an update sets
    /// neither.
    async fn sorted(&self, target: Target<'_>, items: Vec<Item>) -> Result<Vec<Group<Shared>>> {
        let (table, key) = (self.of.table, self.key());
        let types = column_types(target, self.purpose, table, &key).await?;
        let keyed = items.into_iter().map(|mut item| {
            let parts = std::mem::take(&mut item.kind.key).into_iter().map(|value| Box::new(value) as Param);
            (parts.collect::<Vec<Param>>(), item)
        });
        let sorted = sort_by_key(self.of, &key, &types, keyed.collect(), None, |(parts, _), nth| parts.get(nth))?;
        let version = version(table);
        let rows = sorted.into_iter().map(|(at, (parts, item))| {
            let Item { kind, mut cells, .. } = item;
            cells.extend(key.iter().copied().zip(parts.into_iter().map(Cell::Value)));
            let expected = kind.version.zip(version);
            cells.extend(expected.map(|(value, column)| (column, Cell::Value(Box::new(value) as Param))));
            (at, Shared { removed: kind.removed, versioned: expected.is_some() }, cells)
        });
        Ok(group(rows))
    }

    /// All groups, or none of them.
    async fn groups<T: FromRow + Send>(
        &self,
        target: Target<'_>,
        groups: &[Group<Shared>],
        alone: bool,
    ) -> Result<Vec<Done<T>>> {
        let unit = if alone { Unit::single(target) } else { Unit::begin(target).await? };
        let mut done = Vec::new();
        for group in groups {
            if let Err(error) = self.group(unit.target(), group, &mut done).await {
                return unit.end(Err(error)).await;
            }
        }
        unit.end(Ok(done)).await
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
        let types = column_types(target, self.purpose, table, &columns).await?;
        for chunk in group.chunks(&types) {
            let taken = columns.iter().map(|column| {
                let at = chunk.columns.iter().position(|own| own == column);
                at.map(|at| chunk.values[at].clone()).unwrap_or_default()
            });
            let values: Vec<Elements> = taken.collect();
            let change =
                if self.deletes { Change::Delete } else { Change::Update { columns: &rest, fixed: &chunk.fixed } };
            let Shared { removed, versioned } = chunk.shared;
            let statement = Statement { schema: target.schema, table, removed, versioned, change };
            let sql = statement.write(lanes(table, &columns, &types, values)?, self.returning);
            let (rows, written) = if self.returning.is_some() {
                let rows: Vec<Numbered<T>> = fetch(target, self.purpose, &sql).await?;
                let written = rows.len() as u64;
                (rows, written)
            } else {
                (Vec::new(), execute(target, self.purpose, &sql).await?)
            };
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
        types: &[Type],
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

impl<M> fmt::Debug for ChangeMany<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeMany")
            .field("table", &self.of.table.name)
            .field("items", &self.items.len())
            .finish_non_exhaustive()
    }
}
