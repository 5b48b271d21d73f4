//! The actor that audit columns record, as the scope of a task; `handle::with_actor` sets it for one handle.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, Type};

use crate::param::{Param, Value, Wire};
use crate::schema::ColumnType;

tokio::task_local! {
    static ACTOR: SharedValue;
}

/// A bound value that several statements share: an actor, or the key of a row.
#[doc(hidden)]
#[derive(Clone)]
pub struct SharedValue(Arc<dyn Value>);

impl SharedValue {
    pub(crate) fn new(value: impl ColumnType) -> Self {
        Self(Arc::new(value))
    }

    /// Returns the value if it is a `T`.
    pub(crate) fn as_type<T: 'static>(&self) -> Option<&T> {
        let value: &dyn Any = &*self.0;
        value.downcast_ref()
    }

    /// Shares a bound value.
    pub(crate) fn from_param(value: Param) -> Self {
        Self(Arc::from(value))
    }
}

/// Returns the actor of the current task's scope.
pub(crate) fn actor_of_scope() -> Option<SharedValue> {
    ACTOR.try_with(Clone::clone).ok()
}

impl fmt::Debug for SharedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedValue")
    }
}

impl Value for SharedValue {
    fn bind(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        self.0.bind(ty, out)
    }
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
    ACTOR.scope(SharedValue::new(actor), work).await
}
