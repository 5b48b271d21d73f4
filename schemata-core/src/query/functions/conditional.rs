//! CASE, `coalesce` and their relatives: which of several values (PostgreSQL manual 9.18).

use std::marker::PhantomData;

use crate::query::argument::{Argument, ExprNull, InnerType, OrNull2};
use crate::query::condition::{Condition, IntoCondition};
use crate::query::expr::{Expr, IntoExpr};
use crate::query::scope::{Both, Either, Nullable, Within};
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::{ColumnType, Nullness};
use crate::sql::tree::{Expr as Tree, Filter, Node};

/// Begins a CASE: the value of the first condition that holds.
///
/// ```
/// # use schemata::{prelude::*, query::case};
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, pub total: i64 }
/// let size = case().when(Order::total.gt(1000), "large").when(Order::total.gt(100), "medium").otherwise("small");
/// let sizes = Order::select().order_by(Order::id.asc()).columns((Order::id, size));
/// # drop(sizes);
/// ```
///
/// The first value decides the type, so a number that is to be an `i64` is passed as `bind(1_i64)`. A condition on NULL does not
/// hold. PostgreSQL evaluates only the values that it needs, but constant parts and aggregates of all of them beforehand (manual
/// 9.18.1).
///
/// The expression belongs to the scope of its conditions: sort groups by it after [`lift`](Expr::lift).
pub const fn case() -> CaseStart {
    CaseStart
}

/// A CASE without a condition yet, made by [`case`].
#[derive(Debug, Clone, Copy)]
#[must_use = "a CASE needs `.when(condition, value)`"]
pub struct CaseStart;

impl CaseStart {
    /// Adds a condition, and the value of the CASE if it holds.
    pub fn when<S, V: IntoExpr, K>(
        self,
        condition: impl IntoCondition<S, K>,
        value: V,
    ) -> Case<S, V::Reads, InnerType<V>, ExprNull<V>> {
        Case { arms: vec![(condition.__condition().filter, value.__expr().tree)], types: PhantomData }
    }
}

/// The types of a CASE, which holds no values of them.
type Types<S, R, T, N> = PhantomData<fn() -> (S, R, T, N)>;

/// A CASE over the scope `S`, whose values so far read `R` and have the type `T`. `N` says whether one of them can be NULL.
#[must_use = "a CASE ends with `.otherwise(value)` or `.end()`"]
pub struct Case<S, R, T, N> {
    arms: Vec<(Filter, Tree)>,
    types: Types<S, R, T, N>,
}

opaque_debug!([S, R, T, N] [Case<S, R, T, N>]);

impl<S, R, T, N> Clone for Case<S, R, T, N> {
    fn clone(&self) -> Self {
        Self { arms: self.arms.clone(), types: PhantomData }
    }
}

impl<S, R, T: ColumnType<Inner = T>, N: Nullness> Case<S, R, T, N> {
    /// Adds a condition, and the value of the CASE if it is the first one that holds.
    pub fn when<V: Argument<T>, K>(
        mut self,
        condition: impl IntoCondition<S, K>,
        value: V,
    ) -> Case<S, V::With<R>, T, N::Or<V::Null>> {
        self.arms.push((condition.__condition().filter, value.__argument().0));
        Case { arms: self.arms, types: PhantomData }
    }

    /// Ends the CASE with the value if no condition holds.
    pub fn otherwise<V: Argument<T>>(self, value: V) -> Expr<Both<Within<S>, V::With<R>>, OrNull2<N, V::Null, T>> {
        Expr::new(Tree::tree(Node::Case(self.arms, Some(value.__argument().0))))
    }

    /// Ends the CASE: it is NULL if no condition holds.
    pub fn end(self) -> Expr<Both<Within<S>, R>, Option<T>> {
        Expr::new(Tree::tree(Node::Case(self.arms, None)))
    }
}

/// What an expression of the first argument and a further one is, where it is NULL only if both are.
type OneOf<A, B> = Expr<
    Either<Nullable<<A as IntoExpr>::Reads, ExprNull<A>>, Nullable<BReads<A, B>, BNull<A, B>>>,
    <<ExprNull<A> as Nullness>::And<BNull<A, B>> as Nullness>::Of<InnerType<A>>,
>;
type BReads<A, B> = <B as Argument<InnerType<A>>>::Reads;
type BNull<A, B> = <B as Argument<InnerType<A>>>::Null;

fn one_of<A: IntoExpr, B: Argument<InnerType<A>>>(open: &'static str, first: A, second: B) -> OneOf<A, B> {
    Expr::new(Tree::call(open, vec![first.__expr().tree, second.__argument().0]))
}

/// Returns `value`, or `default` where it is NULL. The result is an `Option` only if both can be NULL, also through outer joins.
///
/// ```
/// # use schemata::{prelude::*, query::{Select, coalesce}};
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, pub note: Option<String> }
/// let notes: Select<Order, String> = Order::select().columns(coalesce(Order::note, "none"));
/// # drop(notes);
/// ```
pub fn coalesce<A: IntoExpr, B: Argument<InnerType<A>>>(value: A, default: B) -> OneOf<A, B> {
    one_of("coalesce(", value, default)
}

/// Returns the greater one. PostgreSQL ignores NULL: the result is NULL only if both are. For more than two, nest it.
pub fn greatest<A: IntoExpr, B: Argument<InnerType<A>>>(value: A, other: B) -> OneOf<A, B> {
    one_of("greatest(", value, other)
}

/// Returns the lesser one. PostgreSQL ignores NULL: the result is NULL only if both are. For more than two, nest it.
pub fn least<A: IntoExpr, B: Argument<InnerType<A>>>(value: A, other: B) -> OneOf<A, B> {
    one_of("least(", value, other)
}

/// Returns NULL if `value` equals `other`, otherwise `value`.
pub fn nullif<A: IntoExpr, B: Argument<InnerType<A>>>(
    value: A,
    other: B,
) -> Expr<B::With<A::Reads>, Option<InnerType<A>>> {
    Expr::new(Tree::pieces(&["nullif(", ", ", ")"], [value.__expr().tree, other.__argument().0]))
}

/// Negates a condition, or a column or an expression of type `bool`. It holds for no row where the operand is NULL.
pub fn not<S, K>(condition: impl IntoCondition<S, K>) -> Condition<S> {
    !condition.__condition()
}
