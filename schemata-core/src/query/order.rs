//! Sort orders.

use std::marker::PhantomData;

use crate::query::expr::expression_methods;
use crate::query::scope::{ListedBy, ReadBy};
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::ColumnType;
use crate::schema::column_checks::verify_order;
use crate::sql::tree::{Expr as Tree, SortKey};

/// A sort key of a query over `S`: a model, or a [`Join`](crate::query::Join) of several.
#[must_use = "an order does nothing until a query sorts by it"]
pub struct Order<S> {
    key: SortKey,
    marker: PhantomData<fn() -> S>,
}

impl<S> Clone for Order<S> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), marker: PhantomData }
    }
}

opaque_debug!([S] [Order<S>], this { descending: this.key.descending, nulls_first: this.key.nulls_first });

impl<S> Order<S> {
    pub(crate) fn new(expr: Tree, descending: bool) -> Self {
        Self { key: SortKey::new(expr, descending), marker: PhantomData }
    }

    /// Returns the order for a query that reads more tables.
    pub fn lift<Q, I>(self) -> Order<Q>
    where
        S: ReadBy<Q, I>,
    {
        Order { key: self.key, marker: PhantomData }
    }

    /// Returns the key in a direction, with NULLs where PostgreSQL puts them.
    pub(crate) fn towards(self, descending: bool) -> Self {
        Self::new(self.key.expr, descending)
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

expression_methods! { [ColumnType]
    /// Sorts in ascending order; NULLs last, as in PostgreSQL, unless `nulls_first` is called.
    pub fn asc<S, I>(self) -> Order<S>
    where
        R: ListedBy<S, I>,
    {
        const { verify_order(&T::SQL_TYPE) };
        Order::new(self.tree(), false)
    }

    /// Sorts in descending order; NULLs first, as in PostgreSQL, unless `nulls_last` is called.
    pub fn desc<S, I>(self) -> Order<S>
    where
        R: ListedBy<S, I>,
    {
        const { verify_order(&T::SQL_TYPE) };
        Order::new(self.tree(), true)
    }
}

/// The argument of `order_by`: an [`Order`], a tuple of up to eight, or a `Vec`. `S` is what is sorted: rows of
/// a query's tables, or [groups](crate::query::Group) of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order of `{S}`",
    label = "expected an order",
    note = "write `.asc()` or `.desc()` of a column or an expression, a tuple of up to eight of them, or a `Vec`",
    note = "an expression that contains a condition, such as a CASE, sorts groups after `.lift()`"
)]
pub trait IntoOrder<S> {
    #[doc(hidden)]
    fn __append(self, to: &mut SortKeys);
}

/// The sort keys, most significant first.
#[doc(hidden)]
#[derive(Default)]
pub struct SortKeys(pub(crate) Vec<SortKey>);

opaque_debug!([][SortKeys]);

impl<S> IntoOrder<S> for Order<S> {
    fn __append(self, to: &mut SortKeys) {
        to.0.push(self.key);
    }
}

impl<S, O: IntoOrder<S>> IntoOrder<S> for Vec<O> {
    fn __append(self, to: &mut SortKeys) {
        for order in self {
            order.__append(to);
        }
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {$(
        impl<S, $($name: IntoOrder<S>),+> IntoOrder<S> for ($($name,)+) {
            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __append(self, to: &mut SortKeys) {
                let ($($name,)+) = self;
                $($name.__append(to);)+
            }
        }
    )*};
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) }
