//! The fields of request structs: absent, null and a value are three different things.

use crate::schema::ColumnType;

/// A value that may be absent, which is not the same as NULL: `Field<Option<String>>` tells the three apart.
///
/// With `#[serde(default)]` on the field, a missing key is [`Field::Absent`], and a `null` is `Value(None)`. If the column
/// takes no NULL, `Field<String>` refuses a `null` while it is deserialized; an `Option<String>` takes it for absent.
///
/// ```
/// # use schemata::model::Field;
/// let note: Field<Option<String>> = Field::Value(None);
/// assert_eq!(note.into_option(), Some(None)); // set it to NULL
/// assert!(Field::<String>::Absent.is_absent()); // leave it alone
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Field<T> {
    /// Not given: the column is left alone.
    #[default]
    Absent,
    /// Given.
    Value(T),
}

impl<T> Field<T> {
    /// Whether it is absent; for `#[serde(skip_serializing_if = "Field::is_absent")]`.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Returns the value, if there is one.
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

/// A patch's field for a column of type `T`: `Option<T>` or [`Field<T>`], absent or a value.
#[diagnostic::on_unimplemented(
    message = "a patch cannot change a column of type `{T}` through a field of type `{Self}`",
    label = "expected `Option<{T}>` or `Field<{T}>`",
    note = "the outer layer says whether the column changes at all; for a column that may be NULL, the inner `Option` is the value"
)]
pub trait PatchField<T> {
    #[doc(hidden)]
    fn __value(self) -> Option<T>;
}

impl<T> PatchField<T> for Option<T> {
    fn __value(self) -> Self {
        self
    }
}

impl<T> PatchField<T> for Field<T> {
    fn __value(self) -> Option<T> {
        self.into_option()
    }
}

/// A new row's field for a column of type `T`: `T` itself, or `Option<T>` or [`Field<T>`], which leave the column to
/// its default if absent.
#[diagnostic::on_unimplemented(
    message = "a column of type `{T}` cannot be set from a field of type `{Self}`",
    label = "expected `{T}`, or `Option<{T}>` where the column may be left to its default"
)]
pub trait InsertField<T> {
    /// Whether the field always has a value.
    #[doc(hidden)]
    const ALWAYS: bool;
    #[doc(hidden)]
    fn __value(self) -> Option<T>;
}

impl<T: ColumnType> InsertField<T> for T {
    const ALWAYS: bool = true;

    fn __value(self) -> Option<T> {
        Some(self)
    }
}

impl<T: ColumnType> InsertField<T> for Option<T> {
    const ALWAYS: bool = false;

    fn __value(self) -> Self {
        self
    }
}

impl<T: ColumnType> InsertField<T> for Field<T> {
    const ALWAYS: bool = false;

    fn __value(self) -> Option<T> {
        self.into_option()
    }
}
