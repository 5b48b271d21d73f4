//! `Argument`: what a function of the database takes where it expects a type, and what its result reads.

use std::borrow::Cow;

use crate::query::col::Col;
use crate::query::expr::{Expr, IntoExpr, bound};
use crate::query::scope::Both;
use crate::query::source::Source;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::{ColumnType, InnerOf, Never, NullOf, Nullness};
use crate::sql::tree::Expr as Tree;

/// An argument of type `T`: a value, or a column or an expression of type `T` or `Option<T>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an expression of type `{T}`",
    label = "expected `{T}`: a value, a column or an expression",
    note = "`.cast::<…>()` changes the type of a column or an expression, `bind(…)` passes an `Option` as a value"
)]
pub trait Argument<T> {
    /// What it reads.
    type Reads;
    /// What an expression that reads `R` reads together with it. A value adds nothing.
    type With<R>;
    /// Whether its type can be NULL.
    type Null: Nullness;

    #[doc(hidden)]
    fn __argument(self) -> ArgumentTree;
}

/// The tree of an argument.
#[doc(hidden)]
pub struct ArgumentTree(pub(crate) Tree);

opaque_debug!([][ArgumentTree]);

#[diagnostic::do_not_recommend]
impl<T: ColumnType + InnerOf<U>, M: Source, U: ColumnType<Inner = T>, A> Argument<T> for Col<M, U, A> {
    type Reads = M;
    type With<R> = Both<R, M>;
    type Null = NullOf<U>;

    fn __argument(self) -> ArgumentTree {
        ArgumentTree(self.tree())
    }
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType + InnerOf<U>, Q, U: ColumnType<Inner = T>> Argument<T> for Expr<Q, U> {
    type Reads = Q;
    type With<R> = Both<R, Q>;
    type Null = NullOf<U>;

    fn __argument(self) -> ArgumentTree {
        ArgumentTree(self.tree)
    }
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType + InnerOf<U>, Q, U: ColumnType<Inner = T>> Argument<T> for &Expr<Q, U> {
    type Reads = Q;
    type With<R> = Both<R, Q>;
    type Null = NullOf<U>;

    fn __argument(self) -> ArgumentTree {
        ArgumentTree(self.tree.clone())
    }
}

macro_rules! values {
    ($([$($parameters:tt)*] $value:ty => $ty:ty, $this:ident $bound:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($parameters)*> Argument<$ty> for $value {
            type Reads = ();
            type With<R> = R;
            type Null = Never;

            fn __argument(self) -> ArgumentTree {
                let $this = self;
                ArgumentTree(bound::<$ty>($bound))
            }
        }
    )*};
}

values! {
    [T: ColumnType<Inner = T>] T => T, value value;
    [] &str => String, text text.to_owned();
    [] &String => String, text text.clone();
    [] Cow<'_, str> => String, text text.into_owned();
}

/// The type of an expression, without its `Option`.
pub(crate) type InnerType<A> = <<A as IntoExpr>::Type as ColumnType>::Inner;

/// Whether the type of an expression can be NULL.
pub(crate) type ExprNull<A> = NullOf<<A as IntoExpr>::Type>;

/// The type `T`, as an `Option` if `N` says that the value can be NULL.
pub(crate) type OrNull<N, T> = <N as Nullness>::Of<T>;

/// The type `T`, as an `Option` if one of two values can be NULL.
pub(crate) type OrNull2<A, B, T> = <<A as Nullness>::Or<B> as Nullness>::Of<T>;

/// Several expressions: a tuple of up to twelve columns, expressions and values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of expressions",
    label = "expected a tuple of up to twelve columns, expressions and values",
    note = "a single one is written `(Order::status,)`"
)]
pub trait ExprList {
    /// What they read.
    type Reads;

    #[doc(hidden)]
    fn __arguments(self) -> Vec<ArgumentTree>;
}

/// What several arguments read: `reads!(A B)`.
macro_rules! reads {
    () => { () };
    ($first:ident $($rest:ident)*) => { $crate::query::argument::reads!(@ $first::Reads; $($rest)*) };
    (@ $reads:ty;) => { $reads };
    (@ $reads:ty; $next:ident $($rest:ident)*) => { $crate::query::argument::reads!(@ $next::With<$reads>; $($rest)*) };
}

/// Whether one of several arguments can be NULL: `any_null!(A B)`.
macro_rules! any_null {
    () => { $crate::schema::Never };
    ($only:ident) => { $only::Null };
    ($first:ident $($rest:ident)+) => {
        <$first::Null as $crate::schema::Nullness>::Or<$crate::query::argument::any_null!($($rest)+)>
    };
}

/// Declares functions that return NULL exactly if an argument is NULL: `name(argument A: [Argument<type>]) -> type = ["name(", ")"];`. The
/// bound is written there, token by token, so that a message shows that line alone.
macro_rules! strict_functions {
    ($($(#[$docs:meta])*
       $name:ident($($argument:ident $parameter:ident: [$($bound:tt)+]),*) -> $result:ty = [$($piece:literal),+];)*) => {$(
        $(#[$docs])*
        pub fn $name<$($parameter: $($bound)+),*>($($argument: $parameter),*)
        -> $crate::query::expr::Expr<
            $crate::query::argument::reads!($($parameter)*),
            <$crate::query::argument::any_null!($($parameter)*) as $crate::schema::Nullness>::Of<$result>,
        > {
            let arguments = vec![$($argument.__argument().0),*];
            $crate::query::expr::Expr::new($crate::sql::tree::Expr::pieces(&[$($piece),+], arguments))
        }
    )*};
}

pub(crate) use {any_null, reads, strict_functions};

macro_rules! tuples {
    ($(($($name:ident)+))*) => {$(
        impl<$($name: IntoExpr),+> ExprList for ($($name,)+) {
            type Reads = reads!($($name)+);

            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __arguments(self) -> Vec<ArgumentTree> {
                let ($($name,)+) = self;
                vec![$(ArgumentTree($name.__expr().tree)),+]
            }
        }
    )*};
}

tuples! {
    (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) (A B C D E F G H I)
    (A B C D E F G H I J) (A B C D E F G H I J K) (A B C D E F G H I J K L)
}
