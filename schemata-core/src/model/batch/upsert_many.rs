//! `upsert_many`: many rows inserted, or merged into existing ones.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::Running;
use crate::exec::row::FromRow;
use crate::exec::statement::Purpose;
use crate::exec::target::Target;
use crate::ident::Ident;
use crate::model::audit_actor::{actor_for, actor_without_executor};
use crate::model::batch::engine::{Batch, ExistingRows, StatementMaker};
use crate::model::batch::insert_many::InsertMany;
use crate::model::batch::key_order::{BatchKey, Duplicates, Keep};
use crate::model::batch::read_rows::ReadRows;
use crate::model::batch::returned_rows::by_conflict_key;
use crate::model::batch::row_group::RowGroup;
#[cfg(feature = "chrono")]
use crate::model::groups::audit::{Actor, Audit};
use crate::model::groups::column_group::Has;
#[cfg(feature = "chrono")]
use crate::model::groups::soft_delete::SoftDelete;
use crate::model::request::row::Insertable;
use crate::model::unique_key::UniqueKey;
use crate::model::validate::row_validation::reject;
use crate::model::validate::validator::ModelMeta;
use crate::model::write::assign::column_value;
use crate::model::write::on_conflict::{
    ConflictPlan, Decided, DoNothing, DoUpdate, MayUpdate, RemovedPolicy, Undecided, conflict_methods,
};
use crate::model::write::returning::{Many, Returning, Returns, column_names};
use crate::param::Param;
use crate::query::unbounded_impls::opaque_debug;
use crate::query::{Col, ColumnList, IntoCondition, NewValue, OnConflict, Settable, SettableColumns, names};
use crate::schema::{ColumnType, IntoValue, Role};
use crate::sql::bulk::insert::{BulkInsert, BulkReturning, ComputedColumns, RowMatching};
use crate::sql::bulk::unnest::ColumnArrays;
use crate::sql::conflict::{ConflictAction, ConflictValue};
use crate::sql::declared_type::DeclaredType;
use crate::sql::write::ColumnValue;
use crate::sql::writer::Sql;
use crate::violation::Violations;

/// Many upserts: `Customer::upsert_many(rows, Customer::by_email).update_given()`. All of them happen, or none.
///
/// What happens to existing rows is chosen as for a single [`Upsert`](crate::model::Upsert). Every row must set the columns of
/// the key. Two rows of one key are refused before anything is sent, because the second would silently win or fail. Rows are
/// written in the order of their keys, so that two batches do not deadlock; if rows set different columns, which takes several
/// statements, that holds only for existing rows.
///
/// A key with expressions can be compared by PostgreSQL alone: rows are then written in the order of the batch, two rows of one
/// key fail with 21000, and rows that set different columns are returned one kind after the other.
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct UpsertMany<'r, M, S = DoUpdate> {
    insert: InsertMany<'r, M>,
    plan: ConflictPlan,
    keep: Option<Keep>,
    state: PhantomData<fn() -> S>,
}

impl<'r, M> UpsertMany<'r, M, Undecided> {
    pub(crate) fn new<I>(meta: ModelMeta, rows: I, key: UniqueKey<M>) -> Self
    where
        I: IntoIterator<Item: Insertable<Model = M>, IntoIter: Send + 'r>,
    {
        let plan = ConflictPlan::on(key.target(meta.table));
        Self { insert: InsertMany::new(meta, rows), plan, keep: None, state: PhantomData }
    }

    /// Leaves existing rows as they are, removed or not.
    pub fn do_nothing(mut self) -> UpsertMany<'r, M, DoNothing> {
        self.plan.does_nothing = true;
        self.into_state()
    }
}

conflict_methods!(UpsertMany, 'r);

impl<M, S> UpsertMany<'_, M, S> {
    /// Updates an existing row only if this condition on it holds: `DO UPDATE … WHERE`. Other rows stay as they are; `exec` does
    /// not count them, and `fetch` does not return them. The condition reads the existing row, and by
    /// [`excluded`](crate::query::excluded) the new one.
    ///
    /// A model with soft delete must also say what happens to removed rows, by `revive_removed` or `keep_removed`; otherwise the
    /// upsert is [`Error::Invalid`], by the rule `removed`.
    pub fn on_update_where<C, K>(mut self, condition: C) -> Self
    where
        C: IntoCondition<OnConflict<M>, K>,
        S: Decided + MayUpdate,
    {
        self.plan.restrict(condition.__condition().filter);
        self
    }
}

#[cfg(feature = "chrono")]
impl<M: Has<SoftDelete>, S> UpsertMany<'_, M, S> {
    /// Leaves removed rows as they are.
    pub fn keep_removed(mut self) -> Self
    where
        S: Decided + MayUpdate,
    {
        self.plan.removed_policy = RemovedPolicy::Keep;
        self
    }
}

impl<'r, M, S> UpsertMany<'r, M, S> {
    fn plan_mut(&mut self) -> &mut ConflictPlan {
        &mut self.plan
    }

    fn meta(&self) -> ModelMeta {
        self.insert.meta
    }

    fn into_state<T>(self) -> UpsertMany<'r, M, T> {
        UpsertMany { insert: self.insert, plan: self.plan, keep: self.keep, state: PhantomData }
    }

    /// Chooses which of several rows with the same key counts, instead of refusing them. The others are left out:
    /// `exec` does not count them, and `fetch` does not return them. A key with a NULL in it equals no other, unless
    /// the key is NULLS NOT DISTINCT.
    pub fn on_duplicate(mut self, keep: Keep) -> Self {
        self.keep = Some(keep);
        self
    }

    /// Names the actor, overriding that of the executor and of the scope.
    #[cfg(feature = "chrono")]
    pub fn actor<A: Actor>(mut self, actor: impl IntoValue<A::Inner>) -> Self
    where
        M: Has<Audit<A>>,
    {
        self.insert = self.insert.actor(actor);
        self
    }
}

impl<'r, M, S> UpsertMany<'r, M, S> {
    /// Validates the rows, and the values for existing rows, by all rules that need no database, and returns the upsert; see
    /// [`Write::validate`](crate::model::Write::validate). Two rows with the same key are found only when the batch runs.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every row that breaks a rule or lacks the key; [`Error::NothingToSet`].
    pub fn validate(mut self) -> Result<Self>
    where
        S: Decided,
    {
        self.insert = self.insert.validate()?;
        let (meta, actor) = (self.insert.meta, actor_without_executor(self.insert.actor.as_ref()));
        let rows = self.insert.rows.read();
        self.plan.reject_incomplete(meta, rows.iter().map(|row| &row.assignments))?;
        let mut checked: Vec<Vec<usize>> = Vec::new();
        for row in &*rows {
            let given: Vec<usize> = row.assignments.iter().map(|(column, _)| *column).collect();
            if !checked.contains(&given) {
                self.plan.action(meta, &given, actor.as_ref())?;
                checked.push(given);
            }
        }
        Ok(self)
    }

    /// Upserts the rows and returns how many were written. Without rows, nothing is sent.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every row that breaks a rule, lacks the key, or repeats one; [`Error::Removed`] as for a
    /// single upsert; [`Error::Database`].
    pub fn exec<'e, E: Executor + ?Sized>(self, on: &'e E) -> Running<'e, u64>
    where
        'r: 'e,
        M: 'static,
        S: Decided + 'static,
    {
        Running::new(async move { self.batch(None, on).await?.execute(on.target()).await })
    }

    async fn batch<'a, E: Executor + ?Sized>(self, returning: Option<&'a [&'static str]>, on: &E) -> Result<Batch<'a>>
    where
        'r: 'a,
    {
        let Self { insert, plan, keep, .. } = self;
        let (meta, table, target) = (insert.meta, insert.meta.table, on.target());
        let purpose = Purpose { operation: "upsert", table: table.name };
        let (plan, actor) = (Arc::new(plan), actor_for(insert.actor.clone(), on));
        let mut batch = Batch {
            table,
            purpose,
            statements: Box::new(UpsertStatements { meta, plan: Arc::clone(&plan), actor, returning }),
            returning,
            rows: ReadRows::new(meta, true),
            feed: insert.feed(on),
            locks: Vec::new(),
        };
        batch.read_all(target).await?;
        if !batch.rows.groups.is_empty() {
            batch.locks = order(&plan, meta, target, purpose, keep, &mut batch.rows.groups).await?;
        }
        Ok(batch)
    }
}

/// Puts the rows in the order of their keys, and returns the statements that lock existing rows.
async fn order(
    plan: &ConflictPlan,
    meta: ModelMeta,
    target: Target<'_>,
    purpose: Purpose,
    keep: Option<Keep>,
    groups: &mut Vec<RowGroup>,
) -> Result<Vec<Sql>> {
    let conflict = &plan.target;
    plan.reject_incomplete_groups(
        meta,
        groups.iter().map(|group| (group.columns.as_slice(), group.positions.as_slice())),
    )?;
    if !conflict.expressions.is_empty() {
        // PostgreSQL alone can compare the keys.
        return reject_choice(meta, keep).map(|()| Vec::new());
    }
    let columns = conflict.columns.iter().map(|name| meta.position(name)).collect();
    let key = BatchKey::describe(target, purpose, meta.table, columns).await?;
    let duplicates = Duplicates { keep, nulls_are_equal: conflict.nulls_are_equal };
    let locks = key.order(target, groups, duplicates).await?;
    // A partial index would not serve the locking query.
    Ok(if conflict.predicate.is_none() && !plan.does_nothing { locks } else { Vec::new() })
}

fn reject_choice(meta: ModelMeta, keep: Option<Keep>) -> Result<()> {
    let mut violations = Violations::of(meta.table.name);
    if keep.is_some() {
        let message = "cannot be chosen by `on_duplicate`: the key has expressions, which only PostgreSQL compares";
        violations.add(0, None, "duplicate", message.to_owned());
    }
    reject(violations)
}

impl<'r, M: FromRow + Send + 'static, S: 'static> UpsertMany<'r, M, S> {
    /// Upserts the rows and returns those that were written, in the order of the batch.
    ///
    /// # Errors
    /// As for [`UpsertMany::exec`]; [`Error::Unmatched`] if a trigger writes other keys.
    pub fn fetch<'e, E: Executor + ?Sized>(self, on: &'e E) -> Running<'e, Vec<M>>
    where
        'r: 'e,
        S: Decided,
    {
        let columns = column_names(self.insert.meta.table);
        Running::new(async move { self.__run(&columns, on).await })
    }

    /// Returns these columns of the rows that were written.
    pub fn returning<C: ColumnList<M>>(self, columns: C) -> Returning<Self, C>
    where
        S: Decided,
    {
        Returning::new(self, columns)
    }
}

impl<M: FromRow + Send + 'static, S: Decided + 'static> Returns for UpsertMany<'_, M, S> {
    type Model = M;
    type Shape = Many;

    async fn __run<T: FromRow + Send, E: Executor + ?Sized>(self, columns: &[&'static str], on: &E) -> Result<Vec<T>> {
        self.batch(Some(columns), on).await?.fetch(on.target()).await
    }
}

/// Makes `INSERT … ON CONFLICT` from arrays.
struct UpsertStatements<'a> {
    meta: ModelMeta,
    plan: Arc<ConflictPlan>,
    actor: Option<Param>,
    returning: Option<&'a [&'static str]>,
}

impl UpsertStatements<'_> {
    /// Returns the action for rows that set these columns. Who creates a row also updates the existing one: each row of the batch
    /// may name its own actor.
    fn action(&self, columns: &[usize]) -> Result<ConflictAction> {
        let find = |role| self.meta.table.columns.iter().position(|column| column.role == role);
        let creator = find(Role::CreatedBy).filter(|at| columns.contains(at));
        let mut action = self.plan.action(self.meta, columns, self.actor.as_ref().filter(|_| creator.is_none()))?;
        if let (ConflictAction::Update { set, .. }, Some(creator), Some(updater)) =
            (&mut action, creator, find(Role::UpdatedBy))
        {
            set.push((updater, ConflictValue::Excluded(creator)));
        }
        Ok(action)
    }
}

impl StatementMaker for UpsertStatements<'_> {
    fn statement(
        &self,
        schema: &Ident,
        group: &RowGroup,
        values: Vec<ColumnArrays>,
        _: &[DeclaredType],
    ) -> Result<Sql> {
        let (table, columns, target) = (self.meta.table, &group.columns, &self.plan.target);
        let action = self.action(columns)?;
        let returning = self.returning.map(|names| BulkReturning {
            columns: names,
            computed: ComputedColumns::new(),
            matching: if target.expressions.is_empty() {
                by_conflict_key(table, columns, &target.columns, group.traits.has_comparable_key)
            } else {
                RowMatching::ReturnedOrder
            },
        });
        Ok(BulkInsert { schema, table, columns, conflict: Some((target, action)), returning }.write(values))
    }

    fn checks_unwritten(&self, _: &RowGroup) -> bool {
        let may_refuse = self.plan.removed_policy == RemovedPolicy::Refuse && !self.plan.does_nothing;
        may_refuse && self.meta.table.soft_delete().is_some()
    }

    /// A row that was not written has met a removed one.
    fn check_unwritten(
        &self,
        _: &Ident,
        _: &RowGroup,
        _: Vec<Param>,
        _: Vec<DeclaredType>,
    ) -> Result<Option<ExistingRows>> {
        Err(Error::Removed { table: self.meta.table.name })
    }
}

opaque_debug!(['r, M, S] [UpsertMany<'r, M, S>], this { insert: this.insert, plan: this.plan });
