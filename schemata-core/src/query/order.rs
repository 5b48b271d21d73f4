//! The order of rows.

use std::fmt;
use std::marker::PhantomData;

use crate::query::col::Col;

/// One column to sort rows of model `M` by.
pub struct Order<M> {
    column: &'static str,
    direction: &'static str,
    model: PhantomData<fn() -> M>,
}

impl<M> fmt::Debug for Order<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.column, self.direction)
    }
}

impl<M, T> Col<M, T> {
    /// Smallest first; NULLs last, as PostgreSQL has it.
    pub fn asc(self) -> Order<M> {
        Order { column: self.name(), direction: "", model: PhantomData }
    }

    /// Largest first; NULLs first, as PostgreSQL has it.
    pub fn desc(self) -> Order<M> {
        Order { column: self.name(), direction: " DESC", model: PhantomData }
    }
}

/// What `order_by` takes: one [`Order`], or a tuple of up to four.
pub trait IntoOrder<M> {
    #[doc(hidden)]
    fn append(self, to: &mut Vec<(&'static str, &'static str)>);
}

impl<M> IntoOrder<M> for Order<M> {
    fn append(self, to: &mut Vec<(&'static str, &'static str)>) {
        to.push((self.column, self.direction));
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {$(
        impl<M> IntoOrder<M> for ($(tuples!(@order $name),)+) {
            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn append(self, to: &mut Vec<(&'static str, &'static str)>) {
                let ($($name,)+) = self;
                $($name.append(to);)+
            }
        }
    )*};
    (@order $name:ident) => { Order<M> };
}

tuples! { (A) (A B) (A B C) (A B C D) }
