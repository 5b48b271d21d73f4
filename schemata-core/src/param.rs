//! A bound value: what travels beside SQL text, never in it.

use std::any::Any;
use std::error::Error;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};

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

/// Values of one column as an array of that column's type. They need not be of a type that is known here.
pub(crate) struct Many(pub(crate) Vec<Param>);

impl std::fmt::Debug for Many {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} values", self.0.len())
    }
}

impl ToSql for Many {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let Kind::Array(element) = ty.kind() else { return Err(format!("{ty} is no array").into()) };
        // One dimension, no note of NULLs, counted from one.
        for word in [1, 0, element.oid(), u32::try_from(self.0.len())?, 1] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        for value in &self.0 {
            let at = out.len();
            out.extend_from_slice(&(-1_i32).to_be_bytes());
            if let IsNull::No = value.to_sql_checked(element, out)? {
                let length = i32::try_from(out.len() - at - 4)?;
                out[at..at + 4].copy_from_slice(&length.to_be_bytes());
            }
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Array(_))
    }

    to_sql_checked!();
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
