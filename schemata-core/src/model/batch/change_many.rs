//! `update_many` and `delete_many`: many rows changed by key, each update with values of its own.

use std::marker::PhantomData;

use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::row::FromRow;
use crate::exec::statement::Purpose;
use crate::exec::target::Target;
use crate::ident::Ident;
use crate::model::audit_actor::{actor_for, actor_without_executor, set_actor};
use crate::model::batch::arrays::column_arrays;
use crate::model::batch::engine::{Batch, StatementMaker};
use crate::model::batch::key_order::{BatchKey, Duplicates};
use crate::model::batch::row_group::{BatchRow, RowGroup, RowTraits, group_rows};
#[cfg(feature = "chrono")]
use crate::model::groups::audit::{Actor, Audit};
use crate::model::groups::column_group::Has;
use crate::model::validate::row_validation::{try_updates, validate_rows};
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
pub struct ChangeMany<M> {
    meta: ModelMeta,
    deletes: bool,
    drafts: Vec<WriteDraft<Update>>,
    actor: Option<Param>,
    marker: PhantomData<fn() -> M>,
}

impl<M> ChangeMany<M> {
    pub(crate) fn updates(meta: ModelMeta, drafts: Vec<WriteDraft<Update>>) -> Self {
        Self { meta, deletes: false, drafts, actor: None, marker: PhantomData }
    }

    pub(crate) fn deletes(meta: ModelMeta, drafts: Vec<WriteDraft<Update>>) -> Self {
        Self { meta, deletes: true, drafts, actor: None, marker: PhantomData }
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

    /// Validates the updates by all rules that need no database, and returns the batch; see
    /// [`Write::validate`](crate::model::Write::validate). Two updates of one row are found only when the batch runs.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every update that breaks a rule; [`Error::NothingToSet`] for an update that sets nothing.
    pub fn validate(mut self) -> Result<Self> {
        if !self.deletes {
            let actor = actor_without_executor(self.actor.as_ref());
            let updates = self.drafts.iter_mut().map(|WriteDraft { kind, assignments, actor: own, .. }| {
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

    async fn batch<'a, E: Executor + ?Sized>(self, returning: Option<&'a [&'static str]>, on: &E) -> Result<Batch<'a>> {
        let (meta, table, target) = (self.meta, self.meta.table, on.target());
        let purpose = Purpose { operation: if self.deletes { "delete" } else { "update" }, table: table.name };
        let statements = ChangeStatements {
            table,
            key: table.primary_key.iter().map(|name| meta.position(name)).collect(),
            version: table.columns.iter().position(|column| column.role == Role::Version),
            deletes: self.deletes,
            returning,
        };
        let drafts = self.validated(on)?;
        let (groups, locks) = if drafts.is_empty() {
            (Vec::new(), Vec::new())
        } else {
            statements.group(target, purpose, drafts).await?
        };
        Ok(Batch { table, purpose, statements: Box::new(statements), returning, groups, locks })
    }

    /// Returns each update with its actor, validated.
    fn validated<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<WriteDraft<Update>>> {
        let (meta, mut drafts) = (self.meta, self.drafts);
        if self.deletes {
            return Ok(drafts);
        }
        let actor = actor_for(self.actor, on);
        for draft in &mut drafts {
            if draft.assignments.is_empty() && !draft.kind.touches {
                return Err(Error::NothingToSet { table: meta.table.name });
            }
            let actor = draft.actor.as_ref().or(actor.as_ref());
            set_actor(&mut draft.assignments, meta.table, Role::UpdatedBy, actor);
        }
        validate_rows(meta, drafts.iter().map(|draft| &draft.assignments), false)?;
        Ok(drafts)
    }
}

impl<M: FromRow + Send + 'static> ChangeMany<M> {
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

impl<M: FromRow + Send + 'static> Returns for ChangeMany<M> {
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
    returning: Option<&'a [&'static str]>,
}

impl ChangeStatements<'_> {
    /// Groups the rows, in the order of their keys, and builds the statements that lock them. Key and expected version
    /// are added to the assignments, since an update sets neither.
    async fn group(
        &self,
        target: Target<'_>,
        purpose: Purpose,
        drafts: Vec<WriteDraft<Update>>,
    ) -> Result<(Vec<RowGroup>, Vec<Sql>)> {
        let mut key = BatchKey::describe(target, purpose, self.table, self.key.clone()).await?;
        // Keys are looked up as they were given: a rounded one could be another row's key.
        key.types = key.types.iter().map(DeclaredType::unmodified).collect();
        let rows = drafts.into_iter().enumerate().map(|(position, draft)| self.row(position, draft)).collect();
        let ordered = key.order(target, rows, Duplicates { keep: None, nulls_are_equal: false }).await?;
        let locks = if ordered.are_mixed { key.locks(target.schema, &ordered.rows)? } else { Vec::new() };
        Ok((group_rows(ordered.rows), locks))
    }

    fn row(&self, position: usize, draft: WriteDraft<Update>) -> BatchRow {
        let WriteDraft { kind, mut assignments, .. } = draft;
        let key = kind.key.into_iter().map(ColumnValue::Bound);
        assignments.extend(self.key.iter().copied().zip(key));
        let expected = kind.version.zip(self.version);
        let traits = RowTraits { removed: kind.removed, is_versioned: expected.is_some(), ..RowTraits::default() };
        assignments.extend(expected.map(|(version, column)| (column, ColumnValue::Bound(Param::new(version)))));
        BatchRow { position, assignments, traits }
    }

    /// The columns that rows are found by: the key, and the version if one is expected.
    fn search_columns(&self, group: &RowGroup) -> Vec<usize> {
        self.key.iter().copied().chain(self.version.filter(|_| group.traits.is_versioned)).collect()
    }
}

impl StatementMaker for ChangeStatements<'_> {
    fn typed_columns(&self, group: &RowGroup) -> Vec<usize> {
        let mut columns = self.search_columns(group);
        let set = group.columns.iter().copied().filter(|column| !columns.contains(column));
        let set: Vec<usize> = set.collect();
        columns.extend(set);
        columns
    }

    fn compares_unrounded(&self) -> bool {
        true
    }

    fn statement(&self, schema: &Ident, chunk: &RowGroup, types: &[DeclaredType]) -> Result<Sql> {
        let (table, returning) = (self.table, self.returning);
        let RowTraits { removed, is_versioned, .. } = chunk.traits;
        let columns = self.typed_columns(chunk);
        let values = columns.iter().map(|column| chunk.values_of(*column)).collect();
        let action = if self.deletes {
            BulkAction::Delete
        } else {
            let set = &columns[self.search_columns(chunk).len()..];
            BulkAction::Update { columns: set, expressions: &chunk.expressions }
        };
        let change = BulkChange { schema, table, removed, is_versioned, action, returning };
        Ok(change.write(column_arrays(table, &columns, types, values)?))
    }

    fn checks_unwritten(&self, group: &RowGroup) -> bool {
        group.traits.is_versioned
    }

    /// Rows that were not written although they exist have another version.
    fn check_unwritten(
        &self,
        schema: &Ident,
        chunk: &RowGroup,
        types: &[DeclaredType],
        params: Vec<Param>,
    ) -> Result<Option<Sql>> {
        let key = types.iter().take(self.key.len()).cloned().zip(params);
        let key = key.map(|(ty, values)| ColumnArrays::Scalars(ty, values)).collect();
        let (table, removed, action) = (self.table, chunk.traits.removed, BulkAction::Count);
        let count = BulkChange { schema, table, removed, is_versioned: false, action, returning: None };
        Ok(Some(count.write(key)))
    }
}

opaque_debug!([M] [ChangeMany<M>], this { table: this.meta.table.name, rows: this.drafts.len() });
