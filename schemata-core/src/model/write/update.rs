//! Updating one row by key, and the rows of a condition.

use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::row::{FromRow, RowReader};
use crate::exec::statement::{Call, Purpose, execute, fetch, fetch_optional, first_of};
use crate::exec::target::Target;
use crate::model::audit_actor::{actor_for, actor_without_executor, set_actor};
use crate::model::key::KeyValues;
use crate::model::validate::row_validation::{try_updates, validate_rows};
use crate::model::validate::validator::ModelMeta;
use crate::model::write::draft::WriteDraft;
use crate::model::write::kind::{ChangesRows, VisibleRows, WriteKind};
use crate::model::write::returning::{Many, Maybe};
use crate::model::write::row_condition::{RowCondition, RowFilter};
use crate::model::write::statement::{Statement, WriteContext, statement};
use crate::param::Param;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::{Role, Table};
use crate::sql::shape::ShapeRef;
use crate::sql::tree::{Filter, Removed};
use crate::sql::write::{self, Assignments, Returned};
use crate::sql::write_shape::update_shape;
use crate::sql::writer::Sql;

/// Updating the row with one key.
pub struct Update {
    /// The values of the primary key's columns.
    pub(crate) key: KeyValues,
    pub(crate) removed: Removed,
    /// Whether the update may set nothing but the columns that every update sets.
    pub(crate) touches: bool,
    /// The version that the row must have.
    pub(crate) version: Option<i64>,
}

/// Updating the rows of a condition.
pub struct UpdateWhere {
    pub(crate) rows: RowFilter,
    pub(crate) removed: Removed,
}

#[diagnostic::do_not_recommend]
impl ChangesRows for Update {
    fn __see(&mut self, rows: VisibleRows) {
        self.removed = rows.0;
    }
}

#[diagnostic::do_not_recommend]
impl ChangesRows for UpdateWhere {
    fn __see(&mut self, rows: VisibleRows) {
        self.removed = rows.0;
    }
}

impl Update {
    /// Updates the row with this key.
    pub(crate) fn by_key(key: KeyValues) -> Self {
        Self { key, removed: Removed::Hidden, touches: false, version: None }
    }

    fn filter(&mut self, table: &Table) -> Filter {
        Filter::key(table.primary_key.iter().copied().zip(self.key.shared()))
    }

    /// Finds the row with the key if it has the expected version.
    fn versioned_filter(&mut self, table: &Table) -> Filter {
        match (self.version, table.columns.iter().find(|column| column.role == Role::Version)) {
            (Some(version), Some(column)) => self.filter(table).and(Filter::equals(column.name, Param::new(version))),
            _ => self.filter(table),
        }
    }

    /// After an update that wrote nothing, fails if the row exists.
    async fn reject_unwritten(&mut self, target: Target<'_>, table: &'static Table, purpose: Purpose) -> Result<()> {
        let filter = self.versioned_filter(table);
        let skippable = write::skippable(target.schema, table, filter, self.removed);
        if execute(target, purpose, &skippable).await? > 0 {
            return Err(Error::Skipped { operation: purpose.operation, table: table.name });
        }
        if self.version.is_some() {
            let filter = self.filter(table);
            let existing = write::existing(target.schema, table, filter, self.removed);
            if execute(target, purpose, &existing).await? > 0 {
                return Err(Error::Stale { table: table.name });
            }
        }
        Ok(())
    }
}

impl UpdateWhere {
    /// Updates these rows.
    pub(crate) fn new<M>(rows: impl RowCondition<M>) -> Self {
        Self { rows: rows.__filter(), removed: Removed::Hidden }
    }
}

impl<M: FromRow + Send + 'static> WriteKind<M> for Update {
    type Output = Option<M>;
    type Shape = Maybe;

    fn __validate(draft: &mut WriteDraft<Self>) -> Result<()> {
        let actor = actor_without_executor(draft.actor.as_ref());
        try_updates(draft.meta, [(&mut draft.assignments, actor.as_ref(), draft.kind.touches)])
    }

    async fn __run<E: Executor + ?Sized>(draft: WriteDraft<Self>, on: &E) -> Result<Option<M>> {
        update(draft, Returned::All, on).await
    }

    async fn __run_returning<T: FromRow + Send, E: Executor + ?Sized>(
        draft: WriteDraft<Self>,
        columns: &[&'static str],
        on: &E,
    ) -> Result<Option<T>> {
        update(draft, Returned::Columns(columns), on).await
    }
}

async fn update<T: FromRow + Send, E: Executor + ?Sized>(
    draft: WriteDraft<Update>,
    returned: Returned<'_>,
    on: &E,
) -> Result<Option<T>> {
    let (target, table) = (on.target(), draft.meta.table);
    let WriteDraft { mut kind, meta, assignments, actor } = draft;
    let mut assignments = validated_update(meta, assignments, actor_for(actor, on).as_ref(), kind.touches)?;
    let filter = kind.versioned_filter(table);
    let shape = update_shape(table, &mut assignments, &filter, kind.removed, returned);
    let sql = |assignments, filter| {
        let mut sql = write::update(target.schema, table, assignments, filter, kind.removed);
        write::returning_of(&mut sql, table, returned);
        sql
    };
    let purpose = Purpose { operation: "update", table: table.name };
    let updated = if let Some(shape) = shape {
        let write = || shape.text_of(&sql(assignments.clone(), filter.clone()));
        let shape = ShapeRef { shape: &shape, schema: target.schema, write: &write };
        first_of(target, &Call::of_shape(purpose, shape), |row| T::from_row(&mut RowReader::new(row))).await?
    } else {
        fetch_optional(target, purpose, &sql(assignments, filter)).await?
    };
    if updated.is_none() {
        kind.reject_unwritten(target, table, purpose).await?;
    }
    Ok(updated)
}

impl<M: FromRow + Send + 'static> WriteKind<M> for UpdateWhere {
    type Output = u64;
    type Shape = Many;

    fn __validate(draft: &mut WriteDraft<Self>) -> Result<()> {
        draft.kind.rows.reject_unconditional("update", draft.meta.table)?;
        let actor = actor_without_executor(draft.actor.as_ref());
        try_updates(draft.meta, [(&mut draft.assignments, actor.as_ref(), false)])
    }

    async fn __run<E: Executor + ?Sized>(draft: WriteDraft<Self>, on: &E) -> Result<u64> {
        let (target, table) = (on.target(), draft.meta.table.name);
        let sql = statement(Box::new(UpdateRows { draft, columns: None }), &WriteContext::of(on))?;
        execute(target, Purpose { operation: "update", table }, &sql).await
    }

    async fn __run_returning<T: FromRow + Send, E: Executor + ?Sized>(
        draft: WriteDraft<Self>,
        columns: &[&'static str],
        on: &E,
    ) -> Result<Vec<T>> {
        let (target, table) = (on.target(), draft.meta.table.name);
        let columns = Some(columns.to_vec());
        let sql = statement(Box::new(UpdateRows { draft, columns }), &WriteContext::of(on))?;
        fetch(target, Purpose { operation: "update", table }, &sql).await
    }
}

/// An update of the rows of a condition, and the columns that it returns.
pub(crate) struct UpdateRows {
    pub(crate) draft: WriteDraft<UpdateWhere>,
    pub(crate) columns: Option<Vec<&'static str>>,
}

impl Statement for UpdateRows {
    fn purpose(&self) -> Purpose {
        Purpose { operation: "update", table: self.draft.meta.table.name }
    }

    fn write(self: Box<Self>, sql: &mut Sql, context: &WriteContext<'_>, _: &str) -> Result<()> {
        let WriteDraft { kind, meta, assignments, actor } = self.draft;
        kind.rows.reject_unconditional("update", meta.table)?;
        let assignments = validated_update(meta, assignments, actor.or(context.actor.clone()).as_ref(), false)?;
        write::write_update(sql, context.schema, meta.table, assignments, kind.rows.filter, kind.removed);
        if let Some(columns) = &self.columns {
            write::returning(sql, columns);
        }
        Ok(())
    }
}

/// Returns the assignments of an update with its actor, validated.
pub(crate) fn validated_update(
    meta: ModelMeta,
    mut assignments: Assignments,
    actor: Option<&Param>,
    touches: bool,
) -> Result<Assignments> {
    if assignments.is_empty() && !touches {
        return Err(Error::NothingToSet { table: meta.table.name });
    }
    set_actor(&mut assignments, meta.table, Role::UpdatedBy, actor);
    validate_rows(meta, [&assignments], false)?;
    Ok(assignments)
}

opaque_debug!([][Update]);

opaque_debug!([][UpdateWhere]);
