//! What writes do when they run: insert a row, update the one with a key, update those of a condition.

use std::future::Future;
use std::pin::Pin;

use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::actor::{SharedValue, actor_of_scope};
use crate::exec::row::FromRow;
use crate::exec::statement::{Purpose, execute, fetch, fetch_optional};
use crate::exec::target::Target;
use crate::ident::Ident;
use crate::model::draft::{Draft, put_actor};
use crate::model::judge::{Subject, judge};
use crate::model::returning::{Many, Maybe, One, Shape};
use crate::model::rows::Rows;
use crate::model::validate;
use crate::schema::{Role, Table};
use crate::sql::filter::Filter;
use crate::sql::guard::Removed;
use crate::sql::write::{self, Cells};
use crate::sql::writer::Sql;

/// What a write does when it runs.
pub trait WriteKind<M>: Sized + Send + 'static {
    /// What running it yields.
    type Output;
    /// How many rows it hands back, where it does.
    type Shape: Shape;

    /// Judges the write, without running it.
    #[doc(hidden)]
    fn __validate(draft: &mut Draft<Self>) -> Result<()>;

    /// Runs the write.
    #[doc(hidden)]
    fn run<E: Executor + ?Sized>(draft: Draft<Self>, on: &E) -> impl Future<Output = Result<Self::Output>> + Send;

    /// Runs the write, handing back these columns.
    #[doc(hidden)]
    fn run_returning<T: FromRow + Send, E: Executor + ?Sized>(
        draft: Draft<Self>,
        columns: &[&'static str],
        on: &E,
    ) -> impl Future<Output = Result<<Self::Shape as Shape>::Of<T>>> + Send;
}

/// A running write. Boxed: with an opaque future here, the compiler would report a missing column three times.
pub type Running<'e, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'e>>;

/// Inserting one row.
#[derive(Debug)]
pub struct Insert;

/// Updating the row with one key.
pub struct Update {
    /// The values of the key's columns.
    pub(crate) key: Vec<SharedValue>,
    pub(crate) removed: Removed,
    /// Whether the columns that every update sets are enough.
    pub(crate) touch: bool,
    /// The version the row must have.
    pub(crate) version: Option<i64>,
}

/// Updating the rows of a condition.
pub struct UpdateWhere {
    pub(crate) filter: Filter,
    /// Whether every row was asked for by name.
    pub(crate) all_rows: bool,
    pub(crate) removed: Removed,
}

/// Kinds of writes that change rows which are there.
pub trait ChangesRows {
    /// Chooses whether removed rows are seen.
    #[doc(hidden)]
    fn __see(&mut self, rows: Seen);
}

/// Whether removed rows are seen.
#[doc(hidden)]
#[derive(Debug)]
pub struct Seen(pub(crate) Removed);

impl ChangesRows for Update {
    fn __see(&mut self, rows: Seen) {
        self.removed = rows.0;
    }
}

impl ChangesRows for UpdateWhere {
    fn __see(&mut self, rows: Seen) {
        self.removed = rows.0;
    }
}

impl Update {
    /// Updates the row with this key.
    pub(crate) fn of(key: Vec<crate::param::Param>) -> Self {
        let key = key.into_iter().map(SharedValue::from_param).collect();
        Self { key, removed: Removed::Hidden, touch: false, version: None }
    }

    fn filter(&self, table: &Table) -> Filter {
        key_filter(table, &self.key)
    }

    /// Finds the row with the key, if it has the expected version.
    fn versioned_filter(&self, table: &Table) -> Filter {
        match (self.version, table.columns.iter().find(|column| column.role == Role::Version)) {
            (Some(version), Some(column)) => self.filter(table).and(Filter::equals(column.name, Box::new(version))),
            _ => self.filter(table),
        }
    }

    /// After an update that wrote nothing, refuses to take an existing row for a missing one.
    async fn explain(&self, target: Target<'_>, table: &'static Table, purpose: Purpose) -> Result<()> {
        let skipped = write::skipped(target.schema, table, self.versioned_filter(table), self.removed);
        if execute(target, purpose, &skipped).await? > 0 {
            return Err(Error::Skipped { operation: purpose.operation, table: table.name });
        }
        if self.version.is_some() {
            let there = write::exists(target.schema, table, self.filter(table), self.removed);
            if execute(target, purpose, &there).await? > 0 {
                return Err(Error::Stale { table: table.name });
            }
        }
        Ok(())
    }
}

impl UpdateWhere {
    /// Updates these rows.
    pub(crate) fn of<M>(rows: impl Rows<M>) -> Self {
        let (filter, all_rows) = rows.__filter();
        Self { filter: filter.0, all_rows, removed: Removed::Hidden }
    }

    fn refuse_unconditional(&self, table: &Table) -> Result<()> {
        if self.filter.always_holds() && !self.all_rows {
            return Err(Error::Unconditional { operation: "update", table: table.name });
        }
        Ok(())
    }
}

/// The row with this key.
fn key_filter(table: &Table, key: &[SharedValue]) -> Filter {
    let parts = table.primary_key.iter().zip(key);
    Filter::all(parts.map(|(column, value)| Filter::equals(column, Box::new(value.clone()))))
}

/// Who acts: the call's own word, then the handle's, then the scope's.
pub(crate) fn actor<E: Executor + ?Sized>(call: Option<SharedValue>, on: &E) -> Option<SharedValue> {
    call.or_else(|| on.__actor()).or_else(actor_of_scope)
}

fn all_columns(table: &Table) -> Vec<&'static str> {
    table.columns.iter().map(|column| column.name).collect()
}

/// The columns of an insert as they are sent.
pub(crate) fn insert_cells<E: Executor + ?Sized>(draft: Draft<Insert>, on: &E) -> Result<Cells> {
    let Draft { of, mut cells, actor: call, .. } = draft;
    put_actor(&mut cells, of.table, Role::CreatedBy, actor(call, on).as_ref());
    judge(of, [&cells], true)?;
    Ok(cells)
}

impl<M: FromRow + Send + 'static> WriteKind<M> for Insert {
    type Output = M;
    type Shape = One;

    fn __validate(draft: &mut Draft<Self>) -> Result<()> {
        let acting = validate::actor(draft.actor.as_ref());
        validate::inserts(draft.of, [(&mut draft.cells, acting.as_ref())])
    }

    async fn run<E: Executor + ?Sized>(draft: Draft<Self>, on: &E) -> Result<M> {
        let columns = all_columns(draft.of.table);
        <Self as WriteKind<M>>::run_returning(draft, &columns, on).await
    }

    async fn run_returning<T: FromRow + Send, E: Executor + ?Sized>(
        draft: Draft<Self>,
        columns: &[&'static str],
        on: &E,
    ) -> Result<T> {
        let (target, table) = (on.target(), draft.of.table);
        let mut sql = write::insert(target.schema, table, insert_cells(draft, on)?);
        write::returning(&mut sql, columns);
        let purpose = Purpose { operation: "insert", table: table.name };
        fetch_optional(target, purpose, &sql).await?.ok_or(Error::Skipped { operation: "insert", table: table.name })
    }
}

impl<M: FromRow + Send + 'static> WriteKind<M> for Update {
    type Output = Option<M>;
    type Shape = Maybe;

    fn __validate(draft: &mut Draft<Self>) -> Result<()> {
        let acting = validate::actor(draft.actor.as_ref());
        validate::updates(draft.of, [(&mut draft.cells, acting.as_ref(), draft.kind.touch)])
    }

    async fn run<E: Executor + ?Sized>(draft: Draft<Self>, on: &E) -> Result<Option<M>> {
        let columns = all_columns(draft.of.table);
        <Self as WriteKind<M>>::run_returning(draft, &columns, on).await
    }

    async fn run_returning<T: FromRow + Send, E: Executor + ?Sized>(
        draft: Draft<Self>,
        columns: &[&'static str],
        on: &E,
    ) -> Result<Option<T>> {
        let (target, table) = (on.target(), draft.of.table);
        let Draft { kind, of, cells, actor: call } = draft;
        let cells = update_cells(of, cells, actor(call, on).as_ref(), kind.touch)?;
        let mut sql = write::update(target.schema, table, cells, kind.versioned_filter(table), kind.removed);
        write::returning(&mut sql, columns);
        let purpose = Purpose { operation: "update", table: table.name };
        let updated = fetch_optional(target, purpose, &sql).await?;
        if updated.is_none() {
            kind.explain(target, table, purpose).await?;
        }
        Ok(updated)
    }
}

impl<M: FromRow + Send + 'static> WriteKind<M> for UpdateWhere {
    type Output = u64;
    type Shape = Many;

    fn __validate(draft: &mut Draft<Self>) -> Result<()> {
        draft.kind.refuse_unconditional(draft.of.table)?;
        let acting = validate::actor(draft.actor.as_ref());
        validate::updates(draft.of, [(&mut draft.cells, acting.as_ref(), false)])
    }

    async fn run<E: Executor + ?Sized>(draft: Draft<Self>, on: &E) -> Result<u64> {
        let (target, table) = (on.target(), draft.of.table.name);
        let sql = update_where(target.schema, draft, on)?;
        execute(target, Purpose { operation: "update", table }, &sql).await
    }

    async fn run_returning<T: FromRow + Send, E: Executor + ?Sized>(
        draft: Draft<Self>,
        columns: &[&'static str],
        on: &E,
    ) -> Result<Vec<T>> {
        let (target, table) = (on.target(), draft.of.table.name);
        let mut sql = update_where(target.schema, draft, on)?;
        write::returning(&mut sql, columns);
        fetch(target, Purpose { operation: "update", table }, &sql).await
    }
}

fn update_where<E: Executor + ?Sized>(schema: &Ident, draft: Draft<UpdateWhere>, on: &E) -> Result<Sql> {
    let Draft { kind, of, cells, actor: call } = draft;
    kind.refuse_unconditional(of.table)?;
    let cells = update_cells(of, cells, actor(call, on).as_ref(), false)?;
    Ok(write::update(schema, of.table, cells, kind.filter, kind.removed))
}

/// The columns of an update as they are sent.
fn update_cells(of: Subject, mut cells: Cells, actor: Option<&SharedValue>, touch: bool) -> Result<Cells> {
    if cells.is_empty() && !touch {
        return Err(Error::NothingToSet { table: of.table.name });
    }
    put_actor(&mut cells, of.table, Role::UpdatedBy, actor);
    judge(of, [&cells], false)?;
    Ok(cells)
}

macro_rules! opaque {
    ($($kind:ident)*) => {$(
        impl std::fmt::Debug for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($kind)).finish_non_exhaustive()
            }
        }
    )*};
}

opaque! { Update UpdateWhere }
