//! The order of rows.

use std::fmt;
use std::marker::PhantomData;

use crate::query::col::Col;
use crate::sql::expr::Expr;
use crate::sql::select::SortKey;

/// One column to sort rows of model `M` by.
#[must_use = "an order does nothing until a query sorts by it"]
pub struct Order<M> {
    key: SortKey,
    marker: PhantomData<fn() -> M>,
}

impl<M> Order<M> {
    pub(crate) fn new(expr: Expr, descending: bool) -> Self {
        Self { key: SortKey { expr, descending, nulls_first: descending }, marker: PhantomData }
    }

    /// NULLs before everything else, whatever the direction.
    pub fn nulls_first(mut self) -> Self {
        self.key.nulls_first = true;
        self
    }

    /// NULLs after everything else, whatever the direction.
    pub fn nulls_last(mut self) -> Self {
        self.key.nulls_first = false;
        self
    }
}

impl<M> Clone for Order<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Order<M> {}

impl<M> fmt::Debug for Order<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Order").field(&self.key).finish()
    }
}

impl<M, T, S> Col<M, T, S> {
    /// Smallest first; NULLs last, as PostgreSQL has it, unless said otherwise.
    pub fn asc(self) -> Order<M> {
        Order::new(self.name().into(), false)
    }

    /// Largest first; NULLs first, as PostgreSQL has it, unless said otherwise.
    pub fn desc(self) -> Order<M> {
        Order::new(self.name().into(), true)
    }
}

/// What `order_by` takes: an [`Order`], a tuple of up to eight, or a `Vec` of them. `M` is what gets sorted: rows of a
/// model, or [groups](crate::query::Group) of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order of `{M}`",
    label = "expected an order",
    note = "write `{M}::column.asc()` or `.desc()`, a tuple of up to eight of them, or a `Vec`"
)]
pub trait IntoOrder<M> {
    #[doc(hidden)]
    fn __append(self, to: &mut SortKeys);
}

/// The keys of an order, most significant first.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct SortKeys(pub(crate) Vec<SortKey>);

impl<M> IntoOrder<M> for Order<M> {
    fn __append(self, to: &mut SortKeys) {
        to.0.push(self.key);
    }
}

impl<M, O: IntoOrder<M>> IntoOrder<M> for Vec<O> {
    fn __append(self, to: &mut SortKeys) {
        for order in self {
            order.__append(to);
        }
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {$(
        impl<M, $($name: IntoOrder<M>),+> IntoOrder<M> for ($($name,)+) {
            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __append(self, to: &mut SortKeys) {
                let ($($name,)+) = self;
                $($name.__append(to);)+
            }
        }
    )*};
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) }
