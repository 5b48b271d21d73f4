//! Who acts: the name that audit columns keep, and the scope of a task that it belongs to.

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

/// A value that several statements bind: an actor, or the key of a row.
#[doc(hidden)]
#[derive(Clone)]
pub struct SharedValue(Arc<dyn Value>);

impl SharedValue {
    pub(crate) fn new(value: impl ColumnType) -> Self {
        Self(Arc::new(value))
    }

    /// The value as a `T`, when it is one.
    pub(crate) fn as_type<T: 'static>(&self) -> Option<&T> {
        let value: &dyn Any = &*self.0;
        value.downcast_ref()
    }

    /// Shares a bound value.
    pub(crate) fn from_param(value: Param) -> Self {
        Self(Arc::from(value))
    }
}

/// The actor of the scope that this task runs in.
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

/// Runs `work` on behalf of `actor`: inserts in it set `created_by`, updates `updated_by`, unless a handle or the call
/// itself names another.
///
/// The scope belongs to the task: work handed to `tokio::spawn` is outside of it.
///
/// # Errors
/// A value of another type than the audit columns makes the writes fail with [`Error::Database`](crate::Error).
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
