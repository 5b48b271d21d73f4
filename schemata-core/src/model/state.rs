//! Which required columns of an insert are set so far, as types.

use std::marker::PhantomData;

/// The state of a column that was set.
#[derive(Debug)]
pub enum Set {}

/// The state of a column of type `T` that was not set. The derive makes one type a column for `C`, named after it.
#[derive(Debug)]
pub struct Unset<C, T>(PhantomData<fn() -> (C, T)>);

/// A type whose columns may be left out of an insert: an `Option`, which is NULL then. `C` names the column.
#[diagnostic::on_unimplemented(
    message = "required column `{C}` is not set",
    label = "`{C}` is missing here",
    note = "call the setter of that name before this, or give the column a `default` or `default_sql`, or make its type an `Option`"
)]
pub trait Omittable<C> {}

impl<C, T> Omittable<C> for Option<T> {}

/// Every column that must be set is: the state of one column, or tuples of states.
#[diagnostic::on_unimplemented(message = "required columns are not set: `{Self}`")]
pub trait Complete {}

impl Complete for Set {}

impl<C, T: Omittable<C>> Complete for Unset<C, T> {}

macro_rules! tuples {
    ($(($($state:ident)*))*) => {$(
        impl<$($state: Complete),*> Complete for ($($state,)*) {}
    )*};
}

tuples! {
    () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) (A B C D E F G H I)
    (A B C D E F G H I J) (A B C D E F G H I J K) (A B C D E F G H I J K L)
}
