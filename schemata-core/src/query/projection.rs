//! `Projection`: a struct with some of a model's columns.

use crate::exec::row::FromRow;

/// A struct with some of a model's columns. Derived: `#[derive(Projection)] #[projection(of = Order)]`.
///
/// ```
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, pub status: String, pub total: i64 }
/// #[derive(Projection)]
/// #[projection(of = Order)]
/// struct Brief {
///     id: i64,
///     #[projection(column = Order::status)]
///     state: String,
/// }
/// ```
///
/// A field that is not a column of the model, or has another type than the column, does not compile:
///
/// ```compile_fail,E0308
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, pub status: String }
/// #[derive(Projection)]
/// #[projection(of = Order)]
/// struct Brief {
///     id: i64,
///     status: i64,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection",
    note = "write `#[derive(Projection)]` and `#[projection(of = …)]` on `{Self}`"
)]
pub trait Projection: FromRow + Send {
    /// The model.
    type Model;
    /// The columns' names, in the order of the fields.
    const COLUMNS: &'static [&'static str];
}
