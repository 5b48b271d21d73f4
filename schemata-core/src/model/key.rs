//! Primary keys as values: of one column, or a tuple of several.

use crate::param::Param;
use crate::schema::ColumnType;

/// The primary key of a model: the Rust type of its column, or a tuple of its columns' types in order.
pub trait Key: Send + 'static {
    /// Returns the values of the key's columns, in order.
    #[doc(hidden)]
    fn __params(self) -> Vec<Param>;
}

impl<T: ColumnType> Key for T {
    fn __params(self) -> Vec<Param> {
        vec![Param::new(self)]
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {$(
        impl<$($name: ColumnType),+> Key for ($($name,)+) {
            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __params(self) -> Vec<Param> {
                let ($($name,)+) = self;
                vec![$(Param::new($name)),+]
            }
        }
    )*};
}

tuples! { (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }
