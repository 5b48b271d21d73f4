//! Structs that stand for a request: new rows, and changes where absent, null and value are three things.

use crate::param::Param;
use crate::query::Col;
use crate::schema::ColumnType;
use crate::sql::write::{Cell, Cells};

/// A value that may be absent, which is not the same as NULL: `Field<Option<String>>` tells the three apart.
///
/// With `#[serde(default)]` on the field, a missing key is [`Field::Absent`], and a `null` is `Value(None)`. Where the
/// column takes no NULL, `Field<String>` refuses a `null` while it is read; an `Option<String>` takes it for absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Field<T> {
    /// Not given: the column is left alone.
    #[default]
    Absent,
    /// Given.
    Value(T),
}

impl<T> Field<T> {
    /// Whether it is not given; for `#[serde(skip_serializing_if = "Field::is_absent")]`.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The value, where it is given.
    pub fn into_option(self) -> Option<T> {
        match self {
            Self::Absent => None,
            Self::Value(value) => Some(value),
        }
    }
}

impl<T> From<T> for Field<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

#[cfg(feature = "json")]
impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for Field<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::Value)
    }
}

#[cfg(feature = "json")]
impl<T: serde::Serialize> serde::Serialize for Field<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => serializer.serialize_none(),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}

/// A field of a patch for a column of type `T`: `Option<T>` or [`Field<T>`], absent or a value.
#[diagnostic::on_unimplemented(
    message = "a patch cannot change a column of type `{T}` through a field of type `{Self}`",
    label = "expected `Option<{T}>` or `Field<{T}>`",
    note = "the outer layer says whether the column changes at all; for a column that may be NULL, the inner `Option` is the value"
)]
pub trait Change<T> {
    #[doc(hidden)]
    fn __change(self) -> Option<T>;
}

impl<T> Change<T> for Option<T> {
    fn __change(self) -> Self {
        self
    }
}

impl<T> Change<T> for Field<T> {
    fn __change(self) -> Option<T> {
        self.into_option()
    }
}

/// A field of a new row for a column of type `T`: `T` itself, or `Option<T>` or [`Field<T>`], which leave the column to
/// its default when absent.
#[diagnostic::on_unimplemented(
    message = "a column of type `{T}` cannot be set from a field of type `{Self}`",
    label = "expected `{T}`, or `Option<{T}>` where the column may be left to its default"
)]
pub trait Given<T> {
    /// Whether it always gives a value.
    #[doc(hidden)]
    const ALWAYS: bool;
    #[doc(hidden)]
    fn __given(self) -> Option<T>;
}

impl<T: ColumnType> Given<T> for T {
    const ALWAYS: bool = true;

    fn __given(self) -> Option<T> {
        Some(self)
    }
}

impl<T: ColumnType> Given<T> for Option<T> {
    const ALWAYS: bool = false;

    fn __given(self) -> Self {
        self
    }
}

impl<T: ColumnType> Given<T> for Field<T> {
    const ALWAYS: bool = false;

    fn __given(self) -> Option<T> {
        self.into_option()
    }
}

/// A field's column, and whether the field always gives a value.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct At {
    /// The column's position.
    pub column: usize,
    /// Whether the field always gives a value.
    pub always: bool,
}

/// The columns that a struct or a builder sets.
#[doc(hidden)]
#[derive(Default)]
pub struct Row(pub(crate) Cells);

impl Row {
    /// Room for so many columns.
    pub fn with_capacity(columns: usize) -> Self {
        Self(Vec::with_capacity(columns))
    }

    /// Sets a column of a new row, if the field gives a value.
    pub fn give<M, T: ColumnType>(&mut self, at: At, _: Col<M, T>, value: impl Given<T>) {
        self.push(at.column, value.__given());
    }

    /// Changes a column, if the field gives a value.
    pub fn change<M, T: ColumnType>(&mut self, at: At, _: Col<M, T>, value: impl Change<T>) {
        self.push(at.column, value.__change());
    }

    fn push<T: ColumnType>(&mut self, at: usize, value: Option<T>) {
        if let Some(value) = value {
            self.0.push((at, Cell::Value(Box::new(value) as Param)));
        }
    }
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(column, _)| column)).finish()
    }
}

/// Changes to rows of a model, some of them absent: `#[derive(Patch)] #[patch(Order)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a patch",
    note = "write `#[derive(Patch)] #[patch(Model)]` on it"
)]
pub trait Patch {
    /// The model.
    type Model;
    #[doc(hidden)]
    fn __changes(self) -> Row;
}

/// A new row of a model: `#[derive(Insertable)] #[insertable(Order)]`, or `Order::insert()` with all required columns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a new row",
    note = "write `#[derive(Insertable)] #[insertable(Model)]` on it, or use `Model::insert()` and its setters"
)]
pub trait Insertable {
    /// The model.
    type Model;
    #[doc(hidden)]
    fn __row(self) -> NewRow;
}

/// A new row, and who inserts it where the row itself says so.
#[doc(hidden)]
#[derive(Debug)]
pub struct NewRow {
    pub(crate) row: Row,
    pub(crate) actor: Option<crate::exec::actor::SharedValue>,
}

impl From<Row> for NewRow {
    fn from(row: Row) -> Self {
        Self { row, actor: None }
    }
}
