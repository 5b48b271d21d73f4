//! What `sql!` expands to: a fragment of SQL whose holes are filled with expressions one by one.

use std::marker::PhantomData;

use crate::query::expr::{Expr, IntoExpr};
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::ColumnType;
use crate::sql::tree::{Expr as Tree, Node};

/// Makes an expression of a fragment of SQL: its type, its text, and an expression for each hole `{}`.
///
/// ```
/// # use schemata::{prelude::*, query::bind, sql};
/// # #[derive(TableModel)]
/// # pub struct Package { #[column(primary_key)] pub id: i64, pub name: String }
/// let search = "serde";
/// let near = Package::select()
///     .filter(sql!(bool, "{} %> {}", Package::name, bind(search.to_owned())))
///     .order_by(sql!(f32, "{} <->> {}", Package::name, search).asc());
/// # drop(near);
/// ```
///
/// The text is a literal and exactly one expression; the compiler refuses any other. A hole takes a column, an expression or a
/// value, which is bound. Columns are qualified, in a query of one table too, so that a sub-select in the text cannot capture
/// them. `{{` and `}}` stand for braces. The fragment goes wherever an expression goes, in parentheses of its own.
///
/// **The type is a promise** that only PostgreSQL checks, when the row is read: a type that does not fit, and NULL without an
/// `Option`, are errors then. Write `Option<String>` if the expression can be NULL although all its holes have a value or
/// because a column in a hole is NULL. An outer join that leaves out the table of a hole makes the listed value an `Option` by
/// itself.
#[cfg(feature = "derive")]
#[macro_export]
macro_rules! sql {
    ($($input:tt)*) => {
        $crate::__sql!([$crate] $($input)*)
    };
}

/// A fragment that reads `R`. The macro sees to it that there is a piece of text before and after each hole.
#[doc(hidden)]
pub struct __Fragment<R> {
    pieces: &'static [&'static str],
    holes: Vec<Tree>,
    marker: PhantomData<fn() -> R>,
}

opaque_debug!([R] [__Fragment<R>]);

/// Begins a fragment.
#[doc(hidden)]
#[must_use]
pub const fn __fragment(pieces: &'static [&'static str]) -> __Fragment<()> {
    __Fragment { pieces, holes: Vec::new(), marker: PhantomData }
}

impl __Fragment<()> {
    /// Fills the first hole.
    #[doc(hidden)]
    #[must_use]
    pub fn first<A: IntoExpr>(self, expr: A) -> __Fragment<A::Reads> {
        __Fragment { pieces: self.pieces, holes: vec![expr.__expr().tree], marker: PhantomData }
    }
}

impl<R> __Fragment<R> {
    /// Fills the next hole.
    #[doc(hidden)]
    #[must_use]
    pub fn hole<A: IntoExpr>(mut self, expr: A) -> __Fragment<A::With<R>> {
        self.holes.push(expr.__expr().tree);
        __Fragment { pieces: self.pieces, holes: self.holes, marker: PhantomData }
    }

    /// Ends the fragment, which has the type `T`.
    #[doc(hidden)]
    pub fn of<T: ColumnType>(self) -> Expr<R, T> {
        Expr::new(Tree::tree(Node::Fragment(self.pieces, self.holes)))
    }
}
