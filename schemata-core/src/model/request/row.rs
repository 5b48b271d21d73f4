//! Request structs as rows: the values that an `Insertable` or a `Patch` gives its model's columns.

use std::fmt;

use crate::datum::Datum;
use crate::model::request::field::{InsertField, PatchField};
use crate::param::Param;
use crate::query::Col;
use crate::schema::ColumnType;
use crate::sql::write::{Assignments, ColumnValue, no_assignments};

/// Changes to rows of a model, some of them absent: `#[derive(Patch)] #[patch(Order)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a patch",
    note = "write `#[derive(Patch)] #[patch(Model)]` on it"
)]
pub trait Patch {
    /// The model.
    type Model;
    #[doc(hidden)]
    fn __changes(self) -> RowValues;
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

/// A field's column, as the derive verified it.
#[derive(Debug, Clone, Copy)]
pub struct FieldColumn {
    /// The column's position in the table.
    pub(crate) column: usize,
    /// Whether the field always has a value.
    pub(crate) always: bool,
}

/// The columns that a struct or a builder sets.
#[derive(Default)]
pub struct RowValues(pub(crate) Assignments);

impl RowValues {
    /// Makes room for the given number of columns.
    pub fn with_capacity(columns: usize) -> Self {
        let mut assignments = no_assignments();
        assignments.reserve(columns);
        Self(assignments)
    }

    /// Sets a column of a new row if the field has a value.
    pub fn insert<M, T: ColumnType>(&mut self, at: FieldColumn, _: Col<M, T>, field: impl InsertField<T>) {
        self.push(at.column, field.__value());
    }

    /// Changes a column if the field has a value.
    pub fn change<M, T: ColumnType>(&mut self, at: FieldColumn, _: Col<M, T>, field: impl PatchField<T>) {
        self.push(at.column, field.__value());
    }

    fn push<T: ColumnType>(&mut self, column: usize, value: Option<T>) {
        if let Some(value) = value {
            self.0.push((column, ColumnValue::Bound(Datum::new(value))));
        }
    }
}

impl fmt::Debug for RowValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(column, _)| column)).finish()
    }
}

/// A new row, with the actor that the row itself names.
#[derive(Debug)]
pub struct NewRow {
    pub(crate) values: RowValues,
    pub(crate) actor: Option<Param>,
}

impl From<RowValues> for NewRow {
    fn from(values: RowValues) -> Self {
        Self { values, actor: None }
    }
}
