//! A bound value: what travels beside SQL text, never in it.

use std::any::Any;
use std::error::Error;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

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

/// A value as PostgreSQL sent it, of whatever type: bound to a parameter of the same type, it is the same value to the
/// last bit.
#[derive(Debug, Clone)]
pub(crate) struct RawValue(pub(crate) Option<Vec<u8>>);

impl<'r> FromSql<'r> for RawValue {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Some(raw.to_vec())))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl ToSql for RawValue {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Ok(match &self.0 {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
