//! Comparisons of array columns and expressions with arrays, and of their elements with a value.

use crate::param::Param;
use crate::query::col::Col;
use crate::query::condition::Condition;
use crate::query::expr::{Expr, Operand, SideTree, expression_methods};
use crate::query::scope::ReadBy;
use crate::query::scope::index::{Expression, Value};
use crate::query::source::Source;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::{ArrayElement, ColumnType, IntoValue};
use crate::sql::tree::{Expr as Tree, Filter};

/// Array columns: `Vec<T>` and `Option<Vec<T>>`, but not `Vec<u8>`, which is `bytea`.
pub trait ArrayColumn: ColumnType {
    /// The type of the elements.
    type Element: ArrayElement;
}

impl<T: ArrayElement> ArrayColumn for Vec<T> {
    type Element = T;
}

impl<T: ArrayElement> ArrayColumn for Option<Vec<T>> {
    type Element = T;
}

/// What an array with elements of type `E` is compared with in a query over `S`: values, an array column or an expression.
#[diagnostic::on_unimplemented(
    message = "an array of `{E}` cannot be compared with `{Self}`",
    label = "expected values, or an array column or expression, with elements of type `{E}`"
)]
pub trait ArrayOperand<E, S, K> {
    #[doc(hidden)]
    fn __array(self) -> ArrayTree;
}

/// An array as a tree.
#[doc(hidden)]
pub struct ArrayTree(SideTree);

opaque_debug!([][ArrayTree]);

#[diagnostic::do_not_recommend]
impl<E: ArrayElement, S, V: IntoIterator> ArrayOperand<E, S, Value> for V
where
    V::Item: IntoValue<E>,
{
    fn __array(self) -> ArrayTree {
        let values: Vec<E> = self.into_iter().map(IntoValue::into_value).collect();
        ArrayTree(SideTree::Value(Param::new(values)))
    }
}

#[diagnostic::do_not_recommend]
impl<E: ArrayElement, S, I, M: Source + ReadBy<S, I>, T: ArrayColumn, A> ArrayOperand<E, S, Expression<I>>
    for Col<M, T, A>
where
    T::Element: ColumnType<Inner = E::Inner>,
{
    fn __array(self) -> ArrayTree {
        ArrayTree(SideTree::Expr(self.tree()))
    }
}

#[diagnostic::do_not_recommend]
impl<E: ArrayElement, S, I, R: ReadBy<S, I>, T: ArrayColumn> ArrayOperand<E, S, Expression<I>> for Expr<R, T>
where
    T::Element: ColumnType<Inner = E::Inner>,
{
    fn __array(self) -> ArrayTree {
        ArrayTree(SideTree::Expr(self.tree))
    }
}

macro_rules! comparisons {
    ($($(#[$docs:meta])* $name:ident $operator:literal;)*) => {
        expression_methods! { [ArrayColumn]
            $($(#[$docs])*
            pub fn $name<S, V, I, K>(self, values: V) -> Condition<S>
            where
                R: ReadBy<S, I>,
                V: ArrayOperand<T::Element, S, K>,
            {
                Condition::new(match values.__array().0 {
                    SideTree::Value(value) => {
                        Filter::Compare { column: self.tree(), operator: $operator, value, joins: false }
                    }
                    SideTree::Expr(right) => Filter::Operands { left: self.tree(), operator: $operator, right },
                })
            })*
        }
    };
}

comparisons! {
    /// Shares an element with `values`: values, an array column or an expression. In comparisons of whole arrays, order and
    /// repetition do not matter, and a NULL element never equals another.
    overlaps " && ";
    /// Contains each of `values`. If there are none, every array does.
    contains_all " @> ";
    /// Contains no element but some of `values`. The empty array always qualifies.
    contained_by " <@ ";
}

macro_rules! elements {
    ($($(#[$docs:meta])* $name:ident $before:literal $after:literal;)*) => {
        expression_methods! { [ArrayColumn]
            $($(#[$docs])*
            pub fn $name<S, V, I, K>(self, value: V) -> Condition<S>
            where
                R: ReadBy<S, I>,
                V: Operand<<T::Element as ColumnType>::Inner, S, K>,
            {
                let array = self.tree();
                let value = match value.__side().0 {
                    SideTree::Value(value) => Tree::Value(array.compared(&value), None),
                    SideTree::Expr(tree) => tree,
                };
                Condition::new(Filter::holds(Tree::pieces(&["", $before, $after], [value, array])))
            })*
        }
    };
}

elements! {
    /// An element equals `value`: `value = ANY(array)`. Unlike `contains_all`, PostgreSQL does not use a GIN index for it.
    any_eq " = ANY(" ")";
    /// Every element equals `value`: `value = ALL(array)`. The empty array qualifies.
    all_eq " = ALL(" ")";
    /// No element equals `value`: `value <> ALL(array)`. The empty array qualifies; one with NULL elements never does.
    all_ne " <> ALL(" ")";
}
