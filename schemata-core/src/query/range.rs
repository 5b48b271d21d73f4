//! Ranges and multiranges in queries: what they contain, how they lie, and their bounds (PostgreSQL manual 9.20).

use crate::query::condition::Condition;
use crate::query::expr::{Expr, IntoExpr, expression_methods};
use crate::query::scope::ReadBy;
use crate::schema::ColumnType;
use crate::schema::pg::{Multirange, Range, RangeElement};
use crate::sql::tree::{Expr as Tree, Filter};

/// Columns and expressions of ranges: [`Range`] and [`Multirange`], also in an `Option`.
pub trait RangeColumn: ColumnType {
    /// The type of the bounds.
    type Bound: RangeElement;
}

impl<T: RangeElement + std::fmt::Debug> RangeColumn for Range<T> {
    type Bound = T;
}

impl<T: RangeElement + std::fmt::Debug> RangeColumn for Option<Range<T>> {
    type Bound = T;
}

impl<T: RangeElement> RangeColumn for Multirange<T> {
    type Bound = T;
}

impl<T: RangeElement> RangeColumn for Option<Multirange<T>> {
    type Bound = T;
}

fn condition<S>(left: Tree, operator: &'static str, right: Tree) -> Condition<S> {
    Condition::new(Filter::Operands { left, operator, right })
}

macro_rules! positions {
    ($($(#[$docs:meta])* $name:ident $operator:literal;)*) => {
        expression_methods! { [RangeColumn]
            $($(#[$docs])*
            pub fn $name<S, V, I, J>(self, other: V) -> Condition<S>
            where
                R: ReadBy<S, I>,
                V: IntoExpr<Type: RangeColumn<Bound = T::Bound>>,
                V::Reads: ReadBy<S, J>,
            {
                condition(self.tree(), $operator, other.__expr().tree)
            })*
        }
    };
}

positions! {
    /// Contains all of the other range (`@>`). Every range contains the empty one.
    contains_range " @> ";
    /// Lies within the other range (`<@`).
    within_range " <@ ";
    /// Shares a value with the other range (`&&`).
    ///
    /// ```
    /// # use schemata::{pg::Range, prelude::*};
    /// # #[derive(TableModel)]
    /// # pub struct Booking { #[column(primary_key)] pub id: i64, pub days: Range<i32> }
    /// let taken = Booking::select().filter(Booking::days.overlaps_range(Range::from(3..7)));
    /// # drop(taken);
    /// ```
    overlaps_range " && ";
    /// Ends where the other range begins, or begins where it ends (`-|-`).
    adjacent_to " -|- ";
    /// Ends before the other range begins (`<<`).
    ends_before " << ";
    /// Begins after the other range ends (`>>`).
    begins_after " >> ";
    /// Does not extend beyond the end of the other range (`&<`).
    ends_within " &< ";
    /// Does not extend before the begin of the other range (`&>`).
    begins_within " &> ";
}

expression_methods! { [RangeColumn]
    /// Contains the value (`@>`).
    pub fn contains_value<S, V, I, J>(self, value: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: IntoExpr<Type: ColumnType<Inner = T::Bound>>,
        V::Reads: ReadBy<S, J>,
    {
        condition(self.tree(), " @> ", value.__expr().tree)
    }

    /// The lower bound; NULL if there is none, or the range is empty.
    pub fn lower_bound(self) -> Expr<R, Option<T::Bound>> {
        Expr::new(Tree::call("lower(", vec![self.tree()]))
    }

    /// The upper bound; NULL if there is none, or the range is empty.
    pub fn upper_bound(self) -> Expr<R, Option<T::Bound>> {
        Expr::new(Tree::call("upper(", vec![self.tree()]))
    }

    /// The range is empty.
    pub fn is_empty_range<S, I>(self) -> Condition<S>
    where
        R: ReadBy<S, I>,
    {
        Condition::new(Filter::holds(Tree::call("isempty(", vec![self.tree()])))
    }
}

/// What is in both ranges or in either, and what is in one alone.
macro_rules! combinations {
    ($($(#[$docs:meta])* $name:ident $operator:literal;)*) => {
        expression_methods! { [RangeColumn]
            $($(#[$docs])*
            pub fn $name<V>(self, other: V) -> Expr<V::With<R>, Option<T::Inner>>
            where
                V: IntoExpr<Type: ColumnType<Inner = T::Inner>>,
            {
                Expr::new(Tree::pieces(&["(", $operator, ")"], [self.tree(), other.__expr().tree]))
            })*
        }
    };
}

combinations! {
    /// What is in both ranges (`*`).
    intersect_range " * ";
    /// What is in either range (`+`). Two ranges with a gap between are an error (22000); multiranges are not.
    union_range " + ";
    /// What is in this range alone (`-`). If two parts would remain of a range, that is an error (22000).
    minus_range " - ";
}
