//! A column handle: the typed constant that stands for a column wherever its name would.

use std::fmt;
use std::marker::PhantomData;

/// Column of model `M` with Rust type `T`, like `Order::status`.
///
/// `S` says who sets it: whoever writes to the model, or the library alone ([`ReadOnly`]).
pub struct Col<M, T, S = Writable> {
    name: &'static str,
    is: Is<M, T, S>,
}

/// What a handle knows by its type alone.
type Is<M, T, S> = PhantomData<fn() -> (M, T, S)>;

/// A column that writes may set.
#[derive(Debug)]
pub enum Writable {}

/// A column that the library sets by itself: those of `Audit`, `SoftDelete` and `RowVersion`.
#[derive(Debug)]
pub enum ReadOnly {}

/// Columns that an expression or a value may be written to.
#[diagnostic::on_unimplemented(
    message = "this column is kept by the library: no write can set it",
    label = "set by the library alone",
    note = "`remove` and `restore` write `deactivated_at`, `.actor(…)` says what the audit columns name, and every update raises the version"
)]
pub trait Settable {}

impl Settable for Writable {}

impl<M, T, S> Col<M, T, S> {
    /// The handle of the column called `name`. The derive writes these; the name is not checked here.
    pub const fn new(name: &'static str) -> Self {
        Self { name, is: PhantomData }
    }

    /// The column's name, unquoted.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The name, as the list of names that a foreign key to this column has.
    pub(crate) const fn names(&'static self) -> &'static [&'static str] {
        std::slice::from_ref(&self.name)
    }
}

impl<M, T, S> Clone for Col<M, T, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T, S> Copy for Col<M, T, S> {}

impl<M, T, S> fmt::Debug for Col<M, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Col").field(&self.name).finish()
    }
}
