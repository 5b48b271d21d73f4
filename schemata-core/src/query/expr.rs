//! `Expr`: a typed expression, and what converts to one.

use crate::param::Param;
use crate::query::col::Col;
use crate::query::scope::index::{Expression, Value};
use crate::query::scope::{Both, Lifted, ReadBy, Settled};
use crate::query::source::Source;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::{ColumnType, IntoValue};
use crate::sql::tree::Expr as Tree;
use std::any::TypeId;
use std::marker::PhantomData;

/// An expression of type `T` that reads `R`: a model, `()`, or several models.
///
/// Columns are expressions of their model. Others are made by operators, by functions such as
/// [`lower`](crate::query::functions::lower), by [`bind`], and by the macros [`sql!`](macro@crate::sql) and
/// [`sql_fn!`](crate::sql_fn). An expression can be listed, compared, sorted by, grouped by, aggregated and assigned; a query
/// takes it if the query reads the tables that it reads. If an outer join can leave one of these tables out, the listed value is
/// an `Option`.
#[must_use = "an expression does nothing until a query uses it"]
pub struct Expr<R, T> {
    pub(crate) tree: Tree,
    marker: PhantomData<fn() -> (R, T)>,
}

impl<R, T> Expr<R, T> {
    pub(crate) const fn new(tree: Tree) -> Self {
        Self { tree, marker: PhantomData }
    }
}

impl<R, T> Clone for Expr<R, T> {
    fn clone(&self) -> Self {
        Self::new(self.tree.clone())
    }
}

opaque_debug!([R, T] [Expr<R, T>]);

/// Binds a value as an expression: `canon_name(bind(name))`. PostgreSQL is told its type.
pub fn bind<T: ColumnType>(value: T) -> Expr<(), T> {
    Expr::new(bound(value))
}

/// Returns the tree of a bound value with its type.
pub(crate) fn bound<T: ColumnType>(value: T) -> Tree {
    Tree::Value(Param::new(value), Some(&T::SQL_TYPE))
}

/// What reads as an expression: a column, an expression, or a plain value, which is bound.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an expression",
    label = "expected a column, an expression or a value",
    note = "a value is bound if its type can be a column"
)]
pub trait IntoExpr {
    /// What it reads.
    type Reads;
    /// Its type.
    type Type: ColumnType;
    /// What an expression that reads `R` reads together with it. A value adds nothing.
    type With<R>;

    #[doc(hidden)]
    fn __expr(self) -> Expr<Self::Reads, Self::Type>;
}

impl<M: Source, T: ColumnType, A> IntoExpr for Col<M, T, A> {
    type Reads = M;
    type Type = T;
    type With<R> = Both<R, M>;

    fn __expr(self) -> Expr<M, T> {
        Expr::new(self.tree())
    }
}

impl<Q, T: ColumnType> IntoExpr for Expr<Q, T> {
    type Reads = Q;
    type Type = T;
    type With<R> = Both<R, Q>;

    fn __expr(self) -> Self {
        self
    }
}

impl<Q, T: ColumnType> IntoExpr for &Expr<Q, T> {
    type Reads = Q;
    type Type = T;
    type With<R> = Both<R, Q>;

    fn __expr(self) -> Expr<Q, T> {
        self.clone()
    }
}

impl<T: ColumnType> IntoExpr for T {
    type Reads = ();
    type Type = T;
    type With<R> = R;

    fn __expr(self) -> Expr<(), T> {
        bind(self)
    }
}

impl IntoExpr for &str {
    type Reads = ();
    type Type = String;
    type With<R> = R;

    fn __expr(self) -> Expr<(), String> {
        bind(self.to_owned())
    }
}

impl<M: Source, T, A> Col<M, T, A> {
    pub(crate) fn tree(self) -> Tree {
        Tree::of(TypeId::of::<M>(), self.name())
    }
}

/// What a value of type `T` is compared with in a query over `S`: a value, a column or an expression.
#[diagnostic::on_unimplemented(
    message = "a value of type `{T}` cannot be compared with `{Self}`",
    label = "expected `{T}`, or a column or an expression of this type",
    note = "`.cast::<…>()` changes the type of an expression; `.is_null()` finds NULL, which equals nothing",
    note = "a column of another table is compared once the query reads that: `.join(…)`, or `.correlated()` for a sub-select"
)]
pub trait Operand<T, S, K> {
    #[doc(hidden)]
    fn __side(self) -> Side;
}

/// One side of a comparison.
#[doc(hidden)]
pub struct Side(pub(crate) SideTree);

/// A side of a comparison as a tree. A value is sent without its type: it takes that of the other side.
pub(crate) enum SideTree {
    Value(Param),
    Expr(Tree),
}

opaque_debug!([][Side]);

#[diagnostic::do_not_recommend]
impl<T: ColumnType, S, V: IntoValue<T>> Operand<T, S, Value> for V {
    fn __side(self) -> Side {
        Side(SideTree::Value(Param::new(self.into_value())))
    }
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType, S, M: Source + ReadBy<S, I>, U: ColumnType<Inner = T>, A, I> Operand<T, S, Expression<I>>
    for Col<M, U, A>
{
    fn __side(self) -> Side {
        Side(SideTree::Expr(self.tree()))
    }
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType, S, R: ReadBy<S, I>, U: ColumnType<Inner = T>, I> Operand<T, S, Expression<I>> for Expr<R, U> {
    fn __side(self) -> Side {
        Side(SideTree::Expr(self.tree))
    }
}

/// As [`Operand`], where NULL is a value like any other: `None` is NULL.
#[diagnostic::on_unimplemented(
    message = "a value of type `{T}` cannot be compared with `{Self}`",
    label = "expected `{T}`, `None`, or a column or an expression of this type"
)]
pub trait NullableOperand<T, S, K> {
    #[doc(hidden)]
    fn __side(self) -> Side;
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType<Inner = T>, S, V: IntoValue<Option<T>>> NullableOperand<T, S, Value> for V {
    fn __side(self) -> Side {
        Side(SideTree::Value(Param::new(self.into_value())))
    }
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType, S, M: Source + ReadBy<S, I>, U: ColumnType<Inner = T>, A, I> NullableOperand<T, S, Expression<I>>
    for Col<M, U, A>
{
    fn __side(self) -> Side {
        Side(SideTree::Expr(self.tree()))
    }
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType, S, R: ReadBy<S, I>, U: ColumnType<Inner = T>, I> NullableOperand<T, S, Expression<I>>
    for Expr<R, U>
{
    fn __side(self) -> Side {
        Side(SideTree::Expr(self.tree))
    }
}

/// Implements methods for columns and for other expressions alike: `R` is what they read, `T` their type, and `self.tree()`
/// their tree.
macro_rules! expression_methods {
    ([$($bound:tt)*] $($methods:tt)*) => {
        impl<R: $crate::query::source::Source, T: $($bound)*, A> $crate::query::col::Col<R, T, A> {
            $($methods)*
        }

        impl<R, T: $($bound)*> $crate::query::expr::Expr<R, T> {
            $($methods)*
        }
    };
}

impl<R, T> Expr<R, T> {
    pub(crate) fn tree(self) -> Tree {
        self.tree
    }

    /// Returns the expression for the scope that the query's next step makes: one more join, or groups of its rows. An expression
    /// that contains a condition, such as a CASE, is made for exactly one scope; others need no lifting.
    ///
    /// ```
    /// # use schemata::{prelude::*, query::{case, count}};
    /// # #[derive(TableModel)]
    /// # pub struct Order { #[column(primary_key)] pub id: i64, pub total: i64 }
    /// let size = case().when(Order::total.gt(100), "large").otherwise("small");
    /// let sizes = Order::select().group_by(size.clone()).aggregate(count()).order_by(size.lift().asc());
    /// # drop(sizes);
    /// ```
    pub fn lift(self) -> Expr<Lifted<R>, T> {
        Expr::new(self.tree)
    }
}

pub(crate) use expression_methods;

expression_methods! { [ColumnType]
    /// Gives the expression a type that can be NULL, so that an outer join makes no difference to it: the elements of an array
    /// need that. The SQL stays the same.
    pub fn nullable(self) -> Expr<Settled<R>, Option<T::Inner>> {
        Expr::new(self.tree())
    }
}
