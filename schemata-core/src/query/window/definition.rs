//! `Window`: the rows that a window function sees, as `OVER (PARTITION BY … ORDER BY … frame)`.

use std::marker::PhantomData;

use crate::query::aggregate::Aggregate;
use crate::query::expr::Expr;
use crate::query::order::{IntoOrder, SortKeys};
use crate::query::scope::{Both, ReadBy, Settled, Windowable, Windowed, Within};
use crate::query::select_list::{ListTrees, SelectList};
use crate::query::unbounded_impls::opaque_debug;
use crate::query::window::frame::FrameBound;
use crate::sql::tree;

/// The window of a function in a query over `S`; [`window`] begins one.
#[must_use = "a window does nothing until a function is computed `over` it"]
pub struct Window<S> {
    pub(crate) tree: tree::Window,
    marker: PhantomData<fn() -> S>,
}

impl<S> Clone for Window<S> {
    fn clone(&self) -> Self {
        Self { tree: self.tree.clone(), marker: PhantomData }
    }
}

opaque_debug!([S] [Window<S>]);

/// Begins a window: all rows of the query, until it is divided or sorted. `count().over(window())` is `count(*) OVER ()`.
///
/// Aggregates and window functions are computed after `filter`, `group_by` and `having`, and before `distinct`, `limit` and
/// `offset`. They can be listed and sorted by; as a condition they do not compile. PostgreSQL refuses them in `group_by`,
/// in a partition and in the order of a page (42P20), and together with locks (0A000).
///
/// ```no_run
/// # use schemata::{prelude::*, query::{rank, window}};
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, pub customer: String, pub total: i32 }
/// # async fn f(db: Db) -> schemata::Result<()> {
/// let by_customer = window().partition_by(Order::customer);
/// let shares: Vec<(i64, i64, Option<i64>)> = Order::select()
///     .columns((
///         Order::id,
///         rank().over(by_customer.clone().order_by(Order::total.desc())),
///         Order::total.sum().over(by_customer),
///     ))
///     .fetch(&db)
///     .await?;
/// # drop(shares); Ok(()) }
/// ```
pub fn window<S>() -> Window<S> {
    Window { tree: tree::Window::default(), marker: PhantomData }
}

impl<S> Window<S> {
    /// Divides the rows into partitions, within which these columns and expressions are equal. NULLs are equal here. A further
    /// call adds to them.
    #[expect(clippy::needless_pass_by_value, reason = "handles are copied; a reference would only be noise")]
    pub fn partition_by<L, V, I>(mut self, list: L) -> Self
    where
        L: SelectList<S, I, V>,
    {
        let mut trees = ListTrees(self.tree.partition);
        list.__append(&mut trees);
        self.tree.partition = trees.0;
        self
    }

    /// Sorts the rows of each partition. An aggregate then sees the rows up to the current one and its equals, unless a frame is
    /// chosen: `sum` becomes a running sum. A further call adds less significant keys.
    pub fn order_by(mut self, order: impl IntoOrder<S>) -> Self {
        let mut keys = SortKeys(self.tree.order);
        order.__append(&mut keys);
        self.tree.order = keys.0;
        self
    }

    /// Sees these rows only, counted from the current one: `.rows_between(preceding(2), current_row())`.
    pub fn rows_between(self, start: FrameBound, end: FrameBound) -> Self {
        self.frame("ROWS BETWEEN ", start, end)
    }

    /// Sees the rows whose value lies in this range, counted from the value of the current row. An offset requires an order by
    /// one expression; its type is the one that PostgreSQL adds to the type of the order.
    pub fn range_between(self, start: FrameBound, end: FrameBound) -> Self {
        self.frame("RANGE BETWEEN ", start, end)
    }

    /// Sees these groups of rows, which are equal in the order, counted from the current row's.
    pub fn groups_between(self, start: FrameBound, end: FrameBound) -> Self {
        self.frame("GROUPS BETWEEN ", start, end)
    }

    /// Leaves the current row out of the frame. Without a frame it does nothing, as the other exclusions do.
    pub fn exclude_current_row(mut self) -> Self {
        self.tree.exclusion = " EXCLUDE CURRENT ROW";
        self
    }

    /// Leaves the current row and the rows that are equal to it in the order out of the frame.
    pub fn exclude_group(mut self) -> Self {
        self.tree.exclusion = " EXCLUDE GROUP";
        self
    }

    /// Leaves the rows that are equal to the current one in the order out of the frame, but not the current row.
    pub fn exclude_ties(mut self) -> Self {
        self.tree.exclusion = " EXCLUDE TIES";
        self
    }

    /// Returns the window for a query that reads more tables.
    pub fn lift<Q, I>(self) -> Window<Q>
    where
        S: ReadBy<Q, I>,
    {
        Window { tree: self.tree, marker: PhantomData }
    }

    fn frame(mut self, unit: &'static str, start: FrameBound, end: FrameBound) -> Self {
        self.tree.frame = Some(tree::Frame { unit, start: start.0, end: end.0 });
        self
    }
}

/// What a function reads that is computed over a window of `S`.
pub(super) type Over<R, S> = Windowed<Both<R, Within<S>>>;

impl<R, T, K> Aggregate<R, T, K> {
    /// Computes the aggregate over a window, once for each row, instead of over a group: `Order::total.sum().over(window())` is
    /// the sum of all rows beside each row. In a query with groups, a window of aggregates sees the groups:
    /// `Order::total.sum().sum().over(window())`.
    ///
    /// PostgreSQL has neither `distinct` nor `order_by` of the aggregate here, and no percentiles: they do not compile.
    pub fn over<S>(self, window: Window<S>) -> Expr<Over<Settled<R>, S>, T>
    where
        K: Windowable,
    {
        let window = Box::new(window.tree);
        Expr::new(self.tree.with_aggregate(&mut |aggregate| aggregate.window = Some(window.clone())))
    }
}
