//! Inserting one row.

use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::row::FromRow;
use crate::exec::statement::{Purpose, fetch_optional};
use crate::model::audit_actor::{actor_for, actor_without_executor, set_actor};
use crate::model::validate::row_validation::{try_inserts, validate_rows};
use crate::model::write::draft::WriteDraft;
use crate::model::write::kind::WriteKind;
use crate::model::write::returning::{One, column_names};
use crate::schema::Role;
use crate::sql::write::{self, Assignments};

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
        let columns = column_names(draft.meta.table);
        <Self as WriteKind<M>>::__run_returning(draft, &columns, on).await
    }

    async fn __run_returning<T: FromRow + Send, E: Executor + ?Sized>(
        draft: WriteDraft<Self>,
        columns: &[&'static str],
        on: &E,
    ) -> Result<T> {
        let (target, table) = (on.target(), draft.meta.table);
        let purpose = Purpose { operation: "insert", table: table.name };
        let mut sql = write::insert(target.schema, table, validated_insert(draft, on)?);
        write::returning(&mut sql, columns);
        fetch_optional(target, purpose, &sql).await?.ok_or(Error::Skipped { operation: "insert", table: table.name })
    }
}

/// Returns the assignments of an insert with its actor, validated.
pub(crate) fn validated_insert<E: Executor + ?Sized>(draft: WriteDraft<Insert>, on: &E) -> Result<Assignments> {
    let WriteDraft { meta, mut assignments, actor, .. } = draft;
    set_actor(&mut assignments, meta.table, Role::CreatedBy, actor_for(actor, on).as_ref());
    validate_rows(meta, [&assignments], true)?;
    Ok(assignments)
}
