//! The tables of a query as a type, and what may read them.
//!
//! A query over one table has the model itself as its scope, each join adds to it. Columns belong to a model; a trait with an
//! index says that a scope has the model, and the compiler finds the index. Conditions and orders leave their scope open until
//! they meet a query. Here it is also decided what an outer join makes an `Option`: by the kinds of joins, and by `Null` of
//! the trait.

use std::marker::PhantomData;

use crate::query::source::Source;
use crate::schema::{Never, Nullness, Perhaps};
use crate::sql::tree::JoinKind as Kind;

/// The scope of a query that joins `M` to the tables of `L`: `Join<Order, Customer>`, `Join<Order, Shipment, Left>`.
#[derive(Debug)]
#[expect(clippy::type_complexity, reason = "a list of types, not of values")]
pub struct Join<L, M, K = Inner>(PhantomData<fn() -> (L, M, K)>);

/// Keeps rows that have a partner on the other side.
#[derive(Debug)]
pub enum Inner {}

/// Also keeps the rows before the join that have no partner: what it brings can be NULL.
#[derive(Debug)]
pub enum Left {}

/// Also keeps the joined rows that have no partner: what was there before can be NULL.
#[derive(Debug)]
pub enum Right {}

/// Also keeps the rows of both sides that have no partner.
#[derive(Debug)]
pub enum Full {}

/// A kind of join: [`Inner`], [`Left`], [`Right`] or [`Full`].
pub trait JoinKind: Sealed + 'static {
    /// Whether columns of the joined table can be NULL because of the join.
    type Joined: Nullness;
    /// Whether columns of the tables before it can be NULL because of the join.
    type Before: Nullness;
    #[doc(hidden)]
    const KIND: JoinWord;
}

/// The kind of join, as the SQL says it.
#[derive(Debug, Clone, Copy)]
pub struct JoinWord(pub(crate) Kind);

/// Not exported, which seals the traits of this file.
pub trait Sealed {}

macro_rules! kinds {
    ($($kind:ident $joined:ident $before:ident;)*) => {$(
        impl Sealed for $kind {}
        impl JoinKind for $kind {
            type Joined = $joined;
            type Before = $before;
            const KIND: JoinWord = JoinWord(Kind::$kind);
        }
    )*};
}

kinds! {
    Inner Never Never;
    Left Perhaps Never;
    Right Never Perhaps;
    Full Perhaps Perhaps;
}

/// The scope of groups of rows: what [`having`](crate::query::Select::having), aggregates and the order of groups read.
#[derive(Debug)]
pub struct Group<S>(PhantomData<fn() -> S>);

/// The scope of totals: of the one row of aggregates over all rows.
#[derive(Debug)]
pub struct Totals<S>(PhantomData<fn() -> S>);

/// The scope of rows that are grouped by several sets of columns: in the row of a set, the columns that it lacks are NULL.
#[derive(Debug)]
pub struct Subtotals<S>(PhantomData<fn() -> S>);

/// The read-marker of `grouping`.
#[derive(Debug)]
pub struct Grouping<R>(PhantomData<fn() -> R>);

/// The scope of a sub-select that also reads the tables `O` of the query around it.
#[derive(Debug)]
pub struct Correlated<S, O>(PhantomData<fn() -> (S, O)>);

/// The scope of rows that several queries return together: by [`union`](crate::query::Select::union) and the like. It has no
/// tables; its rows are sorted by [`position`](crate::query::position).
#[derive(Debug)]
pub enum Combined {}

/// The read-marker of an expression that reads both.
#[derive(Debug)]
pub struct Both<A, B>(PhantomData<fn() -> (A, B)>);

/// The read-marker of an expression that was made for exactly the scope `S`.
#[derive(Debug)]
pub struct Within<S>(PhantomData<fn() -> S>);

/// The read-marker of an aggregate over `R`. The kind `K` says what can stand beside it: see [`Refinable`] and [`Windowable`].
#[derive(Debug)]
pub struct Aggregated<R, K = OfValues>(PhantomData<fn() -> (R, K)>);

/// The kind of an aggregate of the values of an expression.
#[derive(Debug)]
pub enum OfValues {}

/// The kind of an aggregate of rows: `count(*)`.
#[derive(Debug)]
pub enum OfRows {}

/// The kind of an aggregate of distinct values, or of values in an order.
#[derive(Debug)]
pub enum Refined {}

/// The kind of an aggregate that sorts its values itself: percentiles and `mode`.
#[derive(Debug)]
pub enum OrderedSet {}

/// The kinds of aggregates that take `distinct` and `order_by`.
#[diagnostic::on_unimplemented(
    message = "this aggregate takes neither `distinct` nor `order_by`",
    note = "`count()` counts rows: `Order::status.count_distinct()` counts the distinct values of a column",
    note = "percentiles and `mode` sort their values themselves"
)]
pub trait Refinable: Sealed {}

impl Sealed for OfValues {}
impl Sealed for Refined {}
impl Sealed for OfRows {}
#[diagnostic::do_not_recommend]
impl Refinable for OfValues {}
#[diagnostic::do_not_recommend]
impl Refinable for Refined {}

/// The kinds of aggregates that can be computed over a window.
#[diagnostic::on_unimplemented(
    message = "PostgreSQL does not compute this aggregate over a window",
    note = "it has no DISTINCT and no ORDER BY of an aggregate there, and no percentiles or `mode`: compute them by groups, and join \
            or read the groups as a table"
)]
pub trait Windowable: Sealed {}

#[diagnostic::do_not_recommend]
impl Windowable for OfValues {}
#[diagnostic::do_not_recommend]
impl Windowable for OfRows {}

/// Reads `R`, but its type says by itself whether it can be NULL.
#[derive(Debug)]
pub struct Settled<R>(PhantomData<fn() -> R>);

/// Reads `R`, and is NULL only if the default, which reads `D`, is.
#[derive(Debug)]
pub struct Defaulted<R, D>(PhantomData<fn() -> (R, D)>);

/// Reads `A` and `B`, and is NULL only if both are: `greatest`, `coalesce`.
#[derive(Debug)]
pub struct Either<A, B>(PhantomData<fn() -> (A, B)>);

/// Reads `R`, and can be NULL for a further reason, if `N` says so.
#[derive(Debug)]
pub struct Nullable<R, N>(PhantomData<fn() -> (R, N)>);

/// Reads `R` in a scope that the last step of a query made: one more join, or groups.
#[derive(Debug)]
pub struct Lifted<R>(PhantomData<fn() -> R>);

/// Reads `R` in a window: [`over`](crate::query::Expr::over) makes it.
#[derive(Debug)]
pub struct Windowed<R>(PhantomData<fn() -> R>);

/// Reads `R` for the elements of an array, whose type says whether they can be NULL: an outer join must not add to that.
#[derive(Debug)]
pub struct Elements<R>(PhantomData<fn() -> R>);

/// What an expression reads is part of the scope `S` of a query. The compiler finds the index `I`.
#[diagnostic::on_unimplemented(
    message = "this query does not read `{Self}`",
    label = "`{Self}` is not among the tables of the query",
    note = "a table is read once it is joined: `.join(…)`, `.left_join(…)`; an aggregate is read by `aggregate`, `having` and \
            the order of groups; an expression made `Within` fewer tables, or rows that are grouped now, after `.lift()`",
    note = "a function of a window is listed and sorted by, but never read by a condition, a group or an aggregate: PostgreSQL \
            computes windows after WHERE, GROUP BY and HAVING"
)]
pub trait ReadBy<S, I> {
    /// Whether an outer join of the query can make it NULL.
    type Null: Nullness;
}

/// An expression that reads `Self` can be listed and sorted by in a query over `S`. Beyond what [`ReadBy`] allows, these are
/// functions of a window. The compiler finds the index `I`.
#[diagnostic::on_unimplemented(
    message = "this query does not read `{Self}`",
    label = "`{Self}` is not among the tables of the query",
    note = "a table is read once it is joined: `.join(…)`, `.left_join(…)`; an aggregate is read by `aggregate`, `having` and \
            the order of groups, or in a window: `.over(window())`"
)]
pub trait ListedBy<S, I> {
    /// Whether an outer join of the query can make it NULL.
    type Null: Nullness;
}

/// The elements of an array have the type of the expression that they are made of: no outer join makes it NULL.
#[diagnostic::on_unimplemented(
    message = "an outer join of this query can make elements of this array NULL",
    label = "the elements need a type that can be NULL",
    note = "write `.nullable()` before: `Book::title.nullable().array_agg()` returns `Option`s; `array_agg_not_null` leaves NULLs out"
)]
pub trait SettledElements {}

impl SettledElements for Never {}

/// Indexes: where in a scope a table is.
#[allow(unreachable_pub, reason = "named by public traits")]
pub(crate) mod index {
    use std::marker::PhantomData;

    /// The only table.
    #[derive(Debug)]
    pub enum Only {}
    /// The table that was joined last.
    #[derive(Debug)]
    pub enum Last {}
    /// A table before the one that was joined last.
    #[derive(Debug)]
    pub struct Before<I>(PhantomData<I>);
    /// No table.
    #[derive(Debug)]
    pub enum Nowhere {}
    /// The whole scope.
    #[derive(Debug)]
    pub enum Whole {}
    /// A table, in a list.
    #[derive(Debug)]
    pub struct Table<I>(PhantomData<I>);
    /// In a window.
    #[derive(Debug)]
    pub struct InWindow<I>(PhantomData<I>);
    /// A table whose rows are grouped.
    #[derive(Debug)]
    pub struct InGroup<I>(PhantomData<I>);
    /// A table whose rows are grouped by several sets of columns.
    #[derive(Debug)]
    pub struct InSubtotals<I>(PhantomData<I>);
    /// A table of the sub-select itself.
    #[derive(Debug)]
    pub struct Inside<I>(PhantomData<I>);
    /// A table of the query around a sub-select.
    #[derive(Debug)]
    pub struct Outside<I>(PhantomData<I>);
    /// A plain value.
    #[derive(Debug)]
    pub enum Value {}
    /// A column or an expression.
    #[derive(Debug)]
    pub struct Expression<I>(PhantomData<I>);
}

use index::{Before, InGroup, InSubtotals, InWindow, Inside, Last, Nowhere, Only, Outside, Table, Whole};

impl<M: Source> ReadBy<M, Only> for M {
    type Null = Never;
}

impl<L, M: Source, K: JoinKind> ReadBy<Join<L, M, K>, Last> for M {
    type Null = K::Joined;
}

#[diagnostic::do_not_recommend]
impl<L, N, M: Source + ReadBy<L, I>, K: JoinKind, I> ReadBy<Join<L, N, K>, Before<I>> for M {
    type Null = <M::Null as Nullness>::Or<K::Before>;
}

#[diagnostic::do_not_recommend]
impl<S, I, M: Source + ReadBy<S, I>> ReadBy<Group<S>, InGroup<I>> for M {
    type Null = M::Null;
}

#[diagnostic::do_not_recommend]
impl<S, I, M: Source + ReadBy<S, I>> ReadBy<Subtotals<S>, InSubtotals<I>> for M {
    type Null = Perhaps;
}

#[diagnostic::do_not_recommend]
impl<S, O, I, M: Source + ReadBy<S, I>> ReadBy<Correlated<S, O>, Inside<I>> for M {
    type Null = M::Null;
}

#[diagnostic::do_not_recommend]
impl<S, O, I, M: Source + ReadBy<O, I>> ReadBy<Correlated<S, O>, Outside<I>> for M {
    type Null = M::Null;
}

/// Implements both traits for whatever can be read and listed alike.
macro_rules! read_and_listed {
    ($($trait:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<S> $trait<S, Nowhere> for () {
            type Null = Never;
        }

        #[diagnostic::do_not_recommend]
        impl<S, A: $trait<S, I>, B: $trait<S, J>, I, J> $trait<S, (I, J)> for Both<A, B> {
            type Null = <A::Null as Nullness>::Or<B::Null>;
        }

        #[diagnostic::do_not_recommend]
        impl<S> $trait<S, Whole> for Within<S> {
            type Null = Never;
        }

        #[diagnostic::do_not_recommend]
        impl<S, I, R: ReadBy<S, I>, K> $trait<Group<S>, InGroup<I>> for Aggregated<R, K> {
            type Null = Never;
        }

        #[diagnostic::do_not_recommend]
        impl<S, I, R: ReadBy<S, I>> $trait<Group<Subtotals<S>>, InSubtotals<I>> for Grouping<R> {
            type Null = Never;
        }

        #[diagnostic::do_not_recommend]
        impl<S, I, R: ReadBy<S, I>, K> $trait<Totals<S>, InGroup<I>> for Aggregated<R, K> {
            type Null = Never;
        }

        #[diagnostic::do_not_recommend]
        impl<S, I, R: $trait<S, I>> $trait<S, (I,)> for Settled<R> {
            type Null = Never;
        }

        #[diagnostic::do_not_recommend]
        impl<S, R: $trait<S, I>, D: $trait<S, J>, I, J> $trait<S, (I, J)> for Defaulted<R, D> {
            type Null = D::Null;
        }

        #[diagnostic::do_not_recommend]
        impl<S, A: $trait<S, I>, B: $trait<S, J>, I, J> $trait<S, (I, J)> for Either<A, B> {
            type Null = <A::Null as Nullness>::And<B::Null>;
        }

        #[diagnostic::do_not_recommend]
        impl<S, R: $trait<S, I>, N: Nullness, I> $trait<S, (I,)> for Nullable<R, N> {
            type Null = <R::Null as Nullness>::Or<N>;
        }

        #[diagnostic::do_not_recommend]
        impl<S, R: ReadBy<S, I>, I> $trait<Group<S>, InGroup<I>> for Lifted<R> {
            type Null = R::Null;
        }

        #[diagnostic::do_not_recommend]
        impl<L, N, R: ReadBy<L, I>, K: JoinKind, I> $trait<Join<L, N, K>, Before<I>> for Lifted<R> {
            type Null = <R::Null as Nullness>::Or<K::Before>;
        }

        #[diagnostic::do_not_recommend]
        impl<S, I, R: $trait<S, I>> $trait<S, (I,)> for Elements<R>
        where
            R::Null: SettledElements,
        {
            type Null = Never;
        }
    )*};
}

read_and_listed! { ReadBy ListedBy }

#[diagnostic::do_not_recommend]
impl<S, I, M: Source + ReadBy<S, I>> ListedBy<S, Table<I>> for M {
    type Null = M::Null;
}

#[diagnostic::do_not_recommend]
impl<S, I, R: ReadBy<S, I>> ListedBy<S, InWindow<I>> for Windowed<R> {
    type Null = R::Null;
}

/// A scope whose rows are rows of tables, not groups: with pages, locks, `distinct` and `count`.
#[diagnostic::on_unimplemented(
    message = "the rows of this query are groups, totals, or rows of several queries: they have no pages, locks or other lists",
    note = "filter, sort and limit groups by `having`, `order_by` and `limit`",
    note = "for anything else, read the query as a table: a struct with `#[projection(source)]` and its `from_query`"
)]
pub trait Ungrouped {}

impl<M: Source> Ungrouped for M {}
impl<L, M, K> Ungrouped for Join<L, M, K> {}
impl<S: Ungrouped, O> Ungrouped for Correlated<S, O> {}
