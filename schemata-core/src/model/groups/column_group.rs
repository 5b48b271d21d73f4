//! Column groups: fields that several models include with `#[column(flatten)]`, visible like any other.

use crate::exec::row::FromRow;
use crate::schema::Column;

/// A struct whose fields become columns of the model that flattens it. They follow the model's own columns.
pub trait ColumnGroup: FromRow + Send + Sync + 'static {
    /// The columns, in order.
    const COLUMNS: &'static [Column];
}

/// The handles of a group's columns in model `M`: what `Order::audit` is, so that `Order::audit.created_at` is a
/// [`Col`](crate::query::Col).
pub trait GroupHandles<M>: ColumnGroup {
    /// A struct with one handle a column.
    type Handles: Copy;
    /// The handles.
    const HANDLES: Self::Handles;
}

/// Says that a model flattens the group `G`: what makes `remove`, `touch` or `expect_version` available. Derived.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not flatten `{G}`",
    label = "this needs the columns of `{G}`",
    note = "add a field `#[column(flatten)] pub …: {G}` to `{Self}`, and the columns in a migration"
)]
pub trait Has<G> {}
