//! Column groups: fields that several models include with `#[column(flatten)]`.

use crate::exec::row::FromRow;
use crate::schema::Column;

/// A struct whose fields become columns of the model that flattens it, after the model's own columns.
pub trait ColumnGroup: FromRow + Send + Sync + 'static {
    /// The columns, in order.
    const COLUMNS: &'static [Column];
}

/// The handles of a group's columns in model `M`. They make `Order::audit.created_at` a [`Col`](crate::query::Col).
pub trait GroupHandles<M>: ColumnGroup {
    /// A struct with one handle per column.
    type Handles: HandleSet;
}

/// A struct with one handle per column of a group.
pub trait HandleSet: Copy {
    /// The handles.
    const HANDLES: Self;
}

/// A model that flattens the group `G`, which makes methods like `remove`, `touch` or `expect_version` available. Derived.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not flatten `{G}`",
    label = "this needs the columns of `{G}`",
    note = "add a field `#[column(flatten)] pub …: {G}` to `{Self}`, and the columns in a migration"
)]
pub trait Has<G> {}

/// As [`Has`], as the derive implements it: a message then lists no other models.
#[doc(hidden)]
pub trait Flattens<G> {}

#[diagnostic::do_not_recommend]
impl<M: Flattens<G>, G> Has<G> for M {}
