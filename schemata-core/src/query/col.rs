//! `Col`: the typed constant that stands for a column in queries and writes.

use std::marker::PhantomData;

use crate::query::unbounded_impls::copyable;

/// Column of model `M` with Rust type `T`, like `Order::status`.
///
/// `S` is [`Writable`], or [`ReadOnly`] if the library alone sets the column.
pub struct Col<M, T, S = Writable> {
    name: &'static str,
    types: Types<M, T, S>,
}

copyable!([M, T, S] Col<M, T, S> { name });

/// The types of a handle, which holds no values of them.
type Types<M, T, S> = PhantomData<fn() -> (M, T, S)>;

/// A column that writes may set.
#[derive(Debug)]
pub enum Writable {}

/// A column that the library sets by itself: those of `Audit`, `SoftDelete` and `RowVersion`.
#[derive(Debug)]
pub enum ReadOnly {}

/// Columns that a write may set.
#[diagnostic::on_unimplemented(
    message = "this column is set by the library: no write can set it",
    label = "set only by the library",
    note = "`remove` and `restore` write `deactivated_at`, `.actor(…)` names the actor of the audit columns, and every update increments the version"
)]
pub trait Settable: Access {}

impl Settable for Writable {}

/// Who may write a column. Not exported, which seals [`Settable`].
pub trait Access {}

impl Access for Writable {}
impl Access for ReadOnly {}

impl<M, T, S> Col<M, T, S> {
    /// Returns the handle of the column called `name`. The derive calls it; the name is not checked here.
    pub const fn new(name: &'static str) -> Self {
        Self { name, types: PhantomData }
    }

    /// Returns the column's name, unquoted.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Returns the name as the list of columns that a foreign key to this column references.
    pub(crate) const fn names(&'static self) -> &'static [&'static str] {
        std::slice::from_ref(&self.name)
    }
}
