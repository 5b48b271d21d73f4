//! Checks that the derives of request structs have the compiler do: which columns a struct may set, and which it must set.
//!
//! Each check panics in a constant, at its caller, which has the span of the field to blame.

use std::marker::PhantomData;

use crate::model::request::field::InsertField;
use crate::model::request::row::FieldColumn;
use crate::model::table_model::TableModel;
use crate::query::Col;
use crate::schema::column_lists::{is_fixed, same};
use crate::schema::const_message::ConstMessage;
use crate::schema::{Column, Identity, Table};

/// Returns the column of a new row's field.
///
/// # Panics
/// If no insert can set the column, because PostgreSQL computes it; in a constant, so the struct does not compile.
#[track_caller]
pub const fn insert_column<M: TableModel, T, V: InsertField<T>>(
    column: Col<M, T>,
    _: PhantomData<fn() -> V>,
) -> FieldColumn {
    let at = position(M::TABLE, column.name());
    let own = &M::TABLE.columns[at];
    if own.generated.is_some() || matches!(own.identity, Some(Identity::Always)) {
        let message = ConstMessage::new("column ").code(own.name, "");
        panic!("{}", message.text(" is computed by PostgreSQL, and no insert can set it: remove the field").as_str());
    }
    FieldColumn { column: at, always: V::ALWAYS }
}

/// Returns the column of a patch's field.
///
/// # Panics
/// If no update can set the column, because it keeps the value of its insert; in a constant, so the struct does not compile.
#[track_caller]
pub const fn patch_column<M: TableModel, T, V>(column: Col<M, T>, _: PhantomData<fn() -> V>) -> FieldColumn {
    let at = position(M::TABLE, column.name());
    let own = &M::TABLE.columns[at];
    if is_fixed(M::TABLE, at) {
        let message = ConstMessage::new("column ").code(own.name, "");
        panic!(
            "{}",
            message.text(" keeps the value of its insert, and no patch can change it: remove the field").as_str()
        );
    }
    FieldColumn { column: at, always: false }
}

/// Verifies that every column that an insert must set has a field that always has a value.
///
/// # Panics
/// If one has none; in a constant, so the struct does not compile.
#[track_caller]
pub const fn verify_required(table: &Table, fields: &[FieldColumn]) {
    let mut at = 0;
    while at < table.columns.len() {
        let column = &table.columns[at];
        if is_required(column) && !has_field(fields, at, true) {
            let message = ConstMessage::new("required column ").code(column.name, "");
            let message = if has_field(fields, at, false) {
                message.text(" may be left out by its field: remove the `Option` around the field's type")
            } else {
                message.text(" has no field: add one, or give the column a `default`, or make its type an `Option`")
            };
            panic!("{}", message.as_str());
        }
        at += 1;
    }
}

const fn is_required(column: &Column) -> bool {
    !column.nullable
        && column.default.is_none()
        && column.generated.is_none()
        && column.identity.is_none()
        && !column.serial
        && !column.has_unmanaged_default()
}

const fn has_field(fields: &[FieldColumn], column: usize, always: bool) -> bool {
    let mut i = 0;
    while i < fields.len() {
        if fields[i].column == column && fields[i].always == always {
            return true;
        }
        i += 1;
    }
    false
}

const fn position(table: &Table, name: &str) -> usize {
    let mut at = 0;
    while at < table.columns.len() {
        if same(table.columns[at].name, name) {
            return at;
        }
        at += 1;
    }
    // The model does not compile, and its table has no columns.
    0
}
