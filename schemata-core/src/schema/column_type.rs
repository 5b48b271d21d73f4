//! Which Rust types can be columns, and what they are on the PostgreSQL side.

use tokio_postgres::types::{FromSqlOwned, ToSql};

use crate::schema::sql_type::SqlType;

/// A Rust type that can be a column.
///
/// Types decide, not their spelling: aliases, newtypes and nested paths work. `Option<T>` is the nullable `T`, and
/// nothing else makes a column nullable. Values travel in PostgreSQL's binary format through [`ToSql`] and
/// `FromSql`; a type of your own implements those two and this trait:
///
/// ```
/// use schemata::schema::{ColumnType, SqlType};
/// # use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked, private::BytesMut};
/// # type Boxed = Box<dyn std::error::Error + Sync + Send>;
/// #[derive(Debug)]
/// struct Xid(u32);
/// # impl ToSql for Xid {
/// #     fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> { out.extend_from_slice(&self.0.to_be_bytes()); Ok(IsNull::No) }
/// #     fn accepts(ty: &Type) -> bool { *ty == Type::XID }
/// #     to_sql_checked!();
/// # }
/// # impl<'a> FromSql<'a> for Xid {
/// #     fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Boxed> { Ok(Xid(u32::from_be_bytes(raw.try_into()?))) }
/// #     fn accepts(ty: &Type) -> bool { *ty == Type::XID }
/// # }
/// impl ColumnType for Xid {
///     type Inner = Self;
///     const SQL_TYPE: SqlType = SqlType::new("xid");
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no PostgreSQL type",
    label = "this type cannot be a column",
    note = "columns are bool, i16, i32, i64, f32, f64, String, Vec<u8>, Uuid, Decimal, DateTime<Utc>, NaiveDate, NaiveTime, \
            NaiveDateTime, serde_json::Value, Json<T>, IpAddr, and Vec or Option of these",
    note = "for a type of your own, derive `PgEnum`, `TextEnum` or `Newtype` on it, or implement `schemata::schema::ColumnType`"
)]
pub trait ColumnType: ToSql + FromSqlOwned + Send + Sync + Sized + 'static {
    /// The type without its `Option`.
    type Inner: ColumnType;
    /// The PostgreSQL type.
    const SQL_TYPE: SqlType;
    /// Whether the column may be NULL; true for `Option` only.
    const NULLABLE: bool = false;
}

impl<T: ColumnType<Inner = T>> ColumnType for Option<T> {
    type Inner = T;
    const SQL_TYPE: SqlType = T::SQL_TYPE;
    const NULLABLE: bool = true;
}

/// A type whose `Vec` is a PostgreSQL array. `Option<T>` elements are nullable ones.
///
/// `u8` is left out on purpose: `Vec<u8>` is `bytea`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the element of an array column",
    note = "`impl schemata::schema::ArrayElement for {Self} {{}}` allows it, where the PostgreSQL type has arrays"
)]
pub trait ArrayElement: ColumnType {}

impl<T: ArrayElement + ColumnType<Inner = T>> ArrayElement for Option<T> {}

impl<T: ArrayElement> ColumnType for Vec<T> {
    type Inner = Self;
    const SQL_TYPE: SqlType = T::SQL_TYPE.array_of();
}

/// A value that a column of type `T` takes: the type itself, what it wraps as an `Option`, and `&str` for text.
#[diagnostic::on_unimplemented(
    message = "a column of type `{T}` does not take a value of type `{Self}`",
    label = "expected `{T}`"
)]
pub trait IntoValue<T> {
    /// Converts, without loss.
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

impl IntoValue<String> for &str {
    fn into_value(self) -> String {
        self.to_owned()
    }
}

impl IntoValue<Option<String>> for &str {
    fn into_value(self) -> Option<String> {
        Some(self.to_owned())
    }
}

/// Says that a column of type `Self` may reference a column of type `T`. Every type references itself.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` cannot reference a column of type `{T}`",
    label = "this foreign key joins `{Self}` to `{T}`",
    note = "give both fields the same Rust type (an `Option` around the referencing one is fine)"
)]
pub trait ForeignKeyTo<T> {}

impl<T> ForeignKeyTo<T> for T {}

impl<T> ForeignKeyTo<Option<T>> for T {}
