//! The upsert of one row: an insert that can update the existing row of the same key.

use std::marker::PhantomData;

use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::Running;
use crate::exec::row::FromRow;
use crate::exec::statement::fetch_optional;
use crate::model::audit_actor::actor_without_executor;
use crate::model::groups::column_group::Has;
#[cfg(feature = "chrono")]
use crate::model::groups::soft_delete::SoftDelete;
use crate::model::unique_key::UniqueKey;
use crate::model::validate::row_validation::try_inserts;
use crate::model::validate::validator::ModelMeta;
use crate::model::write::assign::column_value;
use crate::model::write::draft::WriteDraft;
use crate::model::write::insert::{Insert, InsertRow};
use crate::model::write::on_conflict::{
    ConflictPlan, Decided, DoUpdate, MayUpdate, RemovedPolicy, Undecided, conflict_methods,
};
use crate::model::write::returning::{Maybe, One, Returning, Returns, column_names};
use crate::model::write::statement::{SourceStatement, Statement, WriteContext, statement};
use crate::query::unbounded_impls::opaque_debug;
use crate::query::{Col, ColumnList, IntoCondition, NewValue, OnConflict, Settable, SettableColumns, names};
use crate::schema::ColumnType;
use crate::sql::write::ColumnValue;

/// An upsert: `Customer::insert().email(e).full_name(n).on_conflict(Customer::by_email).update_given()`.
///
/// In an existing row of the same key it changes only the columns that it names: `update_given` and `update_only` copy
/// columns of the new row, `on_update` and `on_update_sql` set other values and expressions, and they can be combined. With any of them
/// `updated_at`, `updated_by` and the version change too, as in every update. [`do_nothing`](Self::do_nothing) leaves the
/// row as it is. If the existing row is removed, the upsert fails with [`Error::Removed`], unless `revive_removed` or
/// `keep_removed` was called.
///
/// ```
/// # use schemata::{prelude::*, query::excluded};
/// # #[derive(TableModel)]
/// # pub struct Counter { #[column(primary_key)] pub name: String, pub hits: i64, pub note: Option<String> }
/// # async fn count(db: &Db) -> schemata::Result<()> {
/// let hit = Counter::insert().name("home").hits(1).note("new".to_owned()).on_conflict(Counter::primary_key());
/// hit.on_update(Counter::hits, Counter::hits + excluded(Counter::hits)).exec(db).await?; // `note` stays as it is
/// # Ok(()) }
/// ```
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct Upsert<M, S = DoUpdate> {
    draft: WriteDraft<Insert>,
    plan: ConflictPlan,
    state: PhantomData<fn() -> (M, S)>,
}

/// An upsert that may leave the existing row as it is, and then returns `None`.
#[derive(Debug)]
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct UpsertMaybe<M>(Upsert<M>);

impl<M> Upsert<M, Undecided> {
    pub(crate) fn new(draft: WriteDraft<Insert>, key: UniqueKey<M>) -> Self {
        let plan = ConflictPlan::on(key.target(draft.meta.table));
        Self { draft, plan, state: PhantomData }
    }

    /// Leaves an existing row as it is, removed or not, and then returns `None`.
    pub fn do_nothing(mut self) -> UpsertMaybe<M> {
        self.plan.does_nothing = true;
        UpsertMaybe(self.into_state())
    }
}

conflict_methods!(Upsert);

impl<M, S> Upsert<M, S> {
    /// Updates an existing row only if this condition on it holds: `DO UPDATE … WHERE`. Otherwise the row stays as it is, and
    /// `exec` returns `None`. The condition reads the existing row, and by [`excluded`](crate::query::excluded) the new one.
    ///
    /// A model with soft delete must also say what happens to a removed row, by `revive_removed` before this or `keep_removed`
    /// after it; otherwise the upsert is [`Error::Invalid`], by the rule `removed`, because `None` would not tell why.
    pub fn on_update_where<C, K>(mut self, condition: C) -> UpsertMaybe<M>
    where
        C: IntoCondition<OnConflict<M>, K>,
        S: Decided + MayUpdate,
    {
        self.plan.restrict(condition.__condition().filter);
        UpsertMaybe(self.into_state())
    }
}

#[cfg(feature = "chrono")]
impl<M: Has<SoftDelete>> UpsertMaybe<M> {
    /// Leaves a removed row as it is, and then returns `None`.
    pub fn keep_removed(mut self) -> Self {
        self.0.plan.removed_policy = RemovedPolicy::Keep;
        self
    }
}

impl<M, S> Upsert<M, S> {
    fn plan_mut(&mut self) -> &mut ConflictPlan {
        &mut self.plan
    }

    fn meta(&self) -> ModelMeta {
        self.draft.meta
    }

    fn into_state<T>(self) -> Upsert<M, T> {
        Upsert { draft: self.draft, plan: self.plan, state: PhantomData }
    }
}

#[cfg(feature = "chrono")]
impl<M: Has<SoftDelete>, S> Upsert<M, S> {
    /// Leaves a removed row as it is, and then returns `None`.
    pub fn keep_removed(mut self) -> UpsertMaybe<M>
    where
        S: Decided + MayUpdate,
    {
        self.plan.removed_policy = RemovedPolicy::Keep;
        UpsertMaybe(self.into_state())
    }
}

impl<M, S> Upsert<M, S> {
    /// Validates the row, and the values for an existing row, by all rules that need no database, and returns the
    /// upsert; see [`Write::validate`](crate::model::Write::validate).
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NothingToSet`].
    pub fn validate(mut self) -> Result<Self>
    where
        S: Decided,
    {
        let (meta, actor) = (self.draft.meta, actor_without_executor(self.draft.actor.as_ref()));
        try_inserts(meta, [(&mut self.draft.assignments, actor.as_ref())])?;
        self.plan.reject_incomplete(meta, [&self.draft.assignments])?;
        let given: Vec<usize> = self.draft.assignments.iter().map(|(column, _)| *column).collect();
        self.plan.action(meta, &given, actor.as_ref())?;
        Ok(self)
    }
}

impl<M> UpsertMaybe<M> {
    /// As for [`Upsert::validate`].
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NothingToSet`].
    pub fn validate(self) -> Result<Self> {
        self.0.validate().map(Self)
    }
}

impl<M: FromRow + Send + 'static, S: 'static> Upsert<M, S> {
    /// Runs the upsert and returns the row as it is now.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::Removed`]; [`Error::Skipped`]; [`Error::NothingToSet`] if an existing row would not
    /// change; [`Error::Database`] for every other constraint.
    pub fn exec<E: Executor + ?Sized>(self, on: &E) -> Running<'_, M>
    where
        S: Decided,
    {
        let columns = column_names(self.draft.meta.table);
        Running::new(async move { self.__run(&columns, on).await })
    }

    /// Returns these columns instead of the whole row.
    pub fn returning<C: ColumnList<M>>(self, columns: C) -> Returning<Self, C>
    where
        S: Decided,
    {
        Returning::new(self, columns)
    }
}

impl<M: FromRow + Send + 'static> UpsertMaybe<M> {
    /// Runs the upsert and returns the row as it is now; `None` if the existing row was left as it is.
    ///
    /// # Errors
    /// As for [`Upsert::exec`].
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<Option<M>> {
        let columns = column_names(self.0.draft.meta.table);
        self.__run(&columns, on).await
    }

    /// Returns these columns instead of the whole row.
    pub fn returning<C: ColumnList<M>>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }
}

impl<M: FromRow + Send + 'static, S: Decided + 'static> Returns for Upsert<M, S> {
    type Model = M;
    type Shape = One;

    async fn __run<T: FromRow + Send, E: Executor + ?Sized>(self, columns: &[&'static str], on: &E) -> Result<T> {
        let table = self.draft.meta.table;
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
        let row = InsertRow { draft, plan: Some(plan), columns: columns.to_vec(), is_read: false };
        let purpose = row.purpose();
        let sql = statement(Box::new(row), &WriteContext::of(on))?;
        fetch_optional(on.target(), purpose, &sql).await
    }
}

impl<M, S> Upsert<M, S> {
    /// Returns the statement whose row another one reads.
    pub(crate) fn source(self, columns: Vec<&'static str>) -> SourceStatement {
        let Self { draft, plan, .. } = self;
        SourceStatement(Box::new(InsertRow { draft, plan: Some(plan), columns, is_read: true }))
    }
}

impl<M> UpsertMaybe<M> {
    /// As [`Upsert::source`].
    pub(crate) fn source(self, columns: Vec<&'static str>) -> SourceStatement {
        self.0.source(columns)
    }
}

opaque_debug!([M, S] [Upsert<M, S>], this { draft: this.draft, plan: this.plan });
