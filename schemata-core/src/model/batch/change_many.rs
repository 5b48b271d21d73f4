//! `update_many` and `delete_many`: many rows changed by key, each update with values of its own.

use std::marker::PhantomData;
use std::task::{Context, Poll};

use crate::datum::Datum;
use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::row::FromRow;
use crate::exec::statement::Purpose;
use crate::ident::Ident;
use crate::model::audit_actor::{actor_for, actor_without_executor, set_column};
use crate::model::batch::engine::{Batch, ExistingRows, StatementMaker};
use crate::model::batch::key_order::{BatchKey, Duplicates};
use crate::model::batch::read_rows::ReadRows;
use crate::model::batch::row_feed::{RowFeed, Rows};
use crate::model::batch::row_group::{BatchRow, RowGroup, RowTraits};
#[cfg(feature = "chrono")]
use crate::model::groups::audit::{Actor, Audit};
use crate::model::groups::column_group::Has;
use crate::model::key::KeyValues;
use crate::model::validate::row_validation::try_updates;
use crate::model::validate::validator::ModelMeta;
use crate::model::write::builder::Write;
use crate::model::write::draft::WriteDraft;
use crate::model::write::returning::{Many, Returning, Returns, column_names};
use crate::model::write::update::Update;
use crate::param::Param;
use crate::query::ColumnList;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::{IntoValue, Role, Table};
use crate::sql::bulk::change::{BulkAction, BulkChange};
use crate::sql::bulk::unnest::ColumnArrays;
use crate::sql::declared_type::DeclaredType;
use crate::sql::tree::Removed;
use crate::sql::write::ColumnValue;
use crate::sql::writer::Sql;

/// One update of a batch: `Order::update(key).status("shipped")`, or a pair of a key and a patch.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an update of one row",
    note = "write `Model::update(key)` with its setters, or a pair of a key and a patch"
)]
pub trait RowUpdate {
    /// The model.
    type Model;
    #[doc(hidden)]
    fn __draft(self) -> WriteDraft<Update>;
}

impl<W: Write<Kind = Update>> RowUpdate for W {
    type Model = W::Model;

    fn __draft(self) -> WriteDraft<Update> {
        self.__unwrap()
    }
}

/// Many updates or deletes by key. All of them happen, or none; keys that no row has are skipped.
///
/// A key may occur only once in a batch, because the order of two updates of one row would be arbitrary. Rows are
/// locked in the order of their keys before any of them changes, so that two batches do not deadlock.
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct ChangeMany<'r, M> {
    meta: ModelMeta,
    deletes: bool,
    drafts: Rows<'r, WriteDraft<Update>>,
    may_deadlock: bool,
    actor: Option<Param>,
    marker: PhantomData<fn() -> M>,
}

impl<'r, M> ChangeMany<'r, M> {
    pub(crate) fn updates(meta: ModelMeta, drafts: Rows<'r, WriteDraft<Update>>) -> Self {
        Self { meta, deletes: false, drafts, may_deadlock: false, actor: None, marker: PhantomData }
    }

    pub(crate) fn deletes(meta: ModelMeta, drafts: Rows<'r, WriteDraft<Update>>) -> Self {
        Self { meta, deletes: true, drafts, may_deadlock: false, actor: None, marker: PhantomData }
    }

    /// Names the actor, overriding that of the executor and of the scope. An update that names its own actor keeps it.
    #[cfg(feature = "chrono")]
    pub fn actor<A: Actor>(mut self, actor: impl IntoValue<A::Inner>) -> Self
    where
        M: Has<Audit<A>>,
    {
        self.actor = Some(Param::new(actor.into_value()));
        self
    }

    /// Does not lock the rows in the order of their keys, which the server would do before it changes them.
    ///
    /// # Hazards
    /// Two such batches over the same rows can deadlock, and PostgreSQL then aborts one of them: outside a transaction it is run
    /// once more, inside one the error is a retryable [`ErrorKind::Deadlock`](crate::ErrorKind::Deadlock). Use it where no two
    /// batches change the same rows at the same time.
    pub fn may_deadlock(mut self) -> Self {
        self.may_deadlock = true;
        self
    }

    /// Validates the updates by all rules that need no database, and returns the batch; see
    /// [`Write::validate`](crate::model::Write::validate). Two updates of one row are found only when the batch runs.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every update that breaks a rule; [`Error::NothingToSet`] for an update that sets nothing.
    pub fn validate(mut self) -> Result<Self> {
        if !self.deletes {
            let actor = actor_without_executor(self.actor.as_ref());
            let updates = self.drafts.read().iter_mut().map(|WriteDraft { kind, assignments, actor: own, .. }| {
                (assignments, own.as_ref().or(actor.as_ref()), kind.touches)
            });
            try_updates(self.meta, updates)?;
        }
        Ok(self)
    }

    /// Changes the rows and returns their number. Without keys, nothing is sent.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every update that breaks a rule or repeats a key; [`Error::NothingToSet`] for an update
    /// that sets nothing; [`Error::Stale`] if a row has another version than expected; [`Error::Database`].
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<u64> {
        self.batch(None, on).await?.execute(on.target()).await
    }

    async fn batch<'a, E: Executor + ?Sized>(self, returning: Option<&'a [&'static str]>, on: &E) -> Result<Batch<'a>>
    where
        'r: 'a,
    {
        let (meta, table, target) = (self.meta, self.meta.table, on.target());
        let purpose = Purpose { operation: if self.deletes { "delete" } else { "update" }, table: table.name };
        let key: Vec<usize> = table.primary_key.iter().map(|name| meta.position(name)).collect();
        let version = table.columns.iter().position(|column| column.role == Role::Version);
        let updated_by = table.columns.iter().position(|column| column.role == Role::UpdatedBy && !self.deletes);
        let feed = Changes {
            drafts: self.drafts.into_feed(),
            deletes: self.deletes,
            key: key.clone(),
            version,
            updated_by: updated_by.zip(Some(actor_for(self.actor, on))),
        };
        let (deletes, is_ordered) = (self.deletes, !self.may_deadlock);
        let statements = ChangeStatements { table, key: key.clone(), version, deletes, is_ordered, returning };
        let mut batch = Batch {
            table,
            purpose,
            statements: Box::new(statements),
            returning,
            rows: ReadRows::new(meta, false),
            feed: Box::new(feed),
            locks: Vec::new(),
        };
        batch.read_all(target).await?;
        if !batch.rows.groups.is_empty() {
            let mut key = BatchKey::describe(target, purpose, table, key).await?;
            // Keys are looked up as they were given: a rounded one could be another row's key.
            key.types = key.types.iter().map(DeclaredType::unmodified).collect();
            let duplicates = Duplicates { keep: None, nulls_are_equal: false };
            let locks = key.order(target, &mut batch.rows.groups, duplicates).await?;
            batch.locks = if is_ordered { locks } else { Vec::new() };
        }
        Ok(batch)
    }
}

/// Updates or deletes as rows of a batch. The key and the expected version are added to the assignments, since an update sets
/// neither.
struct Changes<'r> {
    drafts: Box<dyn RowFeed<WriteDraft<Update>> + 'r>,
    deletes: bool,
    /// Positions of the primary key's columns.
    key: Vec<usize>,
    /// The position of the version column.
    version: Option<usize>,
    /// The column that names the actor, and the actor of updates that name none.
    updated_by: Option<(usize, Option<Param>)>,
}

impl Changes<'_> {
    fn row(&self, draft: WriteDraft<Update>) -> Result<BatchRow> {
        let WriteDraft { kind, mut assignments, actor: own, meta } = draft;
        if assignments.is_empty() && !kind.touches && !self.deletes {
            return Err(Error::NothingToSet { table: meta.table.name });
        }
        if let Some((column, actor)) = &self.updated_by
            && let Some(actor) = own.or_else(|| actor.clone())
        {
            set_column(&mut assignments, *column, ColumnValue::Bound(actor.into()));
        }
        let given = assignments.len();
        let KeyValues { first, others } = kind.key;
        // Most keys have one column, and a chain of iterators would cost more than the rest of the row.
        let mut columns = self.key.iter();
        assignments.extend(columns.next().map(|column| (*column, ColumnValue::Bound(first))));
        for (column, value) in columns.zip(others) {
            assignments.push((*column, ColumnValue::Bound(value)));
        }
        let expected = kind.version.zip(self.version);
        let traits = RowTraits { removed: kind.removed, is_versioned: expected.is_some(), ..RowTraits::default() };
        assignments.extend(expected.map(|(version, column)| (column, ColumnValue::Bound(Datum::new(version)))));
        Ok(BatchRow { assignments, given, traits, actor: None })
    }
}

impl RowFeed<BatchRow> for Changes<'_> {
    fn poll_row(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<BatchRow>>> {
        self.drafts.poll_row(context).map(|draft| draft?.map(|draft| self.row(draft)).transpose())
    }

    fn at_least(&self) -> usize {
        self.drafts.at_least()
    }
}

impl<M: FromRow + Send + 'static> ChangeMany<'_, M> {
    /// Changes the rows and returns those that existed, in the order of the batch.
    ///
    /// # Errors
    /// As for [`ChangeMany::exec`].
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<M>> {
        let columns = column_names(self.meta.table);
        self.__run(&columns, on).await
    }

    /// Returns these columns of the rows that existed.
    pub fn returning<C: ColumnList<M>>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }
}

impl<M: FromRow + Send + 'static> Returns for ChangeMany<'_, M> {
    type Model = M;
    type Shape = Many;

    async fn __run<T: FromRow + Send, E: Executor + ?Sized>(self, columns: &[&'static str], on: &E) -> Result<Vec<T>> {
        self.batch(Some(columns), on).await?.fetch(on.target()).await
    }
}

/// Makes updates or deletes from arrays.
struct ChangeStatements<'a> {
    table: &'static Table,
    /// Positions of the primary key's columns.
    key: Vec<usize>,
    /// The position of the version column.
    version: Option<usize>,
    deletes: bool,
    /// Whether rows are locked in the order of their keys.
    is_ordered: bool,
    returning: Option<&'a [&'static str]>,
}

impl ChangeStatements<'_> {
    /// The columns that rows are found by: the key, and the version if one is expected.
    fn search_columns(&self, group: &RowGroup) -> Vec<usize> {
        self.key.iter().copied().chain(self.version.filter(|_| group.traits.is_versioned)).collect()
    }

    /// Whether a written row is no longer among the rows that the statement sees: it was live and is removed, or the reverse.
    fn moves_away(&self, group: &RowGroup) -> bool {
        let is_removal = |column: usize| self.table.columns[column].soft_delete;
        let set = group.columns.iter().copied().chain(group.expressions.iter().map(|(column, _)| *column));
        self.deletes || group.traits.removed != Removed::Shown && set.into_iter().any(is_removal)
    }
}

impl StatementMaker for ChangeStatements<'_> {
    fn places(&self, group: &RowGroup) -> Vec<usize> {
        let search = self.search_columns(group);
        let place = |column: &usize| group.columns.iter().position(|own| own == column);
        let set = (0..group.columns.len()).filter(|at| !search.contains(&group.columns[*at]));
        search.iter().filter_map(place).chain(set).collect()
    }

    fn compares_unrounded(&self) -> bool {
        true
    }

    fn statement(
        &self,
        schema: &Ident,
        group: &RowGroup,
        values: Vec<ColumnArrays>,
        _: &[DeclaredType],
    ) -> Result<Sql> {
        let (table, returning) = (self.table, self.returning);
        let RowTraits { removed, is_versioned, .. } = group.traits;
        let search = self.search_columns(group);
        let set: Vec<usize> = group.columns.iter().copied().filter(|column| !search.contains(column)).collect();
        let action = if self.deletes {
            BulkAction::Delete
        } else {
            BulkAction::Update { columns: &set, expressions: &group.expressions }
        };
        // A single row has no order.
        let is_ordered = self.is_ordered && group.positions.len() > 1;
        Ok(BulkChange { schema, table, removed, is_versioned, is_ordered, action, returning }.write(values))
    }

    fn checks_unwritten(&self, group: &RowGroup) -> bool {
        group.traits.is_versioned
    }

    /// Rows that were not written although they exist have another version.
    fn check_unwritten(
        &self,
        schema: &Ident,
        group: &RowGroup,
        values: Vec<Param>,
        types: Vec<DeclaredType>,
    ) -> Result<Option<ExistingRows>> {
        let key = types.into_iter().zip(values).take(self.key.len());
        let key = key.map(|(ty, values)| ColumnArrays::Scalars(ty, values)).collect();
        let (table, removed, action) = (self.table, group.traits.removed, BulkAction::Count);
        let count =
            BulkChange { schema, table, removed, is_versioned: false, is_ordered: false, action, returning: None };
        Ok(Some(ExistingRows { sql: count.write(key), finds_written: !self.moves_away(group) }))
    }
}

opaque_debug!(['r, M] [ChangeMany<'r, M>], this { table: this.meta.table.name, rows: this.drafts.at_least() });
