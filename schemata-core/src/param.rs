//! A bound value: what travels beside SQL text, never in it.

use std::any::Any;

use tokio_postgres::types::ToSql;

/// What can be bound, and looked at again as its own type before it is.
#[doc(hidden)]
pub trait Value: ToSql + Any + Send + Sync {}

impl<T: ToSql + Any + Send + Sync> Value for T {}

/// One bound value.
pub(crate) type Param = Box<dyn Value>;

/// The value as a `T`, when it is one.
pub(crate) fn as_type<T: 'static>(param: &Param) -> Option<&T> {
    let value: &dyn Any = &**param;
    value.downcast_ref()
}
