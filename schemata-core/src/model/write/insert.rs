//! Inserting one row.

use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::row::{FromRow, RowReader};
use crate::exec::statement::{Call, Purpose, fetch_optional, first_of};
use crate::model::audit_actor::{actor_for, actor_without_executor, set_actor};
use crate::model::validate::row_validation::{try_inserts, validate_rows};
use crate::model::write::draft::WriteDraft;
use crate::model::write::kind::WriteKind;
use crate::model::write::on_conflict::ConflictPlan;
use crate::model::write::returning::One;
use crate::model::write::statement::{Statement, WriteContext};
use crate::param::Param;
use crate::schema::Role;
use crate::sql::conflict;
use crate::sql::shape::ShapeRef;
use crate::sql::write::{self, Assignments, Returned};
use crate::sql::write_shape::insert_shape;
use crate::sql::writer::Sql;

/// Inserting one row.
#[derive(Debug)]
pub struct Insert;

impl<M: FromRow + Send + 'static> WriteKind<M> for Insert {
    type Output = M;
    type Shape = One;

    fn __validate(draft: &mut WriteDraft<Self>) -> Result<()> {
        let actor = actor_without_executor(draft.actor.as_ref());
        try_inserts(draft.meta, [(&mut draft.assignments, actor.as_ref())])
    }

    async fn __run<E: Executor + ?Sized>(draft: WriteDraft<Self>, on: &E) -> Result<M> {
        insert(draft, Returned::All, on).await
    }

    async fn __run_returning<T: FromRow + Send, E: Executor + ?Sized>(
        draft: WriteDraft<Self>,
        columns: &[&'static str],
        on: &E,
    ) -> Result<T> {
        insert(draft, Returned::Columns(columns), on).await
    }
}

async fn insert<T: FromRow + Send, E: Executor + ?Sized>(
    draft: WriteDraft<Insert>,
    returned: Returned<'_>,
    on: &E,
) -> Result<T> {
    let (target, table) = (on.target(), draft.meta.table);
    let purpose = Purpose { operation: "insert", table: table.name };
    let actor = actor_for(draft.actor.clone(), on);
    let mut assignments = validated_insert(draft, actor.as_ref())?;
    let shape = insert_shape(table, &mut assignments, returned);
    let sql = |assignments| {
        let mut sql = write::insert(target.schema, table, assignments);
        write::returning_of(&mut sql, table, returned);
        sql
    };
    let inserted = if let Some(shape) = shape {
        let write = || shape.text_of(&sql(assignments.clone()));
        let shape = ShapeRef { shape: &shape, schema: target.schema, write: &write };
        first_of(target, &Call::of_shape(purpose, shape), |row| T::from_row(&mut RowReader::new(row))).await?
    } else {
        fetch_optional(target, purpose, &sql(assignments)).await?
    };
    inserted.ok_or(Error::Skipped { operation: "insert", table: table.name })
}

/// Returns the assignments of an insert with its actor, validated.
fn validated_insert(draft: WriteDraft<Insert>, actor: Option<&Param>) -> Result<Assignments> {
    let WriteDraft { meta, mut assignments, .. } = draft;
    set_actor(&mut assignments, meta.table, Role::CreatedBy, actor);
    validate_rows(meta, [&assignments], true)?;
    Ok(assignments)
}

/// An insert of one row as a statement, and the columns that it returns.
pub(crate) struct InsertRow {
    pub(crate) draft: WriteDraft<Insert>,
    /// What happens to an existing row of the same key.
    pub(crate) plan: Option<ConflictPlan>,
    pub(crate) columns: Vec<&'static str>,
    /// Whether another statement reads the row: it could not tell a row that is removed from one that is missing.
    pub(crate) is_read: bool,
}

impl Statement for InsertRow {
    fn purpose(&self) -> Purpose {
        let operation = if self.plan.is_some() { "upsert" } else { "insert" };
        Purpose { operation, table: self.draft.meta.table.name }
    }

    fn write(self: Box<Self>, sql: &mut Sql, context: &WriteContext<'_>, _: &str) -> Result<()> {
        let Self { draft, plan, columns, is_read } = *self;
        let meta = draft.meta;
        let actor = draft.actor.clone().or(context.actor.clone());
        let assignments = validated_insert(draft, actor.as_ref())?;
        let action = match &plan {
            Some(plan) => {
                plan.reject_incomplete(meta, [&assignments])?;
                if is_read {
                    plan.reject_open_removal(meta)?;
                }
                let given: Vec<usize> = assignments.iter().map(|(column, _)| *column).collect();
                Some((&plan.target, plan.action(meta, &given, actor.as_ref())?))
            }
            None => None,
        };
        write::write_insert(sql, context.schema, meta.table, assignments);
        if let Some((target, action)) = action {
            conflict::on_conflict(sql, context.schema, meta.table, target, action);
        }
        write::returning(sql, &columns);
        Ok(())
    }
}
