//! A column handle: the typed constant that stands for a column wherever its name would.

use std::fmt;
use std::marker::PhantomData;

/// Column of model `M` with Rust type `T`, like `Order::status`.
pub struct Col<M, T> {
    name: &'static str,
    model: PhantomData<fn() -> (M, T)>,
}

impl<M, T> Col<M, T> {
    /// The handle of the column called `name`. The derive writes these; the name is not checked here.
    pub const fn new(name: &'static str) -> Self {
        Self { name, model: PhantomData }
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

impl<M, T> Clone for Col<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for Col<M, T> {}

impl<M, T> fmt::Debug for Col<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Col").field(&self.name).finish()
    }
}
