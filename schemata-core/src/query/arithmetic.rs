//! Arithmetic on columns and expressions, with the types that PostgreSQL gives the results.

use std::ops::{Add, Div, Mul, Rem, Sub};

use crate::query::col::Col;
use crate::query::expr::{Expr, IntoExpr};
use crate::query::source::Source;
use crate::schema::{ColumnType, NullOf, Nullness};
use crate::sql::tree::Expr as Tree;

/// A number that can be calculated with a number of type `U`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` cannot be calculated with one of type `{U}`",
    note = "`.cast::<…>()` changes the type of an expression"
)]
pub trait Calculates<U>: ColumnType {
    /// The type of the result: the wider one, as in PostgreSQL (manual 9.3).
    type Result: ColumnType<Inner = Self::Result>;
}

macro_rules! calculates {
    ($($left:ty, $right:ty => $result:ty;)*) => {$(
        impl Calculates<$right> for $left {
            type Result = $result;
        }
    )*};
}

calculates! {
    i16, i16 => i16; i16, i32 => i32; i16, i64 => i64;
    i32, i16 => i32; i32, i32 => i32; i32, i64 => i64;
    i64, i16 => i64; i64, i32 => i64; i64, i64 => i64;
    f32, f32 => f32; f32, f64 => f64; f64, f32 => f64; f64, f64 => f64;
    f64, i16 => f64; f64, i32 => f64; f64, i64 => f64;
    i16, f64 => f64; i32, f64 => f64; i64, f64 => f64;
    f32, i16 => f64; f32, i32 => f64; f32, i64 => f64;
    i16, f32 => f64; i32, f32 => f64; i64, f32 => f64;
}

#[cfg(feature = "decimal")]
calculates! {
    rust_decimal::Decimal, rust_decimal::Decimal => rust_decimal::Decimal;
    rust_decimal::Decimal, i16 => rust_decimal::Decimal;
    rust_decimal::Decimal, i32 => rust_decimal::Decimal;
    rust_decimal::Decimal, i64 => rust_decimal::Decimal;
    i16, rust_decimal::Decimal => rust_decimal::Decimal;
    i32, rust_decimal::Decimal => rust_decimal::Decimal;
    i64, rust_decimal::Decimal => rust_decimal::Decimal;
    rust_decimal::Decimal, f64 => f64; rust_decimal::Decimal, f32 => f64;
    f64, rust_decimal::Decimal => f64; f32, rust_decimal::Decimal => f64;
}

/// What can be added to a number of type `T`: a value of the same type, or a column or an expression of a numeric type.
#[diagnostic::on_unimplemented(
    message = "a column of type `{T}` cannot be calculated with `{Self}`",
    label = "expected a `{T}`, or a column or an expression of a numeric type",
    note = "a value of another type is bound first: `bind(value)`"
)]
pub trait Number<T> {
    /// What an expression that reads `R` reads together with it.
    type With<R>;
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The type of the result.
    type Result: ColumnType;

    #[doc(hidden)]
    fn __tree(self) -> NumberTree;
}

/// The tree of a number.
#[doc(hidden)]
pub struct NumberTree(pub(crate) Tree);

crate::query::unbounded_impls::opaque_debug!([][NumberTree]);

macro_rules! values {
    ($($ty:ty)*) => {$(
        impl Number<$ty> for $ty {
            type With<R> = R;
            type Null = NullOf<$ty>;
            type Result = $ty;

            fn __tree(self) -> NumberTree {
                NumberTree(self.__expr().tree)
            }
        }
    )*};
}

values! { i16 i32 i64 f32 f64 }
#[cfg(feature = "decimal")]
values! { rust_decimal::Decimal }

#[cfg(feature = "decimal")]
macro_rules! decimal_values {
    ($($ty:ty)*) => {$(
        impl Number<rust_decimal::Decimal> for $ty {
            type With<R> = R;
            type Null = NullOf<$ty>;
            type Result = rust_decimal::Decimal;

            fn __tree(self) -> NumberTree {
                NumberTree(self.__expr().tree)
            }
        }
    )*};
}

#[cfg(feature = "decimal")]
decimal_values! { i32 }

impl<T: Calculates<U::Inner>, M: Source, U: ColumnType, A> Number<T> for Col<M, U, A> {
    type With<R> = <Self as IntoExpr>::With<R>;
    type Null = NullOf<U>;
    type Result = T::Result;

    fn __tree(self) -> NumberTree {
        NumberTree(self.tree())
    }
}

impl<T: Calculates<U::Inner>, Q, U: ColumnType> Number<T> for Expr<Q, U> {
    type With<R> = <Self as IntoExpr>::With<R>;
    type Null = NullOf<U>;
    type Result = T::Result;

    fn __tree(self) -> NumberTree {
        NumberTree(self.tree)
    }
}

/// The type of the result of calculating a `T` with a `V`.
type ResultOf<T, V> = <<NullOf<T> as Nullness>::Or<<V as Number<<T as ColumnType>::Inner>>::Null> as Nullness>::Of<
    <V as Number<<T as ColumnType>::Inner>>::Result,
>;

macro_rules! operators {
    ($($trait:ident $method:ident $operator:literal;)*) => {$(
        impl<M: Source, T: ColumnType, A, V: Number<T::Inner>> $trait<V> for Col<M, T, A> {
            type Output = Expr<V::With<M>, ResultOf<T, V>>;

            fn $method(self, other: V) -> Self::Output {
                Expr::new(Tree::pieces(&["(", $operator, ")"], [self.tree(), other.__tree().0]))
            }
        }

        impl<R, T: ColumnType, V: Number<T::Inner>> $trait<V> for Expr<R, T> {
            type Output = Expr<V::With<R>, ResultOf<T, V>>;

            fn $method(self, other: V) -> Self::Output {
                Expr::new(Tree::pieces(&["(", $operator, ")"], [self.tree, other.__tree().0]))
            }
        }
    )*};
}

operators! {
    Add add " + ";
    Sub sub " - ";
    Mul mul " * ";
    Div div " / ";
    Rem rem " % ";
}
