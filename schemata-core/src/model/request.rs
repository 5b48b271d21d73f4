//! What the derives of request structs have the compiler verify: which columns a struct may set, and must.
//!
//! Each check panics in a constant, at its caller, which carries the span of the field to blame.

use std::marker::PhantomData;

use crate::model::ops::TableModel;
use crate::model::patch::{At, Given};
use crate::query::Col;
use crate::schema::column_lists::{is_fixed, same};
use crate::schema::const_message::ConstMessage;
use crate::schema::{Column, Identity, Table};

/// The column of a new row's field, which an insert may set.
///
/// # Panics
/// When the column is computed by PostgreSQL; in a constant, so the struct does not compile.
#[track_caller]
pub const fn given_at<M: TableModel, T, V: Given<T>>(column: Col<M, T>, _: PhantomData<fn() -> V>) -> At {
    let at = position(M::TABLE, column.name());
    let own = &M::TABLE.columns[at];
    if own.generated.is_some() || matches!(own.identity, Some(Identity::Always)) {
        let message = ConstMessage::new("column ").code(own.name, "");
        panic!("{}", message.text(" is computed by PostgreSQL, and no insert can set it: remove the field").as_str());
    }
    At { column: at, always: V::ALWAYS }
}

/// The column of a patch's field, which an update may set.
///
/// # Panics
/// When the column keeps the value of its insert; in a constant, so the struct does not compile.
#[track_caller]
pub const fn changed_at<M: TableModel, T, V>(column: Col<M, T>, _: PhantomData<fn() -> V>) -> At {
    let at = position(M::TABLE, column.name());
    let own = &M::TABLE.columns[at];
    if is_fixed(M::TABLE, at) {
        let message = ConstMessage::new("column ").code(own.name, "");
        panic!(
            "{}",
            message.text(" keeps the value of its insert, and no patch can change it: remove the field").as_str()
        );
    }
    At { column: at, always: false }
}

/// Every column that an insert must set has a field that always gives a value.
///
/// # Panics
/// When a required column is not given; in a constant, so the struct does not compile.
#[track_caller]
pub const fn verify_given(table: &Table, given: &[At]) {
    let mut at = 0;
    while at < table.columns.len() {
        let column = &table.columns[at];
        if is_required(column) && !has(given, at, true) {
            let message = ConstMessage::new("required column ").code(column.name, "");
            let message = if has(given, at, false) {
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

const fn has(given: &[At], column: usize, always: bool) -> bool {
    let mut i = 0;
    while i < given.len() {
        if given[i].column == column && given[i].always == always {
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
