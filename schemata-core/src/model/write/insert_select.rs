//! `insert_select`: inserting the rows that a query or another write computes, as one statement.

use std::marker::PhantomData;

use crate::error::Result;
use crate::exec::Executor;
use crate::exec::row::FromRow;
use crate::exec::statement::{Purpose, execute, fetch};
#[cfg(feature = "chrono")]
use crate::model::groups::audit::{Actor, Audit};
use crate::model::groups::column_group::Has;
#[cfg(feature = "chrono")]
use crate::model::groups::soft_delete::SoftDelete;
use crate::model::unique_key::ConflictKey;
use crate::model::validate::row_validation::{is_required, reject, validate_rows};
use crate::model::validate::validator::ModelMeta;
use crate::model::write::assign::column_value;
use crate::model::write::on_conflict::{
    ConflictPlan, Decided, DoNothing, DoUpdate, MayUpdate, RemovedPolicy, Undecided, conflict_methods,
};
use crate::model::write::returning::{Many, Returning, Returns, column_names};
use crate::model::write::row_source::{ReturnsRows, RowSource, Rows, TakenColumns, TakesRows};
use crate::model::write::statement::{SourceStatement, Statement, WriteContext, statement};
use crate::param::Param;
use crate::query::unbounded_impls::opaque_debug;
use crate::query::{Col, ColumnList, IntoCondition, NewValue, OnConflict, Settable, SettableColumns, names};
use crate::schema::{ColumnType, Identity, IntoValue, Role};
use crate::sql::insert_select::{InsertedRows, RowsFrom};
use crate::sql::write::{self, ColumnValue};
use crate::sql::writer::Sql;
use crate::violation::Violations;

/// An insert of rows that PostgreSQL computes, returned by [`TableModel::insert_select`](crate::TableModel::insert_select).
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct InsertSelect<M> {
    meta: ModelMeta,
    columns: Vec<&'static str>,
    rows: Rows,
    actor: Option<Param>,
    marker: PhantomData<fn() -> M>,
}

/// An `insert_select` that says what happens to existing rows of the same key.
///
/// The choices are those of a single [`Upsert`](crate::model::Upsert). Two new rows of one key fail with 21000. A model with soft
/// delete must also say what happens to removed rows, by `revive_removed` or `keep_removed`, unless existing rows stay as they
/// are anyway; otherwise the write is [`Error::Invalid`](crate::Error::Invalid), by the rule `removed`.
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct UpsertSelect<M, S = DoUpdate> {
    insert: InsertSelect<M>,
    plan: ConflictPlan,
    state: PhantomData<fn() -> S>,
}

impl<M> InsertSelect<M> {
    pub(crate) fn new<T, C: TakesRows<M, T>>(meta: ModelMeta, columns: &C, rows: impl RowSource<T>) -> Self {
        let mut taken = TakenColumns::default();
        columns.__append(&mut taken);
        Self { meta, columns: taken.0, rows: rows.__rows().0, actor: None, marker: PhantomData }
    }

    /// Names the actor, overriding that of the executor and of the scope.
    #[cfg(feature = "chrono")]
    pub fn actor<A: Actor>(mut self, actor: impl IntoValue<A::Inner>) -> Self
    where
        M: Has<Audit<A>>,
    {
        self.actor = Some(Param::new(actor.into_value()));
        self
    }

    /// Makes this an upsert, which must then choose what happens to existing rows of the same key: see [`UpsertSelect`].
    pub fn on_conflict(self, key: impl ConflictKey<M>) -> UpsertSelect<M, Undecided> {
        let plan = ConflictPlan::on(key.__key().target(self.meta.table));
        UpsertSelect { insert: self, plan, state: PhantomData }
    }

    /// Inserts the rows and returns their number.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) for columns that no insert sets, that are listed twice, or that are missing;
    /// [`Error::Database`](crate::Error::Database).
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<u64> {
        let purpose = self.purpose("insert");
        let sql = statement(Box::new(self.rows(None, None)), &WriteContext::of(on))?;
        execute(on.target(), purpose, &sql).await
    }

    fn purpose(&self, operation: &'static str) -> Purpose {
        Purpose { operation, table: self.meta.table.name }
    }

    pub(crate) fn rows(self, plan: Option<ConflictPlan>, returning: Option<Vec<&'static str>>) -> InsertRows {
        let Self { meta, columns, rows, actor, .. } = self;
        let columns = columns.into_iter().map(|name| meta.position(name)).collect();
        InsertRows { meta, columns, rows, actor, plan, returning }
    }
}

impl<M: FromRow + Send + 'static> InsertSelect<M> {
    /// Inserts the rows and returns them as stored, in no certain order.
    ///
    /// # Errors
    /// As for [`InsertSelect::exec`].
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<M>> {
        let columns = column_names(self.meta.table);
        self.__run(&columns, on).await
    }

    /// Returns these columns of the new rows.
    pub fn returning<C: ColumnList<M>>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }
}

impl<M: FromRow + Send + 'static> Returns for InsertSelect<M> {
    type Model = M;
    type Shape = Many;

    async fn __run<T: FromRow + Send, E: Executor + ?Sized>(self, columns: &[&'static str], on: &E) -> Result<Vec<T>> {
        let purpose = self.purpose("insert");
        let sql = statement(Box::new(self.rows(None, Some(columns.to_vec()))), &WriteContext::of(on))?;
        fetch(on.target(), purpose, &sql).await
    }
}

impl<M, S: Decided> ReturnsRows for UpsertSelect<M, S>
where
    Self: Returns,
{
    fn __source(self, columns: Vec<&'static str>) -> SourceStatement {
        SourceStatement(Box::new(self.insert.rows(Some(self.plan), Some(columns))))
    }
}

impl<M> ReturnsRows for InsertSelect<M>
where
    Self: Returns,
{
    fn __source(self, columns: Vec<&'static str>) -> SourceStatement {
        SourceStatement(Box::new(self.rows(None, Some(columns))))
    }
}

impl<M> UpsertSelect<M, Undecided> {
    /// Leaves existing rows as they are, removed or not.
    pub fn do_nothing(mut self) -> UpsertSelect<M, DoNothing> {
        self.plan.does_nothing = true;
        self.into_state()
    }
}

conflict_methods!(UpsertSelect);

impl<M, S> UpsertSelect<M, S> {
    fn plan_mut(&mut self) -> &mut ConflictPlan {
        &mut self.plan
    }

    fn meta(&self) -> ModelMeta {
        self.insert.meta
    }

    fn into_state<T>(self) -> UpsertSelect<M, T> {
        UpsertSelect { insert: self.insert, plan: self.plan, state: PhantomData }
    }

    /// Updates an existing row only if this condition on it holds: `DO UPDATE … WHERE`. Other rows stay as they are, are not
    /// counted and not returned.
    pub fn on_update_where<C, K>(mut self, condition: C) -> Self
    where
        C: IntoCondition<OnConflict<M>, K>,
        S: Decided + MayUpdate,
    {
        self.plan.restrict(condition.__condition().filter);
        self
    }

    /// Writes the rows and returns how many were inserted or updated.
    ///
    /// # Errors
    /// As for [`InsertSelect::exec`]; [`Error::NothingToSet`](crate::Error::NothingToSet) if existing rows would not change.
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<u64>
    where
        S: Decided,
    {
        let purpose = self.insert.purpose("upsert");
        let sql = statement(Box::new(self.insert.rows(Some(self.plan), None)), &WriteContext::of(on))?;
        execute(on.target(), purpose, &sql).await
    }
}

#[cfg(feature = "chrono")]
impl<M: Has<SoftDelete>, S> UpsertSelect<M, S> {
    /// Leaves removed rows as they are.
    pub fn keep_removed(mut self) -> Self
    where
        S: Decided + MayUpdate,
    {
        self.plan.removed_policy = RemovedPolicy::Keep;
        self
    }
}

impl<M: FromRow + Send + 'static, S: 'static> UpsertSelect<M, S> {
    /// Returns these columns of the rows that were inserted or updated.
    pub fn returning<C: ColumnList<M>>(self, columns: C) -> Returning<Self, C>
    where
        S: Decided,
    {
        Returning::new(self, columns)
    }
}

impl<M: FromRow + Send + 'static, S: Decided + 'static> Returns for UpsertSelect<M, S> {
    type Model = M;
    type Shape = Many;

    async fn __run<T: FromRow + Send, E: Executor + ?Sized>(self, columns: &[&'static str], on: &E) -> Result<Vec<T>> {
        let purpose = self.insert.purpose("upsert");
        let rows = self.insert.rows(Some(self.plan), Some(columns.to_vec()));
        let sql = statement(Box::new(rows), &WriteContext::of(on))?;
        fetch(on.target(), purpose, &sql).await
    }
}

/// An `insert_select` as a statement.
pub(crate) struct InsertRows {
    meta: ModelMeta,
    /// Columns by position in the table, in the order of the rows.
    columns: Vec<usize>,
    rows: Rows,
    actor: Option<Param>,
    plan: Option<ConflictPlan>,
    returning: Option<Vec<&'static str>>,
}

impl InsertRows {
    /// Refuses columns that no insert sets, that are listed twice, and a list without a required column.
    fn reject_columns(&self) -> Result<()> {
        let mut violations = Violations::of(self.meta.table.name);
        if let Rows::Mapped = self.rows {
            let message =
                "comes from a query with `map`, which only Rust runs: list the values by `columns`".to_owned();
            violations.add(0, None, "map", message);
        }
        for (at, column) in self.meta.table.columns.iter().enumerate() {
            let mut refuse = |rule, message: &str| violations.add(0, Some(column.name), rule, message.to_owned());
            match self.columns.iter().filter(|listed| **listed == at).count() {
                0 if is_required(column) => refuse("required", "is not listed, has no default, and takes no NULL"),
                0 => {}
                _ if column.generated.is_some() || column.identity == Some(Identity::Always) => {
                    refuse("generated", "is set by PostgreSQL alone");
                }
                1 => {}
                _ => refuse("duplicate", "is listed twice"),
            }
        }
        reject(violations)
    }
}

impl Statement for InsertRows {
    fn take_source(&mut self) -> Option<Box<dyn Statement>> {
        match std::mem::replace(&mut self.rows, Rows::Taken) {
            Rows::Write(statement) => Some(statement),
            rows => {
                self.rows = rows;
                None
            }
        }
    }

    fn purpose(&self) -> Purpose {
        let operation = if self.plan.is_some() { "upsert" } else { "insert" };
        Purpose { operation, table: self.meta.table.name }
    }

    fn write(self: Box<Self>, sql: &mut Sql, context: &WriteContext<'_>, source: &str) -> Result<()> {
        self.reject_columns()?;
        let (meta, table) = (self.meta, self.meta.table);
        let actor = self.actor.as_ref().or(context.actor.as_ref());
        let created_by = table.columns.iter().position(|column| column.role == Role::CreatedBy);
        let constant = created_by.zip(actor.cloned());
        if let Some((column, actor)) = &constant {
            // The model's own rules see rows, and there are none yet.
            let meta = ModelMeta { validator: None, ..meta };
            validate_rows(meta, [&vec![(*column, ColumnValue::Bound(actor.clone().into()))]], true)?;
        }
        let action = match &self.plan {
            Some(plan) => {
                let given = self.columns.iter().map(|column| (*column, ColumnValue::Default)).collect();
                plan.reject_incomplete(meta, [&given])?;
                plan.reject_open_removal(meta)?;
                Some((&plan.target, plan.action(meta, &self.columns, actor)?))
            }
            None => None,
        };
        let source = match &self.rows {
            Rows::Query(query) => RowsFrom::Query(query),
            _ => RowsFrom::Named(source),
        };
        InsertedRows { table, columns: &self.columns, source, constant, conflict: action }.write(sql, context.schema);
        if let Some(columns) = &self.returning {
            write::returning(sql, columns);
        }
        Ok(())
    }
}

opaque_debug!([M] [InsertSelect<M>], this { table: this.meta.table.name });

opaque_debug!([M, S] [UpsertSelect<M, S>], this { insert: this.insert, plan: this.plan });
