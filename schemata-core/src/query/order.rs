//! Sort orders.

use std::marker::PhantomData;

use crate::query::col::Col;
use crate::query::unbounded_impls::copyable;
use crate::sql::expr::Expr;
use crate::sql::select::SortKey;

/// A sort key for rows of model `M`.
#[must_use = "an order does nothing until a query sorts by it"]
pub struct Order<M> {
    key: SortKey,
    marker: PhantomData<fn() -> M>,
}

copyable!([M] Order<M> { key });

impl<M> Order<M> {
    pub(crate) fn new(expr: Expr, descending: bool) -> Self {
        Self { key: SortKey { expr, descending, nulls_first: descending }, marker: PhantomData }
    }

    /// Puts NULLs first, in either direction.
    pub fn nulls_first(mut self) -> Self {
        self.key.nulls_first = true;
        self
    }

    /// Puts NULLs last, in either direction.
    pub fn nulls_last(mut self) -> Self {
        self.key.nulls_first = false;
        self
    }
}

impl<M, T, S> Col<M, T, S> {
    /// Sorts in ascending order; NULLs last, as in PostgreSQL, unless `nulls_first` is called.
    pub fn asc(self) -> Order<M> {
        Order::new(self.name().into(), false)
    }

    /// Sorts in descending order; NULLs first, as in PostgreSQL, unless `nulls_last` is called.
    pub fn desc(self) -> Order<M> {
        Order::new(self.name().into(), true)
    }
}

/// The argument of `order_by`: an [`Order`], a tuple of up to eight, or a `Vec`. `M` is what is sorted: rows of a model, or
/// [groups](crate::query::Group) of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order of `{M}`",
    label = "expected an order",
    note = "write `{M}::column.asc()` or `.desc()`, a tuple of up to eight of them, or a `Vec`"
)]
pub trait IntoOrder<M> {
    #[doc(hidden)]
    fn __append(self, to: &mut SortKeys);
}

/// The sort keys, most significant first.
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
