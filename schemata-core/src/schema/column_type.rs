//! The traits of Rust types that can be columns, of values that columns take, and whether a value can be NULL, as a type.

use std::borrow::Cow;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Type, WasNull};

use crate::param::Wire;
use crate::schema::sql_type::SqlType;

/// A Rust type that can be a column.
///
/// The compiler resolves the type, so aliases, newtypes and nested paths work. A column is nullable if and only if its
/// type is an `Option`. Values travel in PostgreSQL's binary format through [`ColumnType::encode`] and
/// [`ColumnType::decode`]. A type of your own names its PostgreSQL type and converts:
///
/// ```
/// use schemata::schema::{ColumnType, SqlType, Wire};
/// use schemata::types::{IsNull, Type, private::BytesMut};
///
/// #[derive(Debug)]
/// struct Xid(u32);
///
/// impl ColumnType for Xid {
///     type Inner = Self;
///     const SQL_TYPE: SqlType = SqlType::new("xid");
///
///     fn decode(_: &Type, raw: &[u8]) -> Wire<Self> {
///         Ok(Xid(u32::from_be_bytes(raw.try_into()?)))
///     }
///
///     fn encode(&self, _: &Type, out: &mut BytesMut) -> Wire<IsNull> {
///         out.extend_from_slice(&self.0.to_be_bytes());
///         Ok(IsNull::No)
///     }
/// }
/// ```
///
/// A type that has the driver's `ToSql` and `FromSql` already needs the line
/// [`driver_conversions!();`](crate::driver_conversions!) instead of the two functions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no PostgreSQL type",
    label = "this type cannot be a column",
    note = "columns are bool, the integers from i8 to u64, f32, f64, char, String, Box<str>, Arc<str>, Vec<u8>, [u8; N], Uuid, \
            Decimal, DateTime<Utc>, NaiveDate, NaiveTime, NaiveDateTime, Duration, serde_json::Value, Json<T>, IpAddr, \
            the types of `schemata::pg`, and Vec or Option of these; those of time, jiff, url and others by a feature of the \
            crate's name",
    note = "for a type of your own, derive `PgEnum`, `PgDomain`, `PgComposite`, `TextEnum`, `IntEnum` or `Newtype` on it, or \
            implement `schemata::schema::ColumnType`"
)]
pub trait ColumnType: Send + Sync + Sized + 'static {
    /// The type without its `Option`.
    type Inner: ColumnType<Inner = Self::Inner> + InnerOf<Self>;
    /// The PostgreSQL type.
    const SQL_TYPE: SqlType;
    /// Whether the column may be NULL; true for `Option` only.
    const NULLABLE: bool = false;

    /// Returns whether values of `ty` can be converted: by default the types that [`SQL_TYPE`](Self::SQL_TYPE) names.
    fn accepts(ty: &Type) -> bool {
        Self::SQL_TYPE.accepts(ty)
    }

    /// Decodes a value that is not NULL, of a type that is accepted.
    ///
    /// # Errors
    /// If the bytes are not a value of `ty`. The library's types also refuse a value that they cannot hold exactly.
    fn decode(ty: &Type, raw: &[u8]) -> Wire<Self>;

    /// Decodes NULL.
    ///
    /// # Errors
    /// Unless the type is an `Option`.
    fn decode_null(_: &Type) -> Wire<Self> {
        Err(Box::new(WasNull))
    }

    /// Encodes the value for a type that is accepted.
    ///
    /// # Errors
    /// If `ty` does not fit. The library's types also refuse a value that PostgreSQL cannot store exactly.
    fn encode(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull>;
}

/// Converts by the driver's `ToSql` and `FromSql`: a line of an `impl ColumnType` that stands for its functions.
///
/// ```
/// use schemata::schema::{ColumnType, SqlType, Wire};
/// use schemata::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
///
/// #[derive(Debug)]
/// struct Xid(u32);
/// # impl ToSql for Xid {
/// #     fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Wire<IsNull> { out.extend_from_slice(&self.0.to_be_bytes()); Ok(IsNull::No) }
/// #     fn accepts(ty: &Type) -> bool { *ty == Type::XID }
/// #     to_sql_checked!();
/// # }
/// # impl<'a> FromSql<'a> for Xid {
/// #     fn from_sql(_: &Type, raw: &'a [u8]) -> Wire<Self> { Ok(Xid(u32::from_be_bytes(raw.try_into()?))) }
/// #     fn accepts(ty: &Type) -> bool { *ty == Type::XID }
/// # }
///
/// impl ColumnType for Xid {
///     type Inner = Self;
///     const SQL_TYPE: SqlType = SqlType::new("xid");
///     schemata::driver_conversions!();
/// }
/// ```
#[macro_export]
macro_rules! driver_conversions {
    () => {
        fn accepts(ty: &$crate::types::Type) -> bool {
            <Self as $crate::types::FromSql<'_>>::accepts(ty)
        }

        fn decode(ty: &$crate::types::Type, raw: &[u8]) -> $crate::schema::Wire<Self> {
            <Self as $crate::types::FromSql<'_>>::from_sql(ty, raw)
        }

        fn decode_null(ty: &$crate::types::Type) -> $crate::schema::Wire<Self> {
            <Self as $crate::types::FromSql<'_>>::from_sql_null(ty)
        }

        fn encode(
            &self,
            ty: &$crate::types::Type,
            out: &mut $crate::__private::BytesMut,
        ) -> $crate::schema::Wire<$crate::types::IsNull> {
            $crate::__private::encode_by_driver(self, ty, Self::SQL_TYPE.name, out)
        }
    };
}
pub(crate) use driver_conversions;

impl<T: ColumnType<Inner = T>> ColumnType for Option<T> {
    type Inner = T;
    const SQL_TYPE: SqlType = T::SQL_TYPE;
    const NULLABLE: bool = true;

    fn accepts(ty: &Type) -> bool {
        T::accepts(ty)
    }

    fn decode(ty: &Type, raw: &[u8]) -> Wire<Self> {
        T::decode(ty, raw).map(Some)
    }

    fn decode_null(_: &Type) -> Wire<Self> {
        Ok(None)
    }

    fn encode(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        match self {
            Some(value) => value.encode(ty, out),
            None => Ok(IsNull::Yes),
        }
    }
}

/// A type whose `Vec` is a PostgreSQL array. Elements of type `Option<T>` may be NULL. `u8` is not one, since `Vec<u8>` is
/// `bytea`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the element of an array column",
    note = "`impl schemata::schema::ArrayElement for {Self} {{}}` allows it, where the PostgreSQL type has arrays"
)]
pub trait ArrayElement: ColumnType {}

impl<T: ArrayElement + ColumnType<Inner = T>> ArrayElement for Option<T> {}

/// A type whose values [`is_in`](crate::query::Col::is_in) takes: every [`ArrayElement`], and `u8`.
#[diagnostic::on_unimplemented(
    message = "a list of `{Self}` cannot be sent as an array",
    note = "`impl schemata::schema::ArrayElement for {Self} {{}}` allows it, where the PostgreSQL type has arrays"
)]
pub trait ListElement: ColumnType {}

impl<T: ArrayElement> ListElement for T {}

impl ListElement for u8 {}

/// A value that a column of type `T` takes: a `T` or a reference to one, a `U` or a reference to one if `T` is `Option<U>`, and for
/// text everything that borrows one. An `Option<&str>` is converted first, `name.map(String::from)`: with it, `None` would have no
/// type.
///
/// ```
/// # use schemata::schema::IntoValue;
/// fn trimmed(text: impl IntoValue<String>) -> String {
///     text.into_value().trim().to_owned()
/// }
/// assert_eq!(trimmed(" a ") + &trimmed(String::from("b ")), "ab");
/// ```
#[diagnostic::on_unimplemented(
    message = "a column of type `{T}` does not take a value of type `{Self}`",
    label = "expected `{T}`"
)]
pub trait IntoValue<T> {
    /// Converts without loss.
    fn into_value(self) -> T;
}

impl<T> IntoValue<T> for T {
    fn into_value(self) -> T {
        self
    }
}

impl<T> IntoValue<Option<T>> for T {
    fn into_value(self) -> Option<T> {
        Some(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Clone> IntoValue<T> for &T {
    fn into_value(self) -> T {
        self.clone()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Clone> IntoValue<Option<T>> for &T {
    fn into_value(self) -> Option<T> {
        Some(self.clone())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Clone> IntoValue<Vec<T>> for &[T] {
    fn into_value(self) -> Vec<T> {
        self.to_vec()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Clone> IntoValue<Option<Vec<T>>> for &[T] {
    fn into_value(self) -> Option<Vec<T>> {
        Some(self.to_vec())
    }
}

macro_rules! texts {
    ($($ty:ty)*) => {$(
        impl IntoValue<String> for $ty {
            fn into_value(self) -> String {
                String::from(self)
            }
        }

        impl IntoValue<Option<String>> for $ty {
            fn into_value(self) -> Option<String> {
                Some(String::from(self))
            }
        }
    )*};
}

texts! { &str Cow<'_, str> Box<str> }

#[diagnostic::do_not_recommend]
impl IntoValue<String> for &&str {
    fn into_value(self) -> String {
        String::from(*self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoValue<Option<String>> for &&str {
    fn into_value(self) -> Option<String> {
        Some(String::from(*self))
    }
}

/// Allows a column of type `Self` to reference a column of type `T`. Every type may reference itself, with or without
/// `Option`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` cannot reference a column of type `{T}`",
    label = "this foreign key joins `{Self}` to `{T}`",
    note = "give both fields the same Rust type (an `Option` around the referencing one is fine)"
)]
pub trait ForeignKeyTo<T> {}

impl<T> ForeignKeyTo<T> for T {}

impl<T> ForeignKeyTo<Option<T>> for T {}

/// Integers of different types, which PostgreSQL compares.
macro_rules! integers_join {
    ($($own:ty => $($target:ty),+);+) => {
        $($(
            impl ForeignKeyTo<$target> for $own {}
            impl ForeignKeyTo<Option<$target>> for $own {}
        )+)+
    };
}

integers_join!(i16 => i32, i64; i32 => i16, i64; i64 => i16, i32);

/// Whether a value can be NULL: [`Never`] or [`Perhaps`].
pub trait Nullness: Sealed {
    /// The type of a column of type `T`: `T` itself, or an `Option` of what is inside.
    type Of<T: ColumnType>: ColumnType<Inner = T::Inner>;
    /// The type of a whole row: `R` itself, or `Option<R>`.
    type Row<R>;
    /// Can be NULL if this or `N` can.
    type Or<N: Nullness>: Nullness;
    /// Can be NULL if this and `N` can.
    type And<N: Nullness>: Nullness;
    /// `A` if never NULL, otherwise `B`.
    type Choose<A, B>;
    /// Whether the value can be NULL.
    #[doc(hidden)]
    const NULLABLE: bool;

    /// Reads a whole row, unless it can be missing and is.
    #[doc(hidden)]
    fn row<R, E>(is_missing: impl FnOnce() -> bool, read: impl FnOnce() -> Result<R, E>) -> Result<Self::Row<R>, E>;
}

/// Never NULL.
#[derive(Debug)]
pub enum Never {}

/// Perhaps NULL.
#[derive(Debug)]
pub enum Perhaps {}

/// Not exported, which seals [`Nullness`].
pub trait Sealed {}

impl Sealed for Never {}
impl Sealed for Perhaps {}

impl Nullness for Never {
    type Of<T: ColumnType> = T;
    type Row<R> = R;
    type Or<N: Nullness> = N;
    type And<N: Nullness> = Never;
    type Choose<A, B> = A;
    const NULLABLE: bool = false;

    fn row<R, E>(_: impl FnOnce() -> bool, read: impl FnOnce() -> Result<R, E>) -> Result<R, E> {
        read()
    }
}

impl Nullness for Perhaps {
    type Of<T: ColumnType> = Option<T::Inner>;
    type Row<R> = Option<R>;
    type Or<N: Nullness> = Perhaps;
    type And<N: Nullness> = N;
    type Choose<A, B> = B;
    const NULLABLE: bool = true;

    fn row<R, E>(is_missing: impl FnOnce() -> bool, read: impl FnOnce() -> Result<R, E>) -> Result<Option<R>, E> {
        if is_missing() { Ok(None) } else { read().map(Some) }
    }
}

/// The type inside of `T`, which is `Self` or an `Option` of it. Every type implements it.
pub trait InnerOf<T> {
    /// Whether a `T` can be NULL.
    type Null: Nullness;
}

impl<T> InnerOf<T> for T {
    type Null = Never;
}

impl<T> InnerOf<Option<T>> for T {
    type Null = Perhaps;
}

/// Whether a column of type `T` can be NULL.
pub type NullOf<T> = <<T as ColumnType>::Inner as InnerOf<T>>::Null;
