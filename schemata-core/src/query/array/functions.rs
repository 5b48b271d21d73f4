//! Functions of arrays: their length, their elements, and arrays made of them.

use crate::query::array::conditions::ArrayColumn;
use crate::query::expr::{Expr, IntoExpr, bound, expression_methods};
use crate::query::scope::{Both, Elements, Settled};
use crate::schema::{ArrayElement, ColumnType, InnerOf, NullOf, Nullness};
use crate::sql::tree::Expr as Tree;

/// The type of a value that is NULL if a `T` is.
type As<T, U> = <NullOf<T> as Nullness>::Of<U>;

/// The element type of an array of `T` with a `V` added.
type ElementOf<T, V> =
    <<NullOf<<T as ArrayColumn>::Element> as Nullness>::Or<NullOf<V>> as Nullness>::Of<<T as ArrayColumn>::Element>;

/// What an array of `R` with an element of `V` reads: it is never NULL, and the element must not become NULL by a join.
type Extended<R, V> = Both<Settled<R>, Elements<<V as IntoExpr>::Reads>>;

/// An array of `T` with a `V` added.
type Longer<R, T, V> = Expr<Extended<R, V>, Vec<ElementOf<T, <V as IntoExpr>::Type>>>;

/// The array that is NULL only if a `T` and a `U` are.
type EitherOf<T, U> = <<NullOf<T> as Nullness>::And<NullOf<U>> as Nullness>::Of<T>;

expression_methods! { [ArrayColumn]
    /// The number of elements; 0 for the empty array.
    pub fn cardinality(self) -> Expr<R, As<T, i32>> {
        Expr::new(Tree::pieces(&["cardinality(", ")"], [self.tree()]))
    }

    /// The length, `array_length(…, 1)`: NULL for the empty array. See [`cardinality`](Self::cardinality).
    pub fn array_length(self) -> Expr<R, Option<i32>> {
        Expr::new(Tree::pieces(&["array_length(", ", 1)"], [self.tree()]))
    }

    /// The element at this position, from 1; NULL if there is none.
    pub fn at(self, position: i32) -> Expr<R, Option<<T::Element as ColumnType>::Inner>> {
        Expr::new(Tree::pieces(&["(", ")[", "]"], [self.tree(), bound(position)]))
    }

    /// The array with an element added at its end. A NULL array counts as an empty one, so the result is never NULL.
    ///
    /// Before PostgreSQL 14, an expression must have the array's type exactly: no `text` for a `varchar[]`. This holds for the
    /// other functions with elements and arrays as well. Values fit always.
    pub fn array_append<V>(self, value: V) -> Longer<R, T, V>
    where
        V: IntoExpr,
        V::Type: ColumnType<Inner = <T::Element as ColumnType>::Inner>,
        <T::Element as ColumnType>::Inner: InnerOf<V::Type>,
        ElementOf<T, V::Type>: ArrayElement,
    {
        Expr::new(Tree::pieces(&["array_append(", ", ", ")"], [self.tree(), value.__expr().tree.untyped()]))
    }

    /// The array with an element added at its beginning. A NULL array counts as an empty one, so the result is never NULL.
    pub fn array_prepend<V>(self, value: V) -> Longer<R, T, V>
    where
        V: IntoExpr,
        V::Type: ColumnType<Inner = <T::Element as ColumnType>::Inner>,
        <T::Element as ColumnType>::Inner: InnerOf<V::Type>,
        ElementOf<T, V::Type>: ArrayElement,
    {
        Expr::new(Tree::pieces(&["array_prepend(", ", ", ")"], [value.__expr().tree.untyped(), self.tree()]))
    }

    /// The array without the elements that equal `value`; a NULL value removes NULL elements.
    pub fn array_remove<V>(self, value: V) -> Expr<Both<R, Settled<V::Reads>>, T>
    where
        V: IntoExpr,
        V::Type: ColumnType<Inner = <T::Element as ColumnType>::Inner>,
    {
        Expr::new(Tree::pieces(&["array_remove(", ", ", ")"], [self.tree(), value.__expr().tree.untyped()]))
    }

    /// The position of the first element that equals `value`, from 1; NULL if there is none.
    pub fn array_position<V>(self, value: V) -> Expr<Both<R, V::Reads>, Option<i32>>
    where
        V: IntoExpr,
        V::Type: ColumnType<Inner = <T::Element as ColumnType>::Inner>,
    {
        Expr::new(Tree::pieces(&["array_position(", ", ", ")"], [self.tree(), value.__expr().tree.untyped()]))
    }

    /// The elements of both arrays, in this order. NULL only if both are.
    pub fn array_cat<V>(self, other: V) -> Expr<V::With<R>, EitherOf<T, V::Type>>
    where
        V: IntoExpr,
        V::Type: ArrayColumn<Element = T::Element>,
    {
        Expr::new(Tree::pieces(&["array_cat(", ", ", ")"], [self.tree(), other.__expr().tree.untyped()]))
    }

    /// The elements that are not NULL as text, with `separator` between them.
    pub fn array_to_string(self, separator: impl Into<String>) -> Expr<R, As<T, String>> {
        Expr::new(Tree::pieces(&["array_to_string(", ", ", ")"], [self.tree(), bound(separator.into())]))
    }
}
