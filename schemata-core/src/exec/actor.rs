//! The actor that audit columns record, as the scope of a task; `handle::with_actor` sets it for one handle.

use std::future::Future;

use crate::param::Param;
use crate::schema::ColumnType;

tokio::task_local! {
    static ACTOR: Param;
}

/// Returns the actor of the current task's scope.
pub(crate) fn actor_of_scope() -> Option<Param> {
    ACTOR.try_with(Clone::clone).ok()
}

/// Runs `work` for `actor`: its inserts set `created_by` and its updates `updated_by`, unless a handle or the call
/// itself names another actor.
///
/// The scope belongs to the task: it does not extend to work in `tokio::spawn`.
///
/// # Errors
/// Writes fail with [`Error::Database`](crate::Error) if `actor` has another type than the audit columns.
///
/// ```no_run
/// # use schemata::{Db, audit};
/// # async fn place(db: &Db) -> schemata::Result<()> { Ok(()) }
/// # async fn f(db: Db) -> schemata::Result<()> {
/// audit::as_actor("alice".to_owned(), place(&db)).await
/// # }
/// ```
pub async fn as_actor<F: Future>(actor: impl ColumnType, work: F) -> F::Output {
    ACTOR.scope(Param::new(actor), work).await
}
