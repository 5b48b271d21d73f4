//! Updating and deleting many rows by key, each update with values of its own.

use std::fmt;
use std::marker::PhantomData;

use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::actor::SharedValue;
use crate::exec::atomic_scope::is_worth_repeating;
use crate::exec::row::FromRow;
use crate::exec::statement::Purpose;
#[cfg(feature = "chrono")]
use crate::model::audit::{Actor, Audit};
use crate::model::batch::{Nothing, Sink, in_order, place};
use crate::model::change_job::Job;
use crate::model::draft::put_actor;
use crate::model::group::Has;
use crate::model::judge::{Subject, judge};
use crate::model::kind::actor;
use crate::model::returning::{Columns, Many, Returning, Returns};
use crate::model::row_update::Item;
use crate::model::validate;
use crate::schema::{IntoValue, Role};

/// Many updates or deletes by key. All of them happen, or none; keys that no row has are passed over.
///
/// A key may occur once in a batch: with two updates of one row, which of them counts would be chance. Rows are locked in
/// the order of their keys before any of them changes, so that two batches do not lock each other out.
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
    let (groups, locks) = job.sorted(target, items).await?;
    let alone = groups.len() == 1 && groups[0].at.len() <= 1_000 && !groups[0].shared.versioned;
    let outcome = match job.groups(target, &groups, (&locks, alone)).await {
        Err(error) if is_worth_repeating(target, &error) => job.groups(target, &groups, (&locks, alone)).await,
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

impl<M> fmt::Debug for ChangeMany<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeMany")
            .field("table", &self.of.table.name)
            .field("items", &self.items.len())
            .finish_non_exhaustive()
    }
}
