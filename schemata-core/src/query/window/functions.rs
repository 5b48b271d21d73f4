//! Functions that exist for windows only: numbers of rows, ranks, and values of other rows.

use std::marker::PhantomData;

use crate::query::expr::{Expr, IntoExpr, bound, expression_methods};
use crate::query::unbounded_impls::opaque_debug;
use crate::query::window::definition::{Over, Window};
use crate::schema::{ColumnType, InnerOf, NullOf, Nullness};
use crate::sql::tree::Expr as Tree;

/// A function of type `T` that reads `R` and lacks its window: [`over`](Self::over).
#[must_use = "a window function is an expression after `.over(window())`"]
pub struct WindowFunction<R, T> {
    tree: Tree,
    marker: PhantomData<fn() -> (R, T)>,
}

opaque_debug!([R, T] [WindowFunction<R, T>]);

impl<R, T> WindowFunction<R, T> {
    fn new(function: &'static str, arguments: Vec<Tree>) -> Self {
        Self { tree: Tree::aggregate(function, arguments), marker: PhantomData }
    }

    /// Computes the function over a window.
    pub fn over<S>(self, window: Window<S>) -> Expr<Over<R, S>, T> {
        let window = Box::new(window.tree);
        Expr::new(self.tree.with_aggregate(&mut |function| function.window = Some(window.clone())))
    }
}

/// The number of the row in its partition, from 1.
pub fn row_number() -> WindowFunction<(), i64> {
    WindowFunction::new("row_number", Vec::new())
}

/// The rank of the row in its partition, with gaps: equal rows have the number of the first of them.
pub fn rank() -> WindowFunction<(), i64> {
    WindowFunction::new("rank", Vec::new())
}

/// The rank without gaps: the number of different values up to this one.
pub fn dense_rank() -> WindowFunction<(), i64> {
    WindowFunction::new("dense_rank", Vec::new())
}

/// The rank as a fraction: (rank - 1) / (rows - 1), and 0 for the only row.
pub fn percent_rank() -> WindowFunction<(), f64> {
    WindowFunction::new("percent_rank", Vec::new())
}

/// The fraction of the rows of the partition up to this one and its equals.
pub fn cume_dist() -> WindowFunction<(), f64> {
    WindowFunction::new("cume_dist", Vec::new())
}

/// The number of the row's bucket, of this many that are as equal in size as possible. It must be greater than 0 (22014).
pub fn ntile(buckets: i32) -> WindowFunction<(), i32> {
    WindowFunction::new("ntile", vec![bound(buckets)])
}

expression_methods! { [ColumnType]
    /// The value `offset` rows before the current one in its partition; NULL if there is no such row.
    pub fn lag(self, offset: i32) -> WindowFunction<R, Option<T::Inner>> {
        WindowFunction::new("lag", vec![self.tree(), bound(offset)])
    }

    /// The value `offset` rows after the current one in its partition; NULL if there is no such row.
    pub fn lead(self, offset: i32) -> WindowFunction<R, Option<T::Inner>> {
        WindowFunction::new("lead", vec![self.tree(), bound(offset)])
    }

    /// As [`lag`](Self::lag); `default` if there is no such row. The value of a row that is there stays NULL.
    ///
    /// Before PostgreSQL 14, a default that is a column or an expression must have exactly the type of the value, here and in
    /// [`lead_or`](Self::lead_or): no `text` for a `varchar`.
    pub fn lag_or<V>(self, offset: i32, default: V) -> WindowFunction<V::With<R>, EitherOf<T, V::Type>>
    where
        V: IntoExpr,
        V::Type: ColumnType<Inner = T::Inner>,
        T::Inner: InnerOf<V::Type>,
    {
        WindowFunction::new("lag", vec![self.tree(), bound(offset), default.__expr().tree.untyped()])
    }

    /// As [`lead`](Self::lead); `default` if there is no such row. The value of a row that is there stays NULL.
    pub fn lead_or<V>(self, offset: i32, default: V) -> WindowFunction<V::With<R>, EitherOf<T, V::Type>>
    where
        V: IntoExpr,
        V::Type: ColumnType<Inner = T::Inner>,
        T::Inner: InnerOf<V::Type>,
    {
        WindowFunction::new("lead", vec![self.tree(), bound(offset), default.__expr().tree.untyped()])
    }

    /// The value of the first row of the frame; NULL if the frame is empty.
    pub fn first_value(self) -> WindowFunction<R, Option<T::Inner>> {
        WindowFunction::new("first_value", vec![self.tree()])
    }

    /// The value of the last row of the frame, which by default is the current row or an equal one: for that of the partition,
    /// end the frame with `unbounded_following()`. NULL if the frame is empty.
    pub fn last_value(self) -> WindowFunction<R, Option<T::Inner>> {
        WindowFunction::new("last_value", vec![self.tree()])
    }

    /// The value of the nth row of the frame, from 1; NULL if there is none.
    pub fn nth_value(self, n: i32) -> WindowFunction<R, Option<T::Inner>> {
        WindowFunction::new("nth_value", vec![self.tree(), bound(n)])
    }
}

/// The type of a `T` or a `U`: it can be NULL if either can.
type EitherOf<T, U> = <<NullOf<T> as Nullness>::Or<NullOf<U>> as Nullness>::Of<T>;
