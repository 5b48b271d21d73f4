//! Functions that return rows, to be read like a table: `unnest`, `generate_series`, and any other.

use std::marker::PhantomData;

use crate::query::expr::{Expr, IntoExpr};
use crate::query::scope::ReadBy;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::{ArrayElement, ColumnType, Nullness};
use crate::sql::tree::{Expr as Tree, Relation};

/// A call of a function that returns rows with the columns `C`, as a list of types. It reads tables of a query over `S`: none if `S` is `()`.
///
/// [`unnest`] and [`generate_series`] make one, and [`Expr::rows`] makes one of any expression.
#[must_use = "a function does nothing until a query reads it"]
pub struct TableFunction<S, C> {
    call: Tree,
    is_numbered: bool,
    marker: PhantomData<fn() -> (S, C)>,
}

opaque_debug!([S, C] [TableFunction<S, C>]);

impl<S, C> Clone for TableFunction<S, C> {
    fn clone(&self) -> Self {
        Self { call: self.call.clone(), is_numbered: self.is_numbered, marker: PhantomData }
    }
}

impl<S, C> TableFunction<S, C> {
    fn new(call: Tree) -> Self {
        Self { call, is_numbered: false, marker: PhantomData }
    }

    pub(crate) fn relation(self) -> Relation {
        Relation::Function { call: self.call, is_numbered: self.is_numbered }
    }
}

macro_rules! numbered {
    ($([$($name:ident)+] $columns:ty, $longer:ty;)*) => {$(
        impl<S, $($name),+> TableFunction<S, $columns> {
            /// Adds a last column: the number of the row, from 1, in the order in which the function returns them.
            pub fn with_ordinality(self) -> TableFunction<S, $longer> {
                TableFunction { is_numbered: true, ..TableFunction::new(self.call) }
            }
        }
    )*};
}

numbered! {
    [A] (A, ()), (A, (i64, ()));
    [A B] (A, (B, ())), (A, (B, (i64, ())));
    [A B C] (A, (B, (C, ()))), (A, (B, (C, (i64, ()))));
    [A B C D] (A, (B, (C, (D, ())))), (A, (B, (C, (D, (i64, ())))));
}

impl<R, T: ColumnType> Expr<R, T> {
    /// Reads the call of a function that returns a set of values as a table of one column. PostgreSQL refuses other expressions than
    /// calls of functions here (42601).
    pub fn rows<S, I>(self) -> TableFunction<S, (<R::Null as Nullness>::Of<T>, ())>
    where
        R: ReadBy<S, I>,
    {
        TableFunction::new(self.tree)
    }
}

/// Returns a row for each element of an array: of a column, of an expression, or of values of the program, which are bound as one
/// array. Several arrays, as a tuple of up to four, are read side by side. Give them one length: PostgreSQL fills up the shorter ones
/// with NULLs, and reading those fails with [`Error::Decode`](crate::Error::Decode) unless the elements are `Option`s.
///
/// ```
/// # use schemata::{prelude::*, query::{model, unnest}};
/// # #[derive(TableModel)]
/// # pub struct Item { #[column(primary_key)] pub id: i64, pub price: i64 }
/// #[derive(Projection)]
/// #[projection(source)]
/// struct Wanted {
///     item: i64,
///     quantity: i32,
/// }
///
/// # async fn f(db: Db) -> schemata::Result<()> {
/// let wanted = Wanted::from_function(unnest((vec![1_i64, 2], vec![10_i32, 20])));
/// let items: Vec<(Item, i32)> = wanted
///     .join_on::<Item>(Item::id.eq(Wanted::item))
///     .columns((model::<Item>(), Wanted::quantity))
///     .fetch(&db)
///     .await?;
/// # drop(items); Ok(()) }
/// ```
pub fn unnest<S, L: Arrays<S, I>, I>(arrays: L) -> TableFunction<S, L::Columns> {
    let mut trees = Vec::new();
    arrays.__append(&mut ArrayTrees(&mut trees));
    TableFunction::new(Tree::call("unnest(", trees))
}

/// Returns a row for each number from `first` to `last`, both included; no row if one of them is NULL. PostgreSQL has it for `i32`, `i64` and
/// `Decimal`.
pub fn generate_series<S, A, B, T, I, J>(first: A, last: B) -> TableFunction<S, (T, ())>
where
    A: IntoExpr<Type: ColumnType<Inner = T>, Reads: ReadBy<S, I>>,
    B: IntoExpr<Type: ColumnType<Inner = T>, Reads: ReadBy<S, J>>,
{
    TableFunction::new(Tree::call("generate_series(", vec![first.__expr().tree, last.__expr().tree]))
}

/// What [`unnest`] takes: an array, or a tuple of up to four.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an array, or a tuple of arrays, that a query over `{S}` can read",
    note = "`unnest` takes columns and expressions of array types, a `Vec` of values, and tuples of up to four of these"
)]
pub trait Arrays<S, I> {
    /// The types of the columns, as a list.
    type Columns;

    #[doc(hidden)]
    fn __append(self, to: &mut ArrayTrees<'_>);
}

/// The arrays of a call.
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "holds values")]
pub struct ArrayTrees<'a>(&'a mut Vec<Tree>);

#[diagnostic::do_not_recommend]
impl<S, A, I, E> Arrays<S, (I,)> for A
where
    A: IntoExpr<Reads: ReadBy<S, I>>,
    A::Type: ColumnType<Inner = Vec<E>>,
    E: ArrayElement,
{
    type Columns = (E, ());

    fn __append(self, to: &mut ArrayTrees<'_>) {
        to.0.push(self.__expr().tree);
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:ident $element:ident)+) $columns:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<S, $($name, $index, $element),+> Arrays<S, ($($index,)+)> for ($($name,)+)
        where
            $($name: Arrays<S, $index, Columns = ($element, ())>,)+
        {
            type Columns = $columns;

            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __append(self, to: &mut ArrayTrees<'_>) {
                let ($($name,)+) = self;
                $($name.__append(to);)+
            }
        }
    )*};
}

tuples! {
    (A IA EA B IB EB) (EA, (EB, ()));
    (A IA EA B IB EB C IC EC) (EA, (EB, (EC, ())));
    (A IA EA B IB EB C IC EC D ID ED) (EA, (EB, (EC, (ED, ()))));
}
