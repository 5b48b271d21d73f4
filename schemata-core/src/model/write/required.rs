//! Required columns as types: which of them an insert has set so far.

use std::marker::PhantomData;

/// The state of a column that was set.
#[derive(Debug)]
pub enum Set {}

/// The state of a column of type `T` that was not set. The derive makes one type per column for `C`, named after the column.
#[derive(Debug)]
pub struct Unset<C, T>(PhantomData<fn() -> (C, T)>);

/// A type whose columns an insert may leave out: an `Option`, which is NULL then. `C` names the column.
#[diagnostic::on_unimplemented(
    message = "required column `{C}` is not set",
    label = "`{C}` is missing here",
    note = "call the setter of that name before this, or give the column a `default` or `default_sql`, or make its type an `Option`"
)]
pub trait Omittable<C> {}

impl<C, T> Omittable<C> for Option<T> {}

/// The states of an insert that has set every required column: a state, or a tuple of states.
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
