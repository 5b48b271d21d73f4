//! The parameters of a query: which Rust types they have, and how they are bound.

use std::fmt;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Kind, ToSql, Type};

use crate::checked::row::short_type_name;
use crate::param::{Unsent, Value, Wire};
use crate::schema::{ArrayElement, ColumnType, SqlType, wire};

/// A type that a parameter of [`query!`](crate::query!) can have: that of a column, or borrowed text or arrays. References to such
/// types, like `&str` and `&Uuid`, are parameters too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a query",
    label = "this type has no PostgreSQL type",
    note = "a parameter has the type of a column, or is `&str`, a slice, or an `Option` or a reference of one of these"
)]
pub trait QueryParameter: Send + Sync {
    /// The PostgreSQL type.
    #[doc(hidden)]
    const SQL: SqlType;
    /// Whether it can be NULL.
    #[doc(hidden)]
    const NULLABLE: bool = false;

    #[doc(hidden)]
    fn accepts(ty: &Type) -> bool;

    #[doc(hidden)]
    fn write(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull>;
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType> QueryParameter for T {
    const SQL: SqlType = T::SQL_TYPE;
    const NULLABLE: bool = T::NULLABLE;

    fn accepts(ty: &Type) -> bool {
        <T as ColumnType>::accepts(ty)
    }

    fn write(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        self.bind(ty, out)
    }
}

#[diagnostic::do_not_recommend]
impl QueryParameter for str {
    const SQL: SqlType = String::SQL_TYPE;

    fn accepts(ty: &Type) -> bool {
        <String as ColumnType>::accepts(ty)
    }

    fn write(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        wire::text::encode(self, ty, out)
    }
}

#[diagnostic::do_not_recommend]
impl<T: ArrayElement> QueryParameter for [T] {
    const SQL: SqlType = T::SQL_TYPE.array_of();

    fn accepts(ty: &Type) -> bool {
        <Vec<T> as ColumnType>::accepts(ty)
    }

    fn write(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        wire::array::encode(self, ty, out)
    }
}

macro_rules! optional {
    ($([$($generics:tt)*] $of:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> QueryParameter for Option<&$of> {
            const SQL: SqlType = <$of as QueryParameter>::SQL;
            const NULLABLE: bool = true;

            fn accepts(ty: &Type) -> bool {
                <$of as QueryParameter>::accepts(ty)
            }

            fn write(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
                self.map_or(Ok(IsNull::Yes), |value| value.write(ty, out))
            }
        }
    )*};
}

optional! {
    [] str;
    [T: ArrayElement] [T];
}

/// The name and the type of a parameter, known without a value.
#[doc(hidden)]
#[cfg_attr(not(feature = "dev"), expect(dead_code, reason = "only the check of a test reads all of it"))]
#[derive(Clone, Copy)]
pub struct ParameterShape {
    pub(crate) name: &'static str,
    /// The type as it is written.
    pub(crate) rust: &'static str,
    pub(crate) sql: SqlType,
    pub(crate) nullable: bool,
    pub(crate) accepts: fn(&Type) -> bool,
}

impl fmt::Debug for ParameterShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ParameterShape").field(&self.name).finish()
    }
}

/// How a parameter is written. The macros name the bound of [`QueryParameter`] here alone, so that a wrong type is reported once.
#[doc(hidden)]
pub struct Parameter<T: ?Sized> {
    /// What is known of it without a value.
    pub shape: ParameterShape,
    write: fn(&T, &Type, &mut BytesMut) -> Wire<IsNull>,
}

impl<T: ?Sized> fmt::Debug for Parameter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shape.fmt(f)
    }
}

impl<T: ?Sized> Parameter<T> {
    pub(crate) const fn new(name: &'static str, rust: &'static str) -> Self
    where
        T: QueryParameter,
    {
        let shape = ParameterShape { name, rust, sql: T::SQL, nullable: T::NULLABLE, accepts: T::accepts };
        Self { shape, write: T::write }
    }

    /// Binds a value.
    pub const fn bind<'v>(&self, value: &'v T) -> Bound<'v, T> {
        Bound { name: self.shape.name, accepts: self.shape.accepts, write: self.write, value }
    }
}

/// A value that is bound to a parameter. An error names the parameter.
#[doc(hidden)]
pub struct Bound<'v, T: ?Sized> {
    name: &'static str,
    accepts: fn(&Type) -> bool,
    write: fn(&T, &Type, &mut BytesMut) -> Wire<IsNull>,
    value: &'v T,
}

/// Hides the value: the driver logs the parameters of each statement.
impl<T: ?Sized> fmt::Debug for Bound<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl<T: ?Sized> ToSql for Bound<'_, T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        self.to_sql_checked(ty, out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    /// A value of a domain has the binary format of its base type.
    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        let base = base(ty);
        let written = if (self.accepts)(base) {
            (self.write)(self.value, base, out)
        } else {
            Err(format!("cannot send a {} as {}", short_type_name::<T>(), base.name()).into())
        };
        written.map_err(|source| Unsent { column: self.name, source }.into())
    }
}

fn base(ty: &Type) -> &Type {
    match ty.kind() {
        Kind::Domain(inner) => base(inner),
        _ => ty,
    }
}
