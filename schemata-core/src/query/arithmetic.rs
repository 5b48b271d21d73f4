//! Arithmetic on columns and expressions, with the types that PostgreSQL gives the results. `date_arithmetic` has that of dates,
//! times and intervals.

use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

use crate::query::col::Col;
use crate::query::expr::{Expr, IntoExpr, bound};
use crate::query::source::Source;
use crate::schema::{ColumnType, NullOf, Nullness};
use crate::sql::tree::Expr as Tree;

/// A type for which the operator `O` takes a right side of type `U`.
#[diagnostic::on_unimplemented(
    message = "PostgreSQL has no operator `{O}` for `{Self}` and `{U}`",
    note = "`.cast::<…>()` changes the type of an expression"
)]
pub trait Calculates<U, O>: ColumnType {
    /// The type of the result: of numbers the wider one, as in PostgreSQL (manual 9.3).
    type Result: ColumnType<Inner = Self::Result>;
}

/// An operator of arithmetic: [`Plus`], [`Minus`], [`Times`], [`DividedBy`] or [`Modulo`].
pub trait Operator: Sealed {}

/// Not exported, which seals [`Operator`].
pub trait Sealed {}

/// Operators that floating-point numbers have, too: all but `%`.
#[diagnostic::on_unimplemented(
    message = "PostgreSQL has no operator `%` for floating-point numbers",
    label = "`%` is for integers and `Decimal`",
    note = "`.cast::<Decimal>()` makes a `Decimal` of a column or an expression"
)]
pub trait Continuous: Operator {}

macro_rules! operator_types {
    ($($(#[$docs:meta])* $name:ident;)*) => {$(
        $(#[$docs])*
        #[derive(Debug)]
        pub enum $name {}
        impl Sealed for $name {}
        impl Operator for $name {}
    )*};
}

operator_types! {
    /// `+`.
    Plus;
    /// `-`.
    Minus;
    /// `*`.
    Times;
    /// `/`. The quotient of integers is an integer, rounded towards zero.
    DividedBy;
    /// `%`. PostgreSQL has it for integers and `numeric`.
    Modulo;
}

impl Continuous for Plus {}
impl Continuous for Minus {}
impl Continuous for Times {}
impl Continuous for DividedBy {}

macro_rules! calculates {
    ($operators:ident: $($left:ty, $right:ty => $result:ty;)*) => {$(
        impl<O: $operators> Calculates<$right, O> for $left {
            type Result = $result;
        }
    )*};
}

calculates! { Operator:
    i16, i16 => i16; i16, i32 => i32; i16, i64 => i64;
    i32, i16 => i32; i32, i32 => i32; i32, i64 => i64;
    i64, i16 => i64; i64, i32 => i64; i64, i64 => i64;
}

calculates! { Continuous:
    f32, f32 => f32; f32, f64 => f64; f64, f32 => f64; f64, f64 => f64;
    f64, i16 => f64; f64, i32 => f64; f64, i64 => f64;
    i16, f64 => f64; i32, f64 => f64; i64, f64 => f64;
    f32, i16 => f64; f32, i32 => f64; f32, i64 => f64;
    i16, f32 => f64; i32, f32 => f64; i64, f32 => f64;
}

#[cfg(feature = "decimal")]
calculates! { Operator:
    rust_decimal::Decimal, rust_decimal::Decimal => rust_decimal::Decimal;
    rust_decimal::Decimal, i16 => rust_decimal::Decimal;
    rust_decimal::Decimal, i32 => rust_decimal::Decimal;
    rust_decimal::Decimal, i64 => rust_decimal::Decimal;
    i16, rust_decimal::Decimal => rust_decimal::Decimal;
    i32, rust_decimal::Decimal => rust_decimal::Decimal;
    i64, rust_decimal::Decimal => rust_decimal::Decimal;
}

#[cfg(feature = "decimal")]
calculates! { Continuous:
    rust_decimal::Decimal, f64 => f64; rust_decimal::Decimal, f32 => f64;
    f64, rust_decimal::Decimal => f64; f32, rust_decimal::Decimal => f64;
}

/// The right side of the operator `O` after a `T`: a value of the same type, or a column or an expression of a type that the
/// operator takes.
#[diagnostic::on_unimplemented(
    message = "PostgreSQL has no operator `{O}` for a column of type `{T}` and `{Self}`",
    label = "this does not fit `{T}`",
    note = "`.cast::<…>()` changes the type of a column or an expression; a number of another type is passed as `bind(value)`"
)]
pub trait Number<T, O> {
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

/// Implements [`Number`] for values: `value => types of the left side`.
macro_rules! operand_values {
    ($($value:ty => $($ty:ty)+;)*) => {$($(
        impl<O> $crate::query::arithmetic::Number<$ty, O> for $value
        where
            $ty: $crate::query::arithmetic::Calculates<$value, O>,
        {
            type With<R> = R;
            type Null = $crate::schema::Never;
            type Result = <$ty as $crate::query::arithmetic::Calculates<$value, O>>::Result;

            fn __tree(self) -> $crate::query::arithmetic::NumberTree {
                $crate::query::arithmetic::NumberTree($crate::query::expr::bound(self))
            }
        }
    )+)*};
}

operand_values! {
    i16 => i16;
    i32 => i32 f64;
    i64 => i64;
    f32 => f32;
    f64 => f64;
}

#[cfg(feature = "decimal")]
operand_values! {
    rust_decimal::Decimal => rust_decimal::Decimal;
    i32 => rust_decimal::Decimal;
}

impl<O, T: Calculates<U::Inner, O>, M: Source, U: ColumnType, A> Number<T, O> for Col<M, U, A> {
    type With<R> = <Self as IntoExpr>::With<R>;
    type Null = NullOf<U>;
    type Result = T::Result;

    fn __tree(self) -> NumberTree {
        NumberTree(self.tree())
    }
}

impl<O, T: Calculates<U::Inner, O>, Q, U: ColumnType> Number<T, O> for Expr<Q, U> {
    type With<R> = <Self as IntoExpr>::With<R>;
    type Null = NullOf<U>;
    type Result = T::Result;

    fn __tree(self) -> NumberTree {
        NumberTree(self.tree)
    }
}

/// The type of the result of calculating a `T` with a `V`.
type ResultOf<T, V, O> =
    <<NullOf<T> as Nullness>::Or<<V as Number<<T as ColumnType>::Inner, O>>::Null> as Nullness>::Of<
        <V as Number<<T as ColumnType>::Inner, O>>::Result,
    >;

macro_rules! operators {
    ($($trait:ident $method:ident $operator:ident $symbol:literal;)*) => {$(
        impl<M: Source, T: ColumnType, A, V: Number<T::Inner, $operator>> $trait<V> for Col<M, T, A> {
            type Output = Expr<V::With<M>, ResultOf<T, V, $operator>>;

            fn $method(self, other: V) -> Self::Output {
                Expr::new(Tree::pieces(&["(", $symbol, ")"], [self.tree(), other.__tree().0]))
            }
        }

        impl<R, T: ColumnType, V: Number<T::Inner, $operator>> $trait<V> for Expr<R, T> {
            type Output = Expr<V::With<R>, ResultOf<T, V, $operator>>;

            fn $method(self, other: V) -> Self::Output {
                Expr::new(Tree::pieces(&["(", $symbol, ")"], [self.tree, other.__tree().0]))
            }
        }
    )*};
}

operators! {
    Add add Plus " + ";
    Sub sub Minus " - ";
    Mul mul Times " * ";
    Div div DividedBy " / ";
    Rem rem Modulo " % ";
}

/// Implements the operators for a value on the left, `2 * Book::pages`, of the types that may stand on the right.
macro_rules! left_values {
    ($($value:ty)*) => {$(
        left_values! { $value: Add add Plus " + "; Sub sub Minus " - "; Mul mul Times " * "; Div div DividedBy " / "; }
    )*};
    ($value:ty: $($trait:ident $method:ident $operator:ident $symbol:literal;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<M: Source, T: ColumnType, A> $trait<Col<M, T, A>> for $value
        where
            $value: Number<T::Inner, $operator> + Calculates<T::Inner, $operator>,
        {
            type Output = Expr<M, <NullOf<T> as Nullness>::Of<<$value as Calculates<T::Inner, $operator>>::Result>>;

            fn $method(self, other: Col<M, T, A>) -> Self::Output {
                Expr::new(Tree::pieces(&["(", $symbol, ")"], [bound(self), other.tree()]))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<R, T: ColumnType> $trait<Expr<R, T>> for $value
        where
            $value: Number<T::Inner, $operator> + Calculates<T::Inner, $operator>,
        {
            type Output = Expr<R, <NullOf<T> as Nullness>::Of<<$value as Calculates<T::Inner, $operator>>::Result>>;

            fn $method(self, other: Expr<R, T>) -> Self::Output {
                Expr::new(Tree::pieces(&["(", $symbol, ")"], [bound(self), other.tree]))
            }
        }
    )*};
}

left_values! { i16 i32 i64 f32 f64 }
#[cfg(feature = "decimal")]
left_values! { rust_decimal::Decimal }

/// A type with a sign: numbers, and intervals.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` has no sign",
    note = "`.cast::<…>()` changes the type of an expression"
)]
pub trait Signed: ColumnType {}

macro_rules! signed {
    ($($ty:ty)*) => {$(impl Signed for $ty {})*};
}

signed! { i16 i32 i64 f32 f64 crate::schema::Interval }
#[cfg(feature = "decimal")]
signed! { rust_decimal::Decimal }

impl<M: Source, T: ColumnType, A> Neg for Col<M, T, A>
where
    T::Inner: Signed,
{
    type Output = Expr<M, T>;

    fn neg(self) -> Expr<M, T> {
        Expr::new(Tree::pieces(&["(- ", ")"], [self.tree()]))
    }
}

impl<R, T: ColumnType> Neg for Expr<R, T>
where
    T::Inner: Signed,
{
    type Output = Self;

    fn neg(self) -> Self {
        Self::new(Tree::pieces(&["(- ", ")"], [self.tree]))
    }
}

#[cfg(feature = "chrono")]
pub(crate) use operand_values;
