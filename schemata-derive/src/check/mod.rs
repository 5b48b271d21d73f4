//! Finds the mistakes that can be seen in the struct alone.

mod columns;
mod handles;
mod lists;
mod naming;
mod sql;
pub(crate) mod sql_type;

use crate::diag::Diagnostics;
use crate::ir::Model;

/// Reports every mistake of the model.
pub(crate) fn check(model: &Model, diag: &mut Diagnostics) {
    naming::check(model, diag);
    columns::check(model, diag);
    handles::check(model, diag);
    lists::check(model, diag);
    sql::check(model, diag);
}

pub(crate) use sql::unknown_in_checks;
