//! Primary keys as values: of one column, or a tuple of several.

use crate::datum::Datum;
use crate::param::Param;
use crate::schema::ColumnType;

/// The primary key of a model: the Rust type of its column, or a tuple of its columns' types in order.
pub trait Key: Send + 'static {
    /// Returns the values of the key's columns.
    #[doc(hidden)]
    fn __values(self) -> KeyValues;
}

/// The values of a key's columns, in order. Most keys have one column, whose value needs no memory of its own.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct KeyValues {
    pub(crate) first: Datum,
    pub(crate) others: Box<[Datum]>,
}

impl KeyValues {
    /// Returns the values.
    fn into_data(self) -> impl Iterator<Item = Datum> {
        std::iter::once(self.first).chain(self.others)
    }

    /// Returns the values as parameters.
    pub(crate) fn into_params(self) -> impl Iterator<Item = Param> {
        self.into_data().map(Datum::into_param)
    }

    /// Returns the values as parameters, which these share from now on.
    pub(crate) fn shared(&mut self) -> impl Iterator<Item = Param> {
        std::iter::once(&mut self.first).chain(&mut self.others).map(Datum::shared)
    }
}

impl<T: ColumnType> Key for T {
    fn __values(self) -> KeyValues {
        KeyValues { first: Datum::new(self), others: Box::default() }
    }
}

macro_rules! tuples {
    ($(($first:ident $($name:ident)+))*) => {$(
        impl<$first: ColumnType, $($name: ColumnType),+> Key for ($first, $($name,)+) {
            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __values(self) -> KeyValues {
                let ($first, $($name,)+) = self;
                KeyValues { first: Datum::new($first), others: Box::new([$(Datum::new($name)),+]) }
            }
        }
    )*};
}

tuples! { (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }
