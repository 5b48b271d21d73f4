//! `NewValue`: what a write sets a column to, a value or an expression over the tables of the write.

use crate::query::col::Col;
use crate::query::condition::Condition;
use crate::query::expr::{Expr, Side, SideTree};
use crate::query::scope::ReadBy;
use crate::query::scope::index::{Expression, Value, Whole};
use crate::query::source::Source;
use crate::schema::{ColumnType, IntoValue, Nullness};
use crate::sql::tree::{Expr as Tree, Node};

/// What a write over `S` sets a column of type `T` to: a value, or a column, an expression or a condition of this type that
/// reads the tables of the write. What can be NULL is no value of a column that cannot.
#[diagnostic::on_unimplemented(
    message = "a column of type `{T}` cannot be set to `{Self}`",
    label = "expected `{T}`, or a column or an expression of this type over `{S}`",
    note = "an expression reads the tables of the write: other tables are joined first, or read by a sub-select",
    note = "`.cast::<…>()` changes the type of an expression, and `.coalesce(…)` replaces NULL"
)]
pub trait NewValue<T, S, K> {
    #[doc(hidden)]
    fn __side(self) -> Side;
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType, S, V: IntoValue<T>> NewValue<T, S, Value> for V {
    fn __side(self) -> Side {
        Side(SideTree::Value(crate::param::Param::new(self.into_value())))
    }
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType, S, M: Source + ReadBy<S, I>, U: ColumnType, A, I> NewValue<T, S, Expression<I>> for Col<M, U, A>
where
    <M::Null as Nullness>::Of<U>: IntoValue<T>,
{
    fn __side(self) -> Side {
        Side(SideTree::Expr(self.tree()))
    }
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType, S, R: ReadBy<S, I>, U: ColumnType, I> NewValue<T, S, Expression<I>> for Expr<R, U>
where
    <R::Null as Nullness>::Of<U>: IntoValue<T>,
{
    fn __side(self) -> Side {
        Side(SideTree::Expr(self.tree))
    }
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType, S> NewValue<T, S, Whole> for Condition<S>
where
    Option<bool>: IntoValue<T>,
{
    fn __side(self) -> Side {
        Side(SideTree::Expr(Tree::tree(Node::Holds(self.filter))))
    }
}
