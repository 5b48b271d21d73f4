//! An insert that changes the row that is there already.

use std::fmt;
use std::marker::PhantomData;

use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::actor::SharedValue;
use crate::exec::row::FromRow;
use crate::exec::statement::{Purpose, fetch_optional};
use crate::model::draft::Draft;
use crate::model::group::Has;
use crate::model::judge::Subject;
use crate::model::kind::{Insert, Running, actor, insert_cells};
use crate::model::plan::{Also, Decided, DoUpdate, MayUpdate, OverRemoved, Plan, Undecided, choices};
use crate::model::returning::{Columns, Maybe, One, Returning, Returns, SettableColumns};
#[cfg(feature = "chrono")]
use crate::model::soft_delete::SoftDelete;
use crate::model::unique::UniqueKey;
use crate::model::validate;
use crate::query::{Col, Settable};
use crate::schema::{ColumnType, IntoValue};
use crate::sql::{conflict, write};

/// An upsert: `Customer::insert().email(e).full_name(n).on_conflict(Customer::by_email).update_given()`.
///
/// It changes only the columns that it names in an existing row of the same key: `update_given` and `update_only` copy
/// columns of the new row, `on_update` and `on_update_sql` set other values, and they can be combined. With any of them
/// `updated_at`, `updated_by` and the version change too, as in every update. [`do_nothing`](Self::do_nothing) leaves the
/// row as it is. If the existing row is removed, the upsert fails with [`Error::Removed`], unless it says `revive_removed`
/// or `keep_removed`.
///
/// ```
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # pub struct Counter { #[column(primary_key)] pub name: String, pub hits: i64, pub note: Option<String> }
/// # async fn count(db: &Db) -> schemata::Result<()> {
/// let hit = Counter::insert().name("home").hits(1).note("new".to_owned()).on_conflict(Counter::primary_key());
/// hit.on_update_sql(Counter::hits, "counters.hits + EXCLUDED.hits").exec(db).await?; // `note` stays as it is
/// # Ok(()) }
/// ```
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct Upsert<M, S = DoUpdate> {
    draft: Draft<Insert>,
    plan: Plan,
    state: PhantomData<fn() -> (M, S)>,
}

/// An upsert that may leave the row that is there alone, and yields `None` then.
#[derive(Debug)]
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct UpsertMaybe<M>(Upsert<M>);

impl<M> Upsert<M, Undecided> {
    pub(crate) fn new(draft: Draft<Insert>, key: UniqueKey<M>) -> Self {
        let plan = Plan::on(key.target(draft.of.table));
        Self { draft, plan, state: PhantomData }
    }

    /// Leaves an existing row as it is, removed or not, and then returns `None`.
    pub fn do_nothing(mut self) -> UpsertMaybe<M> {
        self.plan.nothing = true;
        UpsertMaybe(self.into_state())
    }
}

choices!(Upsert);

impl<M, S> Upsert<M, S> {
    fn plan_mut(&mut self) -> &mut Plan {
        &mut self.plan
    }

    fn subject(&self) -> Subject {
        self.draft.of
    }

    fn into_state<T>(self) -> Upsert<M, T> {
        Upsert { draft: self.draft, plan: self.plan, state: PhantomData }
    }
}

#[cfg(feature = "chrono")]
impl<M: Has<SoftDelete>, S> Upsert<M, S> {
    /// Leaves a removed row as it is, and yields `None` then.
    pub fn keep_removed(mut self) -> UpsertMaybe<M>
    where
        S: Decided + MayUpdate,
    {
        self.plan.over_removed = OverRemoved::Keep;
        UpsertMaybe(self.into_state())
    }
}

impl<M, S> Upsert<M, S> {
    /// Judges the row, and what it is to become where one is there already, by all the rules that hold without the
    /// database, and hands the upsert back; see [`Write::validate`](crate::model::Write::validate).
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NothingToSet`].
    pub fn validate(mut self) -> Result<Self>
    where
        S: Decided,
    {
        let acting = validate::actor(self.draft.actor.as_ref());
        validate::inserts(self.draft.of, [(&mut self.draft.cells, acting.as_ref())])?;
        self.plan.refuse_incomplete(self.draft.of, [&self.draft.cells])?;
        let given: Vec<usize> = self.draft.cells.iter().map(|(column, _)| *column).collect();
        self.plan.action(self.draft.of, &given, acting.as_ref())?;
        Ok(self)
    }
}

impl<M> UpsertMaybe<M> {
    /// As [`Upsert::validate`].
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NothingToSet`].
    pub fn validate(self) -> Result<Self> {
        self.0.validate().map(Self)
    }
}

impl<M: FromRow + Send + 'static, S: 'static> Upsert<M, S> {
    /// Runs the upsert; the row as it is now.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Removed`], [`Error::Skipped`], [`Error::NothingToSet`] if an existing row would not
    /// change,
    /// [`Error::Database`] for every other constraint.
    pub fn exec<E: Executor + ?Sized>(self, on: &E) -> Running<'_, M>
    where
        S: Decided,
    {
        let columns: Vec<_> = self.draft.of.table.columns.iter().map(|column| column.name).collect();
        Box::pin(async move { self.__run(&columns, on).await })
    }

    /// Hands back these columns instead of the whole row.
    pub fn returning<C: Columns<M> + Send + Sync>(self, columns: C) -> Returning<Self, C>
    where
        S: Decided,
    {
        Returning::new(self, columns)
    }
}

impl<M: FromRow + Send + 'static> UpsertMaybe<M> {
    /// Runs the upsert; the row as it is now, `None` where the one that is there was left alone.
    ///
    /// # Errors
    /// As [`Upsert::exec`].
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<Option<M>> {
        let columns: Vec<_> = self.0.draft.of.table.columns.iter().map(|column| column.name).collect();
        self.__run(&columns, on).await
    }

    /// Hands back these columns instead of the whole row.
    pub fn returning<C: Columns<M> + Send + Sync>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }
}

impl<M: FromRow + Send + 'static, S: Decided + 'static> Returns for Upsert<M, S> {
    type Model = M;
    type Shape = One;

    async fn __run<T: FromRow + Send, E: Executor + ?Sized>(self, columns: &[&'static str], on: &E) -> Result<T> {
        let table = self.draft.of.table;
        let missing = match table.soft_delete() {
            Some(_) => Error::Removed { table: table.name },
            None => Error::Skipped { operation: "upsert", table: table.name },
        };
        UpsertMaybe(self.into_state()).__run(columns, on).await?.ok_or(missing)
    }
}

impl<M: FromRow + Send + 'static> Returns for UpsertMaybe<M> {
    type Model = M;
    type Shape = Maybe;

    async fn __run<T: FromRow + Send, E: Executor + ?Sized>(
        self,
        columns: &[&'static str],
        on: &E,
    ) -> Result<Option<T>> {
        let Upsert { draft, plan, .. } = self.0;
        let (target, of) = (on.target(), draft.of);
        let acting = actor(draft.actor.clone(), on);
        let cells = insert_cells(draft, on)?;
        plan.refuse_incomplete(of, [&cells])?;
        let given: Vec<usize> = cells.iter().map(|(column, _)| *column).collect();
        let action = plan.action(of, &given, acting.as_ref())?;
        let mut sql = write::insert(target.schema, of.table, cells);
        conflict::on_conflict(&mut sql, target.schema, of.table, &plan.target, action);
        write::returning(&mut sql, columns);
        fetch_optional(target, Purpose { operation: "upsert", table: of.table.name }, &sql).await
    }
}

impl<M, S> fmt::Debug for Upsert<M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upsert").field("draft", &self.draft).field("plan", &self.plan).finish()
    }
}
