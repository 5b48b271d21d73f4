//! Bound values: they are sent beside the SQL text, never in it.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};

/// The result of a conversion from or to PostgreSQL's binary format.
pub type Wire<T> = Result<T, Box<dyn Error + Sync + Send>>;

/// A value that can be bound. Before that, it can be inspected as its own type.
#[doc(hidden)]
#[expect(unreachable_pub, reason = "named by sealed public traits")]
pub trait Value: Any + Send + Sync {
    /// Writes the value in the binary format of `ty`.
    ///
    /// # Errors
    /// When `ty` does not fit, or cannot hold the value.
    fn bind(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull>;

    /// Returns the type that a comparison with the value has to name, because PostgreSQL would infer another one.
    fn cast(&self) -> Option<CastType> {
        None
    }

    /// Returns how values of its type change from one binary format to another.
    fn recode(&self) -> Recode {
        |_, _, to, _| Err(format!("a value of another type cannot be written as {to}").into())
    }
}

/// Reads a value in the binary format of the first type and writes it in that of the second.
#[doc(hidden)]
#[expect(unreachable_pub, reason = "named by sealed public traits")]
pub type Recode = fn(&Type, &[u8], &Type, &mut BytesMut) -> Wire<IsNull>;

/// A type that a comparison names.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
#[expect(unreachable_pub, reason = "named by sealed public traits")]
pub struct CastType {
    pub(crate) home: TypeHome,
    pub(crate) name: &'static str,
    pub(crate) array: bool,
    /// Whether it, or its element, is a composite type.
    pub(crate) row: bool,
}

/// Where a type is found.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TypeHome {
    /// On the search path; the name is SQL.
    SearchPath,
    /// In the schema of the statement's tables.
    Statement,
    /// In this schema.
    Schema(&'static str),
}

/// One bound value. It is shared, so that a query can be cloned.
#[derive(Clone)]
#[doc(hidden)]
pub struct Param(Arc<dyn Value>);

impl Param {
    /// Binds `value`.
    pub(crate) fn new(value: impl Value) -> Self {
        Self(Arc::new(value))
    }

    /// Returns the value as a `T` if it is one.
    pub(crate) fn as_type<T: 'static>(&self) -> Option<&T> {
        let value: &dyn Any = &*self.0;
        value.downcast_ref()
    }

    /// Returns whether `other` is the same value, not only an equal one.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns whether `other` is known to be an equal value. Values of rare types are known to be equal only if they are the
    /// same.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        fn same<T: PartialEq + 'static>(one: &Param, other: &Param) -> bool {
            one.as_type::<T>().zip(other.as_type::<T>()).is_some_and(|(one, other)| one == other)
        }
        self.is(other)
            || same::<bool>(self, other)
            || same::<i16>(self, other)
            || same::<i32>(self, other)
            || same::<i64>(self, other)
            || same::<String>(self, other)
    }

    /// Returns whether something else may bind the same value.
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// Writes the value in the binary format of `ty`.
    pub(crate) fn bind(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        self.0.bind(ty, out)
    }

    /// Returns the type that a comparison with the value has to name.
    pub(crate) fn cast(&self) -> Option<CastType> {
        self.0.cast()
    }

    /// Returns how values of its type change from one binary format to another.
    pub(crate) fn recode(&self) -> Recode {
        self.0.recode()
    }
}

/// Hides the value: the driver logs the parameters of each statement.
impl fmt::Debug for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl ToSql for Param {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        self.bind(ty, out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A value that its PostgreSQL type cannot hold.
#[derive(Debug, thiserror::Error)]
#[error("the value {message}")]
pub(crate) struct Unstorable {
    /// The name of the rule, for programs.
    pub(crate) rule: &'static str,
    /// The message for people, like `is a leap second, which …`.
    pub(crate) message: &'static str,
}

impl Unstorable {
    /// Boxes the error, as conversions return it.
    pub(crate) fn boxed(rule: &'static str, message: &'static str) -> Box<dyn Error + Sync + Send> {
        Box::new(Self { rule, message })
    }
}

/// A value in a condition, with the column that it is compared with: an error names the column.
pub(crate) struct Compared {
    pub(crate) column: &'static str,
    pub(crate) value: Param,
}

/// The refusal of a [`Compared`] value.
#[derive(Debug, thiserror::Error)]
#[error("a value for {column} cannot be sent")]
pub(crate) struct Unsent {
    pub(crate) column: &'static str,
    #[source]
    pub(crate) source: Box<dyn Error + Sync + Send>,
}

impl Value for Compared {
    fn bind(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        bind_compared(&self.value, self.column, ty, out)
    }

    fn cast(&self) -> Option<CastType> {
        self.value.cast()
    }
}

fn bind_compared(value: &Param, column: &'static str, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    value.bind(ty, out).map_err(|source| Unsent { column, source }.into())
}

/// A value of a statement.
#[derive(Clone)]
pub(crate) struct Bound {
    pub(crate) value: Param,
    /// The column that it is compared with, if any: like [`Compared`], without a further allocation.
    pub(crate) column: Option<&'static str>,
}

impl Bound {
    /// Returns whether it is this value.
    pub(crate) fn is(&self, value: &Param) -> bool {
        self.value.is(value) || self.value.as_type::<Compared>().is_some_and(|compared| compared.value.is(value))
    }
}

/// Hides the value.
impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl ToSql for Bound {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        match self.column {
            Some(column) => bind_compared(&self.value, column, ty, out),
            None => self.value.bind(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Values of one column, sent as an array. PostgreSQL infers the type of the array from the column.
#[derive(Clone)]
pub(crate) struct ParamArray(pub(crate) Vec<Param>);

impl Value for ParamArray {
    fn bind(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        let Kind::Array(element) = ty.kind() else { return Err(format!("{ty} is no array").into()) };
        // The header: one dimension, no flag for NULLs, and a lower bound of one.
        for word in [1, 0, element.oid(), u32::try_from(self.0.len())?, 1] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        for value in &self.0 {
            let at = out.len();
            out.extend_from_slice(&(-1_i32).to_be_bytes());
            if let IsNull::No = value.bind(element, out)? {
                let length = i32::try_from(out.len() - at - 4)?;
                out[at..at + 4].copy_from_slice(&length.to_be_bytes());
            }
        }
        Ok(IsNull::No)
    }

    fn cast(&self) -> Option<CastType> {
        let element = self.0.first()?.cast()?;
        Some(CastType { array: true, ..element })
    }
}

/// A value of any type, as PostgreSQL sent it. Bound to a parameter of the same type, it is the same value bit by bit.
pub(crate) struct RawValue(pub(crate) Option<Vec<u8>>);

impl Value for RawValue {
    fn bind(&self, _: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        Ok(match &self.0 {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }
}

impl<'r> FromSql<'r> for RawValue {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Wire<Self> {
        Ok(Self(Some(raw.to_vec())))
    }

    fn from_sql_null(_: &Type) -> Wire<Self> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
